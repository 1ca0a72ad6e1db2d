"""The fast attribution against the plain one, on random ledgers."""

from typing import Any

import polars as pl
from hypothesis import HealthCheck, assume, given, settings

from pipeline.metrics.attribution import attribute
from tests.metrics.oracle import CircleError, Cells, Row, simulate
from tests.metrics.random_ledgers import TRANSIT, ledger, ledgers

KEY = [
    "company",
    "movement_no",
    "item_no",
    "warehouse_no",
    "supplier_no",
    "received_day",
    "day",
    "kind_no",
]


def cells(attributed: pl.DataFrame) -> Cells:
    """The rows summed by every column that is not a number of them."""
    value = pl.when(pl.col("value_e4").count() > 0).then(pl.col("value_e4").sum())
    summed = attributed.group_by(KEY).agg(pl.col("quantity_e6").sum(), value.alias("value_e4"))
    return {row[:-2]: row[-2:] for row in summed.iter_rows()}


def expected(rows: list[Row]) -> Cells:
    try:
        return simulate(rows, TRANSIT)
    except CircleError:
        assume(False)  # noqa: FBT003
        raise


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(ledgers())
def test_random_ledgers_agree_with_the_queues_cell_by_cell(rows: list[Row]) -> None:
    want = expected(rows)
    have: Any = cells(attribute(ledger(rows), TRANSIT).attributed)
    assert have == want
