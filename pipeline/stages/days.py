"""The days a run is about: one extract or as-of date, or a range of them as one run."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

CHUNK_DAYS = 31
"""A range commits in chunks of at most so many days; what is done stays done."""


@dataclass(frozen=True)
class Days:
    """A range of days, both ends included."""

    first: date
    last: date

    def __iter__(self) -> Iterator[date]:
        """Each day, in order."""
        return (self.first + timedelta(days=n) for n in range(len(self)))

    def __len__(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    def __contains__(self, day: object) -> bool:
        """Whether a day lies inside."""
        return isinstance(day, date) and self.first <= day <= self.last

    def __str__(self) -> str:
        """The range as the run's tag and messages spell it."""
        return f"{self.first}...{self.last}"
