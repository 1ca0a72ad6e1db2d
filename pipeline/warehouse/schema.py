"""The warehouse's tables, made from the table specs; older warehouses are rebuilt, not migrated."""

import duckdb

from pipeline.canonical.spec import STORED_AS, TableSpec
from pipeline.canonical.surrogate_keys import numbering
from pipeline.canonical.tables import (
    CLOSURE,
    MASTERS,
    PROVENANCE,
    TABLES,
    business,
    extras,
    identity,
    stored,
)
from pipeline.canonical.typing_sql import literal
from pipeline.warehouse.connection import REBUILD, Damaged

SCHEMA_VERSION = 7
SCHEMAS = ("canonical", "quarantine", "facts", "metrics")

DELIVERY = """
CREATE TABLE canonical.delivery (
    company VARCHAR, extract_on DATE, version INTEGER, table_name VARCHAR, delivery_no BIGINT,
    known_on DATE, mode VARCHAR, window_from DATE, window_to DATE,
    rows_in BIGINT, rows_new BIGINT, rows_corrected BIGINT, rows_unchanged BIGINT,
    rows_quarantined BIGINT, rows_duplicate BIGINT, rows_closed BIGINT, rows_left_out BIGINT,
    warnings VARCHAR[]
)
"""
UNSETTLED = """
CREATE TABLE canonical.unsettled (
    company VARCHAR, first BIGINT, last BIGINT, before BIGINT, estimate BOOLEAN
)
"""
# Keys whose own number another key holds; only ever added to.
KEY_NUMBER = """
CREATE TABLE canonical.key_number (space VARCHAR, company VARCHAR, key VARCHAR, number BIGINT)
"""
UNCOMPARED = "CREATE TABLE canonical.uncompared (company VARCHAR, first BIGINT, last BIGINT)"
TOUCHED = "CREATE TABLE canonical.touched (company VARCHAR, item_no BIGINT, first_day INTEGER)"


def prepare(connection: duckdb.DuckDBPyConnection, path: object) -> None:
    """Make the tables of a new warehouse, or see that an existing one is of this version.

    Raises:
        Damaged: the file belongs to something else or to another version.
    """
    found = _version(connection)
    if found == SCHEMA_VERSION:
        _refuse_other_numbering(connection, path)
        return
    if found is None and not _tables(connection):
        _create(connection)
        return
    whose = "is not a Stockturn warehouse" if found is None else f"is of schema version {found}"
    message = (
        f"{path} {whose}, this program writes version {SCHEMA_VERSION}: move the file aside and "
        f"run '{REBUILD}', which builds it again from raw/"
    )
    raise Damaged(message)


def _refuse_other_numbering(connection: duckdb.DuckDBPyConnection, path: object) -> None:
    """Numbers of known keys and contents must be those this engine would compute again."""
    (numbered,) = connection.execute("SELECT numbering FROM main.stockturn").fetchall()[0]
    (computed,) = connection.execute(numbering()).fetchall()[0]
    if numbered != computed:
        message = (
            f"{path} numbers its keys otherwise than this program with DuckDB "
            f"{duckdb.__version__} does: move the file aside and run '{REBUILD}', which builds it "
            "again from raw/"
        )
        raise Damaged(message)


def _tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database()"
    ).fetchall()
    return [row[0] for row in rows]


def _version(connection: duckdb.DuckDBPyConnection) -> int | None:
    if "stockturn" not in _tables(connection):
        return None
    rows = connection.execute("SELECT max(schema_version) FROM main.stockturn").fetchall()
    return rows[0][0]


