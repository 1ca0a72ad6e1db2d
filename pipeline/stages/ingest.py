"""From `landing/` into the ledger: survey the range, register what is new, fold what is missing.

A run loads whatever is registered and not in the warehouse: its own new deliveries, those a killed
run left behind, and those that a late arrival makes be told again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from pipeline import landing
from pipeline.canonical.erp_contract import ErpContract
from pipeline.canonical.load_contract import Delivery, LoadReport, delivery_number
from pipeline.canonical.tables import TABLES
from pipeline.landing import Arrival, DeliveryRegister, Raw, Survey
from pipeline.landing.deliveries import Folder
from pipeline.landing.seen_folders import SeenFolders, look_of
from pipeline.settings import Site
from pipeline.stages.days import CHUNK_DAYS, Days
from pipeline.stages.progress import Say
from pipeline.warehouse import (
    ClosuresRefused,
    MappingFault,
    SiteState,
    Warehouse,
    load,
    loaded,
    require_space,
    rewind,
)


@dataclass
class Intake:
    """What a run took in, and what it had to refuse."""

    new: tuple[Delivery, ...] = ()
    loads: list[LoadReport] = field(default_factory=list[LoadReport])
    unsettled: list[str] = field(default_factory=list[str])  # looked at again by the next run
    problems: list[str] = field(default_factory=list[str])
    warnings: list[str] = field(default_factory=list[str])
    has_mapping_fault: bool = False  # among the problems: nobody need deliver anything again

    @property
    def changed(self) -> bool:
        """Whether any row of the warehouse is other than before."""
        return any(done.changed for done in self.loads)

    @property
    def deliveries(self) -> int:
        """How many deliveries were folded."""
        return len({(done.company, row.delivery_no) for done in self.loads for row in done.tables})

    @property
    def rows_in(self) -> int:
        """How many rows were delivered."""
        return sum(done.rows_in for done in self.loads)


def contracts_of(site: Site) -> dict[str, ErpContract]:
    """Every company's ERP contract."""
    return {
        company.name: landing.read_contract(company.erp, TABLES.values(), site.mappings)
        for company in site.companies
    }


def take_in(
    warehouse: Warehouse,
    days: Days,
    say: Say,
    *,
    accept_closures: bool = False,
    together: bool = False,
) -> Intake:
    """Take in every delivery that lies in `landing/` and that nobody took in yet.

    Whatever its date: what lies there counts.  `days` are those the run is about.  Where they
    belong `together`, a bad one refuses all of them before anything is loaded, and all bad days
    are told at once; else the other companies and days go on.

    Raises:
        DataRefused: days that belong together have bad ones, or nothing is left to go on with.
        TryAgainLater: files are still being written.
        MappingFault: the SQL of an ERP is wrong and no company's delivery could be taken in.
    """
    site = warehouse.site
    contracts = contracts_of(site)
    with SiteState(site) as state, Raw(site.raw) as raw:
        ledger, folders = DeliveryRegister(state), SeenFolders(state)
        if ledger.is_empty:
            folders.forget()
            landing.restore_ledger(raw, (company.name for company in site.companies), ledger)
        known, looks = folders.looks(), dict[str, str]()

        def is_seen(folder: Folder) -> bool:
            looks[folder.title] = look_of(folder)
            return known.get(folder.title) == looks[folder.title]

        seen = landing.survey(
            site, contracts, date.min, date.max, ledger=ledger, raw=raw, passes_over=is_seen
        )
        _refuse(seen, days, ledger, raw, together=together)
        require_space(site, sum(file.size for arrival in seen.new for file in arrival.files))
        landing.register(seen.new, ledger, raw)
        intake = Intake(
            new=tuple(arrival.delivery for arrival in seen.new),
            unsettled=[str(each) for each in seen.problems if each.is_unsettled],
            problems=[str(each) for each in seen.problems if not each.is_unsettled],
            warnings=[*seen.warnings, *landing.told_once(each.delivery for each in seen.new)],
        )
        folding = Folding(warehouse, contracts, ledger, raw, say, accept_closures=accept_closures)
        for company in site.companies:
            folding.bring_up_to_date(company.name, seen.new, intake)
        taken = {_title(arrival.delivery) for arrival in (*seen.new, *seen.known)}
        folders.remember({title: looks[title] for title in taken - folding.refused})
    if intake.has_mapping_fault and not intake.loads:
        raise MappingFault("\n".join(intake.problems))
    return intake


def _refuse(
    seen: Survey, days: Days, ledger: DeliveryRegister, raw: Raw, *, together: bool
) -> None:
    """Record what is refused; raise where nothing is left to go on with."""
    for refusal in seen.refused:
        if not all(problem.is_unsettled for problem in refusal.problems):
            landing.refuse(refusal, refusal.problems, ledger, raw)
    asked = [problem for problem in seen.problems if problem.extract_on in days]
    stand = [*seen.known, *seen.new]
    goes_on = any(each.delivery.extract_on in days for each in stand) or any(
        folder.extract_on in days for folder in seen.passed_over
    )
    if together or not goes_on:
        landing.raise_for(asked)


