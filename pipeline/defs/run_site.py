"""The in-process run that the command line uses: the same assets, no daemon."""

# Dagster's own signatures leave parameters of PathLike and dict open.
# pyright: reportUnknownMemberType=false

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import dagster as dg
from dagster._core.errors import DagsterAssetCheckFailedError  # not exported

from pipeline.defs.assets import ACCEPT_TAG
from pipeline.defs.graph import definitions
from pipeline.defs.partitions import DAYS_TAG
from pipeline.defs.progress import heard_by
from pipeline.landing import discover
from pipeline.landing.deliveries import Discovery
from pipeline.metrics.daily import GROUP
from pipeline.settings import ConfigurationError, DataRefused, Site
from pipeline.stages import attribute, compute, ingest, notify, publish, release_gate, render
from pipeline.stages.compute import published_dates
from pipeline.stages.days import Days
from pipeline.stages.failure_messages import refusal_in
from pipeline.stages.progress import Say
from pipeline.warehouse import Warehouse

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class Order:
    """What the command line was asked for."""

    days: tuple[date, date] | None = None
    report: bool = True
    mail: bool = False
    accept_closures: bool = False


@dataclass
class Outcome:
    """What came of a run, in the words and the exit code of the command line."""

    exit_code: int = 0
    documents: list[str] = field(default_factory=list[str])
    warnings: list[str] = field(default_factory=list[str])
    refused: list[str] = field(default_factory=list[str])
    done: list[str] = field(default_factory=list[str])

    def lines(self) -> Iterator[str]:
        """What the person at the terminal reads at the end."""
        yield from self.done
        yield from (f"warning: {each}" for each in dict.fromkeys(self.warnings))
        yield from (f"refused: {each}" for each in dict.fromkeys(self.refused))
        yield from self.documents


def run_site(site: Site, order: Order, say: Say) -> Outcome:
    """Run the days through every stage, as the schedule would.

    Raises:
        DataRefused: nothing was delivered, or nothing could be taken in.
        StockturnError: whatever a stage refused, in its own words.
    """
    days = _asked_for(site, Days(*order.days)) if order.days else _newest(site)
    tags = {DAYS_TAG: str(days)}
    if order.mail:
        tags["mail"] = "yes"
    if order.accept_closures:
        tags[ACCEPT_TAG] = "yes"
    materialized = _execute(site, days, order, tags, say)
    outcome = _outcome(site, days, materialized)
    if materialized is None:
        _tell_engineers(site, days, tags, outcome)
    return outcome


def _execute(
    site: Site,
    days: Days,
    order: Order,
    tags: dict[str, str],
    say: Say,
) -> dict[str, dict[str, Any]] | None:
    """What every asset said of itself; None where a blocking check stopped the run."""
    stages = definitions(site)
    kept = [
        key
        for key in stages.resolve_asset_graph().materializable_asset_keys
        if order.report or key.path[0] not in {"report", "delivery"}
    ]
    say(f"run of {days.first}" if len(days) == 1 else f"run of {days.first} to {days.last}")
    with dg.DagsterInstance.ephemeral() as instance, heard_by(say):
        try:
            result = stages.resolve_implicit_global_asset_job_def().execute_in_process(
                run_config=QUIET,
                instance=instance,
                partition_key=site.settings.site.start.isoformat(),
                tags=tags,
                asset_selection=kept,
            )
        except DagsterAssetCheckFailedError:
            return None
        except Exception as failure:
            cause = refusal_in(failure)
            if cause is None:
                raise
            raise cause from None
    return {
        event.asset_key.to_user_string(): {
            name: value.value for name, value in event.materialization.metadata.items()
        }
        for event in result.get_asset_materialization_events()
        if event.asset_key is not None
    }


def _outcome(
    site: Site,
    days: Days,
    materialized: dict[str, dict[str, Any]] | None,
) -> Outcome:
    found = release_gate.blockers(site, days.last)
    said = materialized or {}
    ledger = said.get("canonical/stock_movement", {})
    documents = sorted(
        str(value)
        for key, metadata in said.items()
        if key.startswith("report/")
        for name, value in metadata.items()
        if name.endswith(".pdf")
    )
    outcome = Outcome(
        exit_code=DataRefused.exit_code if found or ledger.get("refused") else 0,
        documents=documents,
        warnings=list(ledger.get("warnings", [])),
        refused=[*ledger.get("refused", []), *(reason.words for reason in found)],
        done=_account(days, ledger),
    )
    outcome.warnings += [
        warning
        for key, metadata in said.items()
        if key.startswith("report/")
        for warning in metadata.get("warnings", [])
    ]
    if materialized is None:
        outcome.done.append("nothing was published and no report was made: see what is refused")
    return outcome


