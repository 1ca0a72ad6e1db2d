"""Which cash comes free where each category turns as often as it shall."""

from dataclasses import dataclass
from decimal import Decimal

from pipeline.report.findings.cash import carrying_note, cash_title, covered_note
from pipeline.report.lookup import Facts
from pipeline.report.member_figures import NOUGHT, Row, decimal
from pipeline.report.sentences import Label, Sentence

MOST_LINES = 20


@dataclass(frozen=True)
class CashLine:
    """One category against its target; `reason` says why nothing is known to come free."""

    label: Label
    code: str
    average: Decimal | None
    turnover: float | None
    dio: float | None
    target: float | None
    gap_days: float | None
    needed: Decimal
    released: Decimal
    dead: Decimal
    lacking: Decimal
    carrying: Decimal
    reason: str | None


@dataclass(frozen=True)
class CashPage:
    """What the page shows."""

    title: Sentence
    dimension: str
    lines: tuple[CashLine, ...]
    others: tuple[CashLine, ...]
    others_released: Decimal
    others_dead: Decimal
    others_lacking: Decimal
    total: CashLine
    carrying_note: Sentence | None
    covered_note: Sentence | None
    targets_are_examples: bool


def cash_page(facts: Facts) -> CashPage | None:
    """The page on cash; none where no target holds against a known turnover."""
    rows = facts.given.release
    wholes = [row for row in rows.iter_rows(named=True) if row["member"] == facts.company]
    whole = next((row for row in wholes if row["dimension"] == "company"), None)
    if whole is None or whole["reason"] is not None:
        return None
    lines = [
        _line(facts, row) for row in rows.iter_rows(named=True) if row["dimension"] != "company"
    ]
    lines.sort(key=lambda line: (line.reason is not None, -line.released, line.code))
    shown = lines if len(lines) <= MOST_LINES + 1 else lines[:MOST_LINES]
    others = lines[len(shown) :]
    total = _line(facts, whole)
    return CashPage(
        title=cash_title(facts, total, lines),
        dimension=next(one for one in rows["dimension"] if one != "company"),
        lines=tuple(shown),
        others=tuple(others),
        others_released=sum((line.released for line in others), NOUGHT),
        others_dead=sum((line.dead for line in others), NOUGHT),
        others_lacking=sum((line.lacking for line in others), NOUGHT),
        total=total,
        carrying_note=carrying_note(facts, total),
        covered_note=covered_note(total, decimal(whole["targeted_inventory"])),
        targets_are_examples=facts.policy.targets_are_examples,
    )


def _line(facts: Facts, row: Row) -> CashLine:
    average = row["average_inventory"]
    return CashLine(
        label=facts.label(row["dimension"], row["member"]),
        code=row["member"],
        average=None if average is None else decimal(average),
        turnover=row["turnover"] or None,  # what is not sold has no speed
        dio=row["dio_days"],
        target=row["target_turnover"],
        gap_days=row["gap_days"],
        needed=decimal(row["target_inventory"]),
        released=decimal(row["cash_release"]),
        dead=decimal(row["dead_release"]),
        lacking=decimal(row["shortfall"]),
        carrying=decimal(row["carrying_cost"]),
        reason=row["reason"],
    )
