"""`stockturn` as its users start it: a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-c", "from pipeline.cli import main; main()")


def environment() -> dict[str, str]:
    """The environment of a fresh shell: nothing of a site or of Dagster in it."""
    ours = ("STOCKTURN_", "DAGSTER_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    """Start the command; its output is one text, as on a terminal."""
    return subprocess.Popen(
        [*COMMAND, *(str(argument) for argument in arguments)],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def stockturn(*arguments: str | Path) -> tuple[int, str]:
    """Exit code and output of the command."""
    with start(*arguments) as process:
        output, _ = process.communicate(timeout=300)
    return process.returncode, output