def _create(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("BEGIN")
    for schema in SCHEMAS:
        connection.execute(f"CREATE SCHEMA {schema}")
    for table in (DELIVERY, TOUCHED, UNSETTLED, KEY_NUMBER, UNCOMPARED):
        connection.execute(table)
    for spec in TABLES.values():
        for statement in (*_tables_of(spec), *_comments(spec), as_known(spec)):
            connection.execute(statement)
    connection.execute(
        f"CREATE TABLE main.stockturn AS SELECT $v AS schema_version, ({numbering()}) AS numbering",
        {"v": SCHEMA_VERSION},
    )
    connection.execute("COMMIT")
    connection.execute("CHECKPOINT")


def _tables_of(spec: TableSpec) -> tuple[str, ...]:
    columns = [f"NULL::{STORED_AS[column.type]} AS {column.name}" for column in spec.columns]
    added = [f"{number.sql} AS {name}" for name, number in spec.numbers.items()]
    added += [f"{sql} AS {name}" for name, sql in spec.surrogates.items()]
    more = [f"({extra.sql})::{extra.type} AS {extra.name}" for extra in extras(spec)]
    provenance = [f"NULL::{kind} AS {name}" for name, (kind, _) in PROVENANCE.items()]
    closure = [f"NULL::{kind} AS {name}" for name, (kind, _) in CLOSURE.items()]
    rows = (
        f"SELECT {', '.join(('*', *added, *more, *provenance))} "
        f"FROM (SELECT {', '.join(('NULL::VARCHAR AS company', *columns))})"
    )
    current = f"SELECT {', '.join(stored(spec))} FROM ({rows})"
    history = f"SELECT *, {', '.join(closure)} FROM canonical.{spec.name}"
    refused = (
        f"SELECT company, {', '.join((*business(spec), identity(spec)))}, "
        "NULL::VARCHAR AS delivered, NULL::VARCHAR[] AS reasons, source_file, source_row, "
        "NULL::DATE AS seen_on, delivery_no, NULL::BIGINT AS ended_by, NULL::DATE AS ended_on, "
        "NULL::DATE AS ended_from, NULL::DATE AS forgiven_on, NULL::VARCHAR AS forgiven_by, "
        "NULL::VARCHAR AS forgiven_why "
        f"FROM canonical.{spec.name}"
    )
    return (
        f"CREATE TABLE canonical.{spec.name} AS {current} LIMIT 0",
        f"CREATE TABLE canonical.{spec.name}_history AS {history} LIMIT 0",
        f"CREATE TABLE quarantine.{spec.name} AS {refused} LIMIT 0",
    )


def _comments(spec: TableSpec) -> list[str]:
    about = {column.name: column.about for column in spec.columns}
    about |= {extra.name: extra.about for extra in extras(spec)}
    about |= {name: text for name, (_, text) in PROVENANCE.items()}
    table = f"canonical.{spec.name}"
    return [
        f"COMMENT ON TABLE {table} IS {literal(spec.about)}",
        *(f"COMMENT ON COLUMN {table}.{name} IS {literal(text)}" for name, text in about.items()),
    ]


def as_known(spec: TableSpec) -> str:
    """The macro that gives a table as it was known at the end of a day."""
    name, number, columns = spec.name, identity(spec), ", ".join(stored(spec))
    if name in MASTERS:
        return MASTER_AS_KNOWN.format(name=name, number=number, columns=columns, code=MASTERS[name])
    return (
        f"CREATE MACRO canonical.{name}_as_known(known_by) AS TABLE "
        f"SELECT {columns} FROM canonical.{name} WHERE known_on <= known_by "
        f"UNION ALL BY NAME SELECT {columns} FROM canonical.{name}_history "
        f"WHERE known_on <= known_by AND closed_on > known_by"
    )


# Before a master's first delivery its first version holds; one that no delivery describes at
# that time is a stub, so that every code anything refers to has exactly one row.
MASTER_AS_KNOWN = """
CREATE MACRO canonical.{name}_as_known(known_by) AS TABLE
WITH described AS (
    SELECT {columns}, NULL::DATE AS closed_on FROM canonical.{name} WHERE NOT is_stub
    UNION ALL
    SELECT {columns}, closed_on FROM canonical.{name}_history
),
held AS (
    SELECT *, row_number() OVER (PARTITION BY {number} ORDER BY delivery_no) AS version
    FROM described
),
holding AS (
    SELECT * FROM held
    WHERE (known_on <= known_by OR version = 1) AND coalesce(closed_on > known_by, true)
    QUALIFY row_number() OVER (PARTITION BY {number} ORDER BY delivery_no DESC) = 1
)
SELECT {columns} FROM holding
UNION ALL BY NAME
SELECT DISTINCT company, {code}, {code} AS name, {number}, true AS is_stub
FROM (
    SELECT company, {code}, {number} FROM canonical.{name}
    UNION ALL
    SELECT company, {code}, {number} FROM described
) ANTI JOIN holding USING ({number})
"""
