"""What parts of this room ask of the warehouse they work in."""

from collections.abc import Mapping
from typing import Any, Protocol

import polars as pl

Parameters = Mapping[str, object]
NONE: Parameters = {}


class Sql(Protocol):
    """A connection to the warehouse, as the store lends it."""

    def execute(self, sql: str, parameters: Parameters | None = None) -> None:
        """Run one statement."""
        ...

    def rows(self, sql: str, parameters: Parameters | None = None) -> list[tuple[Any, ...]]:
        """The rows a query gives."""
        ...

    def value(self, sql: str, parameters: Parameters | None = None) -> Any:
        """The first value of the first row a query gives, or None."""
        ...

    def make(self, name: str, sql: str, parameters: Parameters | None = None) -> None:
        """Put the rows a query gives into a temporary table."""
        ...

    def repeated(self, sql: str, parameters: Parameters | None = None) -> pl.DataFrame:
        """The numbers a query gives more than once."""
        ...

    def hold(self, name: str, rows: pl.DataFrame) -> Any:
        """A frame as a temporary table."""
        ...

    def any(self, table: str) -> bool:
        """Whether a table has rows."""
        ...

    def text(self, name: str) -> str:
        """The SQL of a file under sql/."""
        ...
