"""One line per category or supplier: the same figures wherever a member is listed."""

from dataclasses import dataclass
from decimal import Decimal

from pipeline.report.lookup import Facts
from pipeline.report.member_figures import NO_STOCK, NOUGHT, Benchmark, DeadStock, Turnover, share
from pipeline.report.sentences import Label
from pipeline.report.status import Status, has_too_much_dead, is_below, is_slower, status_of


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
    has_too_much_dead: bool | None

    @property
    def status(self) -> Status | None:
        """What the three signs amount to; what never sells is on no track, but can be dead."""
        if self.turnover is None and not self.has_too_much_dead:
            return None
        return status_of((self.is_slower, self.is_below_benchmark, self.has_too_much_dead))


def member_lines(facts: Facts, dimension: str) -> tuple[MemberLine, ...]:
    """A line for every member with stock or flows, the largest stock first."""
    return tuple(member_line(facts, dimension, member) for member in facts.members(dimension))


def member_line(facts: Facts, dimension: str, member: str) -> MemberLine:
    """The line of one member that has a turnover row today."""
    now = facts.turnover(dimension, member)
    assert now is not None  # noqa: S101 - members() lists rows that are there
    prior = facts.prior(dimension, member)
    dead = facts.dead_stock(dimension, member) or NO_STOCK
    benchmark = facts.benchmark(dimension, member)
    before = prior.turnover if prior else None
    return MemberLine(
        code=member,
        label=facts.label(dimension, member),
        stock=now.stock,
        turnover=now.turnover,
        prior=before,
        dio=now.dio,
        reason=now.reason,
        dead=dead,
        stock_share=share(now.stock, facts.total.stock) if facts.total else None,
        months=tuple(point.turnover for point in facts.months(dimension, member)[-13:]),
        benchmark=benchmark,
        is_slower=is_slower(now.turnover, before, facts.policy.noise),
        is_below_benchmark=is_below(now.turnover, benchmark.threshold if benchmark else None),
        has_too_much_dead=has_too_much_dead(
            dead.dead_share, _prior_share(facts, dimension, member), facts.policy.dead_share_limit
        ),
    )


def together(lines: tuple[MemberLine, ...]) -> tuple[Decimal, DeadStock]:
    """Stock and idle stock of several members as one."""
    return (
        sum((line.stock for line in lines), NOUGHT),
        sum((line.dead for line in lines), NO_STOCK),
    )


def ratio_of_sums(rows: list[Turnover], days_per_year: int) -> tuple[float | None, float | None]:
    """Turnover and days of several members: sum of numerators ÷ sum of averages."""
    averages = [row.average for row in rows]
    if not rows or any(average is None for average in averages):
        return None, None
    average = sum((one for one in averages if one is not None), NOUGHT)
    numerator = sum((row.cogs + row.consumption for row in rows), NOUGHT)
    if average <= 0 or numerator < 0:
        return None, None
    turnover = float(numerator / average)
    return turnover, days_per_year / turnover if turnover else None


def _prior_share(facts: Facts, dimension: str, member: str) -> float | None:
    dead = facts.prior_dead(dimension, member)
    return dead.dead_share if dead else None
