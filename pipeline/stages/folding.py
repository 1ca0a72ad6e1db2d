"""Registered deliveries folded into the ledger, company by company, in the order they are known.

Told again are deliveries that a late one comes before, and those whose rows an ERP contract
refused that has changed since: its code lists, its styles, its mappings' SQL.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from pipeline import landing
from pipeline.canonical.erp_contract import ErpContract
from pipeline.canonical.load_contract import EPOCH, Delivery, LoadReport
from pipeline.canonical.tables import TABLES
from pipeline.landing import Arrival, DeliveryRegister, Raw
from pipeline.settings import DataRefused
from pipeline.stages.days import CHUNK_DAYS
from pipeline.stages.progress import Say
from pipeline.stages.tried_contracts import TriedContracts, digest_of
from pipeline.warehouse import (
    ClosuresRefused,
    DeliveryRefused,
    MappingFault,
    SiteState,
    Warehouse,
    load,
    loaded,
    rewind,
)
from pipeline.wording import counted

REFUSED_FROM = "SELECT min(delivery_no) FROM ({}) WHERE company = $company".format(
    " UNION ALL ".join(f"SELECT company, delivery_no FROM quarantine.{name}" for name in TABLES)
)


@dataclass
class Intake:
    """What a run took in, and what it had to refuse."""

    new: list[Delivery] = field(default_factory=list[Delivery])  # or read anew by other lists
    loads: list[LoadReport] = field(default_factory=list[LoadReport])
    unsettled: list[str] = field(default_factory=list[str])  # looked at again by the next run
    problems: list[str] = field(default_factory=list[str])
    warnings: list[str] = field(default_factory=list[str])
    policy_faults: list[str] = field(default_factory=list[str])  # rows forgiven that nobody knows
    account: list[str] = field(default_factory=list[str])  # what else became of rows
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


@dataclass
class Folding:
    """Brings the warehouse up to what is registered."""

    warehouse: Warehouse
    contracts: Mapping[str, ErpContract]
    state: SiteState
    raw: Raw
    say: Say
    accept_closures: bool = False
    keep_refused: bool = False  # what is refused stays registered
    intake: Intake = field(default_factory=Intake)
    refused: set[str] = field(default_factory=set[str])

    @property
    def register(self) -> DeliveryRegister:
        """The file register."""
        return DeliveryRegister(self.state)

    @property
    def _tried(self) -> TriedContracts:
        return TriedContracts(self.state)

    def _digest(self, company: str) -> str:
        return digest_of(self.warehouse.site, self.contracts[company])

    def bring_up_to_date(self, company: str, new: Sequence[Arrival] = ()) -> None:
        """Fold every registered delivery the warehouse does not hold, or must be told again."""
        fresh = {a.delivery.number: a for a in new if a.delivery.company == company}
        try:
            for part in _parts(self._pending(company, fresh)):
                self._load_or_refuse(company, part)
        except (DataRefused, MappingFault) as fault:
            # What is not folded stays registered, and is folded as soon as it can be read.
            self.intake.problems.append(str(fault))
            self.intake.has_mapping_fault |= isinstance(fault, MappingFault)
        else:
            self._tried.note(company, self._digest(company), is_told=True)

    def _pending(self, company: str, fresh: Mapping[int, Arrival]) -> list[Arrival]:
        """What is to be folded, rewinding first where it is not the newest."""
        known = {
            arrival.delivery.number: arrival
            for arrival in landing.registered_deliveries(self.register, self.raw, company)
        }
        held = loaded(self.warehouse, company)
        self._note_folded(known[number] for number in held if number in known)
        missing = known.keys() - set(held)
        if held:
            start = self._told_again_from(company, missing, held[-1], known)
            if start is not None:
                start = rewind(self.warehouse, company, start)
                missing |= {number for number in known if number >= start}
        # Whatever is told again from here on is told by this contract, once.
        self._tried.note(company, self._digest(company), is_told=False)
        return [fresh.get(number, known[number]) for number in sorted(missing)]

    def _told_again_from(
        self, company: str, missing: Collection[int], newest: int, known: Mapping[int, Arrival]
    ) -> int | None:
        """The delivery from which a company's deliveries are told again, if any."""
        starts: list[int] = []
        first = min(missing, default=newest)
        if first < newest:
            self.say(f"{company}: a delivery arrived out of order; telling the later ones again")
            starts.append(first)
        refused = self._refused_by_another_contract(company)
        if refused is not None:
            day = EPOCH + timedelta(days=refused // 1000 % 100_000)
            self.say(
                f"{company}: code lists or mappings have changed; telling deliveries again from "
                f"{day}, the first with refused rows"
            )
            starts.append(refused)
            self.intake.new += [
                known[number].delivery for number in sorted(known) if refused <= number <= newest
            ]
        return min(starts, default=None)

    def _refused_by_another_contract(self, company: str) -> int | None:
        """The first delivery with refused rows, if the contract is another than refused them."""
        if self._tried.by_company.get(company) == self._digest(company):
            return None
        return self.warehouse.value(REFUSED_FROM, {"company": company})

    def _note_folded(self, arrivals: Iterator[Arrival]) -> None:
        """They stand in the ledger, whatever they closed."""
        news = [a.delivery for a in arrivals if not a.delivery.closures_accepted]
        if news:
            with self.state.transaction():
                self.register.note_folded(news)

    def _load_or_refuse(self, company: str, part: Sequence[Arrival]) -> None:
        if not part:
            return
        try:
            self._load(company, part)
        except DeliveryRefused as refused:
            place = [a.delivery for a in part].index(refused.delivery)
            if self.accept_closures and isinstance(refused, ClosuresRefused):
                accepted = self._accepted(part[place], refused)
                self._load_or_refuse(company, [*part[:place], accepted, *part[place + 1 :]])
            else:
                self._go_on_without(company, part, place, refused)

    def _load(self, company: str, part: Sequence[Arrival]) -> None:
        contract = self.contracts[company]
        report = load(self.warehouse, contract, landing.chunk_of(company, part, contract, self.raw))
        self._note_folded(iter(part))
        self.intake.loads.append(report)
        self.intake.warnings.extend(report.warnings)
        self.say(
            f"{company}: {_span(part)} folded, {counted(report.rows_in, 'row')} in"
            f"{'' if report.changed else ', nothing new'}",
        )

    def _accepted(self, arrival: Arrival, refused: ClosuresRefused) -> Arrival:
        """The delivery as a person accepts it: remembered with it, for every later telling."""
        accepted = replace(arrival, delivery=replace(arrival.delivery, closures_accepted=True))
        landing.register([accepted], self.register, self.raw)
        self.intake.warnings.append(f"accepted: {refused.what}")
        return accepted

    def _go_on_without(
        self, company: str, part: Sequence[Arrival], place: int, refused: DeliveryRefused
    ) -> None:
        """Refuse the one delivery and fold the others of its chunk."""
        self.intake.problems.append(str(refused))
        self.refused.add(f"{company}/{part[place].delivery.extract_on}")
        if not self.keep_refused:
            landing.refuse(part[place], [str(refused)], self.register, self.raw)
        for rest in (part[:place], part[place + 1 :]):
            self._load_or_refuse(company, rest)


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
