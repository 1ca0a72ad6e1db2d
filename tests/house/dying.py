"""`stockturn` that kills itself at a chosen moment, as hard as a power cut would.

No hook of the product is used: in a process of its own one function is wrapped, then the command
runs.  All those processes are forked from one that has imported everything and done nothing.
"""

import functools
import importlib
import json
import os
import resource
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, NoReturn

BEFORE, AFTER = "before", "after"


@dataclass(frozen=True)
class Moment:
    """Right before or after a call of a function, the `call`-th whose arguments show `text`."""

    when: str
    function: str  # module:name or module:class.name
    text: str = ""
    call: int = 1


@dataclass(frozen=True)
class Undertaker:
    """Runs the command again and again, each time to its end."""

    orders: IO[str]
    reports: IO[str]

    def kill(self, moment: Moment, *arguments: str | Path) -> None:
        """Run the command until the moment; it must come."""
        code, output = self._run({"moment": asdict(moment)}, arguments)
        assert code == -signal.SIGKILL, f"{moment} never came: {output}"

    def run_on_a_full_disk(self, room: int, *arguments: str | Path) -> tuple[int, str]:
        """Run the command where no file can grow beyond so many bytes; exit code and output."""
        return self._run({"room": room}, arguments)

    def _run(self, how: dict[str, Any], arguments: Sequence[str | Path]) -> tuple[int, str]:
        order = how | {"arguments": [str(each) for each in arguments]}
        self.orders.write(f"{json.dumps(order)}\n")
        self.orders.flush()
        ended = json.loads(self.reports.readline())
        return ended["code"], ended["output"]


def main() -> None:
    """Take orders, one a line, and carry out each in a process of its own."""
    import pipeline.stages.run_site  # noqa: F401, PLC0415 - once for all of them

    for line in sys.stdin:
        order = json.loads(line)
        with tempfile.TemporaryFile() as output:
            child = os.fork()
            if not child:
                _live(order, output.fileno())
            _, status = os.waitpid(child, 0)
            output.seek(0)
            said = output.read().decode()
        ended = {"code": os.waitstatus_to_exitcode(status), "output": said}
        sys.stdout.write(f"{json.dumps(ended)}\n")
        sys.stdout.flush()


def _live(order: dict[str, Any], output: int) -> NoReturn:
    """Run the command, and end whatever happens."""
    os.dup2(output, 1)
    os.dup2(output, 2)
    code = 1
    try:
        if "moment" in order:
            die_at(Moment(**order["moment"]))
        if "room" in order:
            resource.setrlimit(resource.RLIMIT_FSIZE, (order["room"], order["room"]))
        sys.argv = ["stockturn", *order["arguments"]]
        from pipeline.cli import main as stockturn  # noqa: PLC0415 - what it needs is imported

        stockturn()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - told to whoever waits
        traceback.print_exc()
    sys.stdout.flush()
    os._exit(code)


def die_at(moment: Moment) -> None:
    """Wrap the function of a moment."""
    module, _, path = moment.function.partition(":")
    *outer, name = path.split(".")
    owner = functools.reduce(getattr, outer, importlib.import_module(module))
    setattr(owner, name, _deadly(getattr(owner, name), moment))


def _deadly(function: Callable[..., Any], moment: Moment) -> Callable[..., Any]:
    calls = 0

    @functools.wraps(function)
    def deadly(*positional: Any, **named: Any) -> Any:
        nonlocal calls
        is_meant = moment.text in " ".join(map(str, positional))
        calls += is_meant
        is_now = is_meant and calls == moment.call
        if is_now and moment.when == BEFORE:
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*positional, **named)
        if is_now:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return deadly
