"""What the command line asks for, stage by stage, and what it tells at the end."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from pipeline.canonical.load_contract import TableLoad
from pipeline.canonical.tables import TABLES
from pipeline.report.render import RenderedReport, ReportFailed
from pipeline.settings import ConfigurationError, DataRefused, Site, TryAgainLater
from pipeline.stages import release_gate, render
from pipeline.stages.asked_days import newest_day
from pipeline.stages.compute import published_dates
from pipeline.stages.days import Days
from pipeline.stages.ingest import Intake
from pipeline.stages.night import Asked, Night, night_of
from pipeline.stages.progress import Say
from pipeline.stages.release_gate import overdue
from pipeline.stages.site_lock import site_lock
from pipeline.warehouse import Warehouse
from pipeline.wording import counted

LEDGER = "stock_movement"


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

    documents: list[str] = field(default_factory=list[str])
    warnings: list[str] = field(default_factory=list[str])
    refused: list[str] = field(default_factory=list[str])
    waiting: list[str] = field(default_factory=list[str])
    has_configuration_fault: bool = False
    has_failed_document: bool = False
    done: list[str] = field(default_factory=list[str])

    @property
    def exit_code(self) -> int:
        """What a scheduler reads: done, data refused, or something is still being written."""
        if self.has_failed_document:
            return ReportFailed.exit_code
        if self.has_configuration_fault:
            return ConfigurationError.exit_code
        if self.refused:
            return DataRefused.exit_code
        return TryAgainLater.exit_code if self.waiting else 0

    def lines(self) -> Iterator[str]:
        """What the person at the terminal reads at the end."""
        yield from self.done
        yield from (f"warning: {each}" for each in dict.fromkeys(self.warnings))
        yield from (f"refused: {each}" for each in dict.fromkeys(self.refused))
        yield from (f"not complete yet: {each}" for each in dict.fromkeys(self.waiting))
        yield from self.documents


def run_site(site: Site, order: Order, say: Say) -> Outcome:
    """Run the days through every stage, as the schedule would.

    Raises:
        DataRefused: nothing was delivered, or nothing could be taken in.
        StockturnError: whatever a stage refused, in its own words.
    """
    days = Days(*order.days) if order.days else newest_day(site)
    say(f"run of {days.first}" if len(days) == 1 else f"run of {days.first} to {days.last}")
    with night_of(site, _asked(order, days)) as night:
        return _carried_out(night, order, say)


def _asked(order: Order, days: Days) -> Asked:
    return Asked(
        days,
        tags={"mail": "yes"} if order.mail else {},
        accept_closures=order.accept_closures,
        together=len(days) > 1,
    )


def _carried_out(night: Night, order: Order, say: Say) -> Outcome:
    taken = night.take_in(say)
    night.attribute(say)
    night.compute(say)
    outcome = _outcome(night, taken)
    if order.days is None:
        outcome.refused += overdue(night.warehouse, night.as_of, _yesterday(night.site))
    night.judge()
    night.publish()
    if night.holds_all:
        outcome.done.append("no figure was published and no report was made: see what is refused")
    elif order.report:
        for _, made in night.render(night.site.settings.site.languages, say):
            _add_documents(outcome, made)
    if order.report:
        night.notify()
    return outcome


def _yesterday(site: Site) -> date:
    return site.today() - timedelta(days=1)


def _outcome(night: Night, taken: Intake) -> Outcome:
    return Outcome(
        warnings=[*taken.warnings, *night.warnings],
        waiting=list(taken.unsettled),
        has_configuration_fault=taken.has_mapping_fault or bool(taken.policy_faults),
        refused=[*taken.problems, *taken.policy_faults, *(each.words for each in night.blockers)],
        done=[*_account(taken), *taken.account, *night.recomputed],
    )


def _add_documents(outcome: Outcome, made: Sequence[RenderedReport]) -> None:
    outcome.documents += [str(each.pdf) for each in made]
    outcome.warnings += [warning for each in made for warning in each.warnings]


def _account(taken: Intake) -> Iterator[str]:
    """What was taken in, and for each table a line that says where every delivered row went."""
    if not taken.new:
        yield "no delivery was new; the ledger is as it was"
        return
    days = [delivery.extract_on for delivery in taken.new]
    span = f"{min(days)}" if min(days) == max(days) else f"{min(days)} to {max(days)}"
    new = {(delivery.company, delivery.number) for delivery in taken.new}
    loads = [
        row for load in taken.loads for row in load.tables if (load.company, row.delivery_no) in new
    ]
    for table in (LEDGER, *(name for name in TABLES if name != LEDGER)):
        of_table = [row for row in loads if row.table == table]
        if table == LEDGER or any(row.rows_in for row in of_table):
            yield f"{span}: {_sum_of(table, of_table)}"


def _sum_of(table: str, loads: Sequence[TableLoad]) -> str:
    words = ("new", "corrected", "unchanged", "quarantined", "duplicate")
    parts = " + ".join(
        f"{sum(getattr(row, f'rows_{word}') for row in loads):,} {word}" for word in words
    )
    thing = "movement" if table == LEDGER else f"row of {table}"
    return f"{counted(sum(row.rows_in for row in loads), thing)} in = {parts}"


def report_site(site: Site, day: date | None, say: Say) -> Outcome:
    """The documents of a day, made again from what the warehouse holds.

    Raises:
        DataRefused: the day has no figures.
    """
    with site_lock(site, "stockturn report"), Warehouse(site) as warehouse:
        as_of = _day_with_figures(published_dates(warehouse), day)
        found = release_gate.blockers(warehouse, as_of)
        outcome = Outcome(refused=[each.words for each in found])
        languages, held = site.settings.site.languages, release_gate.held(found)
        for _, made, failed in render.make_documents(warehouse, as_of, languages, held, say):
            _add_documents(outcome, made)
            outcome.refused += failed
            outcome.has_failed_document |= bool(failed)
    return outcome


def _day_with_figures(dates: Sequence[date], day: date | None) -> date:
    as_of = day or (dates[-1] if dates else None)
    if as_of is not None and as_of in dates:
        return as_of
    message = (
        f"There are no figures of {as_of}: run 'stockturn run --date {as_of}' first"
        if as_of
        else "There are no figures yet: run 'stockturn run' first"
    )
    raise DataRefused(message)
