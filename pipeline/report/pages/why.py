"""Why turnover changed: what outflow and stock did to it, and what each part did."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce

import polars as pl

from pipeline.metrics.time_windows import same_place
from pipeline.report.findings.why import why_readings, why_title
from pipeline.report.lookup import Facts
from pipeline.report.member_figures import NOUGHT, Row, decimal
from pipeline.report.sentences import Label, Sentence, term

MONTHS = 12
MOST_LINES = {"category": 8, "company": 5, "supplier": 5}
"""So many lines of a table, that all fit on one page; the others are one line, and all of them are
in the workbook."""


@dataclass(frozen=True)
class ChangeLine:
    """One part's two years, and what it did to the turnover of the whole."""

    label: Label
    code: str
    numerator_before: Decimal
    numerator: Decimal
    average_before: Decimal
    average: Decimal
    turnover_before: float | None
    turnover: float | None
    rate_effect: float
    mix_effect: float
    change: float
    """What it did in all: by its pace and by its share."""
    tied: Decimal | None

    @property
    def own_change(self) -> float | None:
        """How its own turnover changed."""
        if self.turnover is None or self.turnover_before is None:
            return None
        return self.turnover - self.turnover_before


@dataclass(frozen=True)
class ChangeTable:
    """The parts along one dimension, what did the most first; their sum is the change."""

    dimension: str
    lines: tuple[ChangeLine, ...]
    rest: tuple[ChangeLine, ...]
    others: ChangeLine | None
    total: ChangeLine


@dataclass(frozen=True)
class AmountLine:
    """What a turnover is made of, then and now."""

    label: Label
    before: Decimal
    now: Decimal
    growth: float | None


@dataclass(frozen=True)
class TurnsBridge:
    """From the turnover of then to that of now."""

    compared_on: date
    before: float
    cogs_effect: float
    inventory_effect: float
    now: float
    change: float


@dataclass(frozen=True)
class WhyPage:
    """What the page shows."""

    title: Sentence
    bridge: TurnsBridge
    month: TurnsBridge | None
    amounts: tuple[AmountLine, ...]
    tied: Decimal | None
    readings: tuple[Sentence, ...]
    tables: tuple[ChangeTable, ...]


def why_page(facts: Facts) -> WhyPage | None:
    """The page on the change; none where either turnover is unknown, or nothing was ever sold."""
    whole = _whole(facts, MONTHS)
    if whole is None or not (whole["turnover"] or whole["turnover_before"]):
        return None
    year = _bridge(whole)
    before_month = _whole(facts, 1)
    month = _bridge(before_month) if before_month else None
    tables = tuple(table for table in _tables(facts, whole) if len(table.lines) > 1)
    amounts = _amounts(whole)
    tied = None if whole["tied_value"] is None else decimal(whole["tied_value"])
    return WhyPage(
        title=why_title(facts, year),
        bridge=year,
        month=month,
        amounts=amounts,
        tied=tied,
        readings=why_readings(facts, (year, month), amounts, tied, tables),
        tables=tables,
    )


def _rows(facts: Facts, months: int, dimension: str) -> pl.DataFrame:
    on = same_place(facts.as_of, -months)
    return facts.given.changes.filter(dimension=dimension, compared_on=on)


def _whole(facts: Facts, months: int) -> Row | None:
    """The audience's own row, where its change is known."""
    rows = _rows(facts, months, "company").filter(
        pl.col("member") == facts.company, pl.col("reason").is_null()
    )
    return rows.row(0, named=True) if rows.height else None


def _bridge(whole: Row) -> TurnsBridge:
    return TurnsBridge(
        compared_on=whole["compared_on"],
        before=whole["turnover_before"],
        cogs_effect=whole["cogs_effect"],
        inventory_effect=whole["inventory_effect"],
        now=whole["turnover"],
        change=whole["change"],
    )


