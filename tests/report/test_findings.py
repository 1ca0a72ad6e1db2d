"""Titles and findings: true by rule, and silent where there is nothing to say."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from pipeline.report.findings.categories import categories_title
from pipeline.report.findings.dead_stock import idle_title, waiting_title
from pipeline.report.findings.decisions import decisions
from pipeline.report.findings.headline import headline
from pipeline.report.findings.key_findings import findings
from pipeline.report.findings.reconciliation import Agreement, quality_title
from pipeline.report.inputs import ReportInput
from pipeline.report.lookup import Facts
from pipeline.report.member_figures import NO_STOCK, DeadStock, Point
from pipeline.report.model import ReportModel
from pipeline.report.pages.members import MemberLine, member_lines
from pipeline.report.sentences import Sentence
from pipeline.report.translate import Words
from tests.report.sample import sample_input

WORDS = Words("en", "CNY")
NONE = Decimal(0)


def said(sentence: Sentence | None) -> str:
    return WORDS.plain(sentence) if sentence else ""


def headline_of(given: ReportInput) -> str:
    facts = Facts(given)
    return said(headline(facts, member_lines(facts, "category")))


def faster(given: ReportInput, **factor: float) -> ReportInput:
    """The input with today's turnover of a dimension multiplied."""
    now = pl.col("as_of") == given.as_of
    changed = pl.col("turnover")
    for dimension, by in factor.items():
        here = now & (pl.col("dimension") == dimension)
        changed = pl.when(here).then(changed * by).otherwise(changed)
    return replace(given, turnover=given.turnover.with_columns(turnover=changed))


def test_the_headline_says_rising_and_counts_slower_categories(given: ReportInput) -> None:
    # Sample: 4.55 → 4.65, and four categories turn slower.
    assert headline_of(given) == "Turnover is rising, but four categories turn slower"


def test_the_headline_says_falling(given: ReportInput) -> None:
    slow = faster(given, company=0.5, category=0.5)
    assert headline_of(slow) == "Turnover is falling, and every category turns slower"
    mixed = faster(given, company=0.6)
    assert headline_of(mixed) == "Turnover is falling, and four of nine categories turn slower"


def test_the_headline_without_slower_categories_looks_at_dead_stock(given: ReportInput) -> None:
    fast = faster(given, company=1.2, category=1.5)
    # The sample's dead share rises by 0.7 percentage points.
    assert headline_of(fast) == "Turnover is rising, but the share of dead stock grows too"


def test_a_change_within_the_noise_band_holds(given: ReportInput) -> None:
    noisy = replace(given, policy=replace(given.policy, noise=0.99))
    assert headline_of(noisy) == "Turnover holds, and no category turns slower"


def test_without_a_comparison_the_headline_claims_no_direction(given: ReportInput) -> None:
    alone = replace(given, turnover=given.turnover.filter(pl.col("as_of") == given.as_of))
    assert headline_of(alone) == "Stock turns 4.65 times a year"


def test_without_a_turnover_the_headline_speaks_of_stock(given: ReportInput) -> None:
    short = given.turnover.with_columns(
        turnover=pl.lit(None, pl.Float64),
        dio_days=pl.lit(None, pl.Float64),
        reason=pl.lit("short_history"),
    )
    assert headline_of(replace(given, turnover=short)) == "CNY 165.0m of stock, 8.7% of it dead"


def test_rules_without_data_say_nothing(empty_model: ReportModel) -> None:
    assert empty_model.summary.findings == ()
    assert empty_model.summary.decisions == ()
    assert empty_model.trend.readings == ()
    assert empty_model.suppliers.points == ()
    assert empty_model.categories.ageing_title is None


def test_findings_name_the_holders_of_dead_stock_in_order(given: ReportInput) -> None:
    facts = Facts(given)
    lines = member_lines(facts, "category")
    found = [said(one) for one in findings(facts, lines)]
    assert len(found) == 3
    assert found[2].endswith(
        "Apparel & accessories, Industrial parts and Consumer electronics hold 65% of it."
    )
    dead = sorted((line.dead.dead for line in lines), reverse=True)
    # 65 %: the three largest of all dead stock, shown without decimals.
    assert round(float(sum(dead[:3]) / sum(dead)) * 100) == 65


def test_no_dead_stock_means_no_decision_about_it(given: ReportInput) -> None:
    alive = given.dead_stock.with_columns(dead_value=pl.lit(0).cast(pl.Decimal(38, 4)))
    none_freed = given.release.with_columns(pl.lit(0).cast(pl.Decimal(18, 4)).alias("dead_release"))
    facts = Facts(replace(given, dead_stock=alive, release=none_freed))
    lines, suppliers = member_lines(facts, "category"), member_lines(facts, "supplier")
    texts = [said(one) for one in decisions(facts, lines, suppliers)]
    assert not any("dead" in text for text in texts)