def _account(days: Days, ledger: dict[str, Any]) -> list[str]:
    """One line that says where every delivered row went."""
    if not ledger:
        return []
    if not ledger.get("rows_in"):
        return [f"{days.last}: no delivery was new; the ledger is as it was"]
    words = ("new", "corrected", "unchanged", "quarantined", "duplicate")
    parts = " + ".join(f"{ledger[f'rows_{word}']:,} {word}" for word in words)
    return [f"{days.last}: {ledger['rows_in']:,} movements in = {parts}"]


def _tell_engineers(site: Site, days: Days, tags: dict[str, str], outcome: Outcome) -> None:
    """Mail the data engineers why everything is held, where the run may mail."""
    run = notify.RunOf(f"{days}", tags, datetime.now(UTC))
    notify.post(site, days.last, run, {GROUP: tuple(outcome.refused)})


def _asked_for(site: Site, days: Days) -> Days:
    """The days, if there can be figures of them; whatever was delivered for a day is taken in.

    Raises:
        ConfigurationError: nothing was delivered for them, and they have not come or are too early.
        DataRefused: nothing was delivered for them, nor ever before.
    """
    lying = _delivered(site).folders
    if any(folder.extract_on in days for folder in lying):
        return days
    start, today = site.settings.site.start, site.today()
    if days.last > max((today, *(folder.extract_on for folder in lying))):
        message = f"{days.last} has not come, today is {today}: ask for a day up to then"
        raise ConfigurationError(message)
    if days.last < start:
        message = f"{days.last} is before {start}, [site] start in site.toml: ask for a later day"
        raise ConfigurationError(message)
    if not site.published.exists() and ingest.days_in_raw(site) is None:
        raise DataRefused(_nothing_lies(site, f" for {days.first} to {days.last}"))
    return days


def _delivered(site: Site) -> Discovery:
    return discover(site, ingest.contracts_of(site), date.min, date.max)


def _nothing_lies(site: Site, when: str = "", beside: Sequence[str] = ()) -> str:
    wanted = "have extracts delivered to landing/<company>/<YYYY-MM-DD>/"
    return "\n".join((f"Nothing lies in {site.landing}{when}: {wanted}", *beside))


def _newest(site: Site) -> Days:
    """The newest extract date that was delivered."""
    found = _delivered(site)
    if not found.folders:
        raise DataRefused(_nothing_lies(site, beside=found.warnings))
    newest = max(folder.extract_on for folder in found.folders)
    return Days(newest, newest)


def report_site(site: Site, day: date | None, say: Say) -> Outcome:
    """The documents of a day, made again from what the warehouse holds.

    Raises:
        DataRefused: the day has no figures.
    """
    with Warehouse(site) as warehouse:
        dates = published_dates(warehouse)
    as_of = day or (dates[-1] if dates else None)
    if as_of is None or as_of not in dates:
        message = (
            f"There are no figures of {as_of}: run 'stockturn run --date {as_of}' first"
            if as_of
            else "There are no figures yet: run 'stockturn run' first"
        )
        raise DataRefused(message)
    found = release_gate.blockers(site, as_of)
    outcome = Outcome(
        exit_code=DataRefused.exit_code if found else 0,
        refused=[reason.words for reason in found],
    )
    languages, held = site.settings.site.languages, release_gate.held(found)
    for _, made in render.make_documents(site, as_of, languages, held, say):
        outcome.documents += [str(each.pdf) for each in made]
        outcome.warnings += [warning for each in made for warning in each.warnings]
    return outcome


def rebuild_site(site: Site, say: Say) -> Outcome:
    """The warehouse, told again from `raw/` alone; the old file is moved aside.

    Raises:
        DataRefused: there is nothing in `raw/`.
    """
    for path in (site.warehouse, site.warehouse.with_name(f"{site.warehouse.name}.wal")):
        if path.exists():
            aside = path.with_name(f"{path.name}.{datetime.now(UTC):%Y%m%dT%H%M%S}.old")
            path.rename(aside)
            say(f"{path.name} moved aside to {aside.name}")
    days = ingest.days_in_raw(site)
    if days is None:
        message = f"There is nothing in {site.raw} to build a warehouse from"
        raise DataRefused(message)
    ingest.take_in(site, days, say)
    attribute.keep_up(site, say)
    compute.compute(site, days, say)
    publish.publish(site, {reason.company for reason in release_gate.blockers(site, days.last)})
    return Outcome(done=[f"the warehouse was built from raw/ up to {days.last}"])
