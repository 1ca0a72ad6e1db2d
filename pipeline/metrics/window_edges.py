"""The days windows look at, and how every day between them counts towards the next one."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import date

import polars as pl

from pipeline.metrics.time_windows import FiscalCalendar, Window, day_number


def edge_days(windows: Iterable[Window]) -> pl.DataFrame:
    """For every day some window covers: the next day one looks at, and the days until then.

    What was posted before counts towards the first edge, what is posted after the last one to none.
    """
    edges = edges_of(windows)
    days = pl.DataFrame({"day": range(edges[0], edges[-1] + 1)})
    return next_edge(days, "day", edges).select(
        pl.col("day").cast(pl.Int32),
        pl.col("edge").cast(pl.Int32),
        # Only differences of running sums count: what was held up to the first edge cancels out.
        held_days=pl.when(pl.col("edge") == edges[0])
        .then(0)
        .otherwise(pl.col("edge") - pl.col("day") + 1)
        .cast(pl.Int64),
    )


def edges_of(windows: Iterable[Window]) -> list[int]:
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


def next_edge(frame: pl.DataFrame, day: str, edges: Sequence[int]) -> pl.DataFrame:
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
