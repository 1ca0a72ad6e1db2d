"""One line per category or supplier: the same figures wherever a member is listed."""

from dataclasses import dataclass
from decimal import Decimal

from pipeline.metrics.averages import NO_COGS
from pipeline.metrics.dead_stock import NO_COST
from pipeline.report.lookup import YEAR, Facts
from pipeline.report.member_figures import (
    NO_STOCK,
    NOUGHT,
    Benchmark,
    DeadStock,
    Speed,
    Turnover,
    share,
)
from pipeline.report.sentences import Label
from pipeline.report.status import Status, dead_signs, is_below, is_slower, status_of


@dataclass(frozen=True)
class MemberLine:
    """A member's stock, speed and idle stock, beside a year ago and its benchmark."""

    code: str
    label: Label
    stock: Decimal
    turnover: float | None
    prior: float | None
    dio: float | None
    reason: str | None
    dead: DeadStock
    stock_share: float | None
    months: tuple[float | None, ...]
    benchmark: Benchmark | None
    is_slower: bool | None
    is_below_benchmark: bool | None
    dead_signs: int | None

    @property
    def has_too_much_dead(self) -> bool | None:
        """Whether the dead stock gives a sign; None where nobody can know."""
        return None if self.dead_signs is None else self.dead_signs > 0

    @property
    def status(self) -> Status | None:
        """What the signs amount to; on track only with a known speed and known dead stock."""
        return status_of((self.is_slower, self.is_below_benchmark), (self.dead_signs,))


def member_lines(facts: Facts, dimension: str) -> tuple[MemberLine, ...]:
    """A line for every member with stock or flows, the largest stock first."""
    return tuple(member_line(facts, dimension, member) for member in facts.members(dimension))


def member_line(facts: Facts, dimension: str, member: str) -> MemberLine:
    """The line of one member that has a turnover row today."""
    now = facts.shown(dimension, member)
    assert now is not None  # noqa: S101 - a member that is listed has every window
    dead = facts.dead_stock(dimension, member) or NO_STOCK
    benchmark = facts.benchmark(dimension, member)
    before = _prior_turnover(facts, dimension, member)
    # What sold a year ago and not at all since is slower, though nought is printed in words.
    pace = 0.0 if now.reason == NO_COGS else now.turnover
    return MemberLine(
        code=member,
        label=facts.label(dimension, member),
        stock=now.stock,
        turnover=now.turnover,
        prior=before,
        dio=now.dio,
        reason=now.reason,
        dead=dead,
        stock_share=share(now.stock, facts.total.stock)
        if facts.total and not dead.is_costless
        else None,
        months=_months(facts, dimension, member),
        benchmark=benchmark,
        is_slower=is_slower(pace, before, facts.policy.noise),
        is_below_benchmark=is_below(now.turnover, _threshold(facts, benchmark)),
        dead_signs=dead_signs(dead, _prior_share(facts, dimension, member), facts.policy),
    )


def _threshold(facts: Facts, benchmark: Benchmark | None) -> float | None:
    """What a turnover is judged by; a part of a year is not judged, it has a season."""
    return benchmark.threshold if benchmark and facts.window == YEAR else None


def _prior_turnover(facts: Facts, dimension: str, member: str) -> float | None:
    """A year ago; of suppliers only where that year's stock had suppliers too."""
    if dimension == "supplier" and not facts.can_compare_suppliers(facts.prior_as_of):
        return None
    prior = facts.prior(dimension, member)
    return prior.turnover if prior else None


def _months(facts: Facts, dimension: str, member: str) -> tuple[float | None, ...]:
    return tuple(
        point.turnover if dimension != "supplier" or facts.can_compare_suppliers(point.on) else None
        for point in facts.months(dimension, member)[-13:]
    )


def together(lines: tuple[MemberLine, ...]) -> tuple[Decimal, DeadStock]:
    """Stock and idle stock of several members as one."""
    return (
        sum((line.stock for line in lines), NOUGHT),
        sum((line.dead for line in lines), NO_STOCK),
    )


def ratio_of_sums(rows: list[Turnover], days_per_year: int, year_factor: float = 1.0) -> Speed:
    """Turnover and days of several members: sum of numerators ÷ sum of averages, per year.

    A cost that one of them lacks is lacking in their sum.
    """
    averages = [row.average for row in rows]
    if any(row.reason == NO_COST for row in rows):
        return Speed(None, None, NO_COST)
    if not rows or any(average is None for average in averages):
        return Speed(None, None)
    average = sum((one for one in averages if one is not None), NOUGHT)
    numerator = sum((row.cogs + row.consumption for row in rows), NOUGHT)
    if average <= 0 or numerator <= 0:
        return Speed(None, None)
    turnover = float(numerator / average) * year_factor
    return Speed(turnover, days_per_year / turnover)


def speed_of(facts: Facts, dimension: str, lines: tuple[MemberLine, ...]) -> Speed:
    """How fast the stock of several members turns together, in the window they are shown with."""
    rows = (facts.shown(dimension, line.code) for line in lines)
    return ratio_of_sums(
        [row for row in rows if row], facts.policy.days_per_year, facts.year_factor
    )


def _prior_share(facts: Facts, dimension: str, member: str) -> float | None:
    dead = facts.prior_dead(dimension, member)
    return dead.dead_share if dead else None
