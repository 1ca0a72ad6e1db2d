"""Which days' reports reach a reader who does not want all of them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.delivery.cadence import MONTH_END, WEEKDAYS, is_due
from tests.laws import tried

SATURDAY = date(2026, 10, 31)  # and a month end


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("wanted", "as_of", "before", "due"),
    [
        ((), "2026-10-29", None, True),
        ((), "2026-10-29", "2026-10-28", True),
        (("month_end",), "2026-10-31", None, True),
        (("month_end",), "2026-10-30", None, False),
        (("month_end",), "2026-10-31", "2026-09-30", True),
        (("month_end",), "2026-11-01", "2026-10-31", False),
        # Nothing went out on the 31st: the next report makes up for it, once.
        (("month_end",), "2026-11-02", "2026-09-30", True),
        (("month_end",), "2026-11-03", "2026-11-02", False),
        (("monday", "thursday"), "2026-10-29", "2026-10-26", True),
        (("monday", "thursday"), "2026-10-30", "2026-10-29", False),
        (("monday",), "2026-10-28", None, False),
        (("saturday", "month_end"), "2026-10-31", "2026-10-30", True),
        (("friday",), "2026-12-31", "2025-01-03", True),
    ],
)
def test_a_reader_gets_the_reports_of_the_days_asked_for(
    wanted: tuple[str, ...], as_of: str, before: str | None, *, due: bool
) -> None:
    assert is_due(wanted, day(as_of), day(before) if before else None) is due


@tried(60)
@given(
    st.sets(st.sampled_from((*WEEKDAYS, MONTH_END)), min_size=1),
    st.sets(st.integers(1, 60), min_size=40),
)
def test_no_wanted_day_passes_without_a_report_after_it(wanted: set[str], nights: set[int]) -> None:
    sent: list[date] = []
    before: date | None = SATURDAY
    for number in sorted(nights):
        as_of = SATURDAY + timedelta(days=number)
        since = before or as_of
        passed = [since + timedelta(days=n) for n in range(1, (as_of - since).days + 1)]
        # A night without a wanted day since the last report sends none, any other does.
        assert is_due(wanted, as_of, before) is any(is_due(wanted, one, None) for one in passed)
        if is_due(wanted, as_of, before):
            sent.append(as_of)
            before = as_of
    assert sent
