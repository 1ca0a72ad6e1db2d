"""What data, names and paths say is printed as it stands: `[mail]`, `[/b]`, `:warning:`."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app, main
from tests.house.sites import MASTERS, deliver, movements, write_site

MAIL = """
[mail]
host = "127.0.0.1"
port = 9
sender = "stockturn@example.com"
security = "none"
timeout_seconds = 1
"""


def said(*arguments: str | Path) -> tuple[int, str]:
    """Exit code and all that was printed."""
    result = CliRunner().invoke(app, [str(each) for each in arguments])
    assert result.exit_code == 0 or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_a_remedy_that_names_a_block_of_the_settings_says_it(tmp_path: Path) -> None:
    _, output = said("doctor", "--site", write_site(tmp_path / "site", extra=MAIL))

    assert "check [mail] in site.toml" in output


@pytest.mark.parametrize("name", ["Group [/b]", "[red]Group[/]", "Group :warning:", "Group [1]"])
def test_doctor_says_a_name_as_it_is_written(tmp_path: Path, name: str) -> None:
    site = write_site(tmp_path / f"site {name.replace('/', '')}")
    settings = site / "site.toml"
    settings.write_text(settings.read_text().replace("Hand-made group", name))

    _, output = said("doctor", "--site", site)

    assert name in output
    assert str(site) in output


def test_a_run_says_the_names_of_its_data_as_they_are_written(tmp_path: Path) -> None:
    site = write_site(tmp_path / "[b]site[/i]")
    text = movements("1|2025-01-01|opening|9|90").replace("B-100", "[/i] :bug: X")
    deliver(site, "2025-01-31", MASTERS | {"stock_movement": text})

    code, output = said("run", "--site", site, "--no-report")

    assert code == 0, output
    assert "no item master ([/i] :bug: X)" in output


def test_an_error_says_a_path_as_it_is_written(tmp_path: Path) -> None:
    code, output = said("run", "--site", tmp_path / "[/b] nowhere")

    assert code == 78
    assert f"{tmp_path}/[/b] nowhere/site.toml does not exist" in output


def test_an_error_of_what_was_typed_says_it_as_it_is_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["stockturn", "run", "--date", "[/b] soon"])

    with pytest.raises(SystemExit) as end:
        main()

    assert end.value.code == 78
    assert "'[/b] soon' is no day" in capsys.readouterr().err


def test_characters_that_would_steer_the_terminal_are_shown(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site")
    settings = site / "site.toml"
    settings.write_text(settings.read_text().replace('"acme"', '"\\u001b[2Jacme"'))

    code, output = said("run", "--site", site)

    assert code == 78
    assert "\x1b" not in output
    assert "[2Jacme" in output
