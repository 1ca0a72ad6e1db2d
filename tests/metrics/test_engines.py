"""The attribution and the layers on hand are the same cells on polars, DuckDB and Spark."""

import polars as pl
import pytest

from pipeline.metrics.attribution import attribute
from pipeline.metrics.fact_schemas import LEDGER
from pipeline.metrics.stock_age import layers_on
from tests.metrics.engines import Bring, bring, on_polars, spark
from tests.metrics.postings import IN_TRANSIT, postings
from tests.metrics.test_attribution_laws import cells

__all__ = ["bring", "spark"]

POSTED = """
    day | at | kind            | warehouse | supplier | quantity | value  | line | transfer | sku | lot
    0   | 0  | opening         | A         | -        | 4        | 41     | -    | -        | 1 | -
    1   | 0  | purchase        | A         | S1       | 5        | 50     | -    | -        | 1 | -
    1   | 0  | purchase        | B         | S3       | 9        | 81.11  | -    | -        | 1 | -
    2   | 0  | purchase        | A         | S2       | 5        | 60     | 31   | -        | 1 | -
    3   | 0  | transfer_out    | A         | -        | -7       | -71    | -    | 7        | 1 | -
    4   | 0  | transfer_in     | B         | -        | 7        | 71     | -    | 7        | 1 | -
    4   | 5  | sale            | B         | -        | -13      | -130.7 | 41   | -        | 1 | -
    5   | 0  | sale_return     | B         | -        | 4        | 40     | 41   | -        | 1 | -
    5   | 9  | sale            | B         | -        | -9       | -88    | 42   | -        | 1 | -
    5   | 9  | sale            | B         | -        | -2       | -      | 43   | -        | 2 | -
    6   | 0  | landed_cost     | A         | S2       | 0        | 3.33   | 31   | -        | 1 | -
    6   | 0  | purchase        | B         | S1       | 6        | 66     | -    | -        | 2 | -
    7   | 0  | revaluation     | B         | -        | 0        | -1     | -    | -        | 2 | -
    7   | 0  | transfer_out    | B         | -        | -1       | -11    | -    | 8        | 2 | -
    7   | 0  | transfer_in     | C         | -        | 1        | 11     | -    | 8        | 2 | -
    8   | 0  | purchase        | A         | S1       | 6        | 66     | -    | -        | 3 | -
    8   | 0  | purchase        | A         | S2       | 6        | 60     | -    | -        | 3 | -
    9   | 0  | purchase_return | A         | S1       | -2       | -22    | -    | -        | 3 | -
    9   | 9  | sale_return     | A         | -        | 1        | 10     | -    | -        | 2 | -
    9   | 0  | purchase        | A         | S1       | 6        | 66     | -    | -        | 4 | 61
    9   | 0  | purchase        | A         | S2       | 6        | 60     | -    | -        | 4 | 62
    9   | 5  | transfer_out    | A         | -        | -2       | -22    | -    | 9        | 4 | 61
    9   | 5  | transfer_out    | A         | -        | -2       | -20    | -    | 9        | 4 | 62
    9   | 5  | transfer_in     | B         | -        | 2        | 20     | -    | 9        | 4 | 62
    9   | 5  | transfer_in     | B         | -        | 2        | 22     | -    | 9        | 4 | 61
    9   | 6  | sale            | B         | -        | -1       | -10    | -    | -        | 4 | 62
    9   | 6  | sale            | A         | -        | -5       | -52    | -    | -        | 4 | -
"""  # noqa: E501


@pytest.fixture(scope="module")
def ledger() -> pl.DataFrame:
    """A few rows of every corner."""
    return postings(POSTED)


def test_the_attributed_ledger_is_the_same_on_every_engine(
    bring: Bring, ledger: pl.DataFrame
) -> None:
    want = attribute(on_polars()(ledger), IN_TRANSIT)
    have = attribute(bring(ledger), IN_TRANSIT)
    assert cells(have.attributed) == cells(want.attributed)
    assert have.open_layers.sort(pl.all()).equals(want.open_layers.sort(pl.all()))
    assert len(have.attributed) > len(ledger)


def test_layers_on_a_day_are_the_same_on_every_engine(bring: Bring, ledger: pl.DataFrame) -> None:
    rows = attribute(ledger, IN_TRANSIT).attributed
    types = {name: LEDGER[name] for name in ("quantity_e6", "value_e4")}

    def on(way: Bring) -> list[tuple[object, ...]]:
        found = layers_on(way(rows), 6).collect("polars").to_native()
        return found.cast(types).sort(pl.all()).rows()

    assert on(bring) == on(on_polars())
    assert on(on_polars())
