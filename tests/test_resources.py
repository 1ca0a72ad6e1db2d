"""Where things of the project are found, and how Python is started."""

from pathlib import Path

from pipeline.resources import PYTHON

PIPELINE = Path(__file__).parents[1] / "pipeline"


def test_python_is_started_in_one_way_only() -> None:
    """Which imports nothing from the current folder: `python -m` alone puts that first."""
    starting = [
        path.relative_to(PIPELINE).as_posix()
        for path in PIPELINE.rglob("*.py")
        if "sys.executable" in path.read_text(encoding="utf-8")
    ]

    assert starting == ["resources.py"]
    assert PYTHON[1:] == ("-P",)
