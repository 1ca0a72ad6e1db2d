"""On which days stock on hand lacks a cost: how many of its postings have no value.

    gaps of a position = its postings without value, while it holds any quantity or value

Stock that is gone to the last unit and the last cent lacks nothing, whatever its postings said.
"""

from typing import Any

import narwhals as nw
import polars as pl

from pipeline.metrics.daily import Members
from pipeline.metrics.fixed_point import collected
from pipeline.metrics.on_hand import QUANTITY, VALUE, WITHOUT_COST, is_on_hand
from pipeline.metrics.stock_status import POSITION

_PLACE = ["item_no", "warehouse_no"]
_SUMS = ("quantity_e6", "value_e4", "without_cost")


def cost_gaps(
    rows: nw.LazyFrame[Any], members: Members, measure_no: int, last_day: int
) -> pl.DataFrame:
    """What enters and leaves the postings without cost of stock on hand, as `status_flows` do.

    `rows` is the attributed ledger.  Only positions that ever lacked a cost are looked at.
    """
    until = rows.filter(nw.col("day") <= last_day)
    lacking = until.filter(nw.col("value_e4").is_null()).select(_PLACE).unique()
    posted = collected(
        until.join(lacking, on=_PLACE, how="semi")
        .group_by(*POSITION, "day")
        .agg(quantity_e6=QUANTITY, value_e4=VALUE, without_cost=WITHOUT_COST)
    )
    return (
        _changes(posted)
        .join(members.items, on="item_no")
        .join(members.places, on="warehouse_no")
        .select(
            "company_no",
            "item_class",
            "place",
            "supplier_no",
            is_abnormal=pl.col("is_abnormal_item") | pl.col("is_abnormal_place"),
            measure_no=pl.lit(measure_no, pl.Int32),
            day="day",
            value_e4="change",
        )
    )


def _changes(posted: pl.DataFrame) -> pl.DataFrame:
    """By how much the gaps of each position change on each day."""
    gaps = pl.when(is_on_hand(pl.col)).then("without_cost").otherwise(pl.lit(0, pl.Int128))
    return (
        posted.with_columns(pl.col(_SUMS).cast(pl.Int128))
        .sort(*POSITION, "day")
        .with_columns(pl.col(_SUMS).cum_sum().over(POSITION))
        .with_columns(gaps=gaps)
        .with_columns(change=pl.col("gaps") - pl.col("gaps").shift(1, fill_value=0).over(POSITION))
        .filter(pl.col("change") != 0)
    )
