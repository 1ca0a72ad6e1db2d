"""`stockturn` as its users start it: a process of its own."""

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests.house.dying import Undertaker

ROOT = Path(__file__).parents[2]
PATIENCE = 900.0
"""Seconds after which nobody waits any longer, however busy the machine is."""
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2
DYING = (sys.executable, "-c", "from tests.house.dying import main; main()")
CODE = "from pipeline.cli import main; main()"
INSTALLED = (sys.executable, "-P", "-c", CODE)
"""As the installed script starts: `python -c` alone imports from the current folder itself."""
COMMAND = (sys.executable, "-c", CODE)


def environment() -> dict[str, str]:
    """The environment of a fresh shell: nothing of a site or of Dagster in it."""
    ours = ("STOCKTURN_", "DAGSTER_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def start(
    *arguments: str | Path,
    command: tuple[str, ...] = COMMAND,
    output: IO[str] | int = subprocess.PIPE,
    apart: bool = False,
    plain: bool = False,
    folder: Path = ROOT,
) -> subprocess.Popen[str]:
    """Start the command; its output is one text, as on a terminal.

    Args:
        arguments: what follows the command.
        command: what is started.
        output: where its text goes.
        apart: whether it leads a process group of its own.
        plain: whether permissions hold for it even where the tests run as root.
        folder: where somebody stands who types it.
    """
    return subprocess.Popen(
        [*command, *(str(argument) for argument in arguments)],
        cwd=folder,
        env=environment(),
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=apart,
        preexec_fn=_obey_permissions if plain else None,  # noqa: PLW1509 - nothing else runs here
    )


@contextmanager
def undertaker() -> Iterator[Undertaker]:
    """Kills the command at moments, again and again."""
    with subprocess.Popen(
        DYING,
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Undertaker(process.stdin, process.stdout)


def _obey_permissions() -> None:
    """Give up what lets root read and write everything, for this process and what it becomes."""
    if os.geteuid() == 0:
        for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
            ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


def stockturn(*arguments: str | Path, plain: bool = False) -> tuple[int, str]:
    """Exit code and output of the command."""
    with start(*arguments, plain=plain) as process:
        output, _ = process.communicate(timeout=PATIENCE)
    return process.returncode, output


HOLD = """
import duckdb, signal, sys
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
signal.pause()
"""


@contextmanager
def held(database: Path) -> Iterator[int]:
    """Another process has a database file open; its process id."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(database)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process.pid
        finally:
            process.kill()
