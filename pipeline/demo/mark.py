"""The mark of a demo site: nothing is written into a folder that does not carry it.

It lists what the demo wrote of the site's own files, as `sha256sum` would.  A file that says
anything else was written by somebody: the site is theirs now, and the demo leaves it alone.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from pipeline.settings import ConfigurationError

MARK = ".stockturn-demo"


def claim(folder: Path, files: Mapping[str, str]) -> None:
    """Mark a folder as a demo whose own files say this, or find that it is one.

    Raises:
        ConfigurationError: something stands there that no demo wrote.
    """
    written = _written(folder)
    if written is None and folder.is_dir() and any(folder.iterdir()):
        raise ConfigurationError(_taken(folder, "something stands there that no demo wrote"))
    for name in files:
        path = folder / name
        if path.exists() and _line(name, path.read_bytes()) not in (written or ()):
            raise ConfigurationError(_taken(folder, f"{name} was changed since the demo wrote it"))
    folder.mkdir(parents=True, exist_ok=True)
    # Before the files: a demo that is stopped in between knows its own again.
    lines = dict.fromkeys((*(written or ()), *(_line(*each) for each in _contents(files))))
    (folder / MARK).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _written(folder: Path) -> list[str] | None:
    mark = folder / MARK
    return mark.read_text(encoding="utf-8").splitlines() if mark.is_file() else None


def _contents(files: Mapping[str, str]) -> list[tuple[str, bytes]]:
    return [(name, text.encode()) for name, text in files.items()]


def _line(name: str, content: bytes) -> str:
    return f"{hashlib.sha256(content).hexdigest()}  {name}"


def _taken(folder: Path, why: str) -> str:
    return (
        f"{folder} is no demo site: {why}. The demo writes settings, policies and extracts; "
        "name a new or empty folder with --site (make demo SITE=…). If an earlier version's demo "
        f"made {folder.name}, move it away or delete it, and run the demo again"
    )
