"""What the documents say to type works as it stands; what is made from the code is as it says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.canonical.tables import TABLES
from pipeline.cli import app
from pipeline.metrics.tables import METRICS
from pipeline.policy.reader import FILES
from pipeline.settings import Settings, load_site
from pipeline.stages.configuration_guide import SITE_EXAMPLE, markdown
from pipeline.stages.doctor import examine
from pipeline.strict_toml import names_of
from tests.house.processes import CODE, ROOT, environment
from tests.house.sites import MASTERS, movements, write_site

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGE = ROOT / "docs" / "configuration.md"
FENCED = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)


def test_the_readme_s_steps_work_as_they_are_typed(tmp_path: Path) -> None:
    """A person with five files types the block under "Your own extracts", line by line."""
    for table, text in MASTERS.items():
        (tmp_path / f"{table}.csv").write_text(text)
    opening = movements("1|2026-03-01|opening|9|90", "2|2026-03-02|sale|-4|-40")
    (tmp_path / "stock_movement.csv").write_text(opening)
    block = FENCED.search(README.partition("## Your own extracts")[2])
    assert block is not None

    done = subprocess.run(
        ["bash", "-e", "-x", "-c", block[2]],
        cwd=tmp_path,
        env=environment() | {"PATH": f"{installed(tmp_path / 'bin')}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    made = {path.name for path in tmp_path.glob("mysite/reports/2026-03-05/*.pdf")}
    assert made == {"group.en.pdf", "group.zh.pdf"}


def installed(folder: Path) -> Path:
    """A folder that has the command `stockturn`, as an installed wheel would."""
    folder.mkdir()
    script = folder / "stockturn"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -c "{CODE}" "$@"\n')
    script.chmod(0o755)
    return folder


def test_configuration_md_is_what_the_models_say() -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert text == markdown(), "run: python -m pipeline.stages.configuration_guide"


def test_every_setting_is_in_it_and_has_a_meaning() -> None:
    rows = re.findall(r"^\| `(\w+)` \|.*\| (.*) \|$", markdown(), re.MULTILINE)
    blocks = {"site", "company", "mail", "subscription", "engine"}

    assert names_of(Settings) - blocks <= {key for key, _ in rows}
    assert [key for key, meaning in rows if not meaning] == []


def test_every_policy_file_has_its_section() -> None:
    sections = re.findall(r"^### policy/(\w+)\.toml$", markdown(), re.MULTILINE)

    assert sorted(sections) == sorted(FILES)


def test_its_example_is_a_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_USER", "user")
    monkeypatch.setenv("SMTP_PASSWORD", "secret")
    example = FENCED.search(SITE_EXAMPLE)
    assert example is not None
    (tmp_path / "site.toml").write_text(example[2])

    assert load_site(tmp_path).settings.subscription[1].company == "acme"


def test_the_mapping_in_add_an_erp_can_be_used(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "add-an-erp.md").read_text(encoding="utf-8")
    blocks = {language: block for language, block in FENCED.findall(text) if language}
    site = write_site(tmp_path / "site", extra='erp = "myerp"\n')
    own = site / "sql" / "erp" / "myerp"
    own.mkdir(parents=True)
    (own / "erp.toml").write_text(blocks["toml"])
    (own / "stock_movement.sql").write_text(blocks["sql"])

    found = [each for each in examine(site) if each.topic == "mapping myerp"]

    assert [each.remedy for each in found] == [None]


def test_the_dictionary_tells_every_table_delivered_and_published() -> None:
    said = CliRunner().invoke(app, ["dictionary"]).output

    assert all(f"## {name}\n" in said for name in TABLES)
    assert all(f"## metrics.{name}\n" in said for name in METRICS)


def test_the_version_is_said() -> None:
    result = CliRunner().invoke(app, ["--version"])

    assert result.exit_code == 0
    assert re.fullmatch(r"stockturn \d+\.\d+\.\d+\n", result.output)
