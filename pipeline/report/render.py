"""One audience's report as files: PDF and workbook, made in a child process with limits.

A page that runs wild must not take the pipeline with it, so layout has its own memory and its own
clock; and a fresh process sees only the report's own fonts.
"""

import os
import pickle
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.report.html import html
from pipeline.report.inputs import ReportInput
from pipeline.report.model import ReportModel, report_model
from pipeline.report.paper import TOFU, Attached, missing_characters, print_pdf, use_own_fonts
from pipeline.report.words import Words
from pipeline.report.workbook import workbook
from pipeline.settings import StockturnError

SECONDS = 300
CPU_SECONDS = 240
MEMORY_BYTES = 2 * 1024**3


class ReportFailed(StockturnError):
    """A document could not be made; the figures behind it are published all the same."""


@dataclass(frozen=True)
class RenderedReport:
    """What was made, and what its making had to say."""

    pdf: Path
    xlsx: Path
    pages: int
    warnings: tuple[str, ...]
    cpu_seconds: float


@dataclass(frozen=True)
class _Order:
    given: ReportInput
    language: str
    folder: Path
    name: str


@dataclass(frozen=True)
class _Made:
    pages: int
    warnings: tuple[str, ...]


def render(given: ReportInput, language: str, out_folder: Path, name: str) -> RenderedReport:
    """`<name>.pdf` and `<name>.xlsx` in the folder; each appears whole or not at all.

    Raises:
        ReportFailed: the document took more time or memory than a report may.
    """
    out_folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="stockturn-report-") as scratch:
        folder = Path(scratch)
        order = folder / "order"
        order.write_bytes(pickle.dumps(_Order(given, language, folder, name)))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        _run_child(order, name)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        made: _Made = pickle.loads((folder / "made").read_bytes())  # noqa: S301 - our own child's
        for ending in ("pdf", "xlsx"):
            _put(folder / f"{name}.{ending}", out_folder / f"{name}.{ending}")
    return RenderedReport(
        pdf=out_folder / f"{name}.pdf",
        xlsx=out_folder / f"{name}.xlsx",
        pages=made.pages,
        warnings=made.warnings,
        cpu_seconds=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
    )


def documents(
    given: ReportInput, language: str, name: str
) -> tuple[bytes, bytes, int, tuple[str, ...]]:
    """PDF, workbook, pages and warnings, made in this process."""
    model = report_model(given)
    page = html(model, language)
    missing = missing_characters(page)
    if missing:
        page = _without(html(model.with_missing_characters(missing), language), missing)
    lists = workbook(model, given, language)
    words = Words(language, given.currency)
    attached = Attached(f"{name}.xlsx", lists, words.text("All lists behind the report"))
    printed = print_pdf(page, given.as_of, (attached,))
    warnings = printed.warnings
    if missing:
        codes = ", ".join(f"U+{ord(one):04X}" for one in missing)
        warnings = (*warnings, f"{name}: no font of the report has {codes}; shown as {TOFU}")
    return printed.pdf, lists, printed.pages, warnings


def _without(page: str, missing: str) -> str:
    """The page with every missing character shown as an empty box, never left out silently."""
    return page.translate(dict.fromkeys(map(ord, missing), TOFU))


def _run_child(order: Path, name: str) -> None:
    command = [sys.executable, "-m", "pipeline.report.render", str(order)]
    package = Path(__file__).parents[2]
    path = os.pathsep.join(part for part in (str(package), os.environ.get("PYTHONPATH")) if part)
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            command,
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        message = f"The report {name} took longer than {SECONDS} s and was stopped"
        raise ReportFailed(message) from late
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"signal {-done.returncode}"])[-1]
        message = f"The report {name} could not be made: {last}"
        raise ReportFailed(message)


def _put(made: Path, wanted: Path) -> None:
    """Move a finished file into place, so that a reader never sees half of it."""
    beside = wanted.with_name(f".{wanted.name}.{os.getpid()}")
    beside.write_bytes(made.read_bytes())
    beside.replace(wanted)


def _child(path: Path) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    # Not the address space: the drawing engine reserves far more of that than it ever touches.
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    order: _Order = pickle.loads(path.read_bytes())  # noqa: S301 - our own parent's
    use_own_fonts(order.folder)
    pdf, lists, pages, warnings = documents(order.given, order.language, order.name)
    (order.folder / f"{order.name}.pdf").write_bytes(pdf)
    (order.folder / f"{order.name}.xlsx").write_bytes(lists)
    (order.folder / "made").write_bytes(pickle.dumps(_Made(pages, warnings)))


__all__ = ["RenderedReport", "ReportFailed", "ReportModel", "documents", "render"]

if __name__ == "__main__":
    # The module under its own name, so that what is unpickled is the class the parent pickled.
    from pipeline.report import render as _this

    _this._child(Path(sys.argv[1]))  # noqa: SLF001
