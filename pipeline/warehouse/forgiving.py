"""Forgiven rows: refused rows that a policy names stand no longer from its day on.

What is forgiven is written anew by every run from the policy alone, so an entry that is taken out
lets its row stand again, and a rebuilt warehouse forgives the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from pipeline.canonical.admission import EXTRACT_ON
from pipeline.canonical.spec import TableSpec
from pipeline.canonical.tables import TABLES, identity
from pipeline.policy import ForgivenRow
from pipeline.warehouse.store import Warehouse

WISHED = {
    "wish": pl.Int64,
    "place": pl.Int64,
    "company": pl.String,
    "valid_from": pl.Date,
    "key": pl.List(pl.String),
    "file": pl.String,
    "record": pl.Int64,
    "role": pl.String,
    "why": pl.String,
}


@dataclass
class Unmatched:
    """Entries, counted from 1, that forgive nothing."""

    unknown: list[int] = field(default_factory=list[int])  # nobody ever delivered such a row
    needless: list[int] = field(default_factory=list[int])  # it stands in the ledger


def forgive(warehouse: Warehouse, entries: Sequence[ForgivenRow]) -> Unmatched:
    """Write down which refused rows are forgiven; gives the entries that name none."""
    unmatched = Unmatched()
    with warehouse.transaction():
        for spec in TABLES.values():
            _forget(warehouse, spec)
            wished = _wished(spec, entries)
            if wished.height:
                _forgive(warehouse, spec, wished, unmatched)
    return unmatched


def _forget(warehouse: Warehouse, spec: TableSpec) -> None:
    warehouse.execute(
        f"UPDATE quarantine.{spec.name} SET forgiven_on = NULL, forgiven_by = NULL, "
        "forgiven_why = NULL WHERE forgiven_on IS NOT NULL"
    )


def _wished(spec: TableSpec, entries: Sequence[ForgivenRow]) -> pl.DataFrame:
    """One row for each row of a table that is to be forgiven."""
    rows = [
        {
            "place": place,
            "company": entry.company,
            "valid_from": entry.valid_from,
            "key": [entry.key.get(name, "") for name in spec.key],
            "file": entry.file,
            "record": record,
            "role": entry.by,
            "why": entry.reason,
        }
        for place, entry in enumerate(entries, 1)
        if entry.table == spec.name
        for record in entry.records or (0,)
    ]
    return pl.DataFrame([{"wish": n, **row} for n, row in enumerate(rows)], schema=WISHED)


def _forgive(
    warehouse: Warehouse, spec: TableSpec, wished: pl.DataFrame, unmatched: Unmatched
) -> None:
    warehouse.lend("wished", wished)
    try:
        warehouse.make("named", _named(spec))
        warehouse.execute(
            f"UPDATE quarantine.{spec.name} AS refused SET forgiven_on = forgiven.valid_from, "
            "forgiven_by = forgiven.role, forgiven_why = forgiven.why "
            f"FROM ({_forgiven(spec)}) AS forgiven WHERE refused.rowid = forgiven.rid"
        )
        idle = warehouse.rows(
            f"SELECT place, wish IN ({_in_the_ledger(spec)}) FROM wished "
            "WHERE wish NOT IN (SELECT wish FROM named) ORDER BY ALL"
        )
    finally:
        warehouse.take_back("wished")
    for place, is_known in idle:
        (unmatched.needless if is_known else unmatched.unknown).append(place)


def _is_meant(spec: TableSpec) -> str:
    """SQL that holds where `held` is the row that `wished` names."""
    key = ", ".join(f"coalesce(held.{name}::VARCHAR, '')" for name in spec.key)
    return (
        "held.company = wished.company AND CASE wished.file "
        f"WHEN '' THEN [{key}] = wished.key "
        "ELSE held.source_file = wished.file AND held.source_row = wished.record END"
    )


def _named(spec: TableSpec) -> str:
    """SELECT of the refused rows that are named, as they were refused until they are forgiven."""
    extract_on = EXTRACT_ON.replace("delivery_no", "held.delivery_no")
    return (
        f"SELECT wished.*, held.rowid AS rid, {_who('held', spec)} AS who, held.delivered "
        f"FROM wished JOIN quarantine.{spec.name} AS held ON {_is_meant(spec)} "
        f"WHERE {extract_on} <= wished.valid_from"
    )


def _forgiven(spec: TableSpec) -> str:
    """SELECT of what is forgiven: what is named, and every delivery of the same row as it was."""
    return f"""
SELECT rid, min(valid_from) AS valid_from, arg_min(role, valid_from) AS role,
    arg_min(why, valid_from) AS why
FROM (
    SELECT rid, valid_from, role, why FROM named
    UNION ALL
    SELECT again.rowid, valid_from, role, why
    FROM named JOIN quarantine.{spec.name} AS again ON again.company = named.company
        AND {_who("again", spec)} = named.who AND again.delivered = named.delivered
) GROUP BY rid
"""


def _who(row: str, spec: TableSpec) -> str:
    return f"coalesce({row}.{identity(spec)}::VARCHAR, {row}.delivered)"


def _in_the_ledger(spec: TableSpec) -> str:
    """SELECT of the wishes whose row was admitted."""
    return " UNION ALL ".join(
        f"SELECT wish FROM wished JOIN canonical.{spec.name}{part} AS held ON {_is_meant(spec)}"
        for part in ("", "_history")
    )
