"""Documents of one line, made at once, for tests of what is done with a report."""

from pathlib import Path

import pytest

from pipeline.report.inputs import ReportInput
from pipeline.report.render import RenderedReport


def make_plain_documents(patch: pytest.MonkeyPatch) -> None:
    """Nights of this process make documents that nobody lays out; tests/report draws real ones."""
    patch.setattr("pipeline.stages.render.render", _render)


def _render(given: ReportInput, language: str, out_folder: Path, name: str) -> RenderedReport:
    out_folder.mkdir(parents=True, exist_ok=True)
    pdf, xlsx = (out_folder / f"{name}.{ending}" for ending in ("pdf", "xlsx"))
    pdf.write_text(f"%PDF-1.7 {given.as_of} {language}")
    xlsx.write_text("")
    (out_folder / f"{name}.mail.txt").write_text(f"Report of {given.as_of}\n\nIt is attached.\n")
    return RenderedReport(pdf, xlsx, pages=1, warnings=(), cpu_seconds=0.0)
