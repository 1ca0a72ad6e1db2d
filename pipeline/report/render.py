"""One audience's report as files: PDF and workbook, made in a child process with limits.

A page that runs wild must not take the pipeline with it, so layout has its own memory and its own
clock; and a fresh process sees only the report's own fonts.
"""

import os
import pickle
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.report.inputs import ReportInput
from pipeline.report.order import Made, Order
from pipeline.resources import PYTHON
from pipeline.settings import StockturnError

SECONDS = 300
CPU_SECONDS = 240
MEMORY_BYTES = 2 * 1024**3
ENDINGS = ("pdf", "xlsx", "mail.html", "mail.txt")
"""The mail's text comes last: where it stands, all else does."""
OUT_OF_MEMORY = {-signal.SIGABRT, -signal.SIGKILL, -signal.SIGSEGV}
"""How libraries end that are given no more memory."""


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


def render(given: ReportInput, language: str, out_folder: Path, name: str) -> RenderedReport:
    """`<name>.pdf`, `.xlsx` and the mail's words in the folder; each appears whole or not at all.

    Raises:
        ReportFailed: the document took more time or memory than a report may.
    """
    out_folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="stockturn-report-") as scratch:
        folder = Path(scratch)
        order = folder / "order"
        order.write_bytes(pickle.dumps(Order(given, language, folder, name)))
        _run_child(order, name)
        made: Made = pickle.loads((folder / "made").read_bytes())  # noqa: S301 - our own child
        for ending in ENDINGS:
            _put(folder / f"{name}.{ending}", out_folder / f"{name}.{ending}")
    return RenderedReport(
        pdf=out_folder / f"{name}.pdf",
        xlsx=out_folder / f"{name}.xlsx",
        pages=made.pages,
        warnings=made.warnings,
        cpu_seconds=made.cpu_seconds,
    )


def _run_child(order: Path, name: str) -> None:
    limits = (str(CPU_SECONDS), str(MEMORY_BYTES))
    command = [*PYTHON, "-m", "pipeline.report.render_worker", str(order), *limits]
    package = Path(__file__).parents[2]
    path = os.pathsep.join(part for part in (str(package), os.environ.get("PYTHONPATH")) if part)
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            command,
            # Frames of a report are small: more threads only wait for each other.
            env={**os.environ, "PYTHONPATH": path, "POLARS_MAX_THREADS": "1"},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        message = f"The report {name} took longer than {SECONDS} s and was stopped"
        raise ReportFailed(message) from late
    if done.returncode:
        message = f"The report {name} {reason(done.returncode, done.stderr)}"
        raise ReportFailed(message)


def reason(code: int, said: str) -> str:
    """Why a child gave no document, in words."""
    last = (said.strip().splitlines() or [""])[-1]
    if code == -signal.SIGXCPU:
        return f"took more than {CPU_SECONDS} s of computing and was stopped"
    if code in OUT_OF_MEMORY or last.startswith("MemoryError"):
        return f"needed more than {MEMORY_BYTES >> 20} MB of memory and was stopped"
    return f"could not be made: {last or f'signal {-code}'}"


def _put(made: Path, wanted: Path) -> None:
    """Move a finished file into place, so that a reader never sees half of it."""
    beside = wanted.with_name(f".{wanted.name}.{os.getpid()}")
    beside.write_bytes(made.read_bytes())
    beside.replace(wanted)
