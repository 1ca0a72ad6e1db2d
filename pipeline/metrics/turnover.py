"""Inventory turnover: how often the average stock went out at cost in a year.

    turnover = numerator / average inventory at cost, per year
    numerator = cogs; of suppliers, raw material and work in progress cogs + consumption
    dio_days = days_per_year / turnover

Every as-of date, window and basis is a difference of running sums over the same few columns:
the closing C(t) is the running sum of what was posted, the inventory days I(t) that of C, and the
mean of the daily closings from s to D is (I(D) - I(s - 1)) / days.  Whole numbers until the one
division; where it has no meaning there is null and a reason.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import narwhals as nw
import polars as pl

from pipeline.canonical.movement_kinds import Kind
from pipeline.metrics.consolidation import Group, with_group, with_group_known
from pipeline.metrics.daily import FLOWS, SERIES
from pipeline.metrics.fixed_point import MONEY_SCALE, money, stacked, whole
from pipeline.metrics.scopes import in_both_scopes, in_scope, in_scopes, judged
from pipeline.metrics.spec import (
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
from pipeline.metrics.time_windows import (
    BASES,
    Basis,
    FiscalCalendar,
    Window,
    day_number,
    day_of,
)
from pipeline.metrics.time_windows import windows as windows_of

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

CONSUMING_STAGES = ("raw", "wip")
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
PER_BASIS = ("average_inventory", "turnover", "dio_days", "reason")
"""What each basis says of the same sums; a wide row has one column of each for each basis."""
AMOUNTS = ("cogs", "consumption", "opening_value", "closing_value")
_TAKEN = (
    "opening",
    "closing",
    "inventory_days",
    "month_end_value",
    "quarter_end_value",
    "cogs",
    "consumption",
    "without_cost",
)
"""What a window takes from the running sums."""
_MEASURES = ("net", "weighted", "cogs", "consumption", "movements", "without_cost")


def history(ledger: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Per company the first day its ledger speaks of: that of its earliest opening.

    An opening dated d is posted on d - 1, so the ledger starts one day after it; a company without
    openings starts with its first movement.
    """
    is_opening = nw.col("kind_no") == Kind.OPENING.value
    return (
        ledger.group_by("company")
        .agg(
            first_opening=nw.when(is_opening).then(nw.col("day")).min(),
            first_movement=nw.col("day").min(),
        )
        .select(
            "company",
            first_day=nw.coalesce(nw.col("first_opening") + 1, nw.col("first_movement")),
        )
    )


def item_sums(
    rows: nw.LazyFrame[Any],
    items: nw.LazyFrame[Any],
    places: nw.LazyFrame[Any],
    edges: nw.LazyFrame[Any],
    windows: Iterable[Window],
) -> nw.LazyFrame[Any]:
    """What each item had posted up to each edge: one pass over the ledger with goods in transit.

    `edges` is `edge_days` of the windows, `items` and `places` those of `daily.Members`, all
    brought to the engine of the rows.
    """
    first_edge = nw.lit(_edges(windows)[0]).cast(nw.Int32)
    value = nw.col("value_e4").fill_null(0)
    kind = nw.col("kind_no")
    is_sale = kind.is_in([Kind.SALE.value, Kind.SALE_RETURN.value])
    is_consumed = kind == Kind.PRODUCTION_ISSUE.value
    marked = judged(
        rows,
        items.select("item_no", "is_abnormal_item"),
        places.select("warehouse_no", "is_abnormal_place"),
    )
    return (
        marked.with_columns(day=nw.max_horizontal(nw.col("day"), first_edge))
        .join(edges, on="day", how="inner")
        .with_columns(
            net=value,
            weighted=value * nw.col("held_days"),
            cogs=nw.when(is_sale).then(-value).otherwise(nw.lit(0)),
            consumption=nw.when(is_consumed).then(-value).otherwise(nw.lit(0)),
            without_cost=nw.col("value_e4").is_null().cast(nw.Int64),
        )
        .group_by("item_no", "is_abnormal", "edge")
        .agg(
            nw.col("net", "weighted", "cogs", "consumption", "without_cost").sum(),
            movements=nw.len(),
        )
    )


