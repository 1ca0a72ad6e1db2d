"""The days a run is about: one extract or as-of date, or a range of them as one run."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import dagster as dg

from pipeline.settings import Site

DAYS_TAG = "stockturn/days"
"""Set by the command line: the whole range, whatever single partition the run is filed under."""

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

    def chunks(self) -> Iterator["Days"]:
        """The range in parts of at most a month's length."""
        start = self.first
        while start <= self.last:
            end = min(start + timedelta(days=CHUNK_DAYS - 1), self.last)
            yield Days(start, end)
            start = end + timedelta(days=1)

    def __str__(self) -> str:
        """The range as the run's tag and messages spell it."""
        return f"{self.first}...{self.last}"


def daily(site: Site) -> dg.DailyPartitionsDefinition:
    """One partition a day from the site's start, today's included.

    The start and the time zone are fixed by the site: a moving start would move the partitions.
    """
    return dg.DailyPartitionsDefinition(
        start_date=site.settings.site.start.isoformat(),
        timezone=site.settings.site.timezone,
        end_offset=1,
    )


def days_of(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> Days:
    """The days of this run: the command line's range, a backfill's range, or one partition."""
    tags = context.run.tags
    tagged = tags.get(DAYS_TAG)
    if tagged is None:
        start = tags.get("dagster/asset_partition_range_start")
        end = tags.get("dagster/asset_partition_range_end")
        key = tags.get("dagster/partition")
        tagged = f"{start}...{end}" if start and end else f"{key}...{key}"
    first, last = tagged.split("...")
    return Days(date.fromisoformat(first), date.fromisoformat(last))
