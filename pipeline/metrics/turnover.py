"""Inventory turnover: how often the average stock went out at cost in a year.

    turnover = numerator / average inventory at cost, per year
    numerator = cogs; of suppliers, raw material and work in progress cogs + consumption
    dio_days = days_per_year / turnover

Every as-of date, window and basis is a difference of running sums over the same few columns:
the closing C(t) is the running sum of what was posted, the inventory days I(t) that of C, and the
mean of the daily closings from s to D is (I(D) - I(s - 1)) / days.  Whole numbers until the one
division; where it has no meaning there is null and a reason.
"""

from collections.abc import Sequence

import polars as pl

from pipeline.metrics.averages import on_bases, on_basis
from pipeline.metrics.consolidation import Group
from pipeline.metrics.daily import FLOWS, SERIES
from pipeline.metrics.fixed_point import MONEY_SCALE, money, stacked, whole
from pipeline.metrics.running_sums import running_sums
from pipeline.metrics.scopes import in_both_scopes
from pipeline.metrics.spec import (
    ATTRIBUTED_WITH_MASTERS,
    COMPANY,
    CURRENCY,
    DAYS,
    DIMENSION,
    MEMBER,
    PER_YEAR,
    SCOPE,
    Column,
    Kept,
    Metric,
    Type,
)
from pipeline.metrics.stock_status import Masters
from pipeline.metrics.time_windows import BASES, Basis, Window
from pipeline.metrics.time_windows import windows as windows_of
from pipeline.metrics.window_flows import Flows

REASONS = (
    "short_history",
    "incomplete",
    "no_cost",
    "no_rate",
    "negative_stock",
    "no_stock",
    "negative_cogs",
    "no_cogs",
)
"""Why a ratio is null (0 with `no_cogs`), in the order in which the first that applies is said."""

COLUMNS = (
    "company",
    "as_of",
    "time_window",
    "basis",
    "dimension",
    "member",
    "scope",
    "days",
    "cogs",
    "consumption",
    "opening_value",
    "closing_value",
    "inventory_days",
    "average_inventory",
    "turnover",
    "dio_days",
    "reason",
)
AMOUNTS = ("cogs", "consumption", "opening_value", "closing_value")


def turnover(
    daily: pl.DataFrame,
    windows: Sequence[Window],
    companies: pl.DataFrame,
    bases: Sequence[Basis] = BASES,
) -> pl.DataFrame:
    """Turnover of every member in every window, from the daily table.

    `companies`: company, first_day (see `item_sums.history`), and covered_to, the last day a
    delivery reached.  Money of `daily` may be decimals or ten-thousandths.
    """
    return by_basis(turnover_sums(daily, windows, companies), bases)


def turnover_sums(
    daily: pl.DataFrame,
    windows: Sequence[Window],
    companies: pl.DataFrame,
) -> pl.DataFrame:
    """What all bases divide, money in ten-thousandths; packed where `daily` is."""
    exact = whole(daily, MONEY_SCALE, *FLOWS)
    sums = exact.select(
        *SERIES,
        pl.lit(None, pl.String).alias("stage"),
        edge="day",
        net=pl.sum_horizontal(pl.col(FLOWS).cast(pl.Int128)),
        cogs=0 - pl.col("sale") - pl.col("sale_return"),
        consumption=0 - pl.col("production_issue"),
        movements="movements",
        without_cost="without_cost",
    ).with_columns(weighted=pl.col("net"))
    return turnover_of(sums, windows, companies)


def turnover_of(
    sums: pl.DataFrame,
    windows: Sequence[Window],
    companies: pl.DataFrame,
) -> pl.DataFrame:
    """What is kept of every series in every window, from sums of what was posted up to an edge.

    `sums`: company, dimension, member, scope, stage, edge (a day), net, weighted (Σ value × days
    held until the edge, both ends included), cogs, consumption, movements, without_cost.
    """
    calendars = dict.fromkeys(window.calendar for window in windows)
    alike = [[each for each in windows if each.calendar == fiscal] for fiscal in calendars]
    tables = [running_sums(sums, own).flows(own).kept(companies) for own in alike]
    return stacked(tables)


