"""Run a command in a process of its own: how long, how much processor, how much memory."""

import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Measured:
    """One command: its times in seconds, its largest process in bytes, what it printed."""

    wall: float
    cpu: float
    peak: int
    output: str

    @property
    def inner(self) -> float:
        """Seconds that the command says it took itself, its start left out."""
        return float(self.output.split()[-1])


def measure(command: list[str], program: Path) -> Measured:
    """Run a command of the program in a folder to its end.

    Raises:
        SystemExit: it failed; what it said stands in the message.
    """
    with tempfile.TemporaryFile("w+") as said:
        begin = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=program,
            env=os.environ | {"PYTHONPATH": str(program)},
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        _, ended, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(ended)
        said.seek(0)
        output = said.read()
    if process.returncode:
        message = f"{' '.join(command)} ended with {process.returncode}:\n{output}"
        raise SystemExit(message)
    cpu = usage.ru_utime + usage.ru_stime
    return Measured(wall, cpu, usage.ru_maxrss * 1024, output)
