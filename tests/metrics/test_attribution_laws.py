"""The fast attribution against the plain one, and its laws, on random ledgers."""

from typing import Any
from unittest import mock

import numpy as np
import polars as pl
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.canonical.movement_kinds import Kind
from pipeline.metrics import attribution
from pipeline.metrics.attribution import Attribution, attribute
from pipeline.metrics.conversions import NO_CONVERSIONS
from pipeline.metrics.fact_schemas import ATTRIBUTED
from pipeline.metrics.incremental import Rebuilding, extend, items_to_rebuild
from pipeline.metrics.intervals import Flags
from pipeline.metrics.layer_origins import Movements
from pipeline.metrics.open_layers import OPEN_LAYERS
from tests.laws import tried
from tests.metrics.oracle import Cells, CircleError, Row, simulate
from tests.metrics.random_ledgers import TRANSIT, ledger, ledgers

ANNULLED = {"item_no": pl.Int64, "movement_no": pl.Int64, "annulled_day": pl.Int32}
NUMBERS = ("quantity_e6", "value_e4")
KEY = [name for name in ATTRIBUTED if name not in NUMBERS]


def cells(attributed: pl.DataFrame) -> Cells:
    """The rows summed by every column that is not a number of them."""
    value = pl.when(pl.col("value_e4").count() > 0).then(pl.col("value_e4").sum())
    summed = attributed.group_by(KEY).agg(pl.col("quantity_e6").sum(), value.alias("value_e4"))
    return {row[:-2]: row[-2:] for row in summed.iter_rows()}


def _everything(movements: Movements) -> Flags:
    """All rows, as if every item had to be replayed."""
    return np.ones(len(movements), dtype=np.bool_)


def by_queues(rows: list[Row]) -> Cells:
    """What the queues say; transfers that wait for one another cannot be said by queues."""
    try:
        return simulate(rows, TRANSIT)
    except CircleError:
        assume(condition=False)
        raise


def night_after_night(nights: list[list[Row]]) -> Attribution:
    """The facts after every night has extended those of the night before."""
    facts, left = pl.DataFrame(schema=ATTRIBUTED), pl.DataFrame(schema=OPEN_LAYERS)
    void = pl.DataFrame(schema=ANNULLED)
    known: list[Row] = []
    for night in nights:
        known += night
        again = items_to_rebuild(left, ledger(night))
        whole = [row for row in known if row["item_no"] in again]
        change = extend(
            left, ledger(night), Rebuilding(again, ledger(whole), NO_CONVERSIONS), TRANSIT
        )
        old = pl.col("item_no").is_in(change.rebuilt_items)
        facts = pl.concat([facts.filter(~old), change.attributed])
        void = pl.concat([void.filter(~old), change.annulled])
        old = pl.col("item_no").is_in(change.touched_items)
        left = pl.concat([left.filter(~old), change.open_layers])
    return Attribution(facts, left, void)


def stock_left(left: pl.DataFrame) -> Cells:
    """What the open layers hold, whichever movement each came from."""
    keys = ["item_no", "warehouse_no", "role_no", "supplier_no", "received_day"]
    stock = left.filter(pl.col("role_no") < 2).group_by(keys).agg(pl.col(NUMBERS).sum())
    return {row[:-2]: row[-2:] for row in stock.iter_rows()}


@tried(14, large=40)
@given(ledgers())
def test_random_ledgers_agree_with_the_queues_cell_by_cell(rows: list[Row]) -> None:
    want = by_queues(rows)
    assert cells(attribute(ledger(rows), TRANSIT).attributed) == want


@tried(14, large=40)
@given(ledgers())
def test_replay_in_order_says_what_overlapping_axes_say(rows: list[Row]) -> None:
    want = cells(attribute(ledger(rows), TRANSIT).attributed)
    with mock.patch.object(attribution, "replayed_items", _everything):
        assert cells(attribute(ledger(rows), TRANSIT).attributed) == want


@tried(8, large=20)
@given(ledgers(), st.integers(2, 4))
def test_parts_of_the_items_make_the_whole(rows: list[Row], parts: int) -> None:
    want = cells(attribute(ledger(rows), TRANSIT).attributed)
    assert cells(attribute(ledger(rows), TRANSIT, parts).attributed) == want


@tried(4, large=8)
@given(ledgers(16))
def test_nights_in_order_extend_to_the_full_build(rows: list[Row]) -> None:
    days = sorted({row["day"] for row in rows})
    nights = [[row for row in rows if row["day"] == day] for day in days]
    full, grown = attribute(ledger(rows), TRANSIT), night_after_night(nights)
    assert cells(grown.attributed) == cells(full.attributed)
    assert grown.annulled.sort("movement_no").equals(full.annulled.sort("movement_no"))
    assert stock_left(grown.open_layers) == stock_left(full.open_layers)


@tried(4, large=8)
@given(ledgers(16), st.data())
def test_rows_in_any_order_extend_to_the_full_build(rows: list[Row], data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 4))
    of_night = [data.draw(st.integers(0, count)) for _ in rows]
    nights = [
        [row for row, when in zip(rows, of_night, strict=True) if when == night]
        for night in sorted(set(of_night))
    ]
    full, grown = attribute(ledger(rows), TRANSIT), night_after_night(nights)
    assert cells(grown.attributed) == cells(full.attributed)
    assert grown.annulled.sort("movement_no").equals(full.annulled.sort("movement_no"))


@tried(14, large=40)
@given(ledgers())
def test_sums_by_movement_and_kind_are_those_of_the_ledger(rows: list[Row]) -> None:
    posted = ledger(rows)
    keys = ["movement_no", "warehouse_no", "day", "kind_no"]
    here = (
        attribute(posted, TRANSIT)
        .attributed.filter(
            pl.col("kind_no") < len(Kind), ~pl.col("warehouse_no").is_in(TRANSIT.values())
        )
        .group_by(keys)
        .agg(pl.col(NUMBERS).sum())
        .sort(keys)
    )
    assert here.equals(posted.group_by(keys).agg(pl.col(NUMBERS).sum()).sort(keys))


@tried(8, large=20)
@given(ledgers(), st.integers(0, 8))
def test_later_rows_leave_earlier_days_alone(rows: list[Row], day: int) -> None:
    # An arrival dated before its departure has to wait for it; nothing else does.
    left = {row["transfer_key"] for row in rows if row["day"] > day and row["quantity_e6"] < 0}
    assume(not any(row["day"] <= day and row["transfer_key"] in left - {None} for row in rows))
    known = [row for row in rows if row["day"] <= day]
    assume(known)
    until: Any = pl.col("day") <= day
    whole = attribute(ledger(rows), TRANSIT).attributed.filter(until)
    assert cells(whole) == cells(attribute(ledger(known), TRANSIT).attributed)
