"""Deliveries made known, refused, withdrawn; and given back by the register or by `raw/` alone."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from pipeline.canonical.load_contract import Delivery
from pipeline.landing.delivery_record import DeliveryRecord, from_json, to_json
from pipeline.landing.delivery_register import REFUSED, DeliveryRegister, RegisteredDelivery
from pipeline.landing.file_checks import KeptFile
from pipeline.landing.problems import Problem
from pipeline.landing.raw import Raw
from pipeline.landing.survey import Arrival, Refusal
from pipeline.settings import Site

DELIVERIES = "deliveries"


def register(arrivals: Iterable[Arrival], ledger: DeliveryRegister, raw: Raw) -> None:
    """Make deliveries known: first so that `raw/` alone can tell of them, then in the register.

    The disk may come by the copies and records later than by the register: what a loss of power
    takes of the records `mend_records` writes again.
    """
    records = [arrival.record for arrival in arrivals]
    for record in records:
        _keep_record(record, raw)
    raw.flush()
    ledger.accept(RegisteredDelivery(record) for record in records)


def refuse(
    refused: Refusal | Arrival,
    problems: Iterable[Problem | str],
    ledger: DeliveryRegister,
    raw: Raw,
) -> None:
    """Record why a delivery was refused; one that was registered gives its version back."""
    if isinstance(refused, Arrival):
        (raw.folder / refused.record.path).unlink(missing_ok=True)
    ledger.refuse(refused.record, problems)


def registered_deliveries(ledger: DeliveryRegister, raw: Raw, company: str) -> list[Arrival]:
    """All that belongs into a company's ledger, in the order of folding.

    What once stood in the ledger goes in again whatever it closes: it was looked at then.
    """
    return [
        _arrival(
            replace(
                entry.record,
                delivery=replace(
                    entry.delivery,
                    closures_accepted=entry.delivery.closures_accepted or entry.is_folded,
                ),
            ),
            raw,
        )
        for entry in ledger.accepted(company)
    ]


def withdrawn(site: Site, ledger: DeliveryRegister) -> list[Delivery]:
    """Refused deliveries that lie in `landing/` no longer, where a company's folder still does."""
    return [
        entry.delivery
        for company in site.companies
        if (site.landing / company.name).is_dir()
        for entry in ledger.history(company.name)
        if entry.status == REFUSED
        and not _holds_anything(site.landing / company.name / str(entry.delivery.extract_on))
    ]


def _holds_anything(folder: Path) -> bool:
    return folder.exists() and not (folder.is_dir() and not any(folder.iterdir()))


def kept_deliveries(raw: Raw, company: str) -> list[Arrival]:
    """All registered deliveries of a company, as `raw/` alone tells of them, in their order.

    A record that a loss of power cut short is none: the register writes it again, or else its
    files are registered again from `landing/`.
    """
    found: list[Arrival] = []
    for path in (raw.folder / DELIVERIES / company).glob("*/v*.json"):
        with suppress(ValueError):
            found.append(_arrival(from_json(path.read_text(encoding="utf-8")), raw))
    return sorted(found, key=lambda arrival: arrival.delivery.number)


def restore_ledger(raw: Raw, companies: Iterable[str], ledger: DeliveryRegister) -> None:
    """Fill a lost register again from `raw/`, at once: one that holds a part is not filled again.

    What `raw/` keeps was judged once; nobody knows any more who accepted what.
    """
    known = [arrival for company in companies for arrival in kept_deliveries(raw, company)]
    ledger.accept(RegisteredDelivery(arrival.record, is_folded=True) for arrival in known)


def mend_records(raw: Raw, companies: Iterable[str], ledger: DeliveryRegister) -> None:
    """Write the records again that `raw/` should have and has not, or not whole."""
    for company in companies:
        for below, text in ledger.records(company).items():
            path, record = raw.folder / below, text.encode()
            if not path.exists() or path.read_bytes() != record:
                raw.write(path, record)


def _keep_record(record: DeliveryRecord, raw: Raw) -> None:
    raw.write(raw.folder / record.path, to_json(record).encode())


def _arrival(record: DeliveryRecord, raw: Raw) -> Arrival:
    files = (
        KeptFile(
            native=file.native,
            name=file.name,
            sha256=file.sha256,
            size=file.size,
            path=raw.path(file.sha256, file.name),
        )
        for file in record.files
    )
    return Arrival(record.delivery, tuple(files))
