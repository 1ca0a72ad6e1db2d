"""The published snapshot: a copy of the live file that everybody may open, replaced at once."""

import os
import subprocess
from collections.abc import Collection
from pathlib import Path

import duckdb

from pipeline.resources import PYTHON
from pipeline.settings import GROUP, Site, StockturnError, TryAgainLater
from pipeline.warehouse import copying


def publish(site: Site, held: Collection[str] = ()) -> Path:
    """Replace the published snapshot by a copy of the live file.

    Of companies that are held, and then of the group, the snapshot goes on saying what it said.

    Whoever calls holds the warehouse open and has written it out: its lock keeps writers away
    during the copy.
    """
    site.published.parent.mkdir(parents=True, exist_ok=True)
    for path in (site.warehouse, site.published):
        _assert_complete(path)
    waiting = site.published.with_name(f"{site.published.name}.tmp")
    _forget(waiting)
    try:
        _copy(site.warehouse, waiting)
        if held:
            _keep_as_it_was(waiting, site.published, (*held, GROUP))
        waiting.replace(site.published)
    except BaseException:
        _forget(waiting)
        raise
    _sync_folder(site.published.parent)
    return site.published


def _forget(waiting: Path) -> None:
    """Remove a snapshot that never came into its place, and the log a killed run left of it."""
    for path in (waiting, waiting.with_name(f"{waiting.name}.wal")):
        path.unlink(missing_ok=True)


def _keep_as_it_was(snapshot: Path, before: Path, companies: Collection[str]) -> None:
    """Put the rows an earlier snapshot has of some companies into a new one, table by table."""
    with duckdb.connect(str(snapshot)) as connection:
        has_earlier = before.exists()
        if has_earlier:
            connection.execute("ATTACH $path AS earlier (READ_ONLY)", {"path": str(before)})
        known = set(_tables(connection, "earlier")) if has_earlier else set[str]()
        mine = {"companies": list(companies)}
        theirs = "company IN (SELECT unnest($companies::VARCHAR[]))"
        for table in _tables(connection, snapshot.name.partition(".")[0]):
            connection.execute(f"DELETE FROM {table} WHERE {theirs}", mine)
            if table in known:
                rows = f"SELECT * FROM earlier.{table} WHERE {theirs}"
                connection.execute(f"INSERT INTO {table} BY NAME {rows}", mine)
        if has_earlier:
            connection.execute("DETACH earlier")
        connection.execute("CHECKPOINT")


def _tables(connection: duckdb.DuckDBPyConnection, database: str) -> list[str]:
    """The tables of a database that say whose company a row is of."""
    rows = connection.execute(
        "SELECT DISTINCT schema_name || '.' || table_name FROM duckdb_columns() "
        "JOIN duckdb_tables() USING (database_name, schema_name, table_name) "
        "WHERE database_name = $database AND column_name = 'company' "
        # What is refused is told at once: who has to mend it must see it.
        "AND schema_name <> 'quarantine' ORDER BY ALL",
        {"database": database},
    ).fetchall()
    return [row[0] for row in rows]


def _copy(source: Path, target: Path) -> None:
    """A copy, made by a process of its own: this one keeps the lock on what it has open.

    Raises:
        OSError: the system refused, such as for want of room.
    """
    command = [*PYTHON, "-I", str(Path(copying.__file__)), str(source), str(target)]
    number = subprocess.run(command, check=False).returncode  # noqa: S603 - our own interpreter
    if number > 0:
        raise OSError(number, os.strerror(number), str(target))
    if number < 0:
        message = f"copying {source} was ended from outside (signal {-number}): run again"
        raise TryAgainLater(message)


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
