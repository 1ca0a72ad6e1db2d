"""All deliveries of a range, looked at before any is loaded; and what is handed on of them."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.canonical.erp_contract import ErpContract
from pipeline.canonical.load_contract import Chunk, Delivery, Statement
from pipeline.landing.completeness import (
    empty_ledger,
    empty_warnings,
    master_warnings,
    missing,
)
from pipeline.landing.deliveries import Folder, discover
from pipeline.landing.delivery_register import (
    Content,
    DeliveryRegister,
    RegisteredDelivery,
    RegisteredFile,
    Standing,
    standing,
)
from pipeline.landing.delivery_statements import statements, window_warnings
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
from pipeline.settings import Company, DataRefused, DeliveryMode, Site

DELIVERIES = "deliveries"


@dataclass(frozen=True)
class Arrival:
    """A delivery whose files stand in `raw/`; `readable` is None until they are looked at."""

    delivery: Delivery
    files: tuple[KeptFile, ...]
    readable: tuple[Readable, ...] | None = None
    refused_before: str = ""

    @property
    def content(self) -> Content:
        """What the ledger knows it by."""
        return frozenset((file.native, file.sha256) for file in self.files)


@dataclass(frozen=True)
class Refusal:
    """A delivery that cannot be taken in, with all its reasons."""

    company: str
    extract_on: date
    files: tuple[KeptFile, ...]
    problems: tuple[Problem, ...]


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
        self.delivered_on = {entry.extract_on for entry in self.history}
        self.first_seen = ledger.first_seen(company.name)

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
        stands = standing(folder.extract_on, content, self.history, arrived_on)
        try:
            stated = statements(folder, self.contract, self.company)
        except FileRefused as fault:
            return _refusal(folder, kept, [folder.faulty(None, fault)])
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


def register(arrivals: Iterable[Arrival], ledger: DeliveryRegister, raw: Raw) -> None:
    """Make deliveries known: first so that `raw/` alone can tell of them, then in the ledger."""
    listed = list(arrivals)
    for arrival in listed:
        content = json.dumps(_as_json(arrival), ensure_ascii=False, indent=1).encode()
        raw.write(_record_path(raw, arrival.delivery), content)
    raw.flush()
    ledger.accept((_entry(arrival), _file_entries(arrival.files)) for arrival in listed)


def refuse(
    refused: Refusal | Arrival,
    problems: Iterable[Problem | str],
    ledger: DeliveryRegister,
    raw: Raw,
) -> None:
    """Record why a delivery was refused; one that was registered gives its version back."""
    files = _file_entries(refused.files)
    if isinstance(refused, Arrival):
        _record_path(raw, refused.delivery).unlink(missing_ok=True)
        ledger.refuse(_entry(refused), files, problems)
        return
    content = frozenset((file.native, file.sha256) for file in refused.files)
    entry = RegisteredDelivery(refused.company, refused.extract_on, 0, None, content)
    ledger.refuse(entry, files, problems)


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


def kept_deliveries(raw: Raw, company: str) -> list[Arrival]:
    """All registered deliveries of a company, as `raw/` alone tells of them, in their order."""
    folder = raw.folder / DELIVERIES / company
    # An empty record is what a loss of power leaves of one that was never registered.
    records = (path for path in folder.glob("*/v*.json") if path.stat().st_size)
    found = [_from_json(path, raw) for path in records]
    return sorted(found, key=lambda arrival: arrival.delivery.number)


def restore_ledger(raw: Raw, companies: Iterable[str], ledger: DeliveryRegister) -> None:
    """Fill a lost ledger again from `raw/`, at once: one that holds a part is not filled again."""
    known = [arrival for company in companies for arrival in kept_deliveries(raw, company)]
    ledger.accept((_entry(arrival), _file_entries(arrival.files)) for arrival in known)


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


def _entry(arrival: Arrival) -> RegisteredDelivery:
    delivery = arrival.delivery
    return RegisteredDelivery(
        delivery.company,
        delivery.extract_on,
        delivery.version,
        delivery.known_on,
        arrival.content,
    )


def _file_entries(files: Iterable[KeptFile]) -> list[RegisteredFile]:
    return [RegisteredFile(file.native, file.sha256, file.name, file.size) for file in files]


def _record_path(raw: Raw, delivery: Delivery) -> Path:
    day = delivery.extract_on.isoformat()
    return raw.folder / DELIVERIES / delivery.company / day / f"v{delivery.version}.json"


def _as_json(arrival: Arrival) -> dict[str, Any]:
    delivery = arrival.delivery
    return {
        "company": delivery.company,
        "extract_on": delivery.extract_on.isoformat(),
        "version": delivery.version,
        "known_on": delivery.known_on.isoformat(),
        "statements": [
            {
                "table": statement.table,
                "mode": statement.mode.value,
                "from": statement.first.isoformat() if statement.first else None,
                "to": statement.last.isoformat() if statement.last else None,
            }
            for statement in delivery.statements
        ],
        "warnings": list(delivery.warnings),
        "files": [
            {"native": file.native, "name": file.name, "sha256": file.sha256, "size": file.size}
            for file in arrival.files
        ],
    }


def _from_json(path: Path, raw: Raw) -> Arrival:
    told = json.loads(path.read_text(encoding="utf-8"))
    delivery = Delivery(
        company=told["company"],
        extract_on=date.fromisoformat(told["extract_on"]),
        version=told["version"],
        known_on=date.fromisoformat(told["known_on"]),
        statements=tuple(
            Statement(
                table=statement["table"],
                mode=DeliveryMode(statement["mode"]),
                first=date.fromisoformat(statement["from"]) if statement["from"] else None,
                last=date.fromisoformat(statement["to"]) if statement["to"] else None,
            )
            for statement in told["statements"]
        ),
        warnings=tuple(told["warnings"]),
    )
    files = tuple(
        KeptFile(
            native=file["native"],
            name=file["name"],
            sha256=file["sha256"],
            size=file["size"],
            path=raw.path(file["sha256"], file["name"]),
        )
        for file in told["files"]
    )
    return Arrival(delivery, files)
