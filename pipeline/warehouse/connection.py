"""Opening a DuckDB file: one writer at a time, nothing outside the site within reach.

The lock is released by any close of the file in this process: nothing here or elsewhere may
open() the live file while it is connected.
"""

import random
import re
import time
import unicodedata
from pathlib import Path

import duckdb

from pipeline.canonical.printable import TIDY_TEXT, printable, tidy_text
from pipeline.canonical.typing_sql import TIDY_CODE, literal
from pipeline.settings import EngineSettings, StockturnError, TryAgainLater
from pipeline.warehouse.duckdb_errors import refusal_number

ROW_GROUP_SIZE = 30_720
MERGES_AT_ONCE = 20
"""So often a checkpoint may put rows together that deletions left apart.

Each time writes them again elsewhere: a hundred times, as DuckDB would, they leave room in the file
that it never gives back, a third of a small one.
"""
LOCKED = "Could not set lock"
LONGEST_PAUSE = 2.0
REBUILD = "stockturn rebuild"


class Damaged(StockturnError):
    """A database file that cannot be read as one of ours."""

    exit_code = 78


def connect(path: Path, folder: Path, engine: EngineSettings) -> duckdb.DuckDBPyConnection:
    """A hardened connection; waits for another process only while that holds the lock.

    Raises:
        TryAgainLater: another process still holds the file after the configured time.
        Damaged: the file is no database of this version, or its folder cannot be used.
    """
    deadline = time.monotonic() + engine.lock_wait_seconds
    pause = 0.05
    while True:
        try:
            return _hardened(_open(path), folder, engine)
        except duckdb.Error as failure:
            if refusal_number(failure) is not None:
                raise
            if LOCKED not in str(failure):
                raise _damaged(path, failure) from failure
            if time.monotonic() >= deadline:
                raise TryAgainLater(_held(path, failure, engine)) from failure
        time.sleep(min(pause, LONGEST_PAUSE) * random.uniform(0.5, 1.5))  # noqa: S311
        pause *= 2


def _open(path: Path) -> duckdb.DuckDBPyConnection:
    """A connection whose own database is the file.

    It is attached, for that is where DuckDB takes the size of row groups: a month's increment is
    written once only if each thread fills some; of the usual size it would be written again by
    the next checkpoint.
    """
    connection = duckdb.connect()
    name = f'"{path.stem}"'
    try:
        connection.execute(
            f"ATTACH {literal(str(path))} AS {name} (ROW_GROUP_SIZE {ROW_GROUP_SIZE})"
        )
        connection.execute(f"USE {name}")
    except BaseException:
        connection.close()
        raise
    return connection


def tidy_code(text: str) -> str:
    """A code as it is compared: NFKC-normalised (full-width, no-break space …), printable."""
    return printable(unicodedata.normalize("NFKC", text).strip())


def _hardened(
    connection: duckdb.DuckDBPyConnection, folder: Path, engine: EngineSettings
) -> duckdb.DuckDBPyConnection:
    """The connection, or none that stays open."""
    try:
        return _harden(connection, folder, engine)
    except BaseException:
        connection.close()
        raise


def _harden(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    engine: EngineSettings,
) -> duckdb.DuckDBPyConnection:
    spill = folder / "warehouse.tmp"
    settings: dict[str, object] = {
        "checkpoint_threshold": "64MB",
        "memory_limit": f"{engine.memory_limit_mb}MB",
        "temp_directory": str(spill),
        "preserve_insertion_order": False,
        "max_vacuum_tasks": MERGES_AT_ONCE,
        "allowed_directories": [str(folder)],
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "enable_external_access": False,
    }
    if engine.threads is not None:
        settings["threads"] = engine.threads
    connection.execute(f"ATTACH ':memory:' AS landed (ROW_GROUP_SIZE {ROW_GROUP_SIZE})")
    for name, value in settings.items():
        connection.execute(f"SET {name} = ?", [value])
    connection.execute("SET lock_configuration = true")
    register_functions(connection)
    return connection


def register_functions(connection: duckdb.DuckDBPyConnection) -> None:
    """Make known what typed views ask of Python, for the few cells that need it."""
    for name, function in ((TIDY_CODE, tidy_code), (TIDY_TEXT, tidy_text)):
        connection.create_function(  # pyright: ignore[reportUnknownMemberType]
            name, function, ["VARCHAR"], "VARCHAR"
        )


def _held(path: Path, failure: duckdb.Error, engine: EngineSettings) -> str:
    holder = re.search(r"held in (.*?) \(PID (\d+)\)", str(failure))
    who = f"process {holder[2]} ({holder[1]})" if holder else "another process"
    return (
        f"{path} is held by {who} and was not released within "
        f"{engine.lock_wait_seconds:g} s; wait for it or end it, then run again"
    )


def _damaged(path: Path, failure: duckdb.Error) -> Damaged:
    reason = str(failure).splitlines()[0]
    return Damaged(
        f"{path} cannot be opened: {reason}; if the file is damaged, of another version or not "
        f"Stockturn's, move it aside and run '{REBUILD}'"
    )
