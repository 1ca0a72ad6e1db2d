"""All deliveries of a range, looked at before any is loaded; and what is handed on of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

from pipeline.canonical.erp_contract import ErpContract
from pipeline.canonical.load_contract import Chunk, Delivery, Statement
from pipeline.landing.completeness import (
    empty_ledger,
    empty_warnings,
    master_warnings,
    missing,
)
from pipeline.landing.deliveries import Folder, discover
from pipeline.landing.delivery_record import DeliveryRecord, RegisteredFile
from pipeline.landing.delivery_register import DeliveryRegister, Standing, first_seen, standing
from pipeline.landing.delivery_statements import said_by_sender, statements, window_warnings
from pipeline.landing.file_checks import (
    FileFaults,
    KeptFile,
    Readable,
    check_files,
    keep_files,
    read_file,
)
from pipeline.landing.landing_sql import NumberedFile, native_text
from pipeline.landing.problems import FileRefused, Problem
from pipeline.landing.raw import Raw
from pipeline.settings import Company, DataRefused, Site


@dataclass(frozen=True)
class Arrival:
    """A delivery whose files stand in `raw/`; `readable` is None until they are looked at."""

    delivery: Delivery
    files: tuple[KeptFile, ...]
    readable: tuple[Readable, ...] | None = None
    refused_before: str = ""

    @property
    def record(self) -> DeliveryRecord:
        """What is kept of it beside its bytes."""
        return DeliveryRecord(self.delivery, tuple(map(_as_registered, self.files)))


@dataclass(frozen=True)
class Refusal:
    """A delivery that cannot be taken in, with all its reasons."""

    company: str
    extract_on: date
    files: tuple[KeptFile, ...]
    problems: tuple[Problem, ...]

    @property
    def record(self) -> DeliveryRecord:
        """What is kept of it; it has no number."""
        unnumbered = Delivery(self.company, self.extract_on, 0, self.extract_on, ())
        return DeliveryRecord(unnumbered, tuple(map(_as_registered, self.files)))


@dataclass(frozen=True)
class Survey:
    """What a range of extract dates holds.

    `new` are to be registered and loaded; `known` are registered, and loaded unless a run was
    killed; `refused` are wrong or still being written.
    """

    new: tuple[Arrival, ...]
    known: tuple[Arrival, ...]
    refused: tuple[Refusal, ...]
    warnings: tuple[str, ...]
    passed_over: tuple[Folder, ...] = ()  # registered, and unchanged since

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All that is wrong, over all days."""
        return tuple(problem for refusal in self.refused for problem in refusal.problems)


def survey(  # noqa: PLR0913
    site: Site,
    contracts: Mapping[str, ErpContract],
    first: date,
    last: date,
    *,
    ledger: DeliveryRegister,
    raw: Raw,
    now: float | None = None,
    passes_over: Callable[[Folder], bool] = lambda _: False,
) -> Survey:
    """Every delivery of a range, checked; `contracts` are by company."""
    found = discover(site, contracts, first, last, now=now)
    passed_over = tuple(folder for folder in found.folders if passes_over(folder))
    titles = {folder.title for folder in passed_over}
    folders = [folder for folder in found.folders if folder.title not in titles]
    looks = {
        company.name: _Look(company, contracts[company.name], ledger, raw)
        for company in site.companies
    }
    new: list[Arrival] = []
    known: list[Arrival] = []
    refused: list[Refusal] = []

    def keep(folder: Folder) -> tuple[list[KeptFile], list[Problem]]:
        return looks[folder.company].keep(folder)

    # Files are copied and hashed on another core while the ones before are looked at.
    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="keep") as copying:
        copies = copying.map(keep, folders)
        for folder, (kept, problems) in zip(folders, copies, strict=True):
            look = looks[folder.company]
            seen = look.at(folder, kept, problems, site.today(look.company))
            if isinstance(seen, Refusal):
                refused.append(seen)
            else:
                (new if seen.readable is not None else known).append(seen)
    return Survey(tuple(new), tuple(known), tuple(refused), found.warnings, passed_over)