def points(*values: float | None) -> list[Point]:
    return [Point(date(2025, 1, 1), value) for value in values]


def test_the_categories_title_prefers_benchmarks_then_a_year_ago(given: ReportInput) -> None:
    lines = member_lines(Facts(given), "category")
    compared = "Four of seven compared categories are below their benchmark"
    assert said(categories_title(Facts(given), lines)) == compared
    alone = [replace(line, is_below_benchmark=None) for line in lines]
    assert (
        said(categories_title(Facts(given), alone))
        == "Four of nine categories turn slower than a year ago"
    )
    undated = [replace(line, is_below_benchmark=None, is_slower=None) for line in lines]
    largest = "Apparel & accessories holds the most stock, 19% of all"
    assert said(categories_title(Facts(given), undated)) == largest


def idle(value: int, dead: int = 0, slow: int = 0) -> DeadStock:
    parts = (Decimal(value), Decimal(dead), Decimal(slow), NONE, NONE)
    return NO_STOCK + DeadStock(*parts, None, None)


def supplier(stock: int, dead: int, given: MemberLine) -> MemberLine:
    values = idle(stock, dead)
    return replace(given, stock=Decimal(stock), dead=values)


def test_the_trend_of_dead_stock_says_from_where_to_where() -> None:
    def title(now: int, before: int) -> str:
        return said(idle_title(Decimal(now), Decimal(before), date(2025, 10, 31), 0.02))

    assert title(1_018_000, 62_000) == (
        "Dead stock has grown from CNY 62k on 31 October 2025 to CNY 1.0m"
    )
    assert (
        title(40_000, 50_000) == "Dead stock has shrunk from CNY 50k on 31 October 2025 to CNY 40k"
    )
    # 2 % of 50,000 is 1,000: a change inside it counts as none.
    assert title(51_000, 50_000) == (
        "Dead stock is as good as unchanged since 31 October 2025: CNY 51k"
    )
    assert title(1, 0) == "Nothing was dead on 31 October 2025; now it is CNY 1"
    assert title(0, 0) == "No stock was dead at these month-ends"


def test_what_becomes_dead_next_is_said_only_where_something_does() -> None:
    assert said(waiting_title(Decimal(312_000), 90)) == (
        "CNY 312k more becomes dead within 90 days unless it is sold or used"
    )
    assert said(waiting_title(NONE, 90)) == "No slow stock becomes dead within 90 days"


@pytest.mark.parametrize(
    ("numbers", "title"),
    [
        ((324, 324, 324, 0, 0, 0), "The ledger agrees with the ERP's balances to the cent"),
        (
            (324, 324, 0, 0, 0, 0),
            "The ledger agrees with the ERP's quantities; no values were delivered",
        ),
        (
            (324, 324, 324, 1, 128, 0),
            "The ledger differs from the ERP's balance in one of 324 positions, by CNY 128",
        ),
        (
            (324, 324, 0, 3, 0, 0),
            "The ledger differs from the ERP's quantities in three of 324 positions",
        ),
        (
            (324, 0, 0, 0, 0, 0),
            "The ledger adds up; no ERP balances were delivered to compare it with",
        ),
        ((0, 0, 0, 0, 0, 0), "There is no position to reconcile"),
        ((324, 324, 324, 0, 0, 2), "The ledger does not add up in two positions"),
    ],
)
def test_the_quality_title_says_what_the_proof_says(
    numbers: tuple[int, int, int, int, int, int], title: str
) -> None:
    positions, compared, valued, differing, value, broken = numbers
    found = quality_title(Agreement(positions, compared, valued, differing, Decimal(value), broken))
    assert said(found) == title


def test_a_difference_that_policy_tolerates_is_neither_a_difference_nor_to_the_cent() -> None:
    found = Agreement(324, 324, 324, 0, Decimal(0), 0, within=2)

    said_of = said(quality_title(found))
    assert said_of == "The ledger agrees with the ERP's balances as far as policy asks"


def test_both_languages_say_the_same_figures() -> None:
    given = sample_input()
    facts = Facts(given)
    lines = member_lines(facts, "category")
    chinese = Words("zh", "CNY")
    for finding in findings(facts, lines):
        english_digits = {c for c in WORDS.plain(finding) if c.isdigit()}
        assert english_digits
        assert chinese.plain(finding) != WORDS.plain(finding)
