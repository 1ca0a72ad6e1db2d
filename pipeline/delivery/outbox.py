"""The outbox: every mail's fate, committed before the relay hears of it.

A row is `sending` before a connection is opened.  A row found `sending` by a later run belongs to
a run that died on the way: the mail may have left, so it becomes `unknown` and a person decides.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Literal, Protocol

from pipeline.delivery.message import Letter


class MailState(StrEnum):
    """How far a mail has come."""

    PLANNED = "planned"  # to be sent by this run
    SUPPRESSED = "suppressed"  # made by a run that does not mail
    HELD = "held"  # a blocking check failed; nobody gets this report
    SENDING = "sending"  # claimed; the relay may have it
    SENT = "sent"  # the relay took it, for some recipients at least
    FAILED = "failed"  # the relay did not take it, for certain; may be tried again
    UNKNOWN = "unknown"  # cut off on the way; a person decides


class Rows(Protocol):
    """The state file, held by this process alone; each statement is committed when it returns."""

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows that a statement returns."""
        ...

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> None:
        """Carry out a statement that returns nothing."""
        ...


@dataclass(frozen=True)
class Posted:
    """How sending ended: sent, failed for certain, or unknown; and whom the relay refused."""

    state: Literal[MailState.SENT, MailState.FAILED, MailState.UNKNOWN]
    refused: Mapping[str, str] = field(default_factory=dict[str, str])
    note: str = ""


@dataclass(frozen=True)
class OutboxEntry:
    """One mail as the outbox remembers it."""

    message_id: str
    company: str
    as_of: date
    revision: int
    audience: str
    language: str
    recipients: tuple[str, ...]
    subject: str
    state: MailState
    refused: Mapping[str, str]
    note: str


@dataclass(frozen=True)
class Plan:
    """What a run means to do with a letter: send it, or keep it and why."""

    message_id: str
    letter: Letter
    content: str
    state: Literal[MailState.PLANNED, MailState.SUPPRESSED, MailState.HELD]
    run_id: str
    note: str = ""


TABLE = """
create table if not exists outbox (
    message_id varchar primary key,
    site       varchar not null,
    report     varchar not null,
    company    varchar not null,
    as_of      date not null,
    revision   integer not null,
    audience   varchar not null,
    language   varchar not null,
    recipients varchar[] not null,
    subject    varchar not null,
    content    varchar not null,     -- digest of what was attached, or else said
    state      varchar not null,
    refused    varchar not null,     -- JSON: recipient -> the relay's words
    note       varchar not null,
    run_id     varchar not null,
    planned_at timestamp not null,   -- UTC, as all times here
    changed_at timestamp not null
)
"""
COLUMNS = (
    "message_id, company, as_of, revision, audience, language, "
    "recipients, subject, state, refused, note"
)
SAME_LETTER = (
    "site = ? and report = ? and company = ? and as_of = ? and audience = ? and language = ? "
    "and list_sort(recipients) = list_sort(?::varchar[])"
)
# What a plan may replace; whatever may have left stays what it is, and a failure stays in sight.
REPLACED_BY = {
    MailState.PLANNED: (MailState.PLANNED, MailState.SUPPRESSED, MailState.HELD, MailState.FAILED),
    MailState.HELD: (MailState.PLANNED, MailState.SUPPRESSED, MailState.HELD, MailState.FAILED),
    MailState.SUPPRESSED: (MailState.PLANNED, MailState.SUPPRESSED, MailState.HELD),
}
MAY_HAVE_ARRIVED = (MailState.SENDING, MailState.SENT, MailState.UNKNOWN)


