"""Revenue in disguise: a ledger that states sales prices where it should state cost.

    flagged, if |cost of sales| / revenue is 0.98 to 1.02 on at least 90 % of 30 lines or more

Turnover over such a ledger would look better by the whole margin, so the page must say it.
"""

from typing import Any

import narwhals as nw
import polars as pl

from pipeline.canonical.movement_kinds import Kind
from pipeline.metrics.fixed_point import MONEY_SCALE, whole

FEWEST_LINES = 30
SHARE_PERCENT = 90
ALIKE_PERCENT = (98, 102)


def cost_of_lines(ledger: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """The cost of sales of each order line."""
    is_sale = nw.col("kind_no").is_in([Kind.SALE.value, Kind.SALE_RETURN.value])
    return (
        ledger.filter(is_sale, ~nw.col("order_line_key").is_null(), ~nw.col("value_e4").is_null())
        .group_by("company", "order_line_key")
        .agg(cost_e4=nw.col("value_e4").sum())
    )


def revenue_in_disguise(costs: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Per company how many order lines cost what they earned, and whether that is a pattern.

    `costs`: collected `cost_of_lines`; `lines`: company, order_line_key, revenue.
    """
    revenue = whole(lines, MONEY_SCALE, "revenue").select(
        "company", "order_line_key", pl.col("revenue").cast(pl.Int128)
    )
    cost = pl.col("cost_e4").cast(pl.Int128).abs() * 100
    low, high = (pl.col("revenue") * percent for percent in ALIKE_PERCENT)
    return (
        costs.join(revenue, on=["company", "order_line_key"])
        .filter(pl.col("revenue") > 0)
        .group_by("company")
        .agg(lines=pl.len(), alike=((cost >= low) & (cost <= high)).sum())
        .with_columns(
            is_disguised=(pl.col("lines") >= FEWEST_LINES)
            & (pl.col("alike") * 100 >= pl.col("lines") * SHARE_PERCENT)
        )
        .sort("company")
    )
