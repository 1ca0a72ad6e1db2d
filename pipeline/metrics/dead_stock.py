"""How much of the stock is dead, slow, new or stranded, by every dimension.

    dead_share = value of dead stock / value of all stock

Values by status include negative positions and valuation differences, so that the parts of every
dimension and scope add up to the stock.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import polars as pl

from pipeline.metrics.daily import (
    BOTH,
    FLOWS,
    GROUP,
    SERIES,
    Members,
    in_both_scopes,
    is_one_company,
    packed_dimension,
    unpacked,
)
from pipeline.metrics.fixed_point import MONEY_SCALE, money, whole
from pipeline.metrics.spec import (
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
COUNTED = (*MEASURES, "without_cost")
"""What a range of dates is told as flows, by the number of its place: `cost_gaps` are the last."""
COLUMNS = ("company", "dimension", "member", "scope", *VALUES, "dead_share", "reason")


def dead_stock(status: pl.DataFrame) -> pl.DataFrame:
    """The summary of `stock_status` rows for every dimension, scope, company and the group."""
    with_classes = status["abc_class"].count() > 0
    dimensions = (*DIMENSIONS, "abc_class") if with_classes else DIMENSIONS
    amounts = _amounts(status, dimensions)
    both = pl.concat([amounts, _as_group(amounts)])
    return pl.concat(_summary(both, dimension) for dimension in dimensions).sort(COLUMNS[:4])


def dead_stock_of_dates(
    flows: pl.DataFrame,
    daily: pl.DataFrame,
    members: Members,
    dates: Sequence[date],
) -> pl.DataFrame:
    """The summary as of every date at once, from `status_changes.status_flows` and `cost_gaps`.

    `daily` gives the value of all stock; its dimensions but `channel` are summed up.
    """
    return unpacked(packed_dead_stock(flows, daily, members, dates), members)


def packed_dead_stock(
    flows: pl.DataFrame,
    daily: pl.DataFrame,
    members: Members,
    dates: Sequence[date],
) -> pl.DataFrame:
    """The same, packed: every series in the scopes it has in `daily`."""
    changes = _changes(flows)
    entered = pl.concat(packed_dimension(changes, name, members, COUNTED) for name in DIMENSIONS)
    exact = whole(daily.filter(pl.col("dimension").is_in(DIMENSIONS)), MONEY_SCALE, *FLOWS)
    if is_one_company(members):
        exact = exact.filter(pl.col("company") != GROUP)
    split = exact.filter(pl.col("scope") != BOTH).select(SERIES[:-1]).unique()
    in_parts = entered.join(split, on=SERIES[:-1], how="semi")
    posted = exact.select(
        *SERIES,
        "day",
        value=pl.sum_horizontal(pl.col(FLOWS).cast(pl.Int128)),
    )
    in_one = entered.join(split, on=SERIES[:-1], how="anti")
    together = pl.concat([in_one, in_both_scopes(in_parts), posted], how="diagonal_relaxed")
    names = {name: f"{name}_value" for name in MEASURES}
    sums = _standing_at(together, ["value", *COUNTED], dates).rename(names)
    priced = sums.with_columns(money(pl.col(name)).alias(name) for name in VALUES)
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
        .agg(pl.col(*VALUES, "without_cost").sum())
        .with_columns(company_member=pl.col("company"))
    )


def _as_group(amounts: pl.DataFrame) -> pl.DataFrame:
    return amounts.with_columns(company=pl.lit(GROUP), company_member=pl.lit(GROUP))


def _summary(amounts: pl.DataFrame, dimension: str) -> pl.DataFrame:
    member = pl.col("company_member" if dimension == "company" else dimension)
    scopes = {"all": amounts, "normal": amounts.filter(~pl.col("is_abnormal"))}
    sums = [
        frame.group_by("company", member.alias("member"))
        .agg(pl.col(*VALUES, "without_cost").sum())
        .with_columns(dimension=pl.lit(dimension), scope=pl.lit(scope))
        for scope, frame in scopes.items()
    ]
    return with_share(pl.concat(sums).filter(_says_something()))


def _says_something() -> pl.Expr:
    """Whether money stands in a member's row, or would if its cost were known."""
    return pl.any_horizontal(pl.col(*VALUES, "without_cost") != 0)


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
    days = sorted(day_number(each) for each in dates)
    asked = pl.DataFrame({"at": days}, schema={"at": pl.Int32})
    series = changes.select(SERIES).unique().sort(SERIES).with_row_index("series")
    until = (
        changes.sort("day")
        .join_asof(asked, left_on="day", right_on="at", strategy="forward")
        .drop_nulls("at")
        .join(series, on=SERIES)
        .group_by("series", "at")
        .agg(pl.col(columns).sum())
    )
    return (
        series.join(asked, how="cross", maintain_order="left_right")
        .join(until, on=["series", "at"], how="left", maintain_order="left")
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
    needs=(
        "metrics/attributed_movement",
        "metrics/daily",
        "canonical/item",
        "canonical/supplier",
        "canonical/warehouse",
    ),
    kept=Kept.EVERY_DATE,
    version="1",
    detail="dimension IN ('sku', 'abc_class')",
    notes=("A member has a row while money stands there. Rows of `abc_class` are detail.",),
)
