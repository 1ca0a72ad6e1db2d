"""The outbox: every mail's fate, committed before the relay hears of it.

A row is `sending` before a connection is opened.  A row found `sending` by a later run belongs to
a run that died on the way: the mail may have left, so it becomes `unknown` and a person decides.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Literal, Protocol

from pipeline.delivery.message import Letter

Value = str | int | date | None


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
    """What is lent of `state.sqlite`; each statement is committed when it returns."""

    def query(self, sql: str, parameters: Sequence[Value] = ()) -> list[tuple[Any, ...]]:
        """The rows that a statement returns."""
        ...

    def execute(self, sql: str, parameters: Sequence[Value] = ()) -> int:
        """How many rows a statement changed."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Everything inside happens, or nothing."""
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


COLUMNS = (
    "message_id, company, as_of, revision, audience, language, "
    "recipients, subject, state, refused, note"
)
SELECT_LETTERS = """
    select revision, content, state, recipients from outbox
    where site = ? and report = ? and company = ? and as_of = ? and audience = ? and language = ?
"""
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
        """Keep whose state it is."""
        self._rows = rows

    def revision(self, letter: Letter, content: str) -> int:
        """The number of this content among all that this letter ever had, from 1."""
        known = [(number, seen) for number, seen, _ in self._revisions(letter) if number > 0]
        same = [number for number, seen in known if seen == content]
        return same[0] if same else 1 + max((number for number, _ in known), default=0)

    def may_have_arrived_before(self, letter: Letter) -> bool:
        """Whether an earlier revision of this letter may have reached its recipients."""
        return any(
            number < letter.revision and state in MAY_HAVE_ARRIVED
            for number, _, state in self._revisions(letter)
        )

    def last_day_before(self, letter: Letter) -> date | None:
        """The newest earlier day whose report may have reached the same people."""
        rows = self._rows.query(
            "select as_of, recipients from outbox where site = ? and report = ? and company = ? "
            "and audience = ? and language = ? and as_of < ? "
            f"and state in ({_listed(MAY_HAVE_ARRIVED)}) order by as_of desc",
            (*_series(letter), letter.as_of),
        )
        people = sorted(letter.recipients)
        same = (day for day, recipients in rows if sorted(json.loads(recipients)) == people)
        return next((date.fromisoformat(day) for day in same), None)

    def _revisions(self, letter: Letter) -> list[tuple[int, str, str]]:
        """Number, content and state of all that went to the same people, in whatever order."""
        people = sorted(letter.recipients)
        return [
            (number, content, state)
            for number, content, state, recipients in self._rows.query(
                SELECT_LETTERS, _identity(letter)
            )
            if sorted(json.loads(recipients)) == people
        ]

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
                json.dumps(letter.recipients, ensure_ascii=False),
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
        taken = self._rows.execute(
            "update outbox set state = 'sending', changed_at = ? "
            "where message_id = ? and state = 'planned'",
            (_utc(now), message_id),
        )
        return taken == 1

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

        Whoever asks is alone in mailing: no row that is `sending` has a live sender.
        """
        with self._rows.transaction():
            left = self.in_state(MailState.SENDING)
            self._rows.execute(
                "update outbox set state = 'unknown', changed_at = ?, note = "
                "'The run ended between claiming and noting the result.' where state = 'sending'",
                (_utc(now),),
            )
        return tuple(self.entry(mail.message_id) for mail in left)

    def undecided(self) -> tuple[OutboxEntry, ...]:
        """Mails of which nobody knows whether they arrived."""
        return self.in_state(MailState.UNKNOWN)

    def in_state(self, *states: MailState) -> tuple[OutboxEntry, ...]:
        """All mails that have come so far, the oldest day first."""
        return self._entries(f"state in ({_listed(states)}) order by as_of, message_id")

    def decide(self, message_id: str, now: datetime, *, arrived: bool) -> bool:
        """A person's word on an `unknown` mail: it arrived, or it may be sent again."""
        decided = self._rows.execute(
            "update outbox set state = ?, note = 'decided by a person', changed_at = ? "
            "where message_id = ? and state = 'unknown'",
            (MailState.SENT if arrived else MailState.FAILED, _utc(now), message_id),
        )
        return decided == 1

    def entry(self, message_id: str) -> OutboxEntry:
        """The mail of that id."""
        return self._entries("message_id = ?", (message_id,))[0]

    def entries(self, as_of: date) -> tuple[OutboxEntry, ...]:
        """All mails of a day."""
        return self._entries("as_of = ? order by planned_at, message_id", (as_of,))

    def _entries(self, condition: str, parameters: Sequence[Value] = ()) -> tuple[OutboxEntry, ...]:
        found = self._rows.query(f"select {COLUMNS} from outbox where {condition}", parameters)
        return tuple(_entry(row) for row in found)


def _identity(letter: Letter) -> tuple[Value, ...]:
    return (
        letter.site,
        letter.report,
        letter.company,
        letter.as_of,
        letter.audience,
        letter.language,
    )


def _series(letter: Letter) -> tuple[Value, ...]:
    """What letters of different days have in common."""
    return (letter.site, letter.report, letter.company, letter.audience, letter.language)


def _entry(row: tuple[Any, ...]) -> OutboxEntry:
    values = dict(zip((name.strip() for name in COLUMNS.split(",")), row, strict=True))
    values["as_of"] = date.fromisoformat(values["as_of"])
    values["recipients"] = tuple(json.loads(values["recipients"]))
    values["refused"] = json.loads(values["refused"])
    values["state"] = MailState(values["state"])
    return OutboxEntry(**values)


def _listed(states: Sequence[MailState]) -> str:
    return ", ".join(f"'{state}'" for state in states)


def _utc(moment: datetime) -> str:
    """A moment as text, all in one zone and so in the order of time."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat()
