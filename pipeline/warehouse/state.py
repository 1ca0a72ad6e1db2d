"""`state.duckdb`: the file ledger and the outbox, which are never published.

Each statement is committed when it returns; the file is held by one process at a time.
"""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from pipeline.settings import Site
from pipeline.warehouse.connection import connect

Parameters = Mapping[str, object] | Sequence[object]


class State:
    """The state file of a site, opened for writing; use it as a context."""

    def __init__(self, site: Site) -> None:
        """Open the file, made at the first use."""
        site.folder.mkdir(parents=True, exist_ok=True)
        self.connection = connect(site.state, site.folder, site.settings.engine)

    def __enter__(self) -> Self:
        """The state itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file, and with it the lock."""
        self.connection.close()

    def query(self, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """The rows a statement gives."""
        return self.connection.execute(sql, parameters).fetchall()

    def execute(self, sql: str, parameters: Parameters = ()) -> None:
        """Carry out a statement that gives nothing."""
        self.connection.execute(sql, parameters)
