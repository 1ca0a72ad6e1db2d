"""How much of the stock is dead, slow, new or stranded, by every dimension.

    dead_share = value of dead stock / value of all stock

Values by status include negative positions and valuation differences, so that the parts of every
dimension and scope add up to the stock.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import polars as pl

from pipeline.metrics.consolidation import Group, with_group
from pipeline.metrics.daily import OWNER, SERIES, Members, dimension_rows
from pipeline.metrics.fixed_point import MONEY_SCALE, money, stacked, whole
from pipeline.metrics.packing import kept, kept_with_group
from pipeline.metrics.scopes import in_both_scopes, in_scopes, split_like
from pipeline.metrics.spec import (
    ATTRIBUTED_WITH_MASTERS,
    COMPANY,
    CURRENCY,
    DIMENSION,
    MEMBER,
    SCOPE,
    Column,
    Kept,
    Metric,
    Type,
)
from pipeline.metrics.status_changes import MEASURES
from pipeline.metrics.time_windows import day_number

NO_COST, NEGATIVE_STOCK, NO_STOCK = "no_cost", "negative_stock", "no_stock"
"""Why no share can be said, in the order in which the first that applies is said."""
DIMENSIONS = ("company", "category", "subcategory", "supplier", "warehouse", "stage")
VALUES = ("value", "slow_value", "dead_value", "new_value", "stranded_value")
SUMS = (*VALUES, "without_cost")
COUNTED = (*MEASURES, "without_cost")
"""What a range of dates is told as flows, by the number of its place: `cost_gaps` are the last."""
COLUMNS = ("company", "dimension", "member", "scope", *VALUES, "dead_share", "reason")


def dead_stock(status: pl.DataFrame, group: Group) -> pl.DataFrame:
    """The summary of `stock_status` rows for every dimension, scope, company and the group."""
    with_classes = status["abc_class"].count() > 0
    dimensions = (*DIMENSIONS, "abc_class") if with_classes else DIMENSIONS
    amounts = _amounts(status, dimensions)
    of_companies = stacked(_of_dimension(amounts, name) for name in dimensions)
    rows = with_group(of_companies, group, SUMS)
    return with_share(_in_scopes(rows).filter(_says_something())).sort(COLUMNS[:4])


def packed_dead_stock(
    flows: pl.DataFrame,
    daily: pl.DataFrame,
    members: Members,
    dates: Sequence[date],
) -> pl.DataFrame:
    """The summary as of every date at once, from `status_changes.status_flows` and `cost_gaps`.

    As it is kept: every series in the scopes it has in `daily`, whose dimensions but `channel` are
    summed up to the value of all stock.
    """
    changes = _changes(flows)
    entered = stacked(dimension_rows(changes, name, members, COUNTED) for name in DIMENSIONS)
    entered = in_scopes(kept_with_group(entered, members.group, COUNTED), OWNER, "day", COUNTED)
    balances = ("opening_value", "closing_value")
    exact = whole(daily.filter(pl.col("dimension").is_in(DIMENSIONS)), MONEY_SCALE, *balances)
    opening, closing = (pl.col(name).cast(pl.Int128) for name in balances)
    posted = kept(exact, members.group).select(*SERIES, "day", value=closing - opening)
    together = pl.concat([split_like(entered, posted, OWNER), posted], how="diagonal_relaxed")
    sums = _standing_at(together, ["value", *COUNTED], dates)
    named = sums.rename({name: f"{name}_value" for name in MEASURES})
    priced = named.with_columns(money(pl.col(name)).alias(name) for name in VALUES)
    return with_share(priced.filter(_says_something()), "as_of")


def with_share(sums: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """Sums of values with the share that is dead, or the reason why there is none.

    Beside the values stands `without_cost`, how many postings of the stock on hand have no value.
    """
    value = pl.col("value")
    reason = (
        pl.when(pl.col("without_cost") > 0)
        .then(pl.lit(NO_COST))
        .when(value < 0)
        .then(pl.lit(NEGATIVE_STOCK))
        .when(value == 0)
        .then(pl.lit(NO_STOCK))
    )
    share = pl.col("dead_value").cast(pl.Float64) / value.cast(pl.Float64)
    return sums.with_columns(
        dead_share=pl.when(reason.is_null()).then(share),
        reason=reason,
    ).select(*keys, *COLUMNS)


def share_reason(value: Decimal, *, lacks_cost: bool) -> str | None:
    """The same reason for one sum, as of members that a page adds up."""
    if lacks_cost:
        return NO_COST
    return NEGATIVE_STOCK if value < 0 else NO_STOCK if value == 0 else None


def _amounts(status: pl.DataFrame, dimensions: tuple[str, ...]) -> pl.DataFrame:
    """Positions with their value under each status; added up at once to the finest grain."""
    nothing = pl.lit(0, pl.Decimal(38, 4))

    def where(condition: pl.Expr) -> pl.Expr:
        return pl.when(condition).then(pl.col("value")).otherwise(nothing)

    keys = [name for name in dimensions if name != "company"]
    return (
        status.with_columns(
            slow_value=where(pl.col("status") == "slow"),
            dead_value=where(pl.col("status") == "dead"),
            new_value=where(pl.col("status") == "new"),
            stranded_value=where(pl.col("is_stranded")),
        )
        .group_by("company", *keys, "is_abnormal")
        .agg(pl.col(SUMS).sum())
    )


def _of_dimension(amounts: pl.DataFrame, dimension: str) -> pl.DataFrame:
    """The companies' rows of one dimension, of normal and of abnormal stock."""
    return (
        amounts.group_by("company", "is_abnormal", member=dimension)
        .agg(pl.col(SUMS).sum())
        .select("company", pl.lit(dimension).alias("dimension"), "member", "is_abnormal", *SUMS)
    )


