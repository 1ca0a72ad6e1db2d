"""Cells written as text, read by the SQL that a declared style generates."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb

from pipeline.canonical.erp_contract import NativeColumn, NativeFile, Style
from pipeline.canonical.spec import ColumnType
from pipeline.canonical.typing_sql import typed_view
from pipeline.warehouse.connection import register_functions

UNREADABLE = "unreadable"


@contextmanager
def landed(columns: Sequence[str]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with an empty text table of one file."""
    with duckdb.connect() as connection:
        connection.execute("ATTACH ':memory:' AS landed")
        register_functions(connection)
        cells = ", ".join(f'"{column}" VARCHAR' for column in columns)
        connection.execute(
            f'CREATE TABLE landed."file__text" ({cells}, source_file VARCHAR, source_row BIGINT, '
            "delivery_no BIGINT)"
        )
        yield connection


def read(
    kind: ColumnType,
    *cells: str | None,
    style: Style | None = None,
    zone: str = "Asia/Shanghai",
    is_plain: bool = False,
    is_bare: bool = False,
) -> list[Any]:
    """What each cell says; `unreadable` for those that match nothing declared."""
    file = NativeFile("file", "file", (NativeColumn("cell", kind),), (), style or Style())
    with landed(["cell"]) as connection:
        connection.executemany(
            "INSERT INTO landed.file__text VALUES (?, 'file.csv', ?, 1)",
            [[cell, place] for place, cell in enumerate(cells)],
        )
        rows = connection.execute(
            "SELECT cell, unreadable FROM "
            f"({typed_view(file, zone, is_plain=is_plain, is_bare=is_bare)}) ORDER BY source_row"
        ).fetchall()
    # A number that has too many digits says so behind its column's name.
    return [
        UNREADABLE if faults and faults[0].split(":")[0] == "cell" else value
        for value, faults in rows
    ]
