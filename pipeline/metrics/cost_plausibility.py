"""Revenue in disguise: a ledger that states sales prices where it should state cost.

    flagged, if |cost of sales| / revenue is 0.98 to 1.02 on at least 90 % of 30 lines or more

Turnover over such a ledger would look better by the whole margin, so the page must say it.
"""

from typing import Any

import narwhals as nw
import polars as pl

from pipeline.metrics.fixed_point import MONEY_SCALE, whole
from pipeline.metrics.issue_and_receipt import IS_SALE
from pipeline.metrics.spec import COMPANY, Column, Kept, Metric, Type

FEWEST_LINES = 30
SHARE_PERCENT = 90
ALIKE_PERCENT = (98, 102)

COSTS: dict[str, Any] = {
    "company": pl.String,
    "order_line_key": pl.Int64,
    "cost_e4": pl.Int64,
}
"""Cost of sales by order line."""


def cost_of_lines(ledger: nw.LazyFrame[Any], asked: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """The cost of sales of each order line that `asked` names by its `order_line_key`."""
    return (
        ledger.filter(IS_SALE, ~nw.col("order_line_key").is_null(), ~nw.col("value_e4").is_null())
        .join(asked, on="order_line_key", how="semi")
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
        .agg(
            lines=pl.len().cast(pl.Int64),
            alike=((cost >= low) & (cost <= high)).sum().cast(pl.Int64),
        )
        .with_columns(
            is_disguised=(pl.col("lines") >= FEWEST_LINES)
            & (pl.col("alike") * 100 >= pl.col("lines") * SHARE_PERCENT)
        )
        .sort("company")
    )


COST_PLAUSIBILITY = Metric(
    name="cost_plausibility",
    about="Whether the cost a company posts of its sales is their revenue in disguise.",
    key=("company", "as_of"),
    columns=(
        COMPANY,
        Column("lines", Type.COUNT, "order lines of twelve months with a cost and a revenue"),
        Column("alike", Type.COUNT, "those that cost 0.98 to 1.02 of what they earned"),
        Column(
            "is_disguised",
            Type.FLAG,
            f"at least {SHARE_PERCENT} % of {FEWEST_LINES} lines or more are alike: its turnover "
            "would look better by the whole margin",
        ),
    ),
    of_date=lambda given: revenue_in_disguise(given.order_costs, given.order_lines),
    needs=("canonical/stock_movement", "canonical/sales_order_line"),
    kept=Kept.DETAIL,
    version="1",
    notes=("A company without such order lines has no row.",),
)
