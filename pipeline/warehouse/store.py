"""The warehouse: SQL in, frames out, all or nothing."""

import re
from collections.abc import Collection, Generator
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import polars as pl

from pipeline.resources import sql_folder
from pipeline.settings import ConfigurationError, Site
from pipeline.warehouse.connection import connect
from pipeline.warehouse.publishing import publish
from pipeline.warehouse.schema import prepare
from pipeline.warehouse.sql import Parameters
from pipeline.warehouse.stock_ledger import settle

NAMED = re.compile(r"\$(\w+)")
NEW_NAMES = re.compile(r"\s*(?:CREATE|DROP|ALTER)\b(?! (?:OR REPLACE )?TEMP )")
"""Statements after which other tables or views may be there."""


class Warehouse:
    """The live DuckDB file of a site, opened for writing; close it, or use it as a context."""

    def __init__(self, site: Site, path: Path | None = None) -> None:
        """Open the live file, or one below the site's folder that is to take its place."""
        self.site, path = site, path or site.warehouse
        site.folder.mkdir(parents=True, exist_ok=True)
        self.connection = connect(path, site.folder, site.settings.engine)
        # To ask for a table takes milliseconds, and a night asks for some dozens of times.
        self._known: set[str] | None = None
        try:
            prepare(self.connection, path)
            if self.any("canonical.unsettled"):
                with self.transaction():
                    settle(self)
        except BaseException:
            self.connection.close()
            raise

    def __enter__(self) -> Self:
        """The warehouse itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file, and with it the lock."""
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    @contextmanager
    def beside(self) -> Generator["Warehouse"]:
        """The same open file, for another thread to read what is committed."""
        other = copy(self)
        other.connection = self.connection.cursor()
        try:
            other.execute(f'USE "{self.value("SELECT current_database()")}"')
            yield other
        finally:
            other.close()

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Everything inside happens, or nothing."""
        self.connection.execute("BEGIN")
        try:
            yield
        except duckdb.FatalException:
            raise  # the database is invalid until it is opened again; a rollback fails too
        except BaseException:
            self.connection.execute("ROLLBACK")
            self._known = None
            raise
        self.connection.execute("COMMIT")

    def execute(self, sql: str, parameters: Parameters | None = None) -> None:
        """Run one statement."""
        self.connection.execute(sql, _used(sql, parameters))
        if NEW_NAMES.match(sql):
            self._known = None

    def rows(self, sql: str, parameters: Parameters | None = None) -> list[tuple[Any, ...]]:
        """The rows a query gives."""
        return self.connection.execute(sql, _used(sql, parameters)).fetchall()

    def types(self, sql: str) -> dict[str, str]:
        """The type of each column a query gives, by its name in the result."""
        given = self.connection.execute(sql).description or []
        return {name: str(kind) for name, kind, *_ in given}

    def value(self, sql: str, parameters: Parameters | None = None) -> Any:
        """The first value of the first row a query gives, or None."""
        rows = self.rows(sql, parameters)
        return rows[0][0] if rows else None

    def make(self, name: str, sql: str, parameters: Parameters | None = None) -> None:
        """Put the rows a query gives into a temporary table."""
        self.connection.execute(f"DROP TABLE IF EXISTS temp.{name}")
        self.execute(f"CREATE TEMP TABLE {name} AS {sql}", parameters)

    def any(self, table: str) -> bool:
        """Whether a table has rows."""
        return bool(self.value(f"SELECT count(*) FROM (FROM {table} LIMIT 1)"))

    def frame(self, sql: str, parameters: Parameters | None = None) -> pl.DataFrame:
        """The rows a query gives, as a frame."""
        return self.connection.sql(sql, params=_used(sql, parameters)).pl()

    def repeated(self, sql: str, parameters: Parameters | None = None) -> pl.DataFrame:
        """The numbers a query gives more than once; sorting them is half the work of grouping."""
        numbers = self.frame(sql, parameters).to_series().sort()
        return numbers.filter(numbers == numbers.shift()).unique().to_frame()

    def lazy(self, sql: str, parameters: Parameters | None = None) -> pl.LazyFrame:
        """The rows a query gives, streamed when the frame is collected."""
        return self.connection.sql(sql, params=_used(sql, parameters)).pl(lazy=True)

    def relation(self, sql: str, parameters: Parameters | None = None) -> Any:
        """A query as the engine's own lazy table, for facts that run where the rows are."""
        return self.connection.sql(sql, params=_used(sql, parameters))

    def hold(self, name: str, rows: pl.DataFrame) -> Any:
        """A frame as a temporary table of the engine, for facts to join with."""
        with self._lent(rows) as lent:
            self.make(name, f"SELECT * FROM {lent}")
        return self.relation(f"FROM temp.{name}")

    def select(self, name: str, parameters: Parameters | None = None) -> pl.DataFrame:
        """What a file under sql/ gives, such as `canonical/ledger`."""
        return self.frame(self.text(name), parameters)

    def text(self, name: str) -> str:
        """The SQL of a file under sql/: the site's own where it has one."""
        return self.text_path(name).read_text(encoding="utf-8")

    def text_path(self, name: str) -> Path:
        """Where that SQL stands.

        Raises:
            ConfigurationError: neither the site nor the project has it.
        """
        return _sql_path(self.site, name)

    def has(self, table: str) -> bool:
        """Whether a table or view of that name exists."""
        return table in self._names()

    def _names(self) -> set[str]:
        if self._known is None:
            self._known = self._tables()
        return self._known

    def _tables(self) -> set[str]:
        rows = self.rows(
            "SELECT if(table_schema = 'main', '', table_schema || '.') || table_name "
            "FROM information_schema.tables WHERE table_catalog = current_database()"
        )
        return {row[0] for row in rows}

    def replace(
        self,
        table: str,
        frame: pl.DataFrame | pl.LazyFrame,
        where: str = "true",
        parameters: Parameters | None = None,
    ) -> int:
        """Put a frame where the rows that `where` describes stood; gives the rows written.

        The table is made as the frame is if there is none; columns are matched by name.
        """
        rows = frame.collect(engine="streaming") if isinstance(frame, pl.LazyFrame) else frame
        if self.has(table):
            self.execute(f"DELETE FROM {table} WHERE {where}", parameters)
            return self.insert(table, rows)
        with self._lent(rows) as name:
            self.connection.execute(f"CREATE TABLE {table} AS SELECT * FROM {name}")
        self._names().add(table)
        return rows.height

    def insert(self, table: str, rows: pl.DataFrame) -> int:
        """Add a frame's rows to a table, columns matched by name; gives how many."""
        with self._lent(rows) as name:
            self.execute(f"INSERT INTO {table} BY NAME SELECT * FROM {name}")
        return rows.height

    def lend(self, name: str, rows: pl.DataFrame) -> None:
        """Let SQL read a frame by a name."""
        self.connection.register(name, rows.to_arrow())  # pyright: ignore[reportUnknownArgumentType]

    def take_back(self, name: str) -> None:
        """Forget a frame that was lent."""
        self.connection.unregister(name)

    @contextmanager
    def _lent(self, rows: pl.DataFrame) -> Generator[str]:
        self.lend("_frame", rows)
        yield "_frame"
        # Not in a finally: a failed transaction refuses this too, and would hide its reason.
        self.take_back("_frame")

    def publish(self, held: Collection[str] = ()) -> Path:
        """Replace the published snapshot by what the warehouse holds now."""
        self.execute("CHECKPOINT")
        return publish(self.site, held)


def _used(sql: str, parameters: Parameters | None) -> dict[str, object]:
    """The parameters a statement names: DuckDB refuses any other."""
    named = set(NAMED.findall(sql))
    return {name: value for name, value in (parameters or {}).items() if name in named}


def sql_text(site: Site, name: str) -> str:
    """The SQL of a file under sql/: the site's own where it has one.

    Raises:
        ConfigurationError: neither the site nor the project has it.
    """
    return _sql_path(site, name).read_text(encoding="utf-8")


def _sql_path(site: Site, name: str) -> Path:
    own = site.folder / "sql" / f"{name}.sql"
    path = own if own.is_file() else sql_folder() / f"{name}.sql"
    if not path.is_file():
        message = f"There is no SQL at {path} nor at {own}: write it, or correct site.toml"
        raise ConfigurationError(message)
    return path
