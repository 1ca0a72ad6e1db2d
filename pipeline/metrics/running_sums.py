"""Running sums of every series: what a window had is the difference of two of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import polars as pl

from pipeline.metrics.daily import SERIES
from pipeline.metrics.item_sums import WEIGHT
from pipeline.metrics.scopes import in_scopes
from pipeline.metrics.time_windows import FiscalCalendar, Window, day_number, day_of
from pipeline.metrics.window_edges import edges_of, next_edge
from pipeline.metrics.window_flows import TAKEN, Flows

CONSUMING_STAGES = ("raw", "wip")
POINTS = ("month_points", "quarter_points")
_MEASURES = ("net", "weighted", "cogs", "consumption", "movements", "without_cost")


def items_running(
    sums: pl.DataFrame,
    items: pl.DataFrame,
    windows: Sequence[Window],
) -> "RunningSums":
    """Running sums of every SKU, from collected `item_sums`; `items`: item_no, company, sku, stage.

    The windows are those any date will be asked for, all of one calendar.
    """
    weighted = pl.col("weighted_high").cast(pl.Int128) * WEIGHT + pl.col("weighted_low")
    posted = sums.with_columns(weighted=weighted)
    parts = in_scopes(posted, ["item_no"], "edge", _MEASURES)
    key = ["item_no", "scope"]
    series = _in_order(
        parts.select(key)
        .unique()
        .join(items.select("item_no", "company", "stage", member="sku"), on="item_no")
        .with_columns(dimension=pl.lit("sku"))
    )
    numbered = parts.join(series.select("series", *key), on=key)
    return _running(numbered, series.drop("item_no"), windows)


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
        return Flows(rows.select(*SERIES, "consumes", "window", *TAKEN), asked)


def running_sums(sums: pl.DataFrame, windows: Sequence[Window]) -> RunningSums:
    """Running sums of the series of `turnover_of`, for windows of one calendar."""
    key = [*SERIES, "stage"]
    series = _in_order(sums.select(key).unique())
    return _running(sums.join(series, on=key, nulls_equal=True), series, windows)


def _in_order(series: pl.DataFrame) -> pl.DataFrame:
    """Series with their numbers."""
    return series.sort(SERIES).with_row_index("series")


def _running(
    numbered: pl.DataFrame, series: pl.DataFrame, windows: Sequence[Window]
) -> RunningSums:
    """Running sums of numbered series, from what each had posted up to some days (`edge`)."""
    edges, fiscal = edges_of(windows), windows[0].calendar
    grid = _running_sums(_up_to_edges(numbered, edges), series.height, edges, fiscal)
    return RunningSums(series.with_columns(consumes=_consumes()), grid, edges)


def _up_to_edges(numbered: pl.DataFrame, edges: Sequence[int]) -> pl.DataFrame:
    """The sums per series and edge position; days in between count towards the next edge."""
    posted = numbered.select("series", *_MEASURES, _posted="edge")
    held = (pl.col("edge") - pl.col("_posted")).cast(pl.Int128)
    return (
        next_edge(posted, "_posted", edges)
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
            "is_one_year": window.is_one_year,
            "days_per_year": window.calendar.days_per_year,
            **_points(window, "month", window.calendar.month_ends(window.start, window.as_of)),
            **_points(window, "quarter", window.calendar.quarter_ends(window.start, window.as_of)),
        }
        for window in windows
    ]
    names: tuple[str, ...] = ("days", "days_per_year", *POINTS)
    counts: dict[str, type[pl.DataType]] = dict.fromkeys(names, pl.Int32)
    return pl.DataFrame(rows, schema_overrides=counts).with_row_index("window")


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
