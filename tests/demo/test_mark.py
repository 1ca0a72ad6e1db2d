"""The demo writes into its own folder, never into somebody's site."""

import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.demo.mark import MARK, claim
from pipeline.settings import ConfigurationError
from tests.house.processes import ROOT, environment, stockturn
from tests.house.sites import write_site

FILES = {"site.toml": "[site]", "policy/benchmark_mapping.toml": "[[rule]]"}


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def test_the_command_leaves_a_site_alone(tmp_path: Path) -> None:
    """It replaced settings, policy and mappings of any folder, and loaded its companies there."""
    site = write_site(tmp_path / "site")
    before = {path: path.read_bytes() for path in site.rglob("*") if path.is_file()}

    code, output = stockturn("demo", "--site", site)

    assert code == 78, output
    assert f"{site} is no demo site: something stands there that no demo wrote" in output
    assert "name a new or empty folder with --site" in output
    assert {path: path.read_bytes() for path in site.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("there", [[], ["landing"]])
def test_an_empty_folder_becomes_a_demo_and_is_known_again(
    tmp_path: Path, there: list[str]
) -> None:
    folder = tmp_path / "demo"
    if not there:
        folder.mkdir()
    claim(folder, FILES)
    write(folder, FILES | dict.fromkeys((f"{name}/file" for name in there), "x"))

    claim(folder, FILES)

    assert (folder / MARK).is_file()


def test_a_demo_of_an_earlier_version_is_left_alone_with_a_word_of_what_to_do(
    tmp_path: Path,
) -> None:
    """`make demo` after an update: the folder the version before wrote carries no mark."""
    folder = tmp_path / "demo-site"
    claim(folder, FILES)
    write(folder, FILES | {"landing/north/2026-10-01/OINM.csv": "x"})
    (folder / MARK).unlink()

    result = CliRunner().invoke(app, ["demo", "--site", str(folder)])

    assert result.exit_code == 78, result.output
    said = " ".join(result.output.split())
    assert "make demo SITE=" in said
    assert "made demo-site, move it away or delete it, and run the demo again" in said
    assert {path.name for path in folder.iterdir()} == {"site.toml", "policy", "landing"}


def test_a_demo_somebody_made_his_own_is_left_alone(tmp_path: Path) -> None:
    claim(tmp_path, FILES)
    write(tmp_path, FILES | {"site.toml": "[site] # ours"})

    with pytest.raises(ConfigurationError, match=r"site\.toml was changed since the demo wrote it"):
        claim(tmp_path, FILES)


def test_a_newer_demo_replaces_what_the_older_one_wrote_even_if_stopped_halfway(
    tmp_path: Path,
) -> None:
    newer = FILES | {"site.toml": "[site] # newer"}
    claim(tmp_path, FILES)
    write(tmp_path, FILES)

    claim(tmp_path, newer)
    claim(tmp_path, newer)  # the first was stopped before it wrote the file


def test_make_takes_the_folder_from_its_command_line_only() -> None:
    """The environment may name a real site: the container is started with one."""
    planned = {typed: dry_run(*typed) for typed in ((), ("SITE=elsewhere",))}

    assert "stockturn demo --site demo-site" in planned[()]
    assert "stockturn demo --site elsewhere" in planned["SITE=elsewhere",]


def dry_run(*typed: str) -> str:
    """What `make demo` would do, where the environment names a site."""
    done = subprocess.run(
        ["make", "-n", "demo", *typed],
        cwd=ROOT,
        env={**environment(), "SITE": "/srv/stockturn/site"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_the_container_s_variable_is_the_command_s_own() -> None:
    compose = (ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8")

    assert "${STOCKTURN_SITE:?" in compose
    assert "SITE=/srv/stockturn/site docker compose" in compose
    assert "${SITE" not in compose
