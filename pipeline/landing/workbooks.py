"""Workbooks, read in a child process: what one needs beyond reason costs that file alone.

A small file may ask its reader for any amount of memory, whatever it declares of itself.  So it is
not believed but measured: the child has limits, and one child reads all workbooks of a run.
"""

import json
import os
import select
import subprocess
import weakref
from dataclasses import dataclass
from pathlib import Path

from pipeline.landing.problems import FileRefused
from pipeline.landing.sheets import Sheet
from pipeline.resources import PYTHON

PACKAGE = Path(__file__).parents[2]


@dataclass(frozen=True)
class Limits:
    """What reading one workbook may take, beside what the reader has anyway."""

    memory_mb: int = 2048
    seconds: int = 300


class Workbooks:
    """Reads workbooks; its child starts with the first one and ends with `close`."""

    def __init__(self, limits: Limits | None = None) -> None:
        """Keep the limits; nothing is started yet."""
        self.limits = limits or Limits()
        self._child: subprocess.Popen[str] | None = None
        self._end: weakref.finalize[[subprocess.Popen[str]], Workbooks] | None = None

    def sheet(self, path: Path, name: str, copy: Path) -> Sheet:
        """The sheet of that name, or the only one, written as Parquet with text cells.

        Raises:
            FileRefused: it is no workbook, it is not clear which sheet is meant, or reading it
                took more memory or time than it may.
        """
        child = self._child or self._started()
        asked = {"path": str(path), "name": name, "copy": str(copy)}
        answer = _asked(child, json.dumps(asked), self.limits.seconds)
        if not answer:
            is_late = child.poll() is None
            self.close()
            raise FileRefused(self._beyond(is_late=is_late))
        told = json.loads(answer)
        if "refused" in told:
            raise FileRefused(told["refused"])
        header = tuple(told["header"])
        return Sheet(header, ("text",) * len(header), told["count"])

    def close(self) -> None:
        """End the child, if one runs."""
        if self._end is not None:
            self._end()
        self._child = self._end = None

    def _started(self) -> subprocess.Popen[str]:
        limits = (str(self.limits.memory_mb << 20), str(self.limits.seconds))
        child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [*PYTHON, "-m", "pipeline.landing.workbook_worker", *limits],
            env={**os.environ, "PYTHONPATH": _import_path(), "POLARS_MAX_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )
        self._child, self._end = child, weakref.finalize(self, _ended, child)
        return child

    def _beyond(self, *, is_late: bool) -> str:
        took = (
            f"longer than {self.limits.seconds} s"
            if is_late
            else f"more than its reader has ({self.limits.memory_mb} MB, {self.limits.seconds} s)"
        )
        return f"takes {took} to read: have it delivered as text (CSV)"


def _asked(child: subprocess.Popen[str], line: str, seconds: float) -> str:
    """The child's answer; empty if it ended or did not answer in time."""
    if child.stdin is None or child.stdout is None:
        return ""
    try:
        child.stdin.write(line + "\n")
        child.stdin.flush()
    except BrokenPipeError:
        child.wait()
        return ""
    answered, _, _ = select.select([child.stdout], [], [], seconds)
    answer = child.stdout.readline() if answered else ""
    if answered and not answer:
        child.wait()
    return answer


def _ended(child: subprocess.Popen[str]) -> None:
    child.kill()
    with child:  # closes the pipes and waits
        pass


def _import_path() -> str:
    paths = (str(PACKAGE), os.environ.get("PYTHONPATH"))
    return os.pathsep.join(path for path in paths if path)
