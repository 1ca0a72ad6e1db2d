"""The site's days as Dagster's partitions."""

from datetime import date, timedelta

import dagster as dg

from pipeline.settings import Site
from pipeline.stages.days import Days


def daily(site: Site) -> dg.DailyPartitionsDefinition:
    """One partition a day from the site's start, today's included.

    The start and the time zone are fixed by the site: a moving start would move the partitions.
    """
    today = site.settings.site.today
    return dg.DailyPartitionsDefinition(
        start_date=site.settings.site.start.isoformat(),
        end_date=(today + timedelta(days=1)).isoformat() if today else None,
        timezone=site.settings.site.timezone,
        end_offset=0 if today else 1,
    )


def days_of(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> Days:
    """The days of this run: the range of a backfill or of the schedule, or one partition."""
    tags = context.run.tags
    day = tags.get("dagster/partition", "")
    first = tags.get("dagster/asset_partition_range_start", day)
    last = tags.get("dagster/asset_partition_range_end", day)
    return Days(date.fromisoformat(first), date.fromisoformat(last))
