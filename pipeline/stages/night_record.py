"""What came of each night: a row in the site's state, which the schedule and people read.

    asked -> taken in -> computed -> published -> rendered -> mailed

A stage that was reached has its moment; what was held, and why the run failed, stands beside it.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from pipeline.stages.days import Days


class Stage(StrEnum):
    """How far a night has come."""

    TAKEN_IN = "taken_in"
    COMPUTED = "computed"
    PUBLISHED = "published"
    RENDERED = "rendered"
    MAILED = "mailed"


Value = str | int | None
COLUMNS = "run_id, who, first_day, last_day, mails, started_at, held, failure, ended_at"


class Rows(Protocol):
    """The site's state; each statement is committed when it returns."""

    def query(self, sql: str, parameters: Sequence[Value] = ()) -> Sequence[tuple[Any, ...]]:
        """The rows that a statement returns."""
        ...

    def execute(self, sql: str, parameters: Sequence[Value] = ()) -> int:
        """How many rows a statement changed."""
        ...


@dataclass(frozen=True)
class NightRow:
    """One night as it is remembered."""

    run_id: str
    who: str
    days: Days
    mails: bool
    started_at: str
    held: Mapping[str, Sequence[str]]
    failure: str | None
    ended_at: str | None
    reached: frozenset[Stage]


@dataclass(frozen=True)
class Accounted:
    """A night that ended, and what it made."""

    run_id: str
    who: str
    ended_at: str
    account: Mapping[str, Any]


class NightRecord:
    """All nights of a site."""

    def __init__(self, rows: Rows) -> None:
        """Keep whose state it is."""
        self.rows = rows

    def begin(self, run_id: str, who: str, days: Days, *, mails: bool) -> None:
        """A run begins; one that is tried again under its old name begins anew."""
        self.rows.execute("DELETE FROM night WHERE run_id = ?", (run_id,))
        self.rows.execute(
            "INSERT INTO night (run_id, who, first_day, last_day, mails, started_at) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (run_id, who, days.first.isoformat(), days.last.isoformat(), mails, _now()),
        )

    def reach(self, run_id: str, stage: Stage) -> None:
        """A stage is done."""
        self.rows.execute(f"UPDATE night SET {stage}_at = ? WHERE run_id = ?", (_now(), run_id))

    def hold(self, run_id: str, held: Mapping[str, Collection[str]]) -> None:
        """What must not go out, by company, and why."""
        told = json.dumps({who: list(why) for who, why in held.items()}, ensure_ascii=False)
        self.rows.execute("UPDATE night SET held = ? WHERE run_id = ?", (told, run_id))

    def end(self, run_id: str, failure: str | None = None) -> None:
        """The run is over, or failed for a reason."""
        self.rows.execute(
            "UPDATE night SET ended_at = ?, failure = coalesce(failure, ?) WHERE run_id = ?",
            (_now(), failure, run_id),
        )

    def account_for(self, run_id: str, account: Mapping[str, Any]) -> None:
        """What the night made, for whoever is to show it."""
        told = json.dumps(account, ensure_ascii=False)
        self.rows.execute("UPDATE night SET account = ? WHERE run_id = ?", (told, run_id))

    def accounts(self, after: str, up_to: str | None = None) -> list[Accounted]:
        """The nights that ended in a stretch of time and left an account, oldest first."""
        rows = self.rows.query(
            "SELECT run_id, who, ended_at, account FROM night "
            "WHERE account IS NOT NULL AND ended_at > ? AND ended_at <= coalesce(?, ended_at) "
            "ORDER BY ended_at, run_id",
            (after, up_to),
        )
        return [Accounted(run_id, who, at, json.loads(told)) for run_id, who, at, told in rows]

    def owed_from(self) -> date | None:
        """The day after the newest one whose night was to mail and did.

        Where none ever did: the first day of those that were to; None: no night was to mail yet.
        """
        mailed, asked = self.rows.query(
            f"SELECT max(CASE WHEN {Stage.MAILED}_at IS NOT NULL THEN last_day END), "
            "min(first_day) FROM night WHERE mails"
        )[0]
        if mailed:
            return date.fromisoformat(mailed) + timedelta(days=1)
        return date.fromisoformat(asked) if asked else None

    def nights(self, newest: int) -> list[NightRow]:
        """The newest nights, the last one first."""
        stages = ", ".join(f"{stage}_at" for stage in Stage)
        found = self.rows.query(
            f"SELECT {COLUMNS}, {stages} FROM night ORDER BY started_at DESC, run_id LIMIT ?",
            (newest,),
        )
        return [_night(row) for row in found]


def _night(row: tuple[Any, ...]) -> NightRow:
    run_id, who, first, last, mails, started_at, held, failure, ended_at, *moments = row
    return NightRow(
        run_id=run_id,
        who=who,
        days=Days(date.fromisoformat(first), date.fromisoformat(last)),
        mails=bool(mails),
        started_at=started_at,
        held=json.loads(held or "{}"),
        failure=failure,
        ended_at=ended_at,
        reached=frozenset(stage for stage, at in zip(Stage, moments, strict=True) if at),
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
