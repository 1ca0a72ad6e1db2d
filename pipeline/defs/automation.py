"""When runs start by themselves: the nightly schedule and complete deliveries; failed runs."""

# Dagster's own signatures leave parameters of PathLike and dict open.
# pyright: reportUnknownMemberType=false

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from pipeline.defs.events import not_told_yet, of_command_line
from pipeline.defs.installation import CATCHING_UP_TAG, Installation
from pipeline.settings import Site, TryAgainLater
from pipeline.stages.ingest import contracts_of
from pipeline.stages.new_deliveries import new_deliveries
from pipeline.stages.night_account import told_of
from pipeline.stages.night_record import NightRecord
from pipeline.stages.notify import tell_engineers
from pipeline.stages.tried_contracts import mended_contracts
from pipeline.warehouse import SiteState

NIGHTLY = "nightly"
MOST_CAUGHT_UP = 30
DAYS_AT_ONCE = 31
UnresolvedJob = dg.JobDefinition | Any  # Dagster names the unresolved kind only privately


def nightly_job() -> UnresolvedJob:
    """Everything, from extracts to mail, for one day or a range of days as one run."""
    return dg.define_asset_job(
        NIGHTLY,
        selection=dg.AssetSelection.all(),
        executor_def=dg.in_process_executor,
        description="A night: extracts to ledger to metrics to report to mail. What an asset page "
        "launches takes the same steps, under the name that Dagster gives it: __ASSET_JOB",
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
        description="Extracts to mail for the day before, and for nights that were never mailed",
    )
    def schedule(
        context: dg.ScheduleEvaluationContext,
        installation: Installation,
    ) -> dg.RunRequest | dg.SkipReason:
        """Request one run for all days since the last night that was mailed, yesterday's too."""
        here = installation.site
        today = here.settings.site.today or _local_day(context.scheduled_execution_time, zone)
        yesterday = today - timedelta(days=1)
        first = _owed_from(here, yesterday)
        if first > yesterday:
            return dg.SkipReason(f"the night of {yesterday} is mailed already")
        return dg.RunRequest(run_key=f"{yesterday}", tags=_range_tags(first, yesterday))

    return schedule


def delivery_sensor(job: UnresolvedJob) -> dg.SensorDefinition:
    """What can be taken in now starts a run: a new delivery, or a list that was mended.

    A complete delivery that is not in the register yet starts a run of its day, a changed code list
    or mapping of a company that has something refused one of its newest day.
    """

    @dg.sensor(
        name="delivery_sensor",
        job=job,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Takes in what arrives or is mended between two nights, late extracts too",
    )
    def sensor(
        context: dg.SensorEvaluationContext,
        installation: Installation,
    ) -> dg.SensorResult | dg.SkipReason:
        """Request one run for the days whose deliveries are complete, new by content, settled."""
        site = installation.site
        seen: dict[str, str] = json.loads(context.cursor) if context.cursor else {}
        try:
            arrivals, looks = new_deliveries(site, seen)
            mended, asked = mended_contracts(site, contracts_of(site), seen)
        except TryAgainLater as held:
            return dg.SkipReason(str(held))
        return dg.SensorResult(
            run_requests=_of_arrivals(_of_both(arrivals, mended)),
            cursor=json.dumps({**looks, **asked}),
        )

    return sensor


def _of_both(one: Mapping[date, str], other: Mapping[date, str]) -> dict[date, str]:
    days = sorted({*one, *other})
    return {day: " ".join(keys[day] for keys in (one, other) if day in keys) for day in days}


def _of_arrivals(arrivals: Mapping[date, str]) -> list[dg.RunRequest]:
    """One run takes in all of them."""
    if not arrivals:
        return []
    key = hashlib.sha256(" ".join(arrivals.values()).encode()).hexdigest()[:16]
    tags = _range_tags(min(arrivals), max(arrivals))
    return [dg.RunRequest(run_key=f"{max(arrivals)}/{key}", tags=tags)]


def command_line_sensor() -> dg.SensorDefinition:
    """What nights of the command line made is shown where Dagster's own runs show theirs."""

    @dg.sensor(
        name="command_line_nights",
        minimum_interval_seconds=15,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Shows what 'stockturn run' made outside Dagster: each asked day's tables with "
        "the counts that the night wrote into state.sqlite, its deliveries, checks and documents",
    )
    def sensor(
        context: dg.SensorEvaluationContext, installation: Installation
    ) -> dg.SensorResult | dg.SkipReason:
        """Report what ended since the last look, some days at a time, the newest last."""
        site, place = installation.site, json.loads(context.cursor or "{}")
        after, day = place.get("after", ""), place.get("day", "")
        try:
            with SiteState(site) as state:
                nights = NightRecord(state).accounts(after, place.get("up_to"))
        except TryAgainLater as held:
            return dg.SkipReason(str(held))
        if not nights:
            return dg.SkipReason("no night of the command line ended since")
        told = [each for each in told_of(nights) if each.day > day]
        days = sorted({each.day for each in told})[:DAYS_AT_ONCE]
        now = [each for each in told if each.day in days]
        is_all, up_to = len(now) == len(told), nights[-1].ended_at
        go_on = {"after": after, "up_to": up_to, "day": max(days, default=day)}
        return dg.SensorResult(
            asset_events=[
                of_command_line(site, each) for each in not_told_yet(context.instance, now)
            ],
            cursor=json.dumps({"after": up_to} if is_all else go_on),
        )

    return sensor


def failure_sensor() -> dg.SensorDefinition:
    """A run that failed tells the data engineers by mail."""

    @dg.run_failure_sensor(
        name="failed_runs",
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Mails the data engineers why a run failed, once, in the words of its steps",
    )
    def sensor(context: dg.RunFailureSensorContext, installation: Installation) -> None:
        """Mail the failure's own words, once per run."""
        run = context.dagster_run
        words = [_words_of(event) for event in context.get_step_failure_events()]
        told = "\n".join(filter(None, words)) or context.failure_event.message or ""
        tell_engineers(installation.site, run.run_id, run.tags, told)

    return sensor


def _words_of(event: dg.DagsterEvent) -> str:
    """Why a step failed: what a stage said, or else the error itself."""
    data = event.step_failure_data
    said = data.user_failure_data.description if data.user_failure_data else None
    return said or (data.error.message if data.error else "")


def _range_tags(first: date, last: date) -> dict[str, str]:
    return {
        "dagster/asset_partition_range_start": first.isoformat(),
        "dagster/asset_partition_range_end": last.isoformat(),
        CATCHING_UP_TAG: "yes",
    }


def _local_day(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()


def _owed_from(site: Site, yesterday: date) -> date:
    """Where the schedule goes on: a daemon that was down for three nights catches up in one run.

    Only a night that was to mail and did counts; a folder of documents, a run by hand or of the
    sensor, and a render that failed do not.
    """
    with SiteState(site) as state:
        owed = NightRecord(state).owed_from()
    return max(owed or yesterday, yesterday - timedelta(days=MOST_CAUGHT_UP))
