"""The average stock on each basis, and the ratios over it: the one division of turnover.

Kept are the sums alone; every basis divides them where a row is read.  What it makes of them is
said once, as SQL over the kept columns, for the published views and for frames alike.
"""

from collections.abc import Mapping

import polars as pl

from pipeline.metrics.consolidation import with_group_known
from pipeline.metrics.fixed_point import MONEY_SCALE
from pipeline.metrics.time_windows import Basis

STOCK: Mapping[Basis, tuple[str, str]] = {
    "time_weighted": ("inventory_days", "days"),
    "two_point": ("(opening_value + closing_value)", "2"),
    "month_ends": ("(opening_value + month_ends_between + closing_value)", "month_points"),
    "quarter_ends": ("(opening_value + quarter_ends_between + closing_value)", "quarter_points"),
}
"""The sum of the balances a basis looks at, and how many they are."""
OVER_DAYS: tuple[str, ...] = ("inventory_days", "month_ends_between", "quarter_ends_between")
"""Sums of many balances: where each balance fits into 64 bits, these need not."""
NUMERATOR = "(cogs + CASE WHEN consumes THEN consumption ELSE 0 END)"
# A year's numerator over the mean stock, as one quotient of two products.
YEARLY = (
    f"({NUMERATOR}::DOUBLE * ({{points}} * CASE WHEN is_one_year THEN 1 ELSE days_per_year END))"
)
HELD = "({stock}::DOUBLE * CASE WHEN is_one_year THEN 1 ELSE days END)"
IS_DEFINED = f"known_reason IS NULL AND {{stock}} > 0 AND {NUMERATOR}"
# Where no reason is known and yet no stock, it is a channel, which has none.
REASON = (
    "CASE WHEN known_reason IS NOT NULL THEN known_reason "
    "WHEN inventory_days IS NULL OR {stock} = 0 THEN 'no_stock' "
    "WHEN {stock} < 0 THEN 'negative_stock' "
    f"WHEN {NUMERATOR} < 0 THEN 'negative_cogs' WHEN {NUMERATOR} = 0 THEN 'no_cogs' END"
)
NO_COGS = "no_cogs"
"""The one reason with which a turnover is a number: nought."""
ON_BASIS = {
    "average_inventory": (
        "CASE WHEN inventory_days IS NOT NULL "
        f"THEN {{stock}}::DOUBLE / ({{points}} * {10**MONEY_SCALE}) END"
    ),
    "turnover": f"CASE WHEN {IS_DEFINED} >= 0 THEN {YEARLY} / {HELD} END",
    "dio_days": f"CASE WHEN {IS_DEFINED} > 0 THEN days_per_year * {HELD} / {YEARLY} END",
    "reason": REASON,
}
"""What a basis says of the kept sums, by published column."""


def on_bases(column: str) -> dict[Basis, str]:
    """How each basis says a column, as SQL over the kept ones."""
    return {
        basis: ON_BASIS[column].format(stock=stock, points=points)
        for basis, (stock, points) in STOCK.items()
    }


def on_basis(sums: pl.DataFrame, basis: Basis) -> pl.DataFrame:
    """Kept rows with the columns of a basis."""
    stock, points = STOCK[basis]
    # A count that is one number polars would not divide by: it multiplies by its reciprocal.
    counted = sums.with_columns(points=pl.col("days") * 0 + pl.sql_expr(points))
    return counted.with_columns(
        pl.sql_expr(said.format(stock=stock, points="points")).alias(column)
        for column, said in ON_BASIS.items()
    )


def with_reasons(rows: pl.DataFrame, asked: pl.DataFrame, companies: pl.DataFrame) -> pl.DataFrame:
    """The sums of each window with its words, and the reason that holds for every basis."""
    is_short = pl.col("start_day") < pl.col("first_day")
    is_uncovered = (pl.col("last_day") > pl.col("covered_to")).fill_null(value=True)
    return (
        rows.join(with_group_known(companies), on="company", how="left", maintain_order="left")
        .join(asked, on="window", how="left", maintain_order="left")
        .with_columns(
            known_reason=pl.when(is_short.fill_null(value=True))
            .then(pl.lit("short_history"))
            .when(is_uncovered)
            .then(pl.lit("incomplete"))
            .when(pl.col("without_cost") > 0)
            .then(pl.lit("no_cost")),
        )
    )


def kept_sums(flows: pl.DataFrame) -> pl.DataFrame:
    """What is kept of the sums: what is shown of them, and what every basis divides."""
    is_short = (pl.col("known_reason") == "short_history").fill_null(value=False)
    is_uncovered = (pl.col("known_reason") == "incomplete").fill_null(value=False)
    is_flow_only = pl.col("dimension") == "channel"
    stock_known = ~(is_short | is_uncovered | is_flow_only)
    return flows.select(
        "company",
        "as_of",
        "time_window",
        "dimension",
        "member",
        "scope",
        "days",
        "cogs",
        "consumption",
        "is_one_year",
        "days_per_year",
        "month_points",
        "quarter_points",
        "consumes",
        "known_reason",
        opening_value=pl.when(~(is_short | is_flow_only)).then("opening"),
        closing_value=pl.when(~(is_uncovered | is_flow_only)).then("closing"),
        inventory_days=pl.when(stock_known).then("inventory_days"),
        month_ends_between=pl.when(stock_known).then(_between("month")),
        quarter_ends_between=pl.when(stock_known).then(_between("quarter")),
    )


def _between(period: str) -> pl.Expr:
    """The balances at the ends of months or quarters before the window's last day, added up."""
    is_last = ~pl.col(f"{period}_extra")
    return pl.col(f"{period}_end_value") - pl.when(is_last).then("closing").otherwise(0)
