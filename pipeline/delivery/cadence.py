"""Which days' reports a reader wants: every day's, those of some weekdays, or of month ends."""

from collections.abc import Collection
from datetime import date, timedelta

MONTH_END = "month_end"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LONGEST = timedelta(days=31)
"""Every rhythm has a day in so many."""


def is_due(wanted: Collection[str], as_of: date, before: date | None) -> bool:
    """Whether the report of a day goes out to a reader who last had that of an earlier day.

    It does if a wanted day has come since: a month end without a report is made up for by the next
    one.  Who never had any gets the first of a wanted day.
    """
    if not wanted:
        return True
    since = max(before or as_of - timedelta(days=1), as_of - LONGEST)
    passed = (as_of - timedelta(days=days) for days in range((as_of - since).days))
    return any(_is_wanted(day, wanted) for day in passed)


def _is_wanted(day: date, wanted: Collection[str]) -> bool:
    is_month_end = (day + timedelta(days=1)).day == 1
    return WEEKDAYS[day.weekday()] in wanted or (is_month_end and MONTH_END in wanted)
