"""The wheel holds everything: installed elsewhere, far from this checkout, the demo runs."""

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.house.processes import environment
from tests.house.sites import MASTERS, deliver, movements, write_site

CHECKOUT = Path(__file__).parents[2]
RESOURCES = """
from pathlib import Path
import pipeline
from pipeline.resources import resource_folder, sql_folder, template_folder
assert (sql_folder() / "erp" / "u8" / "stock_movement.sql").is_file()
assert (template_folder() / "report.html.j2").is_file()
assert (resource_folder("deploy") / "dagster.yaml").is_file()
print(Path(pipeline.__file__).parent)
"""


def far_away() -> dict[str, str]:
    """The environment of somebody who has no checkout."""
    return {name: value for name, value in environment().items() if name != "PYTHONPATH"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of an environment that has the wheel, and of this one only the dependencies."""
    folder = tmp_path_factory.mktemp("wheel")
    build = ["build", "--wheel", "--no-isolation", "--outdir", str(folder), str(CHECKOUT)]
    subprocess.run([sys.executable, "-m", *build], check=True, capture_output=True)
    environment = folder / "environment"
    venv.create(environment, with_pip=False)
    packages = next((environment / "lib").glob("python3*")) / "site-packages"
    # A .pth in a folder that is itself only named by a .pth counts for nothing: the checkout,
    # installed for editing beside the dependencies, stays out of reach.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    install = ["pip", "install", "--quiet", "--no-deps", "--no-index", "--prefix", str(environment)]
    wheel = next(folder.glob("stockturn-*.whl"))
    python = environment / "bin" / "python"
    subprocess.run([python, "-m", *install, str(wheel)], check=True, capture_output=True)
    return environment / "bin"


def test_sql_and_templates_travel_in_the_wheel(installed: Path, tmp_path: Path) -> None:
    found = subprocess.run(
        [installed / "python", "-c", RESOURCES],
        env=far_away(),
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )

    assert Path(found.stdout.strip()).is_relative_to(installed.parent)


def test_the_installed_command_makes_a_report(installed: Path, tmp_path: Path) -> None:
    site = write_site(tmp_path / "site")
    opening = movements("1|2025-03-01|opening|9|90", "2|2025-03-02|sale|-4|-40")
    deliver(site, "2025-03-05", MASTERS | {"stock_movement": opening})

    ran = subprocess.run(
        [installed / "stockturn", "run", "--site", site],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=far_away(),
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert (site / "reports" / "2025-03-05" / "group.en.pdf").is_file()


@pytest.mark.acceptance
def test_the_installed_command_runs_the_demo(installed: Path, tmp_path: Path) -> None:
    site = tmp_path / "demo-site"

    ran = subprocess.run(
        [installed / "stockturn", "demo", "--site", site],
        env=far_away(),
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert {path.suffixes[-2] for path in site.glob("reports/*/*.pdf")} == {".en", ".zh"}
