"""The file register: which content was delivered for which date, and what became of it.

A file is known by company, extract date, table and sha256.  The same content again for a date has
no effect; other content, or the same that a manifest states otherwise, is the next version of that
date's delivery.  Whether a registered delivery is loaded stands in the warehouse, in the same
transaction as its rows: a run that was killed in between loads it again under the same number.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol

from pipeline.canonical.load_contract import Delivery, Statement
from pipeline.landing.delivery_record import DeliveryRecord, from_json, path_of, to_json
from pipeline.landing.problems import Problem

Content = frozenset[tuple[str, str]]
"""(native file, sha256) of all files of a delivery."""

ACCEPTED = "accepted"
REFUSED = "refused"

SELECT_DELIVERED = """
    SELECT status, problems, is_folded, record FROM delivered
    WHERE company = ? ORDER BY extract_on, version
"""
SELECT_RECORDS = """
    SELECT extract_on, version, record FROM delivered
    WHERE company = ? AND status = 'accepted' ORDER BY extract_on, version
"""
DELETE_REFUSED = "DELETE FROM delivered WHERE company = ? AND extract_on = ? AND status = 'refused'"
DELETE_VERSION = (
    "DELETE FROM delivered WHERE company = ? AND extract_on = ? AND version = ? AND status = ?"
)
INSERT = """
    INSERT INTO delivered (company, extract_on, version, status, problems, is_folded, record)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""
NOTE_FOLDED = (
    "UPDATE delivered SET is_folded = 1 "
    "WHERE company = ? AND extract_on = ? AND version = ? AND status = 'accepted'"
)

Value = str | int | date | None


class Rows(Protocol):
    """What the warehouse room lends of `state.sqlite`."""

    def query(self, sql: str, parameters: Sequence[Value] = ()) -> list[tuple[Any, ...]]:
        """The rows a query gives."""
        ...

    def execute_many(self, sql: str, parameters: Iterable[Sequence[Value]]) -> int:
        """How many rows a statement changed, carried out once for each of the parameters."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Everything inside happens, or nothing."""
        ...


@dataclass(frozen=True)
class RegisteredDelivery:
    """One version of one delivery as the register knows it."""

    record: DeliveryRecord
    status: str = ACCEPTED
    problems: str = ""
    is_folded: bool = False  # it was in the ledger once: nobody judges again what it closes

    @property
    def delivery(self) -> Delivery:
        """What was delivered."""
        return self.record.delivery

    @property
    def content(self) -> Content:
        """What its files say."""
        return frozenset((file.native, file.sha256) for file in self.record.files)


@dataclass(frozen=True)
class Standing:
    """What the ledger says to a delivery that lies in `landing/`."""

    version: int
    known_on: date
    is_known: bool  # this very content is registered
    refused: str = ""  # why this very content was refused before


def standing(
    extract_on: date,
    content: Content,
    history: Iterable[RegisteredDelivery],
    arrived_on: date,
    said: Iterable[Statement] = (),
) -> Standing:
    """Whether a content is new for its date, and which version it is.

    The first version is known on its extract date; a later one when it arrives, which is never
    before that.  `said` is what the sender states of its tables: the same files stated otherwise,
    as a window instead of an increment, are another version.
    """
    entries = [entry for entry in history if entry.delivery.extract_on == extract_on]
    accepted = [entry for entry in entries if entry.status == ACCEPTED]
    latest = max(accepted, key=lambda entry: entry.delivery.version, default=None)
    if latest is not None and _says_all(latest, content, said):
        return Standing(latest.delivery.version, latest.delivery.known_on, is_known=True)
    refused = next(
        (e.problems for e in entries if e.status == REFUSED and e.content == content),
        "",
    )
    if latest is None:
        return Standing(1, extract_on, is_known=False, refused=refused)
    known_on = max(extract_on, arrived_on)
    return Standing(latest.delivery.version + 1, known_on, is_known=False, refused=refused)


def _says_all(latest: RegisteredDelivery, content: Content, said: Iterable[Statement]) -> bool:
    return content <= latest.content and set(said) <= set(latest.delivery.statements)


def first_seen(history: Iterable[RegisteredDelivery]) -> dict[str, date]:
    """The extract date from which each native file of a company is known."""
    first: dict[str, date] = {}
    for entry in history:
        for native, _ in entry.content if entry.status == ACCEPTED else ():
            day = entry.delivery.extract_on
            first[native] = min(first.get(native, day), day)
    return first


class DeliveryRegister:
    """The file register in `state.sqlite`."""

    def __init__(self, rows: Rows) -> None:
        """Keep whose state it is."""
        self.rows = rows

    def history(self, company: str) -> list[RegisteredDelivery]:
        """All that is registered of a company."""
        return [
            RegisteredDelivery(from_json(record), status, problems, bool(is_folded))
            for status, problems, is_folded, record in self.rows.query(SELECT_DELIVERED, (company,))
        ]

    def accepted(self, company: str) -> list[RegisteredDelivery]:
        """The versions of a company that belong into the ledger, in the order of folding."""
        found = [entry for entry in self.history(company) if entry.status == ACCEPTED]
        return sorted(found, key=lambda entry: entry.delivery.number)

    def records(self, company: str) -> dict[str, str]:
        """The records of those versions, as they are kept, by where they stand below `raw/`."""
        return {
            path_of(company, extract_on, version): record
            for extract_on, version, record in self.rows.query(SELECT_RECORDS, (company,))
        }

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever registered here, or all of it was lost."""
        return not self.rows.query("SELECT 1 FROM delivered LIMIT 1")

    def accept(self, entries: Iterable[RegisteredDelivery]) -> None:
        """Register versions that are about to be loaded."""
        with self.rows.transaction():
            self._write(list(entries))

    def refuse(self, record: DeliveryRecord, problems: Iterable[Problem | str]) -> None:
        """Record that a content was refused; it is looked at again when it changes.

        A version that was accepted and that the warehouse then refuses gives its number back.
        """
        told = "\n".join(str(problem) for problem in problems)
        nothing_yet = replace(record.delivery, version=0)
        refused = RegisteredDelivery(replace(record, delivery=nothing_yet), REFUSED, told)
        with self.rows.transaction():
            self.rows.execute_many(DELETE_VERSION, [_key(RegisteredDelivery(record))])
            self._write([refused])

    def forget_refused(self, deliveries: Iterable[Delivery]) -> None:
        """Refused deliveries that their senders took away hold nothing any more."""
        self.rows.execute_many(DELETE_REFUSED, [(d.company, d.extract_on) for d in deliveries])

    def note_folded(self, deliveries: Iterable[Delivery]) -> None:
        """They stand in the ledger."""
        self.rows.execute_many(
            NOTE_FOLDED, [(each.company, each.extract_on, each.version) for each in deliveries]
        )

    def _write(self, entries: list[RegisteredDelivery]) -> None:
        """Write versions down, in the place of what was known of them and of what was refused."""
        keys = [_key(entry) for entry in entries]
        self.rows.execute_many(DELETE_REFUSED, [key[:2] for key in keys])
        self.rows.execute_many(DELETE_VERSION, keys)
        self.rows.execute_many(
            INSERT,
            [
                (*_key(entry), entry.problems, entry.is_folded, to_json(entry.record))
                for entry in entries
            ],
        )


def _key(entry: RegisteredDelivery) -> tuple[str, date, int, str]:
    made = entry.delivery
    return made.company, made.extract_on, made.version, entry.status
