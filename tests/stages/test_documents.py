"""A document that cannot be made costs nobody else theirs."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.report import render
from pipeline.report.render import ReportFailed
from tests.house.sites import MASTERS, deliver, movements, write_site

DAY = "2025-01-31"
LEDGER = movements("1|2025-01-01|opening|100|1000", "2|2025-01-02|sale|-1|-10")
SUBSCRIPTION = """
[[subscription]]
company = "acme"
recipients = ["controller@example.com"]
language = "en"
"""


def test_a_document_that_fails_is_told_and_the_others_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = write_site(tmp_path / "site", extra=SUBSCRIPTION)
    deliver(site, DAY, MASTERS | {"stock_movement": LEDGER})
    real = render.render

    def only_the_group(given: object, language: str, folder: Path, name: str) -> object:
        if name == "acme.en":
            message = f"The report {name} took longer than 300 s and was stopped"
            raise ReportFailed(message)
        return real(given, language, folder, name)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr("pipeline.stages.render.render", only_the_group)
    result = CliRunner().invoke(app, ["run", "--site", str(site), "--date", DAY])

    assert result.exit_code == 1, result.output
    assert "The report acme.en took longer than 300 s and was stopped" in result.output
    assert "Traceback" not in result.output
    assert sorted(path.name for path in (site / "reports" / DAY).iterdir()) == [
        "group.en.mail.txt",
        "group.en.pdf",
        "group.en.xlsx",
    ]
