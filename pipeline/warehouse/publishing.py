"""The published snapshot: a copy of the live file that everybody may open, replaced at once."""

import os
import shutil
from pathlib import Path

import duckdb

from pipeline.settings import Site, StockturnError


def publish(site: Site) -> Path:
    """Replace the published snapshot by a copy of the live file.

    The file must be closed in this process: reading it while it is connected drops its lock and
    can lose what another process commits.  A reader's lock keeps writers out during the copy.
    """
    site.published.parent.mkdir(parents=True, exist_ok=True)
    for path in (site.warehouse, site.published):
        _assert_complete(path)
    waiting = site.published.with_name(f"{site.published.name}.tmp")
    with duckdb.connect(str(site.warehouse), read_only=True):
        shutil.copyfile(site.warehouse, waiting)
    with waiting.open("rb+") as copy:
        os.fsync(copy.fileno())
    waiting.replace(site.published)
    _sync_folder(site.published.parent)
    return site.published


def _sync_folder(folder: Path) -> None:
    entry = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(entry)
    finally:
        os.close(entry)


def _assert_complete(path: Path) -> None:
    left = path.with_name(f"{path.name}.wal")
    if left.exists():
        message = (
            f"{left} was left behind: another process wrote to {path}; end it and run again, "
            "and do not delete the file"
        )
        raise StockturnError(message)
