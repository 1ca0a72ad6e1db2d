"""What stands at the end of ascending dates: what stood before, and what the days since add."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
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
)
from pipeline.metrics.time_windows import day_number

Rows = Callable[[str], nw.LazyFrame[Any]]
"""The rows of a fact table that a condition describes."""

BEGINNING = -(2**31)


@dataclass(frozen=True)
class Standing:
    """What stands at the end of a date."""

    layers: pl.DataFrame
    """as `stock_age.layers_on` gives them"""
    moved: pl.DataFrame
    """what moved last, as `stock_status.activity` gives it"""
    rolled: pl.DataFrame
    """the month's roll-forward, as `reconciliation.roll_forward` gives it"""

    @cached_property
    def held(self) -> pl.DataFrame:
        """Positions, as `stock_status.positions` gives them: their layers added up."""
        numbers = pl.col("quantity_e6", "value_e4", "without_cost")
        return self.layers.group_by(POSITION).agg(numbers.sum())


class Carried:
    """Facts of a date that only ever add up, carried from date to date so each row is read once."""

    def __init__(self, attributed: Rows, ledger: Rows, stock: Rows) -> None:
        """Nothing stands before the first date; the rows are read as they are asked for."""
        self._attributed, self._ledger, self._stock = attributed, ledger, stock
        self._day = self._month = BEGINNING
        self._opening: pl.DataFrame | None = None
        self._moved: pl.DataFrame | None = None
        self._layers: pl.DataFrame | None = None

    def to(self, day: date, outline: pl.DataFrame | None = None) -> Standing:
        """What stands at a date that is not earlier than the last one.

        `outline` is the ledger up to the day as `outlined`: for the first date it is all to read.
        """
        layers, moved = self._layers_on(day), self._moved_until(day, outline)
        standing = Standing(layers, moved, self._rolled(day))
        self._day = day_number(day)
        return standing

    def _layers_on(self, day: date) -> pl.DataFrame:
        since = collected(layers_on(self._attributed(self._since(day)), day_number(day)))
        worth = pl.any_horizontal(pl.col("quantity_e6", "value_e4", "without_cost") != 0)
        self._layers = _added(self._layers, since, LAYER).filter(worth)
        return self._layers

    def _moved_until(self, day: date, outline: pl.DataFrame | None) -> pl.DataFrame:
        until = day_number(day)
        if outline is None or self._day != BEGINNING:
            lasting = collected(activity(_as_annulled(self._ledger(self._since(day))), until))
        else:
            rows = nw.from_native(outline.lazy())
            lasting = collected(activity(_as_annulled(rows), until, "last_day"))
        self._moved = _latest(self._moved, lasting)
        standing = self._ledger(f"annulled_day > {until} AND day <= {until}")
        return _latest(collected(activity(standing, until)), self._moved)

    def _since(self, day: date) -> str:
        return f"day > {self._day} AND day <= {day_number(day)}"

    def _rolled(self, day: date) -> pl.DataFrame:
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