def _title(delivery: Delivery) -> str:
    return f"{delivery.company}/{delivery.extract_on}"


@dataclass
class Folding:
    """Brings the warehouse up to what is registered, company by company."""

    warehouse: Warehouse
    contracts: Mapping[str, ErpContract]
    ledger: DeliveryRegister
    raw: Raw
    say: Say
    accept_closures: bool = False
    refused: set[str] = field(default_factory=set[str])

    def bring_up_to_date(self, company: str, new: Sequence[Arrival], intake: Intake) -> None:
        """Fold every registered delivery the warehouse does not hold."""
        fresh = {a.delivery.number: a for a in new if a.delivery.company == company}
        for part in _parts(self._pending(company, fresh)):
            self._load_or_refuse(company, part, intake)

    def _pending(self, company: str, fresh: Mapping[int, Arrival]) -> list[Arrival]:
        """What is registered and not loaded, rewinding first where it is not the newest."""
        held = loaded(self.warehouse, company)
        registered = _registered(self.ledger, company)
        missing = sorted(set(registered) - set(held))
        if missing and held and missing[0] < held[-1]:
            self.say(f"{company}: a delivery arrived out of order; telling the later ones again")
            start = rewind(self.warehouse, company, missing[0])
            missing = sorted({n for n in registered if n >= start} | set(missing))
        known = {n for n in missing if n not in fresh}
        kept = (
            {a.delivery.number: a for a in landing.kept_deliveries(self.raw, company)}
            if known
            else {}
        )
        return [fresh[n] if n in fresh else kept[n] for n in missing]

    def _load_or_refuse(
        self,
        company: str,
        part: Sequence[Arrival],
        intake: Intake,
    ) -> None:
        if not part:
            return
        try:
            self._load(company, part, intake)
        except ClosuresRefused as refused:
            self._go_on_without(company, part, refused, intake)
        except MappingFault as fault:
            # It stays registered, and is folded as soon as its mapping can be used.
            intake.problems.append(str(fault))
            intake.has_mapping_fault = True

    def _load(
        self,
        company: str,
        part: Sequence[Arrival],
        intake: Intake,
    ) -> None:
        contract = self.contracts[company]
        chunk = landing.chunk_of(company, part, contract, self.raw)
        report = load(
            self.warehouse,
            contract,
            chunk,
            accept_closures=self.accept_closures,
        )
        intake.loads.append(report)
        intake.warnings.extend(report.warnings)
        self.say(
            f"{company}: {_span(part)} folded, {report.rows_in:,} rows in"
            f"{'' if report.changed else ', nothing new'}",
        )

    def _go_on_without(
        self,
        company: str,
        part: Sequence[Arrival],
        refused: ClosuresRefused,
        intake: Intake,
    ) -> None:
        """Refuse the one delivery and fold the others of its chunk."""
        place = [a.delivery for a in part].index(refused.delivery)
        landing.refuse(part[place], [str(refused)], self.ledger, self.raw)
        intake.problems.append(str(refused))
        self.refused.add(_title(part[place].delivery))
        for rest in (part[:place], part[place + 1 :]):
            self._load_or_refuse(company, rest, intake)


def _registered(ledger: DeliveryRegister, company: str) -> dict[int, date]:
    """The extract date of every delivery that was accepted, by its number."""
    return {
        delivery_number(entry.known_on, entry.extract_on, entry.version): entry.extract_on
        for entry in ledger.history(company)
        if entry.known_on is not None
    }


def not_folded(warehouse: Warehouse) -> list[tuple[str, date]]:
    """Deliveries that were accepted and that the ledger does not hold: company and extract date."""
    with SiteState(warehouse.site) as state:
        ledger = DeliveryRegister(state)
        return [
            (company.name, extract_on)
            for company in warehouse.site.companies
            for held in (set(loaded(warehouse, company.name)),)
            for number, extract_on in sorted(_registered(ledger, company.name).items())
            if number not in held
        ]


def _parts(arrivals: Sequence[Arrival]) -> Iterator[Sequence[Arrival]]:
    """Deliveries in their order, cut so that a chunk spans at most a month of extract dates."""
    start = 0
    for place, arrival in enumerate(arrivals):
        reach = arrival.delivery.extract_on - arrivals[start].delivery.extract_on
        if place > start and not timedelta(0) <= reach < timedelta(days=CHUNK_DAYS):
            yield arrivals[start:place]
            start = place
    if arrivals:
        yield arrivals[start:]


def _span(part: Sequence[Arrival]) -> str:
    first, last = part[0].delivery, part[-1].delivery
    return str(first.extract_on) if len(part) == 1 else f"{first.extract_on} to {last.extract_on}"


def days_in_raw(site: Site) -> Days | None:
    """From the first to the last extract date that `raw/` keeps."""
    with Raw(site.raw) as raw:
        dates = [
            arrival.delivery.extract_on
            for company in site.companies
            for arrival in landing.kept_deliveries(raw, company.name)
        ]
    return Days(min(dates), max(dates)) if dates else None