def _amounts(whole: Row) -> tuple[AmountLine, ...]:
    return (
        _amount("Cost of goods sold", whole, "numerator"),
        _amount("Average stock", whole, "average_inventory"),
    )


def _amount(name: str, whole: Row, column: str) -> AmountLine:
    before, now = decimal(whole[f"{column}_before"]), decimal(whole[column])
    growth = float(now / before - 1) if before > 0 else None
    return AmountLine(term(name), before, now, growth)


def _tables(facts: Facts, whole: Row) -> list[ChangeTable]:
    dimensions = ["category"]
    if facts.has_companies:
        dimensions.append("company")
    if facts.can_compare_suppliers(facts.prior_as_of):
        dimensions.append("supplier")
    is_fall = whole["change"] < 0
    return [_table(facts, dimension, is_fall=is_fall) for dimension in dimensions]


def _table(facts: Facts, dimension: str, *, is_fall: bool) -> ChangeTable:
    """What did the most in the direction of the change comes first."""
    rows = _rows(facts, MONTHS, dimension).filter(
        pl.col("member") != facts.company, pl.col("reason").is_null()
    )
    lines = [_line(facts, dimension, row) for row in rows.iter_rows(named=True)]
    lines.sort(key=lambda line: (line.change if is_fall else -line.change, line.code))
    most = MOST_LINES[dimension]
    shown = lines if len(lines) <= most + 1 else lines[:most]
    rest = lines[len(shown) :]
    return ChangeTable(
        dimension=dimension,
        lines=tuple(shown),
        rest=tuple(rest),
        others=_together(rest, "Others") if rest else None,
        total=_together(lines, "Total"),
    )


def _line(facts: Facts, dimension: str, row: Row) -> ChangeLine:
    return ChangeLine(
        label=facts.label(dimension, row["member"]),
        code=row["member"],
        numerator_before=decimal(row["numerator_before"]),
        numerator=decimal(row["numerator"]),
        average_before=decimal(row["average_inventory_before"]),
        average=decimal(row["average_inventory"]),
        turnover_before=row["turnover_before"] or None,  # what is not sold has no speed
        turnover=row["turnover"] or None,
        rate_effect=row["rate_effect"],
        mix_effect=row["mix_effect"],
        change=row["change"],
        tied=None if row["tied_value"] is None else decimal(row["tied_value"]),
    )


def _together(lines: Sequence[ChangeLine], name: str) -> ChangeLine:
    """Several lines as one: sums, and the turnover of sums."""
    summed = reduce(_added, lines, _NOTHING)
    before = _turnover(summed.numerator_before, summed.average_before)
    now = _turnover(summed.numerator, summed.average)
    tied = None
    if before and now is not None:
        tied = summed.average - summed.numerator * summed.average_before / summed.numerator_before
    return ChangeLine(
        label=term(name),
        code="",
        numerator_before=summed.numerator_before,
        numerator=summed.numerator,
        average_before=summed.average_before,
        average=summed.average,
        turnover_before=before,
        turnover=now,
        rate_effect=summed.rate_effect,
        mix_effect=summed.mix_effect,
        change=summed.change,
        tied=tied,
    )


def _added(one: ChangeLine, other: ChangeLine) -> ChangeLine:
    return ChangeLine(
        one.label,
        "",
        one.numerator_before + other.numerator_before,
        one.numerator + other.numerator,
        one.average_before + other.average_before,
        one.average + other.average,
        None,
        None,
        one.rate_effect + other.rate_effect,
        one.mix_effect + other.mix_effect,
        one.change + other.change,
        None,
    )


_NOTHING = ChangeLine(
    Label(""), "", NOUGHT, NOUGHT, NOUGHT, NOUGHT, None, None, 0.0, 0.0, 0.0, None
)


def _turnover(numerator: Decimal, average: Decimal) -> float | None:
    return float(numerator / average) if average > 0 and numerator >= 0 else None
