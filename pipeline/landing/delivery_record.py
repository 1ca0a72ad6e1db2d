"""The record of a delivery: all that must be known of it beside its files' bytes, as JSON.

`raw/` keeps it, so that the warehouse can be built from there alone, and the register keeps the
same text: either gives it back to the other after a loss of power.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from pipeline.canonical.load_contract import Delivery, Statement
from pipeline.settings import DeliveryMode


@dataclass(frozen=True)
class RegisteredFile:
    """One file of one version."""

    native: str
    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class DeliveryRecord:
    """A delivery and its files, as they were registered."""

    delivery: Delivery
    files: tuple[RegisteredFile, ...]

    @property
    def path(self) -> str:
        """Where it stands below `raw/`."""
        made = self.delivery
        return path_of(made.company, made.extract_on, made.version)


def path_of(company: str, extract_on: date, version: int) -> str:
    """Where the record of a delivery stands below `raw/`."""
    return f"deliveries/{company}/{extract_on}/v{version}.json"


def to_json(record: DeliveryRecord) -> str:
    """A record as it is kept."""
    delivery = record.delivery
    told = {
        "company": delivery.company,
        "extract_on": delivery.extract_on.isoformat(),
        "version": delivery.version,
        "known_on": delivery.known_on.isoformat(),
        "closures_accepted": delivery.closures_accepted,
        "statements": [_statement_told(statement) for statement in delivery.statements],
        "warnings": list(delivery.warnings),
        "files": [vars(file) for file in record.files],
    }
    # Not indented: Python itself would do that, many times as slowly, for each day of years.
    return json.dumps(told, ensure_ascii=False)


def from_json(text: str) -> DeliveryRecord:
    """A record as it was kept.

    Raises:
        ValueError: the text is no record, or not all of one.
    """
    try:
        told: dict[str, Any] = json.loads(text)
        delivery = Delivery(
            company=told["company"],
            extract_on=date.fromisoformat(told["extract_on"]),
            version=told["version"],
            known_on=date.fromisoformat(told["known_on"]),
            statements=tuple(_statement(each) for each in told["statements"]),
            warnings=tuple(told["warnings"]),
            closures_accepted=told.get("closures_accepted", False),
        )
        return DeliveryRecord(delivery, _files(told["files"]))
    except (KeyError, TypeError) as cut_short:
        message = f"no record of a delivery ({cut_short})"
        raise ValueError(message) from cut_short


def _files(told: Iterable[dict[str, Any]]) -> tuple[RegisteredFile, ...]:
    """The files of a record."""
    return tuple(RegisteredFile(**file) for file in told)


def _statement_told(statement: Statement) -> dict[str, str | None]:
    return {
        "table": statement.table,
        "mode": statement.mode.value,
        "from": statement.first.isoformat() if statement.first else None,
        "to": statement.last.isoformat() if statement.last else None,
    }


def _statement(told: dict[str, Any]) -> Statement:
    return Statement(
        table=told["table"],
        mode=DeliveryMode(told["mode"]),
        first=date.fromisoformat(told["from"]) if told["from"] else None,
        last=date.fromisoformat(told["to"]) if told["to"] else None,
    )
