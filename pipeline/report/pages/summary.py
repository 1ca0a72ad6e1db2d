"""Summary: the one sentence, four figures, what changed, what to decide, categories at a glance."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pipeline.report.findings.decisions import decisions
from pipeline.report.findings.headline import headline
from pipeline.report.findings.key_findings import findings
from pipeline.report.lookup import Facts
from pipeline.report.member_figures import NO_STOCK, NOUGHT, Benchmark, DeadStock, share
from pipeline.report.pages.members import MemberLine, member_lines
from pipeline.report.pages.trend import month_stocks
from pipeline.report.sentences import Sentence, say
from pipeline.report.status import (
    NOTABLE_POINTS,
    Status,
    change,
    has_too_much_dead,
    is_below,
    is_slower,
    status_of,
)

MOST_LINES = 8


@dataclass(frozen=True)
class Kpi:
    """One of the four figures at the top; `kind` says how it is written."""

    kind: str  # turnover, days, dead_share, stock
    value: float | Decimal | None
    prior_change: float | None
    benchmark: Benchmark | None
    months: tuple[float | None, ...]
    status: Status | None
    reason: str | None = None
    limit: float | None = None
    days_per_year: int = 365


@dataclass(frozen=True)
class SummaryPage:
    """What the page shows."""

    title: Sentence
    without: Sentence | None  # companies of the group that the figures lack
    kpis: tuple[Kpi, ...]
    findings: tuple[Sentence, ...]
    stock: DeadStock
    old_share: float | None
    decisions: tuple[Sentence, ...]
    lines: tuple[MemberLine, ...]
    more_lines: int
    dead_unknown_before: date | None


def summary_page(facts: Facts) -> SummaryPage:
    """The page on the whole."""
    categories = member_lines(facts, "category")
    suppliers = tuple(
        line
        for line in member_lines(facts, "supplier")
        if line.code not in ("unattributed", "own_production")
    )
    shown = categories if len(categories) <= MOST_LINES + 1 else categories[:MOST_LINES]
    ages = facts.ages()
    return SummaryPage(
        title=headline(facts, categories),
        without=_without(facts),
        kpis=(turnover_kpi(facts), days_kpi(facts), dead_kpi(facts), stock_kpi(facts)),
        findings=findings(facts, categories),
        stock=facts.dead_stock("company", facts.company) or NO_STOCK,
        old_share=share(sum(ages[4:], NOUGHT), sum(ages, NOUGHT)),
        decisions=decisions(facts, categories, suppliers),
        lines=shown,
        more_lines=len(categories) - len(shown),
        dead_unknown_before=facts.dead_unknown_before,
    )


def _without(facts: Facts) -> Sentence | None:
    missing = facts.companies(facts.given.silent)
    if missing is None:
        return None
    return say(
        "Not included in the group's figures: %(companies)s. No data had been received by %(day)s.",
        companies=missing,
        day=facts.as_of,
    )


def turnover_kpi(facts: Facts) -> Kpi:
    """Turnover of the audience."""
    total, prior = facts.total, facts.prior("company", facts.company)
    now = total.turnover if total else None
    before = prior.turnover if prior else None
    benchmark = facts.benchmark("company", facts.company)
    return Kpi(
        "turnover",
        now,
        change(now, before),
        benchmark,
        _months(facts),
        _speed_status(facts, now, before, benchmark),
        total.reason if total else "no_stock",
    )


def days_kpi(facts: Facts) -> Kpi:
    """Days inventory outstanding: the same speed in days, so the same status."""
    total, prior = facts.total, facts.prior("company", facts.company)
    benchmark = facts.benchmark("company", facts.company)
    year = facts.policy.days_per_year
    return Kpi(
        "days",
        total.dio if total else None,
        change(total.dio if total else None, prior.dio if prior else None),
        benchmark,
        tuple(year / turnover if turnover else None for turnover in _months(facts)),
        _speed_status(
            facts,
            total.turnover if total else None,
            prior.turnover if prior else None,
            benchmark,
        ),
        total.reason if total else "no_stock",
        days_per_year=year,
    )


def dead_kpi(facts: Facts) -> Kpi:
    """Dead value ÷ stock value."""
    limit = facts.policy.dead_share_limit
    now = facts.dead_stock("company", facts.company)
    prior = facts.prior_dead("company", facts.company)
    current = now.dead_share if now else None
    before = prior.dead_share if prior else None
    risen = change(current, before)
    return Kpi(
        "dead_share",
        current,
        risen,
        None,
        facts.dead_shares()[-13:],
        status_of(
            (
                has_too_much_dead(current, None, limit),
                None if risen is None else risen > NOTABLE_POINTS,
            )
        ),
        now.reason if now else "no_stock",
        limit,
    )


def stock_kpi(facts: Facts) -> Kpi:
    """Stock at cost; more is neither good nor bad in itself, so it has no status."""
    total, prior = facts.total, facts.prior("company", facts.company)
    before = float(prior.stock) if prior and prior.stock > 0 else None
    now = float(total.stock) if total else None
    return Kpi(
        "stock",
        total.stock if total else None,
        now / before - 1 if now is not None and before else None,
        None,
        tuple(float(month.value) for month in month_stocks(facts)),
        None,
    )


def _months(facts: Facts) -> tuple[float | None, ...]:
    return tuple(point.turnover for point in facts.months("company", facts.company)[-13:])


def _speed_status(
    facts: Facts, now: float | None, before: float | None, benchmark: Benchmark | None
) -> Status | None:
    threshold = benchmark.threshold if benchmark else None
    return status_of((is_below(now, threshold), is_slower(now, before, facts.policy.noise)))