class Outbox:
    """The mails of a site, kept in its state file."""

    def __init__(self, rows: Rows) -> None:
        """Open the outbox, made at the first use."""
        self._rows = rows
        rows.execute(TABLE)

    def revision(self, letter: Letter, content: str) -> int:
        """The number of this content among all that this letter ever had, from 1."""
        known = self._rows.query(
            f"select revision, content from outbox where {SAME_LETTER} and revision > 0",
            _identity(letter),
        )
        same = [revision for revision, seen in known if seen == content]
        return same[0] if same else 1 + max((revision for revision, _ in known), default=0)

    def may_have_arrived_before(self, letter: Letter) -> bool:
        """Whether an earlier revision of this letter may have reached its recipients."""
        states = _listed(MAY_HAVE_ARRIVED)
        return bool(
            self._rows.query(
                f"select 1 from outbox where {SAME_LETTER} "
                f"and revision < ? and state in ({states})",
                (*_identity(letter), letter.revision),
            ),
        )

    def record(self, plan: Plan, now: datetime) -> MailState:
        """Note what is to become of a mail, unless it has gone out; its state from now on."""
        letter, moment = plan.letter, _utc(now)
        self._rows.execute(
            "insert into outbox values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '{}', ?, ?, ?, ?) "
            "on conflict (message_id) do update set state = excluded.state, note = excluded.note, "
            "run_id = excluded.run_id, changed_at = excluded.changed_at "
            f"where outbox.state in ({_listed(REPLACED_BY[plan.state])})",
            (
                plan.message_id,
                letter.site,
                letter.report,
                letter.company,
                letter.as_of,
                letter.revision,
                letter.audience,
                letter.language,
                list(letter.recipients),
                letter.subject,
                plan.content,
                plan.state,
                plan.note,
                plan.run_id,
                moment,
                moment,
            ),
        )
        return self.entry(plan.message_id).state

    def claim(self, message_id: str, now: datetime) -> bool:
        """Take a planned mail for sending; true for exactly one of all that try."""
        return bool(
            self._rows.query(
                "update outbox set state = 'sending', changed_at = ? "
                "where message_id = ? and state = 'planned' returning message_id",
                (_utc(now), message_id),
            ),
        )

    def settle(self, message_id: str, posted: Posted, now: datetime) -> None:
        """Note how sending a claimed mail ended."""
        refused = json.dumps(dict(posted.refused), ensure_ascii=False)
        self._rows.execute(
            "update outbox set state = ?, refused = ?, note = ?, changed_at = ? "
            "where message_id = ? and state = 'sending'",
            (posted.state, refused, posted.note, _utc(now), message_id),
        )

    def mark_interrupted(self, now: datetime) -> tuple[OutboxEntry, ...]:
        """Mails that a run claimed and died over, now `unknown`.

        Only one process holds the state file, so no row that is `sending` here has a live sender.
        """
        found = self._rows.query(
            "update outbox set state = 'unknown', changed_at = ?, note = "
            "'The run ended between claiming and noting the result.' "
            f"where state = 'sending' returning {COLUMNS}",
            (_utc(now),),
        )
        return tuple(_entry(row) for row in found)

    def undecided(self) -> tuple[OutboxEntry, ...]:
        """Mails of which nobody knows whether they arrived."""
        return self.in_state(MailState.UNKNOWN)

    def in_state(self, *states: MailState) -> tuple[OutboxEntry, ...]:
        """All mails that have come so far, the oldest day first."""
        return self._entries(f"state in ({_listed(states)}) order by as_of, message_id")

    def decide(self, message_id: str, now: datetime, *, arrived: bool) -> bool:
        """A person's word on an `unknown` mail: it arrived, or it may be sent again."""
        return bool(
            self._rows.query(
                "update outbox set state = ?, note = 'decided by a person', changed_at = ? "
                "where message_id = ? and state = 'unknown' returning message_id",
                (MailState.SENT if arrived else MailState.FAILED, _utc(now), message_id),
            ),
        )

    def entry(self, message_id: str) -> OutboxEntry:
        """The mail of that id."""
        return self._entries("message_id = ?", (message_id,))[0]

    def entries(self, as_of: date) -> tuple[OutboxEntry, ...]:
        """All mails of a day."""
        return self._entries("as_of = ? order by planned_at, message_id", (as_of,))

    def _entries(
        self, condition: str, parameters: Sequence[object] = ()
    ) -> tuple[OutboxEntry, ...]:
        found = self._rows.query(f"select {COLUMNS} from outbox where {condition}", parameters)
        return tuple(_entry(row) for row in found)


def _identity(letter: Letter) -> tuple[object, ...]:
    return (
        letter.site,
        letter.report,
        letter.company,
        letter.as_of,
        letter.audience,
        letter.language,
        list(letter.recipients),
    )


def _entry(row: tuple[Any, ...]) -> OutboxEntry:
    values = dict(zip((name.strip() for name in COLUMNS.split(",")), row, strict=True))
    values["recipients"] = tuple(values["recipients"])
    values["refused"] = json.loads(values["refused"])
    values["state"] = MailState(values["state"])
    return OutboxEntry(**values)


def _listed(states: Sequence[MailState]) -> str:
    return ", ".join(f"'{state}'" for state in states)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