def _in_scopes(rows: pl.DataFrame) -> pl.DataFrame:
    """Sums of normal and abnormal stock as sums of both scopes."""
    dated = rows.with_columns(day=pl.lit(0))
    return in_both_scopes(in_scopes(dated, OWNER, "day", SUMS)).drop("day")


def _says_something() -> pl.Expr:
    """Whether money stands in a member's row, or would if its cost were known."""
    return pl.any_horizontal(pl.col(SUMS) != 0)


def _changes(flows: pl.DataFrame) -> pl.DataFrame:
    """Flows with one column per status instead of one row."""
    of_measure = [
        pl.when(pl.col("measure_no") == number).then("value_e4").otherwise(0).alias(name)
        for number, name in enumerate(COUNTED)
    ]
    return flows.with_columns(pl.col("value_e4").cast(pl.Int128)).with_columns(of_measure)


def _standing_at(
    changes: pl.DataFrame, columns: Sequence[str], dates: Sequence[date]
) -> pl.DataFrame:
    """The running sums of every series at the end of each date."""
    days = pl.Series("at", sorted(map(day_number, dates)), dtype=pl.Int32)
    seen = changes.filter(pl.col("day") <= days[-1])
    until = (
        seen.with_columns(at=days.gather(days.search_sorted(seen["day"])))
        .group_by(*SERIES, "at")
        .agg(pl.col(columns).sum())
    )
    series = until.select(SERIES).unique().sort(SERIES).with_row_index("series")
    return (
        series.join(days.to_frame(), how="cross", maintain_order="left_right")
        .join(until, on=[*SERIES, "at"], how="left", maintain_order="left")
        .with_columns(pl.col(columns).fill_null(0).cum_sum().over("series"))
        .with_columns(as_of=pl.col("at").cast(pl.Date))
        .drop("series", "at")
    )


DEAD_STOCK = Metric(
    name="dead_stock",
    about="How much of the stock is dead, slow, new or stranded, by every dimension.",
    key=("company", "as_of", "dimension", "member", "scope"),
    columns=(
        COMPANY,
        DIMENSION,
        MEMBER,
        SCOPE,
        Column("value", Type.TOTAL, "all stock, negative positions included", CURRENCY),
        Column("slow_value", Type.TOTAL, "stock that is slow", CURRENCY),
        Column("dead_value", Type.TOTAL, "stock that is dead", CURRENCY),
        Column("new_value", Type.TOTAL, "stock never issued, and not yet slow", CURRENCY),
        Column(
            "stranded_value",
            Type.TOTAL,
            "stock that moves elsewhere but not in its warehouse",
            CURRENCY,
        ),
        Column("dead_share", Type.RATIO, "dead value ÷ value", nulls="undefined, see reason"),
        Column(
            "reason",
            Type.CODE,
            "why the share is null: no_cost, negative_stock or no_stock",
            nulls="the share is defined",
        ),
    ),
    of_dates=lambda given: given.dead_stock_on(
        [day for day in given.dates if day not in given.detailed]
    ),
    of_date=lambda given: dead_stock(given.status, given.members.group),
    needs=(*ATTRIBUTED_WITH_MASTERS, "metrics/daily"),
    kept=Kept.EVERY_DATE,
    version="2",
    detail="dimension IN ('sku', 'abc_class')",
    notes=("A member has a row while money stands there. Rows of `abc_class` are detail.",),
)
