"""Which days a window covers."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.metrics.time_windows import (
    FiscalCalendar,
    day_number,
    day_of,
    is_month_end,
    months_back,
    window,
    windows,
)
from tests.laws import tried

DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    ("as_of", "start", "days"),
    [
        ("2025-12-31", "2025-01-01", 365),
        ("2024-12-31", "2024-01-01", 366),
        ("2025-03-15", "2024-03-16", 365),
        ("2025-02-28", "2024-03-01", 365),  # a last day: after the leap day, not on it
        ("2024-02-29", "2023-03-01", 366),
        ("2024-02-28", "2023-03-01", 365),  # no last day in a leap year
        ("2025-06-30", "2024-07-01", 365),
        ("2025-07-30", "2024-07-31", 365),
    ],
)
def test_trailing_12_months(as_of: str, start: str, days: int) -> None:
    twelve = window("trailing_12_months", date.fromisoformat(as_of))

    assert (twelve.start, twelve.days) == (date.fromisoformat(start), days)
    assert twelve.is_one_year


@pytest.mark.parametrize(
    ("name", "as_of", "start"),
    [
        ("month", "2025-05-17", "2025-05-01"),
        ("quarter", "2025-05-17", "2025-04-01"),
        ("year_to_date", "2025-05-17", "2025-01-01"),
    ],
)
def test_calendar_windows_start_on_the_first_day(name: str, as_of: str, start: str) -> None:
    assert window(name, date.fromisoformat(as_of)).start == date.fromisoformat(start)


@pytest.mark.parametrize(
    ("name", "start"),
    [("month", "2025-04-26"), ("quarter", "2025-03-26"), ("year_to_date", "2024-12-26")],
)
def test_a_fiscal_month_may_start_on_the_26th(name: str, start: str) -> None:
    fiscal = FiscalCalendar(first_month=12, first_day=26)

    assert window(name, date(2025, 5, 17), fiscal).start == date.fromisoformat(start)


def test_fiscal_year_from_april() -> None:
    fiscal = FiscalCalendar(first_month=4)

    assert window("year_to_date", date(2025, 2, 10), fiscal).start == date(2024, 4, 1)
    assert window("quarter", date(2025, 2, 10), fiscal).start == date(2025, 1, 1)
    assert fiscal.quarter_ends(date(2024, 4, 1), date(2025, 3, 31)) == (
        date(2024, 6, 30),
        date(2024, 9, 30),
        date(2024, 12, 31),
        date(2025, 3, 31),
    )


def test_a_whole_year_to_date_is_one_year_and_a_part_is_none() -> None:
    assert window("year_to_date", date(2024, 12, 31)).is_one_year
    assert not window("year_to_date", date(2024, 1, 30)).is_one_year
    assert not window("month", date(2025, 4, 30)).is_one_year


def test_month_ends_inside_include_the_leap_day() -> None:
    ends = FiscalCalendar().month_ends(date(2024, 1, 1), date(2024, 3, 15))

    assert ends == (date(2024, 1, 31), date(2024, 2, 29))


def test_the_same_place_of_earlier_months_keeps_a_months_last_day() -> None:
    assert months_back(date(2025, 3, 31), 2) == (
        date(2025, 1, 31), date(2025, 2, 28), date(2025, 3, 31),
    )  # fmt: skip
    assert months_back(date(2025, 3, 30), 1) == (date(2025, 2, 28), date(2025, 3, 30))
    assert [is_month_end(date(2024, 2, day)) for day in (28, 29)] == [False, True]


@given(DAYS)
@tried(60)
def test_windows_nest(day: date) -> None:
    month, quarter, year, twelve = windows([day])

    assert twelve.start <= year.start <= quarter.start <= month.start <= day
    assert twelve.days in {365, 366}


@given(DAYS)
@tried(30)
def test_a_day_number_names_its_day(day: date) -> None:
    assert day_of(day_number(day)) == day
