"""Trend: turnover over 24 months, what moved the stock, and the parts behind the one figure."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import dropwhile

import polars as pl

from pipeline.metrics.time_windows import MONTHS, months_back, same_place
from pipeline.report.findings.trend import trend_points, trend_title
from pipeline.report.lookup import Facts
from pipeline.report.member_figures import NOUGHT, Benchmark, Point, Turnover, decimal
from pipeline.report.sentences import Label, Sentence, message, term

BRIDGE = {
    "Receipts": ("purchase", "purchase_return", "landed_cost"),
    "Production": ("production_receipt",),
    "Cost of goods sold": ("sale", "sale_return"),
    "Consumption": ("production_issue",),
    "Adjustments and scrap": ("adjustment", "scrap"),
    "Revaluation": ("revaluation",),
    "Transfers": ("transfer_in", "transfer_out"),
    "Opening entries": ("opening",),
}
"""Steps from opening to closing stock; a step without any value is left out."""

BASES = {
    "time_weighted": "Time-weighted",
    "month_ends": "Month-ends",
    "quarter_ends": "Quarter-ends",
    "two_point": "Opening and closing",
}


@dataclass(frozen=True)
class Step:
    """One step of the bridge."""

    label: Label
    value: Decimal


@dataclass(frozen=True)
class Bridge:
    """Opening + steps = closing, over the trailing twelve months.

    Where the ledger is younger than that, `since` is its first day.
    """

    opening: Decimal
    steps: tuple[Step, ...]
    closing: Decimal
    since: date | None = None


@dataclass(frozen=True)
class MonthStock:
    """Stock at the end of a month of the window, and of the same month a year before."""

    on: date
    value: Decimal
    prior: Decimal | None


@dataclass(frozen=True)
class PartLine:
    """A company, a stage or a basis beside the consolidated figure."""

    label: Label
    value: Decimal | None
    turnover: float | None
    prior: float | None
    dio: float | None
    reason: str | None
    is_headline: bool = False


@dataclass(frozen=True)
class PartTable:
    """The parts along one dimension; `by` is company, stage or basis."""

    by: str
    lines: tuple[PartLine, ...]


@dataclass(frozen=True)
class TrendPage:
    """What the page shows."""

    title: Sentence
    points: tuple[Point, ...]
    benchmark: Benchmark | None
    bridge: Bridge | None
    stocks: tuple[MonthStock, ...]
    readings: tuple[Sentence, ...]
    parts: tuple[PartTable, ...]
    bases: tuple[PartTable, ...]


def trend_page(facts: Facts) -> TrendPage:
    """The page on the trend."""
    points = known_from(facts.months("company", facts.company)[-25:])
    bridge = bridge_of(facts)
    stocks = month_stocks(facts)
    return TrendPage(
        title=trend_title(points),
        points=points,
        benchmark=facts.benchmark("company", facts.company),
        bridge=bridge,
        stocks=stocks,
        readings=trend_points(facts, points, [step.value for step in bridge.steps], bridge.since)
        if bridge
        else (),
        parts=_told((_companies(facts), _stages(facts))),
        bases=_told((_bases(facts),)),
    )


def known_from(points: tuple[Point, ...]) -> tuple[Point, ...]:
    """The points from the first that is known; an empty half of a chart says nothing."""
    return tuple(dropwhile(lambda point: point.turnover is None, points))


def _told(tables: tuple[PartTable, ...]) -> tuple[PartTable, ...]:
    """Tables with something to compare; a single part is the whole."""
    return tuple(table for table in tables if len(table.lines) > 1)


def bridge_of(facts: Facts) -> Bridge | None:
    """The bridge of the trailing twelve months, summed from the days inside them."""
    since = same_place(facts.as_of, -MONTHS)
    days = facts.given.daily.filter(pl.col("day") <= facts.as_of).sort("day")
    inside = days.filter(pl.col("day") > since)
    if days.is_empty() or facts.total is None:
        return None
    flows = {
        name: sum((decimal(inside[kind].sum()) for kind in kinds), NOUGHT)
        for name, kinds in BRIDGE.items()
    }
    opening, closing = stock_on(days, since), stock_on(days, facts.as_of)
    # Zero unless the ledger does not add up; then the page must say so, not hide it.
    flows[message("Not explained")] = closing - opening - sum(flows.values(), NOUGHT)
    return Bridge(
        opening=opening,
        steps=tuple(Step(term(name), value) for name, value in flows.items() if value),
        closing=closing,
        since=days["day"][0] if facts.total.reason == "short_history" else None,
    )


def stock_on(days: pl.DataFrame, day: date) -> Decimal:
    """Closing stock of a day: that of the last day that has a row."""
    until = days.filter(pl.col("day") <= day)
    if not until.is_empty():
        return decimal(until["closing_value"][-1])
    return decimal(days["opening_value"][0])


def month_stocks(facts: Facts) -> tuple[MonthStock, ...]:
    """Stock at the twelve month-ends up to the report's date, each beside a year before."""
    days = facts.given.daily.sort("day")
    if days.is_empty():
        return ()
    first = days["day"][0]
    ends = months_back(facts.as_of, MONTHS - 1)
    return tuple(
        MonthStock(
            on=end,
            value=stock_on(days, end),
            prior=stock_on(days, same_place(end, -MONTHS))
            if same_place(end, -MONTHS) >= first
            else None,
        )
        for end in ends
        if end >= first
    )


def _companies(facts: Facts) -> PartTable:
    if not facts.is_group:
        return PartTable("company", ())
    codes = [code for code in facts.members("company") if code != facts.company]
    return PartTable("company", tuple(_part(facts, "company", code) for code in codes))


def _stages(facts: Facts) -> PartTable:
    lines = (_part(facts, "stage", code) for code in facts.members("stage"))
    return PartTable("stage", tuple(line for line in lines if line.value or line.turnover))


def _part(facts: Facts, dimension: str, member: str) -> PartLine:
    now = facts.turnover(dimension, member)
    prior = facts.prior(dimension, member)
    return PartLine(
        label=facts.label(dimension, member),
        value=now.stock if now else None,
        turnover=now.turnover if now else None,
        prior=prior.turnover if prior else None,
        dio=now.dio if now else None,
        reason=now.reason if now else None,
    )


def _bases(facts: Facts) -> PartTable:
    lines: list[PartLine] = []
    for basis, name in BASES.items():
        now = facts.turnover("company", facts.company, basis=basis)
        if now is None:
            continue
        prior: Turnover | None = None
        if facts.prior_as_of:
            prior = facts.turnover("company", facts.company, basis=basis, on=facts.prior_as_of)
        lines.append(
            PartLine(
                label=term(name),
                value=now.average,
                turnover=now.turnover,
                prior=prior.turnover if prior else None,
                dio=now.dio,
                reason=now.reason,
                is_headline=basis == facts.policy.basis,
            )
        )
    return PartTable("basis", tuple(lines))