def edge_days(windows: Iterable[Window]) -> pl.DataFrame:
    """For every day some window covers: the next day one looks at, and the days until then.

    What was posted before counts towards the first edge, what is posted after the last one to none.
    """
    edges = _edges(windows)
    days = pl.DataFrame({"day": range(edges[0], edges[-1] + 1)})
    return _next_edge(days, "day", edges).select(
        pl.col("day").cast(pl.Int32),
        pl.col("edge").cast(pl.Int32),
        # Only differences of running sums count: what was held up to the first edge cancels out.
        held_days=pl.when(pl.col("edge") == edges[0])
        .then(0)
        .otherwise(pl.col("edge") - pl.col("day") + 1)
        .cast(pl.Int64),
    )


def turnover(
    daily: pl.DataFrame,
    windows: Sequence[Window],
    companies: pl.DataFrame,
    bases: Sequence[Basis] = BASES,
) -> pl.DataFrame:
    """Turnover of every member in every window, from the daily table.

    `companies`: company, first_day (see `history`), and covered_to, the last day a delivery
    reached.  Money of `daily` may be decimals or ten-thousandths.
    """
    return by_basis(turnover_wide(daily, windows, companies, bases), bases)


def turnover_wide(
    daily: pl.DataFrame,
    windows: Sequence[Window],
    companies: pl.DataFrame,
    bases: Sequence[Basis] = BASES,
) -> pl.DataFrame:
    """Turnover with one row for all bases, money in ten-thousandths; packed where `daily` is."""
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
    return turnover_of(sums, windows, companies, bases)


def items_running(
    sums: pl.DataFrame,
    items: pl.DataFrame,
    windows: Sequence[Window],
) -> "RunningSums":
    """Running sums of every SKU, from collected `item_sums`; `items`: item_no, company, sku, stage.

    The windows are those any date will be asked for, all of one calendar.
    """
    named = (
        in_scopes(
            sums.with_columns(pl.col(_MEASURES).cast(pl.Int128)), ["item_no"], "edge", _MEASURES
        )
        .join(items.select("item_no", "company", "sku", "stage"), on="item_no")
        .rename({"sku": "member"})
        .with_columns(dimension=pl.lit("sku"))
        .drop("item_no")
    )
    return running_sums(named, windows)


def turnover_of(
    sums: pl.DataFrame,
    windows: Sequence[Window],
    companies: pl.DataFrame,
    bases: Sequence[Basis] = BASES,
) -> pl.DataFrame:
    """Turnover of every series in every window, from sums of what was posted up to an edge.

    `sums`: company, dimension, member, scope, stage, edge (a day), net, weighted (Σ value × days
    held until the edge, both ends included), cogs, consumption, movements, without_cost.
    """
    calendars = dict.fromkeys(window.calendar for window in windows)
    alike = [[each for each in windows if each.calendar == fiscal] for fiscal in calendars]
    tables = [running_sums(sums, own).flows(own).divided(companies, bases) for own in alike]
    return stacked(tables)


@dataclass(frozen=True)
class Flows:
    """What every series had in every window it is present in: whole numbers, nothing divided."""

    rows: pl.DataFrame
    """company, dimension, member, scope, consumes, window (a number), and the sums"""
    asked: pl.DataFrame
    """what each window is"""

    def by_class(self, classes: pl.DataFrame, group: Group) -> "Flows":
        """The same per ABC class, of the companies and the group; `classes`: company, sku, class.

        These are flows of SKUs as of the classes' one date.
        """
        codes = classes.select("company", "abc_class", member="sku")
        of_company = (
            in_both_scopes(self.rows.join(codes, on=["company", "member"]))
            .group_by("company", "scope", "window", member="abc_class")
            .agg(pl.col(_TAKEN).sum())
            .with_columns(dimension=pl.lit("abc_class"), consumes=pl.lit(False))  # noqa: FBT003
        )
        rows = with_group(of_company.select(self.rows.columns), group, _TAKEN)
        return Flows(rows.sort("company", "member", "scope", "window"), self.asked)

    def outflow_of_year(self) -> pl.DataFrame:
        """Cost of goods sold and consumption of twelve months: company, sku, outflow."""
        year = self.asked.filter(time_window="trailing_12_months").select("window")
        return in_scope(self.rows.join(year, on="window", how="semi"), "all").select(
            "company", sku="member", outflow=money(pl.col("cogs") + pl.col("consumption"))
        )

    def divided(self, companies: pl.DataFrame, bases: Sequence[Basis] = BASES) -> pl.DataFrame:
        """One row for all bases, money in ten-thousandths; packed where the series are.

        `companies`: company, first_day (see `history`), and covered_to.
        """
        return _divided(_judged(self.rows, self.asked, companies), bases)


