"""Which folders of `landing/` were taken in before and look as they did then: not read again.

A look is names, sizes and times of change; whatever differs from it is read and told apart by its
content, so that a touched file costs time and nothing else.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from pipeline.landing.deliveries import Folder
from pipeline.landing.manifest import NAME as MANIFEST


class Rows(Protocol):
    """The site's state; each statement is committed when it returns."""

    def query(self, sql: str, parameters: Sequence[str] = ()) -> Sequence[tuple[Any, ...]]:
        """The rows that a statement returns."""
        ...

    def execute_many(self, sql: str, parameters: Iterable[Sequence[str]]) -> int:
        """How many rows a statement changed, carried out once for each of the parameters."""
        ...


class SeenFolders:
    """The looks of all folders that were taken in."""

    def __init__(self, rows: Rows) -> None:
        """Keep where they stand."""
        self.rows = rows

    def looks(self) -> dict[str, str]:
        """Title of a folder -> its look when it was taken in."""
        return dict(self.rows.query("SELECT title, look FROM seen_folder"))  # pyright: ignore[reportArgumentType]

    def remember(self, looks: Mapping[str, str]) -> None:
        """Folders that are taken in; not to be read again until they look otherwise."""
        self.rows.execute_many("INSERT OR REPLACE INTO seen_folder VALUES (?, ?)", looks.items())

    def forget(self) -> None:
        """Everything is read again: the register was lost or is made anew."""
        self.rows.execute_many("DELETE FROM seen_folder", [()])


def look_of(folder: Folder) -> str:
    """Names, sizes and times of change of a folder's files and manifest, as one short text."""
    files = [(file.name, file.path) for file in folder.files]
    stats = [_stat(name, path) for name, path in (*files, (MANIFEST, folder.path / MANIFEST))]
    return hashlib.sha256(repr(sorted(stats)).encode()).hexdigest()[:16]


def _stat(name: str, path: Path) -> tuple[str, int, int]:
    try:
        stat = path.stat()
    except FileNotFoundError:
        return name, -1, -1
    return name, stat.st_size, stat.st_mtime_ns
