"""What is wrong with a delivery, as data, so that a whole range is told in one message."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from pipeline.canonical.load_contract import Delivery
from pipeline.canonical.printable import printable
from pipeline.settings import DataRefused, TryAgainLater


@dataclass(frozen=True)
class Problem:
    """One reason why a delivery cannot be taken in, and who must do what about it."""

    company: str
    extract_on: date | None
    file: str | None
    message: str
    record: int | None = None
    column: str | None = None
    is_unsettled: bool = False  # nothing is wrong yet: somebody is still writing

    def __str__(self) -> str:
        """The problem as a line of a message."""
        day = self.extract_on.isoformat() if self.extract_on else None
        place = "/".join(part for part in (self.company, day, self.file) if part)
        record = f", record {self.record}" if self.record is not None else ""
        column = f", column {self.column}" if self.column is not None else ""
        return printable(f"{place}{record}{column}: {self.message}")


class FileRefused(Exception):
    """A file cannot be read as its contract says; says where in the file."""

    def __init__(
        self,
        message: str,
        *,
        record: int | None = None,
        column: str | None = None,
        is_unsettled: bool = False,
    ) -> None:
        """Keep what is wrong and where."""
        super().__init__(message)
        self.record = record
        self.column = column
        self.is_unsettled = is_unsettled


def told_once(deliveries: Iterable[Delivery]) -> list[str]:
    """The warnings of deliveries; what several of a company say alike is told once, counted."""
    alike: dict[tuple[str, str], list[tuple[date, str]]] = {}
    for delivery in deliveries:
        place = f"{delivery.company}/{delivery.extract_on}"
        for warning in delivery.warnings:
            said = warning.removeprefix(place).lstrip("/: ")
            alike.setdefault((delivery.company, said), []).append((delivery.extract_on, warning))
    return [_counted(company, said, times) for (company, said), times in alike.items()]


def _counted(company: str, said: str, times: list[tuple[date, str]]) -> str:
    if len(times) == 1:
        return times[0][1]
    days = [day for day, _ in times]
    return f"{company}, {len(times)} deliveries from {min(days)} to {max(days)}: {said}"


def raise_for(problems: Iterable[Problem]) -> None:
    """Nothing where all is well; else one error that lists everything.

    Raises:
        DataRefused: at least one delivery is wrong.
        TryAgainLater: nothing is wrong, but files are still being written.
    """
    found = list(problems)
    wrong = [problem for problem in found if not problem.is_unsettled]
    if wrong:
        raise DataRefused(_listed("Deliveries are refused; nothing of them was loaded", wrong))
    if found:
        raise TryAgainLater(_listed("Deliveries are not complete yet; run again later", found))


def _listed(title: str, problems: list[Problem]) -> str:
    return "\n".join((f"{title}:", *(f"  {problem}" for problem in problems)))
