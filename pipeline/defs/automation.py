"""When runs start by themselves: the nightly schedule and complete deliveries; failed runs."""

# Dagster's own signatures leave parameters of PathLike and dict open.
# pyright: reportUnknownMemberType=false

import json
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from pipeline.defs.installation import Installation
from pipeline.settings import Site, TryAgainLater
from pipeline.stages.new_deliveries import new_deliveries
from pipeline.stages.notify import tell_engineers

NIGHTLY = "nightly"
UnresolvedJob = dg.JobDefinition | Any  # Dagster names the unresolved kind only privately


def nightly_job() -> UnresolvedJob:
    """Everything, from extracts to mail, for one day or a range of days as one run."""
    return dg.define_asset_job(
        NIGHTLY,
        selection=dg.AssetSelection.all(),
        executor_def=dg.in_process_executor,
        description="Extracts to ledger to metrics to report to mail",
    )


def nightly_schedule(site: Site, job: UnresolvedJob) -> dg.ScheduleDefinition:
    """Every night at the site's local time: the day before, and any night that was missed."""
    at = site.settings.site.nightly_at
    zone = site.settings.site.timezone

    @dg.schedule(
        name="nightly_schedule",
        job=job,
        cron_schedule=f"{at.minute} {at.hour} * * *",
        execution_timezone=zone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    def schedule(
        context: dg.ScheduleEvaluationContext,
        installation: Installation,
    ) -> dg.RunRequest | dg.SkipReason:
        """Request one run for all days since the last report, yesterday's included."""
        yesterday = _local_day(context.scheduled_execution_time, zone) - timedelta(days=1)
        first = _day_after_last_report(installation.site, yesterday)
        if first > yesterday:
            return dg.SkipReason(f"the report of {yesterday} is made already")
        return dg.RunRequest(run_key=f"{yesterday}", tags=_range_tags(first, yesterday))

    return schedule


def delivery_sensor(job: UnresolvedJob) -> dg.SensorDefinition:
    """A complete delivery that is not in the ledger yet starts a run of its day."""

    @dg.sensor(
        name="delivery_sensor",
        job=job,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.STOPPED,
    )
    def sensor(
        context: dg.SensorEvaluationContext,
        installation: Installation,
    ) -> dg.SensorResult | dg.SkipReason:
        """Request a run for every day whose delivery is complete, new by content, and settled."""
        seen: dict[str, str] = json.loads(context.cursor) if context.cursor else {}
        try:
            arrivals, seen = new_deliveries(installation.site, seen)
        except TryAgainLater as held:
            return dg.SkipReason(str(held))
        requests = [
            dg.RunRequest(run_key=key, tags=_range_tags(day, day)) for day, key in arrivals.items()
        ]
        return dg.SensorResult(run_requests=requests, cursor=json.dumps(seen))

    return sensor


def failure_sensor() -> dg.SensorDefinition:
    """A run that failed tells the data engineers by mail."""

    @dg.run_failure_sensor(
        name="failed_runs",
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def sensor(context: dg.RunFailureSensorContext, installation: Installation) -> None:
        """Mail the failure's own words, once per run."""
        run = context.dagster_run
        tell_engineers(installation.site, run.run_id, run.tags, context.failure_event.message or "")

    return sensor


def _range_tags(first: date, last: date) -> dict[str, str]:
    return {
        "dagster/asset_partition_range_start": first.isoformat(),
        "dagster/asset_partition_range_end": last.isoformat(),
    }


def _local_day(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()


def _day_after_last_report(site: Site, yesterday: date) -> date:
    """Where the schedule goes on: a daemon that was down for three nights catches up in one run."""
    made = sorted(path.name for path in site.reports.glob("????-??-??") if path.is_dir())
    if not made:
        return yesterday
    last = date.fromisoformat(made[-1])
    return max(last + timedelta(days=1), yesterday - timedelta(days=30))
