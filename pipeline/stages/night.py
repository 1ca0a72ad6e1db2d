"""One run over a site, from its first read to its last mail.

    take_in -> attribute -> compute -> (may it go out?) -> publish -> render -> notify

The command line calls the stages one after the other; Dagster's assets call the same ones.  From
the first to the last the run holds the site's lock and one open warehouse, asks the release gate
once, and writes into the night's record how far it came.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from uuid import uuid4

import polars as pl

from pipeline.delivery.sending import Run, Sending
from pipeline.metrics.attributed_movement import ATTRIBUTED_MOVEMENT
from pipeline.metrics.daily import DAILY
from pipeline.report.render import RenderedReport, ReportFailed
from pipeline.settings import Site
from pipeline.stages import (
    attribute,
    compute,
    erp_agreement,
    ingest,
    late,
    notify,
    publish,
    quarantine,
    release_gate,
    render,
)
from pipeline.stages.asked_days import require_days
from pipeline.stages.compute import published_dates
from pipeline.stages.days import Days
from pipeline.stages.night_account import (
    MAIL,
    SNAPSHOT,
    STEP,
    Account,
    add_canonical,
    add_facts,
    add_metrics,
    landed,
    of_documents,
    of_mail,
)
from pipeline.stages.night_record import NightRecord, Stage
from pipeline.stages.progress import Say
from pipeline.stages.release_gate import Blocker
from pipeline.stages.site_lock import site_lock
from pipeline.stages.verdicts import Verdict, verdicts
from pipeline.warehouse import SiteState, Warehouse
from pipeline.wording import counted


@dataclass(frozen=True)
class Asked:
    """What a run was asked for, and who asked."""

    days: Days
    who: str = "stockturn run"
    run_id: str = field(default_factory=lambda: uuid4().hex)
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    accept_closures: bool = False
    together: bool = False  # a range somebody asked for: all of its deliveries, or none
    shows_itself: bool = False  # a run of the UI, which shows there what it makes

    @property
    def run(self) -> Run:
        """What mailing is told of the run."""
        return Run(self.run_id, self.tags, datetime.now(UTC))


class Night:
    """The stages of one run, on its open warehouse."""

    def __init__(self, warehouse: Warehouse, asked: Asked) -> None:
        """Begin the night's record."""
        self.warehouse, self.asked = warehouse, asked
        self.taken = ingest.Intake()
        self.with_figures = published_dates(warehouse)
        self.failed_documents: list[str] = []
        self.account = Account()
        with self._record() as record:
            record.begin(asked.run_id, asked.who, asked.days, mails=asked.run.mails)

    @property
    def site(self) -> Site:
        """The site as its settings stood when the run began."""
        return self.warehouse.site

    @property
    def as_of(self) -> date:
        """The day whose reports the run makes."""
        return self.asked.days.last

    def take_in(self, say: Say) -> ingest.Intake:
        """Take in what was delivered."""
        asked = self.asked
        try:
            self.taken = ingest.take_in(
                self.warehouse,
                asked.days,
                say,
                accept_closures=asked.accept_closures,
                together=asked.together,
            )
        finally:
            self.account.landed = list(landed(self.site, asked.days, self.taken))
        self._forgive()
        quarantine.note_standing(self.warehouse)
        add_canonical(self.account, self.warehouse, asked.days, self.taken)
        self._reached(Stage.TAKEN_IN)
        return self.taken

    def _forgive(self) -> None:
        """Let go of the refused rows that the policy forgives, and say so."""
        forgiven = quarantine.forgive_rows(self.warehouse)
        self.taken.account += forgiven.account
        self.taken.warnings += forgiven.warnings
        self.taken.policy_faults += forgiven.faults

    def attribute(self, say: Say) -> attribute.Changed:
        """Bring the attributed ledger up to the stock ledger."""
        changed = attribute.keep_up(self.warehouse, say)
        add_facts(self.account, self.warehouse, [ATTRIBUTED_MOVEMENT.name], self.asked.days)
        return changed

    def compute(self, say: Say) -> compute.Computed:
        """Compute the metrics of the days, and of earlier ones that a late delivery touches."""
        done = compute.compute(self.warehouse, self.asked.days, say, self.stale)
        add_facts(self.account, self.warehouse, [DAILY.name], self.asked.days)
        add_metrics(self.account, self.warehouse, done.dates)
        self._reached(Stage.COMPUTED)
        return done

    @cached_property
    def stale(self) -> tuple[date, ...]:
        """Dates with figures, beside the asked ones, to which a late or corrected delivery adds."""
        touched = late.touched_from(self.warehouse, self.taken.new, self.with_figures)
        return tuple(
            day
            for day in self.with_figures
            if touched is not None and day >= touched and day not in self.asked.days
        )

    @property
    def recomputed(self) -> Iterator[str]:
        """What a late or corrected delivery did to dates that had figures, in words."""
        if not self.stale:
            return
        came = late.among(self.taken.new, self.with_figures)
        yield (
            f"late or corrected: {', '.join(each.title for each in came)}; figures of "
            f"{counted(len(self.stale), 'day')}, {self.stale[0]} to {self.stale[-1]}, computed "
            "again; their documents not: 'stockturn report --date' makes them"
        )

    @property
    def warnings(self) -> list[str]:
        """What whoever started the run should know of its figures."""
        money = self.site.settings.site.currency
        differing = erp_agreement.in_words(self.erp_differences, money)
        return [*release_gate.silent(self.warehouse), *differing]

    @cached_property
    def blockers(self) -> list[Blocker]:
        """Why reports of the last day must not go out; asked once the metrics are there."""
        found = release_gate.blockers(self.warehouse, self.as_of)
        with self._record() as record:
            record.hold(self.asked.run_id, release_gate.held(found))
        return found

    def judge(self) -> list[Verdict]:
        """What every check of the last day came to, in words."""
        judged = verdicts(self.warehouse, self.as_of, self.blockers, self.erp_differences)
        self.account.judge(judged)
        return judged

    @property
    def held(self) -> dict[str, tuple[str, ...]]:
        """The reasons by company; one held company holds the group too."""
        return release_gate.held(self.blockers)

    @property
    def holds_all(self) -> bool:
        """Whether nothing at all may go out."""
        return release_gate.holds_all(self.site, self.blockers)

    @cached_property
    def erp_differences(self) -> pl.DataFrame:
        """Where ledger and ERP differ on the last day."""
        return erp_agreement.differing(self.warehouse, self.as_of)

    def publish(self) -> Path | None:
        """Replace the snapshot; None where no figure may go out: it says what is refused then."""
        path = publish.publish(self.warehouse, {each.company for each in self.blockers})
        if path is None or self.holds_all:
            return None
        for day in self.asked.days:
            self.account.add(SNAPSHOT, day, {"path": str(path)})
        self._reached(Stage.PUBLISHED)
        return path

    def render(
        self, languages: Sequence[str], say: Say
    ) -> Iterator[tuple[str, list[RenderedReport]]]:
        """The documents of the last day, language by language."""
        for language, made, failed in render.make_documents(
            self.warehouse, self.as_of, languages, self.held, say
        ):
            self.failed_documents += failed
            if made:
                facts = of_documents(self.site, made, self.held)
                self.account.add(f"report/pdf_{language}", self.as_of, facts)
            yield language, made
        self._reached(Stage.RENDERED)

    def notify(self) -> tuple[Sending, ...]:
        """Mail what is finished; tell the engineers of what is held.

        Raises:
            TryAgainLater: the relay did not take a mail.
            StockturnError: nobody knows whether it took one; a person has to ask.
            ReportFailed: a document could not be made; the others were mailed.
        """
        sent = notify.post(self.site, self.as_of, self.asked.run, self.held)
        if mailed := of_mail(sent):
            self.account.add(MAIL, self.as_of, mailed)
        notify.raise_for_failed(sent)
        for day in self.asked.days:
            self.account.add(STEP, day, {"documents of": self.as_of.isoformat()})
        self._reached(Stage.MAILED)
        if self.failed_documents:
            raise ReportFailed("\n".join(self.failed_documents))
        return sent

    def _reached(self, stage: Stage) -> None:
        with self._record() as record:
            record.reach(self.asked.run_id, stage)

    def end(self, failure: str | None) -> None:
        """Write down that the run is over, or why it failed."""
        with self._record() as record:
            if not self.asked.shows_itself:
                record.account_for(self.asked.run_id, self.account.as_told())
            record.end(self.asked.run_id, failure)

    @contextmanager
    def _record(self) -> Generator[NightRecord]:
        with SiteState(self.site) as state:
            yield NightRecord(state)


@contextmanager
def night_of(site: Site, asked: Asked) -> Generator[Night]:
    """A run that has the site for itself, until it ends.

    Raises:
        ConfigurationError: the days have not come, or are too early.
        DataRefused: nothing was ever delivered.
        TryAgainLater: another run works on the site.
    """
    require_days(site, asked.days)
    with site_lock(site, asked.who), Warehouse(site) as warehouse:
        night = Night(warehouse, asked)
        try:
            yield night
        except BaseException as failure:
            night.end(str(failure) or type(failure).__name__)
            raise
        night.end(None)