@dataclass(frozen=True)
class RunningSums:
    """Everything that ran up in every series until each edge: any window is a difference of it."""

    series: pl.DataFrame
    grid: pl.DataFrame
    edges: Sequence[int]

    def flows(self, windows: Sequence[Window]) -> Flows:
        """What the series had in some of the windows the sums were made for."""
        asked = _window_table(windows, self.edges)
        present = _present(self.grid, self.series.height, len(self.edges), asked)
        taken = _differences(self.grid, present)
        rows = taken.join(self.series, on="series", how="left", maintain_order="left")
        return Flows(rows.select(*SERIES, "consumes", "window", *_TAKEN), asked)


def running_sums(sums: pl.DataFrame, windows: Sequence[Window]) -> RunningSums:
    """Running sums of the series of `turnover_of`, for windows of one calendar."""
    edges, fiscal = _edges(windows), windows[0].calendar
    series = sums.select(*SERIES, "stage").unique().sort(SERIES).with_row_index("series")
    grid = _running_sums(_up_to_edges(sums, series, edges), series.height, edges, fiscal)
    return RunningSums(series.with_columns(consumes=_consumes()), grid, edges)


def _edges(windows: Iterable[Window]) -> list[int]:
    """Every day some window looks at: its last, the one before it, and period ends inside."""
    days: set[int] = set()
    for fiscal, start, end in _spans(windows):
        days.update(day_number(end) for end in fiscal.month_ends(start, end))
    for window in windows:
        days.update((day_number(window.before), day_number(window.as_of)))
    return sorted(days)


def _spans(windows: Iterable[Window]) -> Iterable[tuple[FiscalCalendar, date, date]]:
    """The whole stretch of days the windows of each calendar lie in."""
    by_calendar: dict[FiscalCalendar, list[Window]] = {}
    for window in windows:
        by_calendar.setdefault(window.calendar, []).append(window)
    for fiscal, own in by_calendar.items():
        yield fiscal, min(w.before for w in own), max(w.as_of for w in own)


def _next_edge(frame: pl.DataFrame, day: str, edges: Sequence[int]) -> pl.DataFrame:
    """The frame with the first edge on or after each row's day; rows after the last are dropped."""
    days = frame[day].unique()
    places = [bisect_left(edges, number) for number in days]
    lookup = pl.DataFrame(
        {
            day: days,
            "edge": [edges[place] if place < len(edges) else None for place in places],
            "position": places,
        },
        schema={day: frame.schema[day], "edge": pl.Int64, "position": pl.Int64},
    )
    return frame.join(lookup.drop_nulls(), on=day, how="inner")


def _up_to_edges(sums: pl.DataFrame, series: pl.DataFrame, edges: Sequence[int]) -> pl.DataFrame:
    """The sums per series and edge position; days in between count towards the next edge."""
    numbered = sums.rename({"edge": "_posted"}).join(
        series, on=[*SERIES, "stage"], nulls_equal=True
    )
    held = (pl.col("edge") - pl.col("_posted")).cast(pl.Int128)
    return (
        _next_edge(numbered, "_posted", edges)
        .with_columns(pl.col(_MEASURES).cast(pl.Int128))
        .with_columns(weighted=pl.col("weighted") + pl.col("net") * held)
        .group_by(place=pl.col("series").cast(pl.Int64) * len(edges) + pl.col("position"))
        .agg(pl.col(_MEASURES).sum())
    )


