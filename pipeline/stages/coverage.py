"""How far each company's deliveries reach, and which expected ones are missing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from pipeline.landing import expects
from pipeline.settings import Company


@dataclass(frozen=True)
class Reach:
    """One delivery of the stock ledger: its extract date and the days it states completely."""

    extract_on: date
    first: date | None = None
    last: date | None = None

    def heals(self, day: date) -> bool:
        """Whether it states a day whose own delivery is missing."""
        if self.first is None or self.last is None:
            return False
        return self.first <= day <= self.last and self.extract_on >= day


@dataclass(frozen=True)
class Coverage:
    """What one company has delivered, as of a day."""

    company: str
    through: date | None
    missing: tuple[date, ...]

    def covers(self, day: date) -> bool:
        """Whether the ledger is complete up to and including a day."""
        return self.through is not None and day <= self.through and not self.missing


def coverage(company: Company, deliveries: Iterable[Reach], as_of: date) -> Coverage:
    """How far a company's ledger reaches as of a day, and which expected deliveries it lacks.

    Days on which no delivery is expected extend the reach of the last one: a company that
    delivers on weekdays is covered on Sunday by Friday's extract.
    """
    stated = sorted(deliveries, key=lambda reach: reach.extract_on)
    if not stated:
        return Coverage(company.name, None, ())
    extracts = {reach.extract_on for reach in stated}
    first, newest = stated[0].extract_on, stated[-1].extract_on
    missing = tuple(
        day
        for day in _days(first, as_of)
        if expects(company, day)
        and day not in extracts
        and not any(reach.heals(day) for reach in stated)
    )
    through = missing[0] - timedelta(days=1) if missing else max(newest, as_of)
    return Coverage(company.name, through, missing)


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))
