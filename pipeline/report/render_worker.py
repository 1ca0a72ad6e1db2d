"""The child process that makes one report, under limits of its own: `python -m`, never imported."""

import gc
import pickle
import resource
import sys
import time
from pathlib import Path

from pipeline.report.documents import documents
from pipeline.report.order import Made, Order
from pipeline.report.pdf import use_own_fonts


def main(path: Path, seconds: int, memory: int) -> None:
    """Make what the order says and leave it beside the order."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 10))
    # Not the address space: the drawing engine reserves far more of that than it ever touches.
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    gc.disable()  # it lives for seconds: collecting costs a tenth of its time
    order: Order = pickle.loads(path.read_bytes())  # noqa: S301 - our own parent wrote it
    use_own_fonts(order.folder)
    made = documents(order.given, order.language, order.name)
    (order.folder / f"{order.name}.pdf").write_bytes(made.pdf)
    (order.folder / f"{order.name}.xlsx").write_bytes(made.xlsx)
    (order.folder / f"{order.name}.mail.html").write_text(made.mail_html, encoding="utf-8")
    (order.folder / f"{order.name}.mail.txt").write_text(made.mail_text, encoding="utf-8")
    told = Made(made.pages, made.warnings, time.process_time())
    (order.folder / "made").write_bytes(pickle.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *(int(limit) for limit in sys.argv[2:]))
