"""The warehouse's tables, made from the table specs; older warehouses are rebuilt, not migrated."""

from collections.abc import Iterator

import duckdb

from pipeline.canonical.described import Table, all_tables
from pipeline.canonical.spec import TableSpec
from pipeline.canonical.surrogate_keys import numbering
from pipeline.canonical.tables import MASTERS, TABLES, identity, stored
from pipeline.canonical.typing_sql import literal
from pipeline.warehouse.connection import REBUILD, Damaged

SCHEMA_VERSION = 10
SCHEMAS = ("canonical", "quarantine", "facts", "metrics")


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
    # Asked for as if it were there: to list all tables takes ten times as long.
    try:
        rows = connection.execute("SELECT max(schema_version) FROM main.stockturn").fetchall()
    except duckdb.CatalogException:
        return None
    return rows[0][0]


def _create(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("BEGIN")
    for schema in SCHEMAS:
        connection.execute(f"CREATE SCHEMA {schema}")
    for table in all_tables():
        for statement in (table.create, *_comments(table)):
            connection.execute(statement)
    for spec in TABLES.values():
        connection.execute(as_known(spec))
    connection.execute(
        f"CREATE TABLE main.stockturn AS SELECT $v AS schema_version, ({numbering()}) AS numbering",
        {"v": SCHEMA_VERSION},
    )
    connection.execute("COMMIT")
    connection.execute("CHECKPOINT")


def _comments(table: Table) -> Iterator[str]:
    yield f"COMMENT ON TABLE {table.name} IS {literal(table.about)}"
    for name, (_, about) in table.columns.items():
        yield f"COMMENT ON COLUMN {table.name}.{name} IS {literal(about)}"


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
