"""The average stock on each basis, and the ratios over it: the one division of turnover."""

from collections.abc import Sequence

import polars as pl

from pipeline.metrics.consolidation import with_group_known
from pipeline.metrics.fixed_point import MONEY_SCALE
from pipeline.metrics.time_windows import Basis


def with_reasons(rows: pl.DataFrame, asked: pl.DataFrame, companies: pl.DataFrame) -> pl.DataFrame:
    """The sums of each window with its words, and the reason that holds for every basis."""
    is_short = pl.col("start_day") < pl.col("first_day")
    is_uncovered = (pl.col("last_day") > pl.col("covered_to")).fill_null(value=True)
    return (
        rows.join(with_group_known(companies), on="company", how="left", maintain_order="left")
        .join(asked, on="window", how="left", maintain_order="left")
        .with_columns(
            numerator=pl.col("cogs")
            + pl.when("consumes").then(pl.col("consumption")).otherwise(pl.lit(0, pl.Int128)),
            data_reason=pl.when(is_short.fill_null(value=True))
            .then(pl.lit("short_history"))
            .when(is_uncovered)
            .then(pl.lit("incomplete"))
            .when(pl.col("without_cost") > 0)
            .then(pl.lit("no_cost")),
        )
    )


def on_every_basis(flows: pl.DataFrame, bases: Sequence[Basis]) -> pl.DataFrame:
    """What is shown of the sums, and for each basis its average and ratios, divided at last."""
    is_short = (pl.col("data_reason") == "short_history").fill_null(value=False)
    is_uncovered = (pl.col("data_reason") == "incomplete").fill_null(value=False)
    is_flow_only = pl.col("dimension") == "channel"
    stock_unknown = is_short | is_uncovered | is_flow_only
    known = flows.with_columns(stock_unknown=stock_unknown)
    return known.select(
        "company",
        "as_of",
        "time_window",
        "dimension",
        "member",
        "scope",
        pl.col("days").cast(pl.Int32),
        cogs="cogs",
        consumption="consumption",
        opening_value=pl.when(~(is_short | is_flow_only)).then("opening"),
        closing_value=pl.when(~(is_uncovered | is_flow_only)).then("closing"),
        inventory_days=pl.when(~stock_unknown).then("inventory_days"),
    ).hstack([column for basis in bases for column in _on_basis(known, basis)])


def _stock_points(basis: Basis) -> tuple[pl.Expr, pl.Expr]:
    """The sum of the balances a basis looks at, and how many they are."""
    if basis == "time_weighted":
        return pl.col("inventory_days"), pl.col("days")
    if basis == "two_point":
        return pl.col("opening") + pl.col("closing"), pl.lit(2)
    period = basis.removesuffix("_ends")
    extra = pl.when(f"{period}_extra").then(pl.col("closing")).otherwise(pl.lit(0, pl.Int128))
    return (
        pl.col("opening") + pl.col(f"{period}_end_value") + extra,
        pl.col(f"{period}_points"),
    )


def _on_basis(known: pl.DataFrame, basis: Basis) -> list[pl.Series]:
    """Average, ratios and reason on one basis."""
    total, points = _stock_points(basis)
    stock, numerator = pl.col("_stock"), pl.col("numerator")
    reason = (
        pl.when(pl.col("data_reason").is_not_null())
        .then(pl.col("data_reason"))
        .when((stock == 0) | (pl.col("dimension") == "channel"))
        .then(pl.lit("no_stock"))
        .when(stock < 0)
        .then(pl.lit("negative_stock"))
        .when(numerator < 0)
        .then(pl.lit("negative_cogs"))
        .when(numerator == 0)
        .then(pl.lit("no_cogs"))
    )
    # A year's numerator over the mean stock, as one quotient of two products.
    yearly = numerator.cast(pl.Float64) * (pl.col("_points") * pl.col("year_days"))
    held = stock.cast(pl.Float64) * pl.col("per_days")
    is_ratio = pl.col("reason").is_null()
    return (
        known.with_columns(_stock=total, _points=points)
        .with_columns(reason=reason)
        .select(
            average_inventory=pl.when(~pl.col("stock_unknown")).then(
                stock.cast(pl.Float64) / (pl.col("_points") * 10**MONEY_SCALE)
            ),
            turnover=pl.when(is_ratio | (pl.col("reason") == "no_cogs")).then(yearly / held),
            dio_days=pl.when(is_ratio).then(pl.col("days_per_year") * held / yearly),
            reason="reason",
        )
        .select(pl.all().name.suffix(f"_{basis}"))
        .get_columns()
    )