def by_basis(sums: pl.DataFrame, bases: Sequence[Basis] = BASES) -> pl.DataFrame:
    """Kept rows as they are published: one per basis and scope, money as decimals."""
    decimals = [
        *(money(pl.col(name)).cast(pl.Decimal(18, MONEY_SCALE)) for name in AMOUNTS),
        money(pl.col("inventory_days")),
    ]
    shown = in_both_scopes(sums)
    return stacked(
        on_basis(shown, basis).with_columns(*decimals, basis=pl.lit(basis)) for basis in bases
    ).select(COLUMNS)


def _in_detail(
    flows: Flows, masters: Masters, group: Group, companies: pl.DataFrame
) -> pl.DataFrame:
    """What is kept of every item, and of the classes they are in."""
    classes = masters.classes
    assert classes is not None, "detail needs classes"  # noqa: S101
    return stacked([flows.kept(companies), flows.by_class(classes, group).kept(companies)])


_UNDEFINED = "undefined, see reason"
TURNOVER = Metric(
    name="turnover",
    about="How often the average stock of every member went out at cost in a year.",
    key=("company", "as_of", "time_window", "basis", "dimension", "member", "scope"),
    columns=(
        COMPANY,
        Column(
            "time_window",
            Type.CODE,
            "month, quarter, year_to_date or trailing_12_months to the date",
        ),
        Column(
            "basis",
            Type.CODE,
            "of the average: time_weighted (the headline), two_point, month_ends or quarter_ends",
        ),
        DIMENSION,
        MEMBER,
        SCOPE,
        Column("days", Type.DAY, "days in the window", DAYS),
        Column("cogs", Type.MONEY, "−Σ value of sale and sale_return", CURRENCY, is_scaled=True),
        Column("consumption", Type.MONEY, "−Σ value of production_issue", CURRENCY, is_scaled=True),
        Column(
            "opening_value",
            Type.MONEY,
            "stock before the window",
            CURRENCY,
            "short_history, or a channel",
            is_scaled=True,
        ),
        Column(
            "closing_value",
            Type.MONEY,
            "stock at its end",
            CURRENCY,
            "incomplete, or a channel",
            is_scaled=True,
        ),
        Column(
            "inventory_days",
            Type.TOTAL,
            "Σ of the daily closings, on every basis",
            f"{CURRENCY} × days",
            "short_history or incomplete, or a channel",
            is_scaled=True,
        ),
        Column(
            "average_inventory",
            Type.RATIO,
            "mean stock on the basis",
            CURRENCY,
            "short_history or incomplete, or a channel",
            on_bases=on_bases("average_inventory"),
        ),
        Column(
            "turnover",
            Type.RATIO,
            "numerator ÷ average inventory; the numerator is cogs, for suppliers and for raw "
            "material and work in progress cogs + consumption",
            PER_YEAR,
            _UNDEFINED,
            on_bases=on_bases("turnover"),
        ),
        Column(
            "dio_days",
            Type.RATIO,
            "days per year ÷ turnover",
            DAYS,
            f"{_UNDEFINED}, no_cogs among them",
            on_bases=on_bases("dio_days"),
        ),
        Column(
            "reason",
            Type.CODE,
            f"why a ratio is null: the first of {', '.join(REASONS)} that applies",
            nulls="the ratios are defined",
            on_bases=on_bases("reason"),
        ),
    ),
    of_dates=lambda given: turnover_sums(
        given.daily, windows_of(given.dates, given.fiscal), given.companies
    ),
    of_date=lambda given: _in_detail(
        given.item_flows, given.masters, given.members.group, given.companies
    ),
    needs=(*ATTRIBUTED_WITH_MASTERS, "metrics/daily"),
    kept=Kept.EVERY_DATE,
    version="2",
    detail="dimension IN ('sku', 'abc_class')",
    notes=(
        "Rows of `sku` and `abc_class` are detail.",
        "With `short_history` the cogs stays; with `no_cogs` the turnover is 0.",
    ),
)
