"""The file register: which content was delivered for which date, and what became of it.

A file is known by company, extract date, table and sha256.  The same content again for a date has
no effect; other content is the next version of that date's delivery.  Whether a registered
delivery is loaded stands in the warehouse, in the same transaction as its rows: a run that was
killed in between loads it again under the same number.
"""

import json
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from pipeline.landing.problems import Problem

Content = frozenset[tuple[str, str]]
"""(native file, sha256) of all files of a delivery."""

ACCEPTED = "accepted"
REFUSED = "refused"

SELECT_DELIVERED = """
    SELECT company, extract_on, version, known_on, status, problems,
        (SELECT json_group_array(native || '/' || sha256) FROM delivered_file AS f
        WHERE (f.company, f.extract_on, f.version, f.status)
            = (d.company, d.extract_on, d.version, d.status))
    FROM delivered AS d WHERE company = ? ORDER BY extract_on, version
"""
SELECT_NATIVES = """
    SELECT native, min(extract_on) FROM delivered_file
    WHERE company = ? AND status = 'accepted' GROUP BY native
"""
DELETE_REFUSED = "DELETE FROM {table} WHERE company = ? AND extract_on = ? AND status = 'refused'"
DELETE_VERSION = (
    "DELETE FROM {table} WHERE company = ? AND extract_on = ? AND version = ? AND status = ?"
)
INSERT_DELIVERED = """
    INSERT INTO delivered (company, extract_on, version, status, known_on, problems)
    VALUES (?, ?, ?, ?, ?, ?)
"""
INSERT_FILES = """
    INSERT INTO delivered_file (company, extract_on, version, status, native, sha256, name, size)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
TABLES = ("delivered", "delivered_file")

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
    """One version of one delivery as the ledger knows it."""

    company: str
    extract_on: date
    version: int
    known_on: date | None
    content: Content
    status: str = ACCEPTED
    problems: str = ""


@dataclass(frozen=True)
class RegisteredFile:
    """One file of one version."""

    native: str
    sha256: str
    name: str
    size: int


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
) -> Standing:
    """Whether a content is new for its date, and which version it is.

    The first version is known on its extract date; a later one when it arrives, which is never
    before that.
    """
    entries = [entry for entry in history if entry.extract_on == extract_on]
    accepted = [entry for entry in entries if entry.status == ACCEPTED]
    latest = max(accepted, key=lambda entry: entry.version, default=None)
    if latest is not None and content <= latest.content:
        return Standing(latest.version, latest.known_on or extract_on, is_known=True)
    refused = next(
        (e.problems for e in entries if e.status == REFUSED and e.content == content),
        "",
    )
    if latest is None:
        return Standing(1, extract_on, is_known=False, refused=refused)
    known_on = max(extract_on, arrived_on)
    return Standing(latest.version + 1, known_on, is_known=False, refused=refused)


class DeliveryRegister:
    """The file register in `state.sqlite`."""

    def __init__(self, rows: Rows) -> None:
        """Keep whose state it is."""
        self.rows = rows

    def history(self, company: str) -> list[RegisteredDelivery]:
        """All that is registered of a company."""
        return [
            RegisteredDelivery(
                company=row[0],
                extract_on=date.fromisoformat(row[1]),
                version=row[2],
                known_on=date.fromisoformat(row[3]) if row[3] else None,
                status=row[4],
                problems=row[5],
                content=frozenset(_pair(file) for file in json.loads(row[6])),
            )
            for row in self.rows.query(SELECT_DELIVERED, (company,))
        ]

    def first_seen(self, company: str) -> dict[str, date]:
        """The extract date from which a company's native files are known."""
        found = self.rows.query(SELECT_NATIVES, (company,))
        return {native: date.fromisoformat(first) for native, first in found}

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever registered here, or all of it was lost."""
        return not self.rows.query("SELECT 1 FROM delivered LIMIT 1")

    def accept(
        self, entries: Iterable[tuple[RegisteredDelivery, Sequence[RegisteredFile]]]
    ) -> None:
        """Register versions that are about to be loaded."""
        with self.rows.transaction():
            self._write(list(entries))

    def refuse(
        self,
        entry: RegisteredDelivery,
        files: Sequence[RegisteredFile],
        problems: Iterable[Problem | str],
    ) -> None:
        """Record that a content was refused; it is looked at again when it changes.

        A version that was accepted and that the warehouse then refuses gives its number back.
        """
        told = "\n".join(str(problem) for problem in problems)
        refused = RegisteredDelivery(
            entry.company, entry.extract_on, 0, None, entry.content, REFUSED, told
        )
        with self.rows.transaction():
            if entry.version:
                self._delete(DELETE_VERSION, [_key(entry)])
            self._write([(refused, files)])

    def _write(self, entries: list[tuple[RegisteredDelivery, Sequence[RegisteredFile]]]) -> None:
        """Write versions down, in the place of what was known of them and of what was refused."""
        keys = [_key(entry) for entry, _ in entries]
        self._delete(DELETE_REFUSED, [key[:2] for key in keys])
        self._delete(DELETE_VERSION, keys)
        self.rows.execute_many(
            INSERT_DELIVERED,
            [(*_key(entry), entry.known_on, entry.problems) for entry, _ in entries],
        )
        self.rows.execute_many(
            INSERT_FILES,
            [
                (*_key(entry), file.native, file.sha256, file.name, file.size)
                for entry, files in entries
                for file in files
            ],
        )

    def _delete(self, sql: str, keys: Iterable[Sequence[Value]]) -> None:
        for table in TABLES:
            self.rows.execute_many(sql.format(table=table), keys)


def _pair(file: str) -> tuple[str, str]:
    native, _, digest = file.partition("/")
    return native, digest


def _key(entry: RegisteredDelivery) -> tuple[str, date, int, str]:
    return entry.company, entry.extract_on, entry.version, entry.status
