"""A document that cannot be made costs nobody else theirs."""

from pathlib import Path
from threading import Barrier

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.report import render
from pipeline.report.render import RenderedReport, ReportFailed
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
        "group.en.mail.html",
        "group.en.mail.txt",
        "group.en.pdf",
        "group.en.xlsx",
    ]


def test_documents_of_two_languages_are_made_side_by_side(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = write_site(tmp_path / "site")
    settings = site / "site.toml"
    settings.write_text(settings.read_text().replace('["en"]', '["en", "zh"]'))
    deliver(site, DAY, MASTERS | {"stock_movement": LEDGER})
    both = Barrier(2, timeout=60)

    def meet(_: object, language: str, folder: Path, name: str) -> RenderedReport:
        both.wait()  # comes back once the other language is being made too
        pdf, xlsx = folder / f"{name}.pdf", folder / f"{name}.xlsx"
        return RenderedReport(pdf, xlsx, pages=1, warnings=(language,), cpu_seconds=0)

    monkeypatch.setattr("pipeline.stages.render.render", meet)
    (site / "reports" / DAY).mkdir(parents=True)
    result = CliRunner().invoke(app, ["run", "--site", str(site), "--date", DAY])

    assert result.exit_code == 0, result.output
    assert [line for line in result.output.splitlines() if line.startswith("warning: ")][-2:] == [
        "warning: en",
        "warning: zh",
    ]
