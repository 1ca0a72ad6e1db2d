"""What a site's published snapshot holds, so that two sites can be compared to the last cell."""

from pathlib import Path

import duckdb

BUSINESS = (
    "company, movement_id, posted_at, sku, warehouse, kind, quantity, value, value_is_estimated, "
    "is_reversal, received_on, document_type, document_no, order_no, order_line_no, supplier, "
    "customer, channel, lot, promotion, transfer_id"
)

Rows = list[tuple[object, ...]]


def metrics_of(
    folder: Path, as_of: str | None = None, without: tuple[str, ...] = ()
) -> dict[str, Rows]:
    """Every table of schema `metrics`, its columns in the order of their names, sorted.

    Args:
        folder: the site's.
        as_of: where a table has as-of dates, only this one.
        without: columns that are not compared.
    """
    with _published(folder) as connection:
        tables = connection.execute(
            "select table_name, list(column_name order by column_name) "
            "from information_schema.columns where table_schema = 'metrics' group by all",
        ).fetchall()
        return {
            name: connection.execute(
                f"select {_quoted(columns, without)} from metrics.{name} "
                f"where {_when(columns, as_of)} order by all",
            ).fetchall()
            for name, columns in sorted(tables)
        }


def all_of(folder: Path, without: tuple[str, ...] = ()) -> dict[str, Rows]:
    """Every published table and view, whatever it is of; without some columns, where named."""
    with _published(folder) as connection:
        tables = connection.execute(
            "select table_schema || '.' || table_name, list(column_name order by column_name) "
            "from information_schema.columns where table_catalog = 'stockturn' group by all",
        ).fetchall()
        return {
            name: connection.execute(
                f"select {_quoted(columns, without)} from {name} order by all"
            ).fetchall()
            for name, columns in sorted(tables)
        }


def ledger_of(folder: Path) -> Rows:
    """The business columns of the current stock ledger."""
    with _published(folder) as connection:
        return connection.execute(
            f"select {BUSINESS} from canonical.stock_movement order by all",
        ).fetchall()


def assert_same(ours: dict[str, Rows], theirs: dict[str, Rows]) -> None:
    """Two snapshots hold the same rows; the first table that differs is shown."""
    assert ours.keys() == theirs.keys()
    for name, rows in ours.items():
        if rows == theirs[name]:
            continue
        only_ours = [row for row in rows if row not in theirs[name]]
        only_theirs = [row for row in theirs[name] if row not in rows]
        message = (
            f"{name}: {len(rows)} rows against {len(theirs[name])}; "
            f"only here {only_ours[:3]}, only there {only_theirs[:3]}"
        )
        raise AssertionError(message)


def _published(folder: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(folder / "published" / "stockturn.duckdb"), read_only=True)


def _quoted(columns: list[str], without: tuple[str, ...]) -> str:
    return ", ".join(f'"{column}"' for column in columns if column not in without)


def _when(columns: list[str], as_of: str | None) -> str:
    return f"as_of = '{as_of}'" if as_of and "as_of" in columns else "true"