class _Look:
    """One company's deliveries in the order of their dates, each in the light of the former."""

    def __init__(
        self, company: Company, contract: ErpContract, ledger: DeliveryRegister, raw: Raw
    ) -> None:
        self.company, self.contract, self.raw = company, contract, raw
        self.history = ledger.history(company.name)
        self.delivered_on = {entry.delivery.extract_on for entry in self.history}
        self.first_seen = first_seen(self.history)

    def keep(self, folder: Folder) -> tuple[list[KeptFile], list[Problem]]:
        return keep_files(folder, self.raw, was_delivered=folder.extract_on in self.delivered_on)

    def at(
        self,
        folder: Folder,
        kept: list[KeptFile],
        problems: list[Problem],
        today: date,
    ) -> Arrival | Refusal:
        content = frozenset((file.native, file.sha256) for file in kept)
        if folder.problems or problems:
            return _refusal(folder, kept, [*folder.problems, *problems])
        sent_on = folder.manifest.delivered_on if folder.manifest else None
        arrived_on = sent_on or today
        try:
            stated = statements(folder, self.contract, self.company)
        except FileRefused as fault:
            return _refusal(folder, kept, [folder.faulty(None, fault)])
        said = said_by_sender(folder, self.contract, stated)
        stands = standing(folder.extract_on, content, self.history, arrived_on, said)
        if stands.is_known:
            return Arrival(_delivery(folder, stands, stated), tuple(kept))
        return self._checked(folder, kept, stated, stands)

    def _checked(
        self,
        folder: Folder,
        kept: list[KeptFile],
        stated: tuple[Statement, ...],
        stands: Standing,
    ) -> Arrival | Refusal:
        terms = (folder, self.contract, self.company)
        readable, problems = check_files(folder, kept, self.contract, self.raw)
        problems += missing(*terms, stated, self.first_seen)
        problems += empty_ledger(*terms, readable)
        if problems:
            return _refusal(folder, kept, problems)
        warnings = (
            *folder.warnings,
            *(warning for file in readable for warning in file.warnings),
            *_repeated(folder, kept),
            *empty_warnings(folder, self.contract, readable),
            *window_warnings(*terms, stated),
            *master_warnings(*terms, self.first_seen),
        )
        for file in kept:
            self.first_seen.setdefault(file.native, folder.extract_on)
        delivery = _delivery(folder, stands, stated, warnings)
        return Arrival(delivery, tuple(kept), tuple(readable), stands.refused)


def chunk_of(
    company: str,
    arrivals: Iterable[Arrival],
    contract: ErpContract,
    raw: Raw,
) -> Chunk:
    """Deliveries of one company as the warehouse folds them, with the SQL that reads them.

    Raises:
        DataRefused: files that stand in `raw/` no longer fit the contract.
    """
    ordered = sorted(arrivals, key=lambda arrival: arrival.delivery.number)
    numbered = [
        NumberedFile(file, arrival.delivery.number)
        for arrival in ordered
        for file in _readable(arrival, contract, raw)
    ]
    return Chunk(
        company=company,
        deliveries=tuple(arrival.delivery for arrival in ordered),
        texts=tuple(
            native_text(native, (n for n in numbered if n.file.native == native.name))
            for native in contract.files
        ),
    )


def _readable(arrival: Arrival, contract: ErpContract, raw: Raw) -> Sequence[Readable]:
    if arrival.readable is not None:
        return arrival.readable
    title = f"{arrival.delivery.company}/{arrival.delivery.extract_on}"
    readable: list[Readable] = []
    for file in arrival.files:
        try:
            readable.append(read_file(file, contract.file(file.native), title, raw))
        except (FileFaults, FileNotFoundError, StopIteration) as fault:
            message = (
                f"{title}/{file.name}, kept as {file.path}, can no longer be read: {fault}; correct"
                " the ERP's erp.toml, or restore raw/"
            )
            raise DataRefused(message) from fault
    return readable


def _refusal(folder: Folder, kept: Iterable[KeptFile], problems: Iterable[Problem]) -> Refusal:
    return Refusal(folder.company, folder.extract_on, tuple(kept), tuple(problems))


def _delivery(
    folder: Folder,
    stands: Standing,
    stated: tuple[Statement, ...],
    warnings: tuple[str, ...] = (),
) -> Delivery:
    return Delivery(
        company=folder.company,
        extract_on=folder.extract_on,
        version=stands.version,
        known_on=stands.known_on,
        statements=stated,
        warnings=warnings,
    )


def _repeated(folder: Folder, kept: Iterable[KeptFile]) -> Iterator[str]:
    names = {file.name for file in kept}
    for file in folder.files:
        if file.name not in names:
            yield f"{folder.title}/{file.name}: the same content as another file; read once"


def _as_registered(file: KeptFile) -> RegisteredFile:
    return RegisteredFile(file.native, file.name, file.sha256, file.size)
