"""The file ledger: which content was delivered for which date, and what became of it.

A file is known by company, extract date, table and sha256.  The same content again for a date has
no effect; other content is the next version of that date's delivery.  Whether a registered
delivery is loaded stands in the warehouse, in the same transaction as its rows: a run that was
killed in between loads it again under the same number.
"""

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from pipeline.landing.problems import Problem

Content = frozenset[tuple[str, str]]
"""(native file, sha256) of all files of a delivery."""

ACCEPTED = "accepted"
REFUSED = "refused"

DDL = (
    """
    CREATE TABLE IF NOT EXISTS delivered (
        company VARCHAR NOT NULL, extract_on DATE NOT NULL, version INTEGER NOT NULL,
        known_on DATE, status VARCHAR NOT NULL, problems VARCHAR NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS delivered_file (
        company VARCHAR NOT NULL, extract_on DATE NOT NULL, version INTEGER NOT NULL,
        status VARCHAR NOT NULL, native VARCHAR NOT NULL, sha256 VARCHAR NOT NULL,
        name VARCHAR NOT NULL, size BIGINT NOT NULL
    )
    """,
)
"""Status `refused` keeps the newest refused attempt of a date, beside the accepted versions."""

SELECT_DELIVERED = """
    SELECT d.company, d.extract_on, d.version, d.known_on, d.status, d.problems,
        list(f.native || '/' || f.sha256)
    FROM delivered d LEFT JOIN delivered_file f USING (company, extract_on, version, status)
    WHERE d.company = $company
    GROUP BY ALL ORDER BY d.extract_on, d.version
"""
SELECT_NATIVES = """
    SELECT native, min(extract_on) FROM delivered_file
    WHERE company = $company AND status = 'accepted' GROUP BY native
"""
DELETE_REFUSED = """
    DELETE FROM {table} WHERE status = 'refused'
    AND (company, extract_on) IN (SELECT unnest($company::VARCHAR[]), unnest($extract_on::DATE[]))
"""
DELETE_VERSION = """
    DELETE FROM {table} WHERE (company, extract_on, version, status) IN (
        SELECT unnest($company::VARCHAR[]), unnest($extract_on::DATE[]),
            unnest($version::INTEGER[]), unnest($status::VARCHAR[]))
"""
INSERT_DELIVERED = """
    INSERT INTO delivered SELECT unnest($company::VARCHAR[]), unnest($extract_on::DATE[]),
        unnest($version::INTEGER[]), unnest($known_on::DATE[]), unnest($status::VARCHAR[]),
        unnest($problems::VARCHAR[])
"""
INSERT_FILES = """
    INSERT INTO delivered_file SELECT unnest($company::VARCHAR[]), unnest($extract_on::DATE[]),
        unnest($version::INTEGER[]), unnest($status::VARCHAR[]), unnest($native::VARCHAR[]),
        unnest($sha256::VARCHAR[]), unnest($name::VARCHAR[]), unnest($size::BIGINT[])
"""


class Rows(Protocol):
    """What the warehouse room lends of `state.duckdb`."""

    def query(self, sql: str, parameters: Mapping[str, object]) -> Sequence[tuple[Any, ...]]:
        """The rows a query gives."""
        ...

    def execute(self, sql: str, parameters: Mapping[str, object]) -> object:
        """Run a statement."""
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
    """The file ledger in `state.duckdb`."""

    def __init__(self, rows: Rows) -> None:
        """Make sure that its tables are there."""
        self.rows = rows
        for statement in DDL:
            rows.execute(statement, {})

    def history(self, company: str) -> list[RegisteredDelivery]:
        """All that is registered of a company."""
        found = self.rows.query(SELECT_DELIVERED, {"company": company})
        return [
            RegisteredDelivery(
                company=row[0],
                extract_on=row[1],
                version=row[2],
                known_on=row[3],
                status=row[4],
                problems=row[5],
                content=frozenset(_pair(file) for file in row[6] if file),
            )
            for row in found
        ]

    def first_seen(self, company: str) -> dict[str, date]:
        """The extract date from which a company's native files are known."""
        return dict(self.rows.query(SELECT_NATIVES, {"company": company}))  # pyright: ignore[reportArgumentType]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever registered here, or all of it was lost."""
        return not self.rows.query("FROM delivered LIMIT 1", {})

    def accept(
        self, entries: Iterable[tuple[RegisteredDelivery, Sequence[RegisteredFile]]]
    ) -> None:
        """Register versions that are about to be loaded."""
        with self._all_or_nothing():
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
        with self._all_or_nothing():
            if entry.version:
                self._delete([(entry, files)], DELETE_VERSION)
            self._write([(refused, files)])

    @contextmanager
    def _all_or_nothing(self) -> Generator[None]:
        """A delivery without its files would pass for another content than was delivered."""
        self.rows.execute("BEGIN", {})
        try:
            yield
        except BaseException:
            self.rows.execute("ROLLBACK", {})
            raise
        self.rows.execute("COMMIT", {})

    def _write(self, entries: list[tuple[RegisteredDelivery, Sequence[RegisteredFile]]]) -> None:
        if not entries:
            return
        self._delete(entries, DELETE_REFUSED)
        self._delete(entries, DELETE_VERSION)
        self.rows.execute(
            INSERT_DELIVERED,
            _keys(entries)
            | {
                "known_on": [entry.known_on for entry, _ in entries],
                "problems": [entry.problems for entry, _ in entries],
            },
        )
        files = [(entry, file) for entry, listed in entries for file in listed]
        if files:
            self.rows.execute(
                INSERT_FILES,
                _keys([(entry, ()) for entry, _ in files])
                | {
                    "native": [file.native for _, file in files],
                    "sha256": [file.sha256 for _, file in files],
                    "name": [file.name for _, file in files],
                    "size": [file.size for _, file in files],
                },
            )

    def _delete(
        self, entries: list[tuple[RegisteredDelivery, Sequence[RegisteredFile]]], sql: str
    ) -> None:
        keys = _keys(entries)
        used = {name: keys[name] for name in keys if f"${name}" in sql}
        for table in ("delivered", "delivered_file"):
            self.rows.execute(sql.format(table=table), used)


def _pair(file: str) -> tuple[str, str]:
    native, _, digest = file.partition("/")
    return native, digest


def _keys(
    entries: Iterable[tuple[RegisteredDelivery, Sequence[RegisteredFile]]],
) -> dict[str, object]:
    listed = [entry for entry, _ in entries]
    return {
        "company": [entry.company for entry in listed],
        "extract_on": [entry.extract_on for entry in listed],
        "version": [entry.version for entry in listed],
        "status": [entry.status for entry in listed],
    }
