"""What passes between a run and the child that makes one report; drawing is not needed for it."""

from dataclasses import dataclass
from pathlib import Path

from pipeline.report.inputs import ReportInput


@dataclass(frozen=True)
class Order:
    """What a child process is asked to make, and where to leave it."""

    given: ReportInput
    language: str
    folder: Path
    name: str


@dataclass(frozen=True)
class Made:
    """What it has to say about it."""

    pages: int
    warnings: tuple[str, ...]
    cpu_seconds: float
