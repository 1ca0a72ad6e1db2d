"""The attributed ledger as it is kept: in the columns and types that its metrics state."""

from pathlib import Path

import duckdb
import pytest

from pipeline.metrics.annulled import ANNULLED
from pipeline.metrics.fact_schemas import ATTRIBUTED
from pipeline.metrics.open_layers import OPEN_LAYERS
from pipeline.settings import load_site
from pipeline.stages.attribute import STORED, keep_up
from pipeline.warehouse import Warehouse
from tests.house.sites import write_site


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
