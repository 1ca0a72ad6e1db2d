"""Summary: the one sentence, four figures, what changed, what to decide, categories at a glance."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pipeline.metrics.dead_stock import NO_COST
from pipeline.report.findings.dead_stock import abnormal_note, undated_note
from pipeline.report.findings.decisions import decisions
from pipeline.report.findings.headline import headline
from pipeline.report.findings.key_findings import findings
from pipeline.report.findings.since import turnover_since
from pipeline.report.knowledge import aged
from pipeline.report.lookup import ALL, YEAR, Facts
from pipeline.report.member_figures import NO_STOCK, NOUGHT, Benchmark, DeadStock, Turnover, share
from pipeline.report.pages.members import MemberLine, member_lines
from pipeline.report.pages.trend import month_stocks
from pipeline.report.sentences import Sentence, say
from pipeline.report.status import Status, change, dead_signs, is_below, is_slower, status_of

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
    window: str | None = None  # the shorter one, where twelve months are not known
    is_least: bool = False  # what nobody dated may come on top


@dataclass(frozen=True)
class SummaryPage:
    """What the page shows."""

    title: Sentence
    without: Sentence | None  # companies of the group that the figures lack
    kpis: tuple[Kpi, ...]
    findings: tuple[Sentence, ...]
    compares: bool  # with a year ago
    stock: DeadStock
    abnormal_note: Sentence | None
    undated_note: Sentence | None
    old_share: float | None
    old_is_least: bool
    decisions: tuple[Sentence, ...]
    lines: tuple[MemberLine, ...]
    more_lines: int
    dead_unknown_before: date | None
    since: Sentence | None  # what the mail says beside the page


def summary_page(facts: Facts) -> SummaryPage:
    """The page on the whole."""
    categories = member_lines(facts, "category")
    suppliers = tuple(
        line
        for line in member_lines(facts, "supplier")
        if line.code not in ("unattributed", "own_production")
    )
    shown = categories if len(categories) <= MOST_LINES + 1 else categories[:MOST_LINES]
    ages, turnover = facts.ages(), turnover_kpi(facts)
    return SummaryPage(
        title=headline(facts, categories),
        without=_without(facts),
        kpis=(turnover, days_kpi(facts), dead_kpi(facts), stock_kpi(facts)),
        findings=findings(facts, categories),
        compares=turnover.prior_change is not None,
        stock=facts.dead_stock("company", facts.company) or NO_STOCK,
        abnormal_note=abnormal_note(facts),
        undated_note=undated_note(facts, facts.dead_stock("company", facts.company) or NO_STOCK),
        old_share=share(aged(ages), sum(ages, NOUGHT)),
        old_is_least=facts.opened_within_180_days,
        decisions=decisions(facts, categories, suppliers),
        lines=shown,
        more_lines=len(categories) - len(shown),
        dead_unknown_before=facts.dead_unknown_before,
        since=turnover_since(facts),
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
    """Turnover of the audience; in the first year that of the longest window it has."""
    total, prior = facts.total, facts.prior("company", facts.company)
    now = total.turnover if total else None
    before = prior.turnover if prior else None
    benchmark = facts.benchmark("company", facts.company)
    window, shorter = _shorter_window(facts)
    return Kpi(
        "turnover",
        now if shorter is None else shorter.turnover,
        change(now, before),
        benchmark,
        _months(facts),
        _speed_status(facts, now, before, benchmark),
        total.reason if total else "no_stock",
        window=window,
    )


def days_kpi(facts: Facts) -> Kpi:
    """Days inventory outstanding: the same speed in days, so the same status."""
    total, prior = facts.total, facts.prior("company", facts.company)
    benchmark = facts.benchmark("company", facts.company)
    year = facts.policy.days_per_year
    window, shorter = _shorter_window(facts)
    now = shorter or total
    return Kpi(
        "days",
        now.dio if now else None,
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
        window=window,
    )


def _shorter_window(facts: Facts) -> tuple[str | None, Turnover | None]:
    """The window that a ledger younger than twelve months is shown with."""
    if facts.window == YEAR:
        return None, None
    return facts.window, facts.shown("company", facts.company)


def dead_kpi(facts: Facts) -> Kpi:
    """Dead value ÷ stock value; no figure where nothing is known to be dead but much may be."""
    now = facts.dead_stock("company", facts.company) or NO_STOCK
    prior = facts.prior_dead("company", facts.company)
    before = prior.dead_share if prior else None
    is_least = now.is_least and facts.is_material(now.undated)
    is_unknown = is_least and now.dead <= 0
    return Kpi(
        "dead_share",
        None if is_unknown else now.dead_share,
        None if is_least else change(now.dead_share, before),
        None,
        facts.dead_shares()[-13:],
        status_of((_dead_signs(facts, now, before),)),
        "too_young" if is_unknown and not now.reason else now.reason,
        facts.policy.dead_share_limit,
        is_least=is_least,
    )


def _dead_signs(facts: Facts, dead: DeadStock, before: float | None) -> int | None:
    """The signs of the dead stock; none is known while what policy leaves out would break them."""
    signs, limit = dead_signs(dead, before, facts.policy), facts.policy.dead_share_limit
    everything = facts.dead_stock("company", facts.company, scope=ALL)
    share_of_all = everything.dead_share if everything else None
    if signs == 0 and limit is not None and share_of_all is not None and share_of_all > limit:
        return None
    return signs


def stock_kpi(facts: Facts) -> Kpi:
    """Stock at cost; more is neither good nor bad in itself, so it has no status.

    Without any known cost there is no amount; what is not above zero has no change in percent.
    """
    total, prior = facts.total, facts.prior("company", facts.company)
    before = float(prior.stock) if prior and prior.stock > 0 else None
    now = float(total.stock) if total and total.stock > 0 else None
    dead = facts.dead_stock("company", facts.company) or NO_STOCK
    is_costless = dead.is_costless
    return Kpi(
        "stock",
        None if is_costless or total is None else total.stock,
        now / before - 1 if now is not None and before else None,
        None,
        () if is_costless else tuple(float(month.value) for month in month_stocks(facts)),
        None,
        NO_COST if is_costless else None,
    )


def _months(facts: Facts) -> tuple[float | None, ...]:
    return tuple(point.turnover for point in facts.months("company", facts.company)[-13:])


def _speed_status(
    facts: Facts, now: float | None, before: float | None, benchmark: Benchmark | None
) -> Status | None:
    threshold = benchmark.threshold if benchmark else None
    return status_of((is_below(now, threshold), is_slower(now, before, facts.policy.noise)))
