"""The child process that reads workbooks: `python -m`, never imported.

A line of JSON in names a workbook, a line out says what it holds or why it is refused.  What needs
more memory or time than the parent allows ends this process and nothing else.
"""

import json
import os
import resource
import sys
from importlib import import_module
from io import BytesIO
from pathlib import Path

import polars as pl

from pipeline.landing.problems import FileRefused
from pipeline.landing.workbook_sheet import write_sheet


def main(memory: int, seconds: int) -> None:
    """Answer until nobody asks any more."""
    # A library that prints must not speak in between: answers have a way of their own.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    _warm_up()
    for line in sys.stdin:
        # Not the address space: the readers reserve far more of that than they ever touch.
        _allow(resource.RLIMIT_DATA, _held() + memory)
        _allow(resource.RLIMIT_CPU, _used() + seconds)
        answers.write(json.dumps(_answer(json.loads(line))) + "\n")
        answers.flush()


def _answer(asked: dict[str, str]) -> dict[str, object]:
    try:
        sheet = write_sheet(Path(asked["path"]), asked["name"], Path(asked["copy"]))
    except FileRefused as refused:
        return {"refused": str(refused)}
    return {"header": sheet.header, "count": sheet.count}


def _warm_up() -> None:
    """Have libraries and threads ready that would else be wanted when memory is bounded."""
    import_module("pyarrow")
    pl.DataFrame({"c0": ["x"]}).write_parquet(BytesIO())


def _allow(what: int, amount: int) -> None:
    resource.setrlimit(what, (amount, resource.getrlimit(what)[1]))


def _held() -> int:
    """Bytes of memory this process has, touched or not."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
    return pages * resource.getpagesize()


def _used() -> int:
    """Seconds of computing this process has had, rounded up."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return int(usage.ru_utime + usage.ru_stime) + 1


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
