"""The stretches of days a turnover is measured over, ending on the as-of date.

    month, quarter, year_to_date   from the first day of the (fiscal) month, quarter, year
    trailing_12_months             from the day after the same day one year earlier; from the
                                   first day after the month's last day, if D is a last day

Twelve whole months are one year whether they have 365 or 366 days; every other window is scaled
by days_per_year / days.
"""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Basis = Literal["time_weighted", "two_point", "month_ends", "quarter_ends"]
BASES: tuple[Basis, ...] = ("time_weighted", "two_point", "month_ends", "quarter_ends")
WindowName = Literal["month", "quarter", "year_to_date", "trailing_12_months"]
WINDOW_NAMES: tuple[WindowName, ...] = ("month", "quarter", "year_to_date", "trailing_12_months")

ONE_DAY = timedelta(days=1)
EPOCH = date(1970, 1, 1)
MONTHS = 12


def day_number(day: date) -> int:
    """Days since 1970-01-01, as facts count days."""
    return (day - EPOCH).days


def day_of(number: int) -> date:
    """The date of a day number."""
    return EPOCH + timedelta(days=number)


@dataclass(frozen=True)
class FiscalCalendar:
    """When the year starts, and how many days it has in a ratio."""

    first_month: int = 1
    first_day: int = 1
    days_per_year: int = 365

    def month_start(self, day: date) -> date:
        """The first day of the fiscal month a day lies in."""
        start = day.replace(day=self.first_day)
        return start if start <= day else shift_months(start, -1)

    def quarter_start(self, day: date) -> date:
        """The first day of the fiscal quarter a day lies in."""
        start = self.month_start(day)
        return shift_months(start, -((start.month - self.first_month) % 3))

    def year_start(self, day: date) -> date:
        """The first day of the fiscal year a day lies in."""
        start = self.month_start(day)
        return shift_months(start, -((start.month - self.first_month) % MONTHS))

    def month_ends(self, start: date, end: date) -> tuple[date, ...]:
        """Every last day of a fiscal month from start to end, both included."""
        ends: list[date] = []
        last = shift_months(self.month_start(start), 1) - ONE_DAY
        while last <= end:
            ends.append(last)
            last = shift_months(last + ONE_DAY, 1) - ONE_DAY
        return tuple(ends)

    def quarter_ends(self, start: date, end: date) -> tuple[date, ...]:
        """Every last day of a fiscal quarter from start to end, both included."""
        return tuple(
            last
            for last in self.month_ends(start, end)
            if self.quarter_start(last + ONE_DAY) == last + ONE_DAY
        )


CALENDAR_YEAR = FiscalCalendar()


@dataclass(frozen=True)
class Window:
    """The days from `start` to `as_of`, both included."""

    name: str
    as_of: date
    start: date
    calendar: FiscalCalendar = CALENDAR_YEAR

    @property
    def days(self) -> int:
        """How many days the window has."""
        return (self.as_of - self.start).days + 1

    @property
    def is_one_year(self) -> bool:
        """Whether the window is twelve whole months."""
        return self.start == trailing_year_start(self.as_of)

    @property
    def before(self) -> date:
        """The last day before the window, whose closing is the window's opening."""
        return self.start - ONE_DAY


def window(name: WindowName, as_of: date, fiscal: FiscalCalendar = CALENDAR_YEAR) -> Window:
    """The window of that name as of a date."""
    starts = {
        "month": fiscal.month_start,
        "quarter": fiscal.quarter_start,
        "year_to_date": fiscal.year_start,
        "trailing_12_months": trailing_year_start,
    }
    return Window(name, as_of, starts[name](as_of), fiscal)


def windows(
    dates: Sequence[date],
    fiscal: FiscalCalendar = CALENDAR_YEAR,
    names: Sequence[WindowName] = WINDOW_NAMES,
) -> list[Window]:
    """Every window of every date."""
    return [window(name, as_of, fiscal) for as_of in dates for name in names]


def trailing_year_start(day: date) -> date:
    """The first day of the twelve months that end on a day."""
    return same_place(day, -MONTHS) + ONE_DAY


def shift_months(day: date, months: int) -> date:
    """The same day some months later, or that month's last day where it has no such day."""
    year, month = divmod(day.year * MONTHS + day.month - 1 + months, MONTHS)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def same_place(day: date, months: int) -> date:
    """The same day some months later; a month's last day stays a month's last day."""
    moved = shift_months(day, months)
    return _last_of_month(moved) if day == _last_of_month(day) else moved


def months_back(day: date, months: int) -> tuple[date, ...]:
    """The day and its same place in each of so many months before it, ascending."""
    return tuple(same_place(day, -back) for back in range(months, -1, -1))


def is_month_end(day: date) -> bool:
    """Whether the day is the last of its month."""
    return day == _last_of_month(day)


def _last_of_month(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
