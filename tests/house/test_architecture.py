"""The house is as ARCHITECTURE.md says it is."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PIPELINE = ROOT / "pipeline"
MOST_LINES, MOST_LINES_OF_DEFS = 400, 1300
OF_A_SITE = {"sql/erp/generic/erp.toml"}  # a site may have it; the project does not
DOCUMENTS = ("ARCHITECTURE.md", "README.md", "docs/add-an-erp.md", "docs/runbook.md")
NAMED = re.compile(r"`((?:pipeline|sql|tests|docs|deploy|report_templates|benchmarks)/[\w./\-]*)`")
ONLY_FOR_SOME = (
    "babel", "dagster", "jinja2", "pyspark", "vl_convert", "weasyprint", "xlsxwriter",
)  # fmt: skip
ROOM = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_a_document_names_is_there(document: str) -> None:
    named = NAMED.findall((ROOT / document).read_text(encoding="utf-8"))

    assert [name for name in named if not (ROOT / name).exists() and name not in OF_A_SITE] == []


def test_architecture_names_files_at_all() -> None:
    assert len(NAMED.findall((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"))) > 5


def test_every_room_is_told_of_once() -> None:
    rooms = sorted(path.name for path in PIPELINE.iterdir() if (path / "__init__.py").is_file())
    told = ROOM.findall((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"))

    assert sorted(told) == rooms


def test_no_file_is_too_long_to_be_read_at_once() -> None:
    assert {
        str(path.relative_to(ROOT)): lines(path)
        for path in PIPELINE.rglob("*.py")
        if lines(path) > MOST_LINES
    } == {}


def test_what_lies_with_dagster_uses_dagster() -> None:
    files = [path for path in (PIPELINE / "defs").glob("*.py") if path.name != "__init__.py"]

    assert [path.name for path in files if "dagster" not in path.read_text(encoding="utf-8")] == []
    assert sum(lines(path) for path in files) < MOST_LINES_OF_DEFS


def test_a_run_loads_nothing_that_only_documents_or_the_ui_need() -> None:
    program = (
        "import sys; import pipeline.cli, pipeline.stages.run_site; "
        f"print(*(name for name in {ONLY_FOR_SOME} if name in sys.modules))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert ended.stdout.split() == []
