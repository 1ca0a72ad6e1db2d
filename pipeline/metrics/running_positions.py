"""What stands at the end of ascending dates: what stood before, and what the days since add."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import narwhals as nw
import polars as pl

from pipeline.metrics.fixed_point import collected, stacked
from pipeline.metrics.reconciliation import roll_forward
from pipeline.metrics.stock_age import LAYER, layers_on
from pipeline.metrics.stock_status import (
    FIRST_DAYS,
    LAST_DAYS,
    POSITION,
    activity,
    positions,
)
from pipeline.metrics.time_windows import day_number

Rows = Callable[[str], nw.LazyFrame[Any]]
"""The rows of a fact table that a condition describes."""

BEGINNING = -(2**31)


class Carried:
    """Facts of a date that only ever add up, carried from date to date so each row is read once."""

    def __init__(self, attributed: Rows, ledger: Rows, stock: Rows) -> None:
        """Nothing stands before the first date; the rows are read as they are asked for."""
        self._attributed, self._ledger, self._stock = attributed, ledger, stock
        self._day = self._month = BEGINNING
        self._opening: pl.DataFrame | None = None
        self._held: pl.DataFrame | None = None
        self._moved: pl.DataFrame | None = None
        self._for_a_while: pl.DataFrame | None = None
        self._layers: pl.DataFrame | None = None

    def to(self, day: date, outline: pl.DataFrame | None = None) -> "Carried":
        """Go on to a date that is not earlier than the last one.

        `outline` is the ledger up to the day as `outlined`: for the first date it is all to read.
        """
        until, since = day_number(day), f"day > {self._day} AND day <= {day_number(day)}"
        held = collected(positions(self._attributed(since), until))
        self._held = _added(self._held, held, POSITION)
        layers = _added(self._layers, collected(layers_on(self._attributed(since), until)), LAYER)
        worth = pl.any_horizontal(pl.col("quantity_e6", "value_e4") != 0)
        self._layers = layers.filter(worth)
        if outline is None or self._day != BEGINNING:
            lasting = collected(activity(_as_annulled(self._ledger(since)), until))
        else:
            rows = nw.from_native(outline.lazy())
            lasting = collected(activity(_as_annulled(rows), until, "last_day"))
        self._moved = _latest(self._moved, lasting)
        standing = self._ledger(f"annulled_day > {until} AND day <= {until}")
        self._for_a_while = collected(activity(standing, until))
        self._day = until
        return self

    @property
    def held(self) -> pl.DataFrame:
        """Positions, as `stock_status.positions` gives them."""
        return _known(self._held)

    @property
    def layers(self) -> pl.DataFrame:
        """Layers, as `stock_age.layers_on` gives them."""
        return _known(self._layers)

    @property
    def moved(self) -> pl.DataFrame:
        """What moved last, as `stock_status.activity` gives it."""
        return _latest(self._for_a_while, _known(self._moved))

    def rolled(self, day: date) -> pl.DataFrame:
        """The month's roll-forward, as `reconciliation.roll_forward` gives it."""
        first, key = day_number(day.replace(day=1)), ("item_no", "warehouse_no", "kind_no")
        if first > self._month:
            before = self._stock(f"day >= {self._month} AND day < {first}")
            self._opening = _added(self._opening, collected(roll_forward(before, day)), key)
            self._month = first
        inside = self._stock(f"day >= {first} AND day <= {day_number(day)}")
        return _added(self._opening, collected(roll_forward(inside, day)), key)


def _as_annulled(ledger: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """The ledger without the outflows that are annulled one day, so that sums only ever add up."""
    ever = ~nw.col("annulled_day").is_null()
    return ledger.with_columns(annulled_day=nw.when(ever).then(nw.lit(BEGINNING)).cast(nw.Int32))


def _known(frame: pl.DataFrame | None) -> pl.DataFrame:
    assert frame is not None, "go to a date first"  # noqa: S101
    return frame


def _added(
    before: pl.DataFrame | None,
    since: pl.DataFrame,
    key: Sequence[str],
) -> pl.DataFrame:
    if before is None:
        return since
    both = stacked([before, since.select(before.columns)])
    return both.group_by(key).agg(pl.all().sum())


def _latest(before: pl.DataFrame | None, since: pl.DataFrame) -> pl.DataFrame:
    if before is None:
        return since
    return (
        stacked([before, since.select(before.columns)])
        .group_by("item_no", "warehouse_no")
        .agg(pl.col(LAST_DAYS).max(), pl.col(FIRST_DAYS).min())
    )
