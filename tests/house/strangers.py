"""A folder whose files are called like modules of the standard library, and tell when imported."""

from pathlib import Path

MARK = "imported.txt"
NAMES = ("bisect", "colorsys", "random", "sched", "statistics", "uuid", "zipfile")
STRANGER = """
from pathlib import Path
with (Path(__file__).parent / "{mark}").open("a") as mark:
    print(__name__, file=mark)
"""


def stand_among_strangers(folder: Path) -> None:
    """Write the modules; whoever imports one of them leaves a line in the file MARK."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        (folder / f"{name}.py").write_text(STRANGER.format(mark=MARK), encoding="utf-8")
