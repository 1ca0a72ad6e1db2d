"""The attributed ledger as it is kept: in the columns and types that its metrics state."""

from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipeline.metrics.annulled import ANNULLED
from pipeline.metrics.fact_schemas import ATTRIBUTED
from pipeline.metrics.open_layers import OPEN_LAYERS
from pipeline.settings import load_site
from pipeline.stages import attribute
from pipeline.stages.attribute import STORED, keep_up
from pipeline.stages.days import Days
from pipeline.stages.ingest import take_in
from pipeline.warehouse import Warehouse
from tests.house.sites import deliver, write_site


def test_the_facts_are_kept_in_the_columns_their_metrics_state(tmp_path: Path) -> None:
    site = load_site(write_site(tmp_path / "site", today="2025-02-10"))
    with Warehouse(site) as warehouse:
        keep_up(warehouse, print)
        kept = {
            table: dict(warehouse.frame(f"FROM facts.{table}").schema)
            for table in ("attributed_movement", "open_layer", "annulled")
        }

    # The company of an attributed row is that of its item, and is not kept a second time.
    assert {**STORED, "company": ATTRIBUTED["company"]} == ATTRIBUTED
    assert kept == {"attributed_movement": STORED, "open_layer": OPEN_LAYERS, "annulled": ANNULLED}


def test_a_night_that_dies_while_it_makes_the_tables_leaves_none(tmp_path: Path) -> None:
    """A table that is there says that all are."""
    site = load_site(write_site(tmp_path / "site", today="2025-02-10"))
    with Warehouse(site) as warehouse:
        warehouse.execute("CREATE TABLE facts.attributed_until (company VARCHAR)")
        with pytest.raises(duckdb.CatalogException, match="attributed_until"):
            keep_up(warehouse, print)
        assert not warehouse.has("facts.attributed_movement")


PLAIN = range(9)
"""Items that are bought and sold."""
LEDGER = (
    "movement_id,posted_at,sku,warehouse,kind,quantity,value,supplier,conversion_id\n"
    "r1,2025-01-10,RAW,MAIN,purchase,10,100,S1,\n"
    "r2,2025-01-20,RAW,MAIN,adjustment,-4,-40,,C1\n"
    "c1,2025-01-20,CUT,MAIN,adjustment,8,40,,C1\n"
    "c2,2025-01-25,CUT,MAIN,sale,-3,-15,,\n"
    + "".join(
        f"{n}a,2025-01-0{1 + n % 3},P{n},MAIN,purchase,{5 + n},{10 * n},S{1 + n % 2},\n"
        f"{n}b,2025-01-1{n},P{n},MAIN,sale,-{6 if n == 0 else n},-{n},,\n"
        for n in PLAIN
    )
)
SKUS = ("RAW", "CUT", *(f"P{n}" for n in PLAIN))
MASTERS = {
    "item": "sku,name\n" + "".join(f"{sku},{sku}\n" for sku in SKUS),
    "warehouse": "warehouse,name\nMAIN,Main store\n",
    "supplier": "supplier,name\nS1,Norseal\nS2,Sudlager\n",
}


def test_a_ledger_built_in_many_parts_is_that_built_in_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Among its items some that are converted, and one (P0) that lacked what it sold."""
    site = load_site(write_site(tmp_path / "site", today="2025-02-10"))
    deliver(site.folder, "2025-02-10", MASTERS | {"stock_movement": LEDGER})
    day = date(2025, 2, 10)
    with Warehouse(site) as warehouse:
        take_in(warehouse, Days(day, day), print)
        keep_up(warehouse, print)
        at_once = facts(warehouse)
        for table in (*at_once, "attributed_until", "stale"):
            warehouse.execute(f"DROP TABLE facts.{table}")
        warehouse.execute(
            "INSERT INTO canonical.touched BY NAME "
            "SELECT DISTINCT item_no, min(day) OVER () AS first_day FROM canonical.stock_movement"
        )
        monkeypatch.setattr(attribute, "ROWS_A_PART", 3)
        monkeypatch.setattr(attribute, "PARTS_READ_AT_ONCE", 2)
        keep_up(warehouse, print)
        in_parts = facts(warehouse)

    assert at_once["attributed_movement"].height > len(SKUS)
    for table, rows in at_once.items():
        assert in_parts[table].equals(rows), table


def facts(warehouse: Warehouse) -> dict[str, pl.DataFrame]:
    """What the stage keeps, in an order of its own."""
    return {
        table: warehouse.frame(f"FROM facts.{table} ORDER BY ALL")
        for table in ("attributed_movement", "open_layer", "annulled", "attributed_item")
    }
