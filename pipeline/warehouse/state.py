"""`state.sqlite`: the file register and the outbox, which are never published.

Each statement is committed, and on the disk, when it returns.  Whoever reads sees what was
committed last, also while another process writes; only writers wait for one another.
"""

import fcntl
import os
import sqlite3
import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any, Self

from pipeline.settings import Site, TryAgainLater
from pipeline.warehouse.connection import Damaged
from pipeline.warehouse.earlier_state import earlier_outbox, lay_aside
from pipeline.warehouse.state_schema import STEPS

Value = str | int | float | date | None
Parameters = Mapping[str, Value] | Sequence[Value]

PAUSE = 0.05
NO_DATABASE = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}


class SiteState:
    """The state file of a site, made at the first use; use it as a context."""

    def __init__(self, site: Site) -> None:
        """Open the file and bring it up to the tables of today.

        Raises:
            TryAgainLater: another process went on writing to it for the configured time.
            Damaged: the file is none of ours.
        """
        self.site, self.path = site, site.state
        self.wait_seconds = site.settings.engine.lock_wait_seconds
        site.folder.mkdir(parents=True, exist_ok=True)
        with self._in_words():
            self.connection = sqlite3.connect(
                self.path, timeout=self.wait_seconds, isolation_level=None
            )
            try:
                _write_ahead(self.connection, self.wait_seconds)
                self._carry_out_steps()
            except BaseException:
                self.connection.close()
                raise

    def __enter__(self) -> Self:
        """The state itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    def query(self, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """The rows a statement gives."""
        with self._in_words():
            return self.connection.execute(sql, _stored(parameters)).fetchall()

    def execute(self, sql: str, parameters: Parameters = ()) -> int:
        """How many rows a statement changed."""
        with self._in_words():
            return self.connection.execute(sql, _stored(parameters)).rowcount

    def execute_many(self, sql: str, parameters: Iterable[Parameters]) -> int:
        """How many rows a statement changed, carried out once for each of the parameters."""
        with self._in_words():
            return self.connection.executemany(sql, [_stored(each) for each in parameters]).rowcount

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Everything inside happens, or nothing; other writers wait from its beginning."""
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self.connection.in_transaction:  # a full disk ends it by itself
                self.connection.execute("ROLLBACK")
            raise
        self.execute("COMMIT")

    @contextmanager
    def alone_in_mailing(self, wait_seconds: float | None = None) -> Generator[None]:
        """Nobody else sends mail of the site meanwhile: what is claimed is of a run that died.

        Raises:
            TryAgainLater: another process went on sending for that long, or the configured time.
        """
        wait = self.wait_seconds if wait_seconds is None else wait_seconds
        descriptor = os.open(
            self.path.with_name(f"{self.path.name}.mailing"), os.O_CREAT | os.O_RDWR
        )
        try:
            if not _locked(descriptor, wait):
                message = (
                    f"Another process sends mail of {self.site.folder}: try again when it ended"
                )
                raise TryAgainLater(message)
            yield
        finally:
            os.close(descriptor)

    def _carry_out_steps(self) -> None:
        """Add what this version of the code knows and the file does not."""
        if self._steps_done() == len(STEPS):
            return
        with self.transaction():
            done = self._steps_done()  # another process may have been quicker
            if done > len(STEPS):
                message = (
                    f"{self.path} was written by a newer Stockturn: install that version, or one "
                    "still newer"
                )
                raise Damaged(message)
            for step in STEPS[done:]:
                for statement in step:
                    self.execute(statement)
            self.execute(f"PRAGMA user_version = {len(STEPS)}")
            if done == 0:
                self.execute_many(
                    f"INSERT INTO outbox VALUES ({', '.join('?' * 17)})", earlier_outbox(self.site)
                )
        lay_aside(self.site)

    def _steps_done(self) -> int:
        return self.query("PRAGMA user_version")[0][0]

    @contextmanager
    def _in_words(self) -> Generator[None]:
        """SQLite's refusals as ours.

        Raises:
            TryAgainLater: another process writes.
            Damaged: the file is no database, or none of ours.
            OSError: the disk is full, or the file may not be written.
        """
        try:
            yield
        except sqlite3.DatabaseError as failure:
            code = getattr(failure, "sqlite_errorcode", 0) & 0xFF
            raise self._refusal(failure, code) from failure

    def _refusal(self, failure: sqlite3.DatabaseError, code: int) -> BaseException:
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            return TryAgainLater(
                f"{self.path} is written to by another process, for more than "
                f"{self.wait_seconds:g} s; wait for it or end it, then run again"
            )
        if code in NO_DATABASE:
            return Damaged(
                f"{self.path} cannot be opened: {failure}; restore it from a backup. Without one "
                "move it aside: deliveries are registered again from raw/, but which mails were "
                "sent is forgotten then, and a run with --mail may send some of them again"
            )
        return _of_the_system(self.path) or failure


def _write_ahead(connection: sqlite3.Connection, wait_seconds: float) -> None:
    """Let readers read beside a writer, and bring every commit to the disk.

    SQLite does not wait by itself for another process that turns the same new file to this.
    """
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        except sqlite3.OperationalError as failure:
            is_busy = failure.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not is_busy or time.monotonic() >= deadline:
                raise
            time.sleep(PAUSE)
        else:
            return


def _stored(parameters: Parameters) -> Mapping[str, Value] | Sequence[Value]:
    """Parameters as SQLite keeps them: dates and moments as ISO text."""
    if isinstance(parameters, Mapping):
        return {name: _as_text(value) for name, value in parameters.items()}
    return [_as_text(value) for value in parameters]


def _as_text(value: Value) -> Value:
    return value.isoformat() if isinstance(value, date) else value


def _locked(descriptor: int, wait_seconds: float) -> bool:
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(PAUSE)
        else:
            return True


def _of_the_system(path: Path) -> OSError | None:
    """Why the system lets nobody write beside a file, which SQLite does not tell; None: it does."""
    try:
        with TemporaryFile(dir=path.parent) as probe:
            probe.write(bytes(1 << 16))
            probe.flush()
        for file in path.parent.glob(f"{path.name}*"):
            os.close(os.open(file, os.O_RDWR))
    except OSError as failure:
        return OSError(failure.errno, failure.strerror, str(path))
    return None
