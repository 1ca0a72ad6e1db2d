"""How far deliveries reach, by example."""

from datetime import date

from pipeline.settings import Company
from pipeline.stages.coverage import Reach, coverage

FRIDAY, SUNDAY, TUESDAY = date(2026, 3, 6), date(2026, 3, 8), date(2026, 3, 10)


def acme(expected: str) -> Company:
    return Company.model_validate({"name": "acme", "expected": expected})


def test_a_weekday_company_is_covered_on_sunday_by_fridays_extract() -> None:
    reached = coverage(acme("weekdays"), [Reach(FRIDAY)], SUNDAY)

    assert reached.missing == ()
    assert reached.covers(SUNDAY)


def test_a_missing_monday_is_named_and_ends_the_cover() -> None:
    reached = coverage(acme("weekdays"), [Reach(FRIDAY)], TUESDAY)

    assert reached.missing == (date(2026, 3, 9), TUESDAY)
    assert reached.through == SUNDAY
    assert not reached.covers(TUESDAY)


def test_a_later_window_heals_the_missing_day() -> None:
    window = Reach(TUESDAY, date(2026, 3, 1), TUESDAY)

    assert coverage(acme("weekdays"), [Reach(FRIDAY), window], TUESDAY).covers(TUESDAY)


def test_an_increment_after_a_gap_does_not_fill_it() -> None:
    reached = coverage(acme("daily"), [Reach(FRIDAY), Reach(TUESDAY)], TUESDAY)

    assert reached.missing == (date(2026, 3, 7), SUNDAY, date(2026, 3, 9))
    assert not reached.covers(TUESDAY)


def test_a_company_nobody_expects_daily_is_covered_until_today() -> None:
    assert coverage(acme("none"), [Reach(FRIDAY)], TUESDAY).covers(TUESDAY)


def test_nothing_delivered_covers_nothing() -> None:
    assert not coverage(acme("none"), [], TUESDAY).covers(TUESDAY)