def _running_sums(
    posted: pl.DataFrame,
    series_count: int,
    edges: Sequence[int],
    fiscal: FiscalCalendar,
) -> pl.DataFrame:
    """One row per series and edge, in that order, with everything that ran up to the edge."""
    first, last = day_of(edges[0]), day_of(edges[-1])
    month_ends = {day_number(end) for end in fiscal.month_ends(first, last)}
    quarter_ends = {day_number(end) for end in fiscal.quarter_ends(first, last)}
    axis = pl.DataFrame(
        {
            "position": range(len(edges)),
            "gap": [0, *(later - earlier for earlier, later in pairwise(edges))],
            "is_month_end": [edge in month_ends for edge in edges],
            "is_quarter_end": [edge in quarter_ends for edge in edges],
        },
        schema_overrides={"position": pl.Int64, "gap": pl.Int128},
    )
    every = pl.select(place=pl.int_range(series_count * len(edges), dtype=pl.Int64))
    # Sums run on from series to series: only differences inside one are ever taken.
    running = ["inventory_days", "month_end_value", "quarter_end_value"]
    running += ["cogs", "consumption", "movements"]
    before = pl.col("closing").shift(1, fill_value=0)
    return (
        every.with_columns(position=pl.col("place") % len(edges))
        .join(axis, on="position", how="left", maintain_order="left")
        .join(posted, on="place", how="left", maintain_order="left")
        .with_columns(pl.col(_MEASURES).fill_null(0))
        .with_columns(closing=_since_start("net"), without_cost=_since_start("without_cost"))
        .with_columns(inventory_days=pl.col("weighted") + before * pl.col("gap"))
        .with_columns(
            month_end_value=pl.when("is_month_end").then("closing").otherwise(0),
            quarter_end_value=pl.when("is_quarter_end").then("closing").otherwise(0),
        )
        .select("closing", "without_cost", pl.col(running).cum_sum())
    )


def _since_start(name: str) -> pl.Expr:
    """The running sum since the first edge of each series."""
    total = pl.col(name).cum_sum()
    brought = pl.when(pl.col("position") == 0).then(total - pl.col(name)).forward_fill()
    return total - brought


def _window_table(windows: Sequence[Window], edges: Sequence[int]) -> pl.DataFrame:
    """One row per window: where it begins and ends on the axis, and how its averages count."""
    place = {edge: position for position, edge in enumerate(edges)}
    rows = [
        {
            "time_window": window.name,
            "as_of": window.as_of,
            "last_day": day_number(window.as_of),
            "start_day": day_number(window.start),
            "low": place[day_number(window.before)],
            "high": place[day_number(window.as_of)],
            "days": window.days,
            "year_days": window.year_factor[0],
            "per_days": window.year_factor[1],
            "days_per_year": window.calendar.days_per_year,
            **_points(window, "month", window.calendar.month_ends(window.start, window.as_of)),
            **_points(window, "quarter", window.calendar.quarter_ends(window.start, window.as_of)),
        }
        for window in windows
    ]
    return pl.DataFrame(rows).with_row_index("window")


def _points(window: Window, period: str, ends: Sequence[date]) -> dict[str, Any]:
    """How many balances a mean of period ends has, and whether the last day is extra."""
    is_extra = window.as_of not in ends
    return {f"{period}_points": 1 + len(ends) + is_extra, f"{period}_extra": is_extra}


def _present(
    grid: pl.DataFrame,
    series_count: int,
    edge_count: int,
    asked: pl.DataFrame,
) -> pl.DataFrame:
    """The windows of every series that had stock or flows in the widest window of the date."""
    widest = asked.group_by("as_of", maintain_order=True).agg(
        pl.col("low").min().alias("widest"), pl.col("high").max()
    )
    series = pl.DataFrame({"series": range(series_count)}, schema={"series": pl.UInt32})
    base = pl.col("series").cast(pl.Int64) * edge_count
    dates = series.join(widest, how="cross", maintain_order="left_right").with_columns(
        _low=base + pl.col("widest"), _high=base + pl.col("high")
    )
    had_stock = grid["closing"].gather(dates["_low"]) != 0
    moved = grid["movements"].gather(dates["_high"]) != grid["movements"].gather(dates["_low"])
    places = asked.select("window", "as_of", "low", "high")
    return (
        dates.filter(had_stock | moved)
        .select("series", "as_of")
        .join(places, on="as_of", maintain_order="left_right")
        .with_columns(
            low=pl.col("series").cast(pl.Int64) * edge_count + pl.col("low"),
            high=pl.col("series").cast(pl.Int64) * edge_count + pl.col("high"),
        )
        .select("series", "window", "low", "high")
    )


