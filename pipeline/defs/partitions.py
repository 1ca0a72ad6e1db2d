"""The site's days as Dagster's partitions."""

from datetime import date

import dagster as dg

from pipeline.settings import Site
from pipeline.stages.days import Days

DAYS_TAG = "stockturn/days"
"""Set by the command line: the whole range, whatever single partition the run is filed under."""


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
