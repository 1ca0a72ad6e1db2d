"""The months behind a date as its report tells them: under that date's masters and policy.

    of as-of date D, one row each for D and the same place of each of the 24 months before it

Reports are made from these rows alone: what is computed later, of other dates or under other
masters, does not change them.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

import polars as pl

from pipeline.metrics.daily import DAILY
from pipeline.metrics.dead_stock import DEAD_STOCK
from pipeline.metrics.given import Dates
from pipeline.metrics.spec import Column, Kept, Metric, Type
from pipeline.metrics.time_windows import day_number, months_back
from pipeline.metrics.turnover import TURNOVER

MONTHS_OF_TREND = 24
DIMENSIONS = ("company", "category", "supplier", "stage")
"""Whose months a report shows."""
ON = Column("on", Type.DATE, "the month's date the row is of")


def _turnover_trend(given: Dates) -> pl.DataFrame:
    return _as_known_on(given.turnover_on(trend_dates(given.detailed)), given.detailed)


def _dead_stock_trend(given: Dates) -> pl.DataFrame:
    return _as_known_on(given.dead_stock_on(trend_dates(given.detailed)), given.detailed)


def _stock_trend(given: Dates) -> pl.DataFrame:
    days = given.daily.filter(dimension="company")
    spans = pl.DataFrame(
        {
            "as_of": given.detailed,
            "first": [day_number(months_back(each, MONTHS_OF_TREND)[0]) for each in given.detailed],
            "last": [day_number(each) for each in given.detailed],
        }
    )
    inside = pl.col("day").is_between("first", "last")
    return days.join(spans, how="cross").filter(inside).drop("first", "last")


def trend_dates(dates: Sequence[date]) -> list[date]:
    """Every date that the trend of some date looks at, ascending."""
    return sorted({each for as_of in dates for each in months_back(as_of, MONTHS_OF_TREND)})


def _as_known_on(rows: pl.DataFrame, dates: Sequence[date]) -> pl.DataFrame:
    """Rows of many dates, as each of some dates shows those in its own trend."""
    shown = [(day, on) for day in dates for on in months_back(day, MONTHS_OF_TREND)]
    pairs = pl.DataFrame(shown, schema={"as_of": pl.Date, "on": pl.Date}, orient="row")
    own = rows.filter(pl.col("dimension").is_in(DIMENSIONS)).rename({"as_of": "on"})
    return own.join(pairs, on="on")


def _trend_of(
    metric: Metric, about: str, rows: Callable[[Dates], pl.DataFrame], note: str = ""
) -> Metric:
    """A metric of every date as the months behind a date tell it."""
    return replace(
        metric,
        name=f"{metric.name}_trend",
        about=about,
        key=(*metric.key, "on"),
        columns=(ON, *metric.columns),
        of_dates=rows,
        of_date=None,
        kept=Kept.DETAIL,
        detail="",
        notes=(f"Of the dimensions {', '.join(DIMENSIONS)}{note}.",),
    )


TURNOVER_TREND = _trend_of(
    TURNOVER,
    "Turnover of twelve months, at each of the months behind a date.",
    _turnover_trend,
    "; `time_window` is `trailing_12_months`",
)
DEAD_STOCK_TREND = _trend_of(
    DEAD_STOCK,
    "Dead, slow, new and stranded stock at each of the months behind a date.",
    _dead_stock_trend,
)
STOCK_TREND = replace(
    DAILY,
    name="stock_trend",
    about="The stock of every company on each day of the 24 months behind a date, and what flowed.",
    key=("as_of", *DAILY.key),
    columns=tuple(column for column in DAILY.columns if column.name != "on"),
    of_dates=_stock_trend,
    needs=("metrics/daily",),
    kept=Kept.DETAIL,
    is_fact=False,
    notes=("Of the dimension company; days on which something was posted.",),
)