def _differences(grid: pl.DataFrame, present: pl.DataFrame) -> pl.DataFrame:
    """What each window's sums are: running sums at its end less those before its start."""

    def inside(name: str) -> pl.Series:
        return grid[name].gather(present["high"]) - grid[name].gather(present["low"])

    return present.select("series", "window").with_columns(
        opening=grid["closing"].gather(present["low"]),
        closing=grid["closing"].gather(present["high"]),
        inventory_days=inside("inventory_days"),
        month_end_value=inside("month_end_value"),
        quarter_end_value=inside("quarter_end_value"),
        cogs=inside("cogs"),
        consumption=inside("consumption"),
        without_cost=grid["without_cost"].gather(present["high"]),
    )


def _consumes() -> pl.Expr:
    """Whether a series turns on its consumption too."""
    stage = pl.when(pl.col("dimension") == "stage").then("member").otherwise("stage")
    return (pl.col("dimension") == "supplier") | stage.is_in(CONSUMING_STAGES).fill_null(
        value=False
    )


def _judged(rows: pl.DataFrame, asked: pl.DataFrame, companies: pl.DataFrame) -> pl.DataFrame:
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


def by_basis(wide: pl.DataFrame, bases: Sequence[Basis] = BASES) -> pl.DataFrame:
    """Wide rows as they are published: one per basis and scope, money as decimals."""
    decimals = [
        *(money(pl.col(name)).cast(pl.Decimal(18, MONEY_SCALE)) for name in AMOUNTS),
        money(pl.col("inventory_days")),
    ]
    named = [name for name in COLUMNS if name not in {"basis", *PER_BASIS}]
    shown = in_both_scopes(wide).with_columns(decimals)
    return stacked(
        shown.select(
            *named,
            pl.lit(basis).alias("basis"),
            *(pl.col(f"{name}_{basis}").alias(name) for name in PER_BASIS),
        )
        for basis in bases
    ).select(COLUMNS)


def _divided(flows: pl.DataFrame, bases: Sequence[Basis]) -> pl.DataFrame:
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


def _in_detail(
    flows: Flows, masters: Masters, group: Group, companies: pl.DataFrame
) -> pl.DataFrame:
    """Turnover of every item, and of the classes they are in."""
    classes = masters.classes
    assert classes is not None, "detail needs classes"  # noqa: S101
    return stacked([flows.divided(companies), flows.by_class(classes, group).divided(companies)])


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
            is_by_basis=True,
        ),
        Column(
            "turnover",
            Type.RATIO,
            "numerator ÷ average inventory; the numerator is cogs, for suppliers and for raw "
            "material and work in progress cogs + consumption",
            PER_YEAR,
            _UNDEFINED,
            is_by_basis=True,
        ),
        Column(
            "dio_days",
            Type.RATIO,
            "days per year ÷ turnover",
            DAYS,
            f"{_UNDEFINED}, no_cogs among them",
            is_by_basis=True,
        ),
        Column(
            "reason",
            Type.CODE,
            f"why a ratio is null: the first of {', '.join(REASONS)} that applies",
            nulls="the ratios are defined",
            is_by_basis=True,
        ),
    ),
    of_dates=lambda given: turnover_wide(
        given.daily, windows_of(given.dates, given.fiscal), given.companies
    ),
    of_date=lambda given: _in_detail(
        given.item_flows, given.masters, given.members.group, given.companies
    ),
    needs=(
        "metrics/attributed_movement",
        "metrics/daily",
        "canonical/item",
        "canonical/supplier",
        "canonical/warehouse",
    ),
    kept=Kept.EVERY_DATE,
    version="2",
    detail="dimension IN ('sku', 'abc_class')",
    notes=(
        "Rows of `sku` and `abc_class` are detail.",
        "With `short_history` the cogs stays; with `no_cogs` the turnover is 0.",
    ),
)
