"""Trend: turnover over 24 months, what moved the stock, and the parts behind the one figure."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import dropwhile

import polars as pl

from pipeline.metrics.dead_stock import NO_COST
from pipeline.metrics.time_windows import MONTHS, months_back, same_place
from pipeline.report.findings.missing_turnover import WINDOW_TITLES
from pipeline.report.findings.trend import trend_points, trend_title
from pipeline.report.lookup import Facts
from pipeline.report.member_figures import NOUGHT, Benchmark, Point, Turnover, decimal
from pipeline.report.sentences import Label, Sentence, message, term

BRIDGE = {
    "Opening entries": ("opening",),
    "Receipts": ("purchase", "purchase_return", "landed_cost"),
    "Production": ("production_receipt",),
    "Cost of goods sold": ("sale", "sale_return"),
    "Consumption": ("production_issue",),
    "Adjustments and scrap": ("adjustment", "scrap"),
    "Revaluation": ("revaluation",),
    "Transfers": ("transfer_in", "transfer_out"),
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

    Where the ledger is younger than that, `since` is its first day, and the opening is what it
    began with.
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
    months = facts.months("company", facts.company)[-25:]
    points = known_from(months)
    bridge = bridge_of(facts)
    stocks = month_stocks(facts)
    return TrendPage(
        title=trend_title(months),
        points=points,
        benchmark=facts.benchmark("company", facts.company),
        bridge=bridge,
        stocks=stocks,
        readings=_readings(facts, points, bridge) if bridge else (),
        parts=_told((_companies(facts), _stages(facts))),
        bases=_told((_bases(facts) if facts.total and facts.total.turnover else _windows(facts),)),
    )


def _readings(facts: Facts, points: tuple[Point, ...], bridge: Bridge) -> tuple[Sentence, ...]:
    moved = {step.label.text: step.value for step in bridge.steps}
    stages = [facts.shown("stage", stage) for stage in facts.members("stage")]
    return trend_points(facts, points, (moved, bridge.since), [row for row in stages if row])


def known_from(points: tuple[Point, ...]) -> tuple[Point, ...]:
    """The points from the first that is known; an empty half of a chart says nothing."""
    return tuple(dropwhile(lambda point: point.turnover is None, points))


def _told(tables: tuple[PartTable, ...]) -> tuple[PartTable, ...]:
    """Tables with something to compare; a single part is the whole, a single window is not."""
    return tuple(table for table in tables if len(table.lines) > (table.by != "window"))


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
    began_inside = facts.total.reason == "short_history"
    if began_inside:
        opening += flows.pop("Opening entries")
    # Zero unless the ledger does not add up; then the page must say so, not hide it.
    flows[message("Not explained")] = closing - opening - sum(flows.values(), NOUGHT)
    return Bridge(
        opening=opening,
        steps=tuple(Step(term(name), value) for name, value in flows.items() if value),
        closing=closing,
        since=(facts.ledger_from or days["day"][0]) if began_inside else None,
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
    dead = facts.dead_stock("company", facts.company)
    if facts.total is None or (days.is_empty() and not facts.total.stock):
        return ()
    if dead and dead.is_costless:
        return ()
    # A month without postings has the stock of the one before it.
    first = _first_day(facts, days)
    ends = months_back(facts.as_of, MONTHS - 1)
    if days.is_empty():
        return tuple(MonthStock(end, facts.total.stock, None) for end in ends if end >= first)
    months = tuple(
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
    return months if any(month.value or month.prior for month in months) else ()


def _first_day(facts: Facts, days: pl.DataFrame) -> date:
    """From when on the stock is known: of a group from its oldest company's day on."""
    shown = [days["day"][0]] if days.height else []
    begun = [facts.given.ledger_from] if facts.given.ledger_from else []
    return min([*shown, *begun], default=facts.as_of)


def _companies(facts: Facts) -> PartTable:
    if not facts.has_companies:
        return PartTable("company", ())
    codes = [code for code in facts.members("company") if code != facts.company]
    return PartTable("company", tuple(_part(facts, "company", code) for code in codes))


def _stages(facts: Facts) -> PartTable:
    lines = (_part(facts, "stage", code) for code in facts.members("stage"))
    return PartTable("stage", tuple(line for line in lines if line.value or line.turnover))


def _part(facts: Facts, dimension: str, member: str) -> PartLine:
    now = facts.shown(dimension, member)
    prior = facts.prior(dimension, member)
    dead = facts.dead_stock(dimension, member)
    # Of a company of the group only its turnover is given.
    lacks_cost = now is not None and now.reason == NO_COST and not now.stock
    is_costless = dead.is_costless if dead else lacks_cost
    return PartLine(
        label=facts.label(dimension, member),
        value=now.stock if now and not is_costless else None,
        turnover=now.turnover if now else None,
        prior=prior.turnover if prior else None,
        dio=now.dio if now else None,
        reason=now.reason if now else None,
    )


def _windows(facts: Facts) -> PartTable:
    """What a ledger shorter than twelve months can say: its shorter windows, as a yearly rate."""
    lines = (
        PartLine(
            label=term(WINDOW_TITLES[window]),
            value=row.average,
            turnover=row.turnover,
            prior=None,
            dio=row.dio,
            reason=row.reason,
        )
        for window, row in facts.known_windows()
    )
    return PartTable("window", tuple(lines))


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
