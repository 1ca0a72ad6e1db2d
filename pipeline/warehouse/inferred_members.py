"""Stub masters: whatever a row refers to has a master, so that no row is lost for want of one."""

from collections.abc import Collection
from typing import NamedTuple

from pipeline.canonical.movement_kinds import IN_TRANSIT
from pipeline.canonical.spec import ColumnType, TableSpec
from pipeline.canonical.tables import MASTERS, TABLES, identity
from pipeline.warehouse import key_numbers
from pipeline.warehouse.refusals import NOT_ENDED
from pipeline.warehouse.sql import Parameters
from pipeline.warehouse.store import Warehouse

EXAMPLES = 5


class Stubs(NamedTuple):
    """Stubs made of one master: how many, the first of their codes, whose row was refused."""

    made: int
    codes: list[str]
    refused: int


def add_stubs(
    warehouse: Warehouse, spec: TableSpec, limits: Parameters, incomplete: Collection[str]
) -> dict[str, Stubs]:
    """Give every code that rows of some of a company's deliveries refer to a master.

    `limits` name the company and its deliveries, `incomplete` those masters rows refer to by number
    that lack a code.  Gives the stubs that were made of each master.
    """
    made: dict[str, Stubs] = {}
    for master, code in MASTERS.items():
        if master != spec.name and _refers(spec, code):
            number = identity(TABLES[master])
            is_numbered = number in spec.numbers
            if is_numbered and master not in incomplete:
                continue
            rows = " UNION ALL ".join(
                f"SELECT company, {code}{f', {number}' if is_numbered else ''} "
                f"FROM canonical.{spec.name}{part} "
                "WHERE company = $company AND delivery_no BETWEEN $first AND $last"
                for part in ("", "_history")
            )
            add = _add_unknown if is_numbered else _add
            count = add(warehouse, master, rows, limits)
            if count:
                some = f"SELECT {code} FROM missing ORDER BY {code} LIMIT {EXAMPLES}"
                held = (
                    f"SELECT count(*) FROM missing SEMI JOIN (FROM quarantine.{master} "
                    f"WHERE {NOT_ENDED}) AS refused USING (company, {code})"
                )
                codes = [row[0] for row in warehouse.rows(some)]
                made[master] = Stubs(count, codes, warehouse.value(held))
    return made


def settle(warehouse: Warehouse, company: str, spec: TableSpec, first: int, last: int) -> None:
    """After a master was folded: stubs it describes go, codes it no longer describes get one."""
    if spec.name not in MASTERS:
        return
    table, number, code = f"canonical.{spec.name}", identity(spec), MASTERS[spec.name]
    warehouse.execute(
        f"DELETE FROM {table} WHERE is_stub AND {number} IN "
        f"(SELECT {number} FROM {table} WHERE company = $company AND NOT is_stub)",
        {"company": company},
    )
    closed = (
        f"SELECT {code} FROM {table}_history WHERE company = $company "
        "AND closed_by BETWEEN $first AND $last"
    )
    limits = {"company": company, "first": first, "last": last}
    if warehouse.value(f"SELECT count(*) FROM ({closed})", limits):
        rows = f"SELECT * FROM ({references(spec.name)}) WHERE {code} IN ({closed})"
        _add(warehouse, spec.name, rows, limits)


def renew(warehouse: Warehouse, company: str) -> None:
    """Derive all stubs of a company again, from what refers to them now."""
    for master, code in MASTERS.items():
        warehouse.execute(
            f"DELETE FROM canonical.{master} WHERE company = $company AND is_stub",
            {"company": company},
        )
        rows = f"SELECT company, {code} FROM ({references(master)}) WHERE company = $company"
        _add(warehouse, master, rows, {"company": company})
    add_in_transit(warehouse, company)


def add_in_transit(warehouse: Warehouse, company: str) -> None:
    """The place of goods that left one warehouse and have not arrived at the other."""
    number = TABLES["warehouse"].numbers["warehouse_no"].sql
    warehouse.make(
        "missing",
        f"SELECT *, {number} AS warehouse_no, false AS is_stub FROM "
        "(SELECT $company AS company, $code AS warehouse, 'In transit' AS name, $code AS kind) "
        "ANTI JOIN canonical.warehouse USING (company, warehouse)",
        {"company": company, "code": IN_TRANSIT},
    )
    _insert_missing(warehouse, "warehouse")


def references(master: str) -> str:
    """SELECT of (company, code) of every row, current or closed, that refers to a master."""
    code = MASTERS[master]
    return " UNION ".join(
        f"SELECT company, {code} FROM canonical.{spec.name}{part}"
        for spec in TABLES.values()
        if spec.name != master and _refers(spec, code)
        for part in ("", "_history")
    )


def _refers(spec: TableSpec, code: str) -> bool:
    return any(column.name == code and column.type is ColumnType.CODE for column in spec.columns)


def _add_unknown(warehouse: Warehouse, master: str, rows: str, parameters: Parameters) -> int:
    """Insert stubs as `_add` does, looking at numbers first: nearly every code has its master."""
    number = identity(TABLES[master])
    warehouse.make(
        "unknown",
        f"SELECT {number} FROM (SELECT DISTINCT {number} FROM ({rows}) WHERE {number} IS NOT NULL) "
        f"ANTI JOIN canonical.{master} USING ({number})",
        parameters,
    )
    if not warehouse.any("unknown"):
        return 0
    referring = f"SELECT * FROM ({rows}) WHERE {number} IN (FROM unknown)"
    return _add(warehouse, master, referring, parameters)


def _add(
    warehouse: Warehouse,
    master: str,
    rows: str,
    parameters: Parameters | None = None,
) -> int:
    """Insert stubs for the codes among `rows` that have no master."""
    spec, code = TABLES[master], MASTERS[master]
    number = identity(spec)
    warehouse.make(
        "missing",
        f"SELECT company, {code}, {code} AS name, {spec.numbers[number].sql} AS {number}, "
        f"true AS is_stub "
        f"FROM (SELECT DISTINCT company, {code} FROM ({rows}) WHERE {code} IS NOT NULL) "
        f"ANTI JOIN canonical.{master} USING (company, {code})",
        parameters,
    )
    return _insert_missing(warehouse, master)


def _insert_missing(warehouse: Warehouse, master: str) -> int:
    """Insert the masters that `missing` holds; gives how many."""
    count: int = warehouse.value("SELECT count(*) FROM missing")
    if count:
        key_numbers.tell_missing_apart(warehouse, master)
        warehouse.execute(f"INSERT INTO canonical.{master} BY NAME FROM missing")
    return count
