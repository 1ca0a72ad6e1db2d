"""The attributed ledger, kept up with the stock ledger: new rows extend it, old ones rebuild items.

What a load touched stands in `canonical.touched` until this has made its facts, in the same
transaction that forgets it: a killed run makes them again.
"""

from dataclasses import dataclass

import polars as pl

from pipeline.canonical.kinds import IN_TRANSIT
from pipeline.defs.telling import Say
from pipeline.metrics.attribution import attributed_parts
from pipeline.settings import Site
from pipeline.warehouse import Warehouse

ATTRIBUTED = "facts.attributed_movement"
STALE = "facts.stale"
"""From which day on the daily table does not yet say what the attributed ledger says."""
STORED = (
    "movement_no",
    "item_no",
    "warehouse_no",
    "supplier_no",
    "received_day",
    "day",
    "kind_no",
    "quantity_e6",
    "value_e4",
)
ROWS_A_PART = 2_500_000
"""Movements attributed at once: bounds the memory of a full build."""

MOST_REBUILT = 0.5
"""From this share of touched movements on, building everything again is quicker."""


@dataclass(frozen=True)
class Changed:
    """What the facts stage did."""

    rows: int
    first_day: int | None  # the smallest day on which anything changed; None: nothing did
    everything: bool = False


def keep_up(site: Site, say: Say) -> Changed:
    """Bring the attributed ledger up to the stock ledger."""
    with Warehouse(site) as warehouse:
        first_day = warehouse.value("SELECT min(first_day) FROM canonical.touched")
        warehouse.execute(f"CREATE TABLE IF NOT EXISTS {STALE} (first_day INTEGER)")
        is_there = warehouse.has(ATTRIBUTED)
        if first_day is None and is_there:
            say("attribution: nothing changed")
            return Changed(0, None)
        everything = not is_there or _touched_share(warehouse) > MOST_REBUILT
        rows = _rebuild(warehouse, say, everything=everything)
        return Changed(rows, first_day, everything=everything)


def _touched_share(warehouse: Warehouse) -> float:
    """The share of the ledger's movements whose items were touched."""
    share = warehouse.value(
        "SELECT count(*) FILTER (item_no IN (SELECT item_no FROM canonical.touched)) "
        "/ greatest(count(*), 1) FROM canonical.stock_movement"
    )
    return float(share)


def _rebuild(warehouse: Warehouse, say: Say, *, everything: bool) -> int:
    ledger = warehouse.frame(warehouse.text("canonical/ledger"), {"everything": everything})
    places = {
        company: number
        for company, number in warehouse.rows(
            "SELECT company, warehouse_no FROM canonical.warehouse WHERE warehouse = $code",
            {"code": IN_TRANSIT},
        )
    }
    parts = 1 + ledger.height // ROWS_A_PART
    written = 0
    with warehouse.transaction():
        if everything:
            _make(warehouse)
        else:
            warehouse.execute(
                f"DELETE FROM {ATTRIBUTED} WHERE item_no IN (SELECT item_no FROM canonical.touched)"
            )
        for part in attributed_parts(ledger.lazy(), places, parts):
            written += _insert(warehouse, part.attributed)
        warehouse.execute(
            f"INSERT INTO {STALE} SELECT min(first_day) FROM canonical.touched HAVING count(*) > 0"
        )
        warehouse.execute("DELETE FROM canonical.touched")
    say(f"attribution: {ledger.height:,} movements, {written:,} pieces")
    return written


def _make(warehouse: Warehouse) -> None:
    columns = ", ".join(
        f"{name} {kind}"
        for name, kind in {
            **dict.fromkeys(STORED, "BIGINT"),
            "received_day": "INTEGER",
            "day": "INTEGER",
            "kind_no": "TINYINT",
        }.items()
    )
    warehouse.execute(f"CREATE OR REPLACE TABLE {ATTRIBUTED} ({columns})")


def _insert(warehouse: Warehouse, rows: pl.DataFrame) -> int:
    return warehouse.insert(ATTRIBUTED, rows.select(STORED))
