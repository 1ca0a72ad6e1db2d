"""What is said of the change and of cash, and what must silence it."""

from dataclasses import replace
from decimal import Decimal

import polars as pl
import pytest

from pipeline.report.findings.cash import carrying_note, cash_title, covered_note, decide_cash
from pipeline.report.findings.why import why_readings, why_title
from pipeline.report.inputs import CHANGES, RELEASE, PolicyValues
from pipeline.report.model import ReportModel
from pipeline.report.pages.cash import CashLine, cash_page
from pipeline.report.pages.why import AmountLine, ChangeLine, ChangeTable, TurnsBridge, why_page
from pipeline.report.sentences import Label, term
from tests.report.sample import YEAR_AGO_ON
from tests.report.tiny import facts, said

NOUGHT = Decimal(0)


def bridge(before: float, cogs: float, stock: float) -> TurnsBridge:
    change = cogs + stock
    return TurnsBridge(YEAR_AGO_ON, before, cogs, stock, before + change, change)


@pytest.mark.parametrize(
    ("before", "cogs", "stock", "title"),
    [
        (4.0, 0.3, 0.2, "Turnover rose by 0.50: cost of goods sold rose, average stock fell"),
        (4.0, 0.8, -0.3, "Turnover rose by 0.50: cost of goods sold grew more than stock"),
        (4.0, -0.3, 0.8, "Turnover rose by 0.50: stock fell more than cost of goods sold"),
        (4.0, -0.3, -0.2, "Turnover fell by 0.50: cost of goods sold fell, average stock rose"),
        (4.0, 0.3, -0.8, "Turnover fell by 0.50: stock grew more than cost of goods sold"),
        (4.0, -0.8, 0.3, "Turnover fell by 0.50: cost of goods sold fell more than stock"),
        # One of both did nothing that shows: the other did it all.
        (4.0, 0.0, -0.5, "Turnover fell by 0.50: stock grew more than cost of goods sold"),
        (4.0, 0.5, 0.004, "Turnover rose by 0.50: cost of goods sold grew more than stock"),
        # Inside the noise of policy, 2 %.
        (4.0, 0.9, -0.83, "Turnover is as good as a year ago, whatever its parts did"),
    ],
)
def test_the_title_says_what_moved_turnover(
    before: float, cogs: float, stock: float, title: str
) -> None:
    assert said(why_title(facts(), bridge(before, cogs, stock))) == title


def part(code: str, rate: float, mix: float = 0.0) -> ChangeLine:
    amounts = (Decimal(100),) * 4
    return ChangeLine(Label(code), code, *amounts, 4.0, 4.0, rate, mix, rate + mix, None)


def categories(*lines: ChangeLine) -> ChangeTable:
    total = part(
        "Total", sum(one.rate_effect for one in lines), sum(one.mix_effect for one in lines)
    )
    return ChangeTable("category", lines, (), None, total)


def readings(
    *lines: ChangeLine,
    amounts: tuple[float | None, float | None] = (None, None),
    tied: int | None = None,
    month: TurnsBridge | None = None,
) -> list[str]:
    year = bridge(4.0, 0.0, -0.5)
    grown = tuple(AmountLine(term("Average stock"), NOUGHT, NOUGHT, one) for one in amounts)
    tables = (categories(*lines),) if lines else ()
    money = None if tied is None else Decimal(tied)
    return [said(one) for one in why_readings(facts(), (year, month), grown, money, tables)]


@pytest.mark.parametrize(
    ("growth", "expected"),
    [
        (
            (-0.02, 0.062),
            ["Against the year before: cost of goods sold −2.0%, average stock +6.2%."],
        ),
        ((None, 0.062), []),
        ((0.0001, -0.0002), []),
    ],
)
def test_growth_is_told_where_both_years_are_known_and_it_shows(
    growth: tuple[float | None, float | None], expected: list[str]
) -> None:
    assert readings(amounts=growth) == expected


@pytest.mark.parametrize(
    ("tied", "expected"),
    [
        (
            1_200,
            "At last year's pace, this year's cost of goods sold would need CNY 1,200 less stock.",
        ),
        (
            -1_200,
            "At last year's pace, this year's cost of goods sold would need CNY 1,200 more stock.",
        ),
        (900, ""),  # less than policy calls material
        (None, ""),
    ],
)
def test_stock_tied_up_is_told_from_what_is_material_on(tied: int | None, expected: str) -> None:
    assert readings(tied=tied) == [expected] * bool(expected)


def test_who_did_the_most_is_named_with_its_part_of_the_change() -> None:
    named = "A did the most: −0.40, 80% of the change."
    assert named in readings(part("A", -0.4), part("B", -0.1))
    # Two that did as good as the same, one that did too little, and one against the change.
    assert named not in readings(part("A", -0.4), part("B", -0.39))
    assert readings(part("A", -0.04), part("B", -0.01)) == []
    assert readings(part("A", 0.4), part("B", 0.1)) == []


def test_a_shift_between_categories_is_told_where_it_shows() -> None:
    assert readings(part("A", 0.0, -0.2), part("B", 0.0, -0.1))[0] == (
        "The categories' own pace did 0.00, the shift of stock between them −0.30."
    )
    assert readings(part("A", 0.01, 0.002), part("B", 0.0, -0.001)) == []


def test_the_last_month_is_told_where_the_figure_moved() -> None:
    moved = readings(month=bridge(3.60, -0.02, -0.08))
    told = "Since 31 October 2025 it went from 3.60 to 3.50: "
    assert moved == [f"{told}cost of goods sold did −0.02, stock −0.08."]
    assert readings(month=bridge(3.600, 0.001, -0.002)) == []


def changed(reason: str | None, member: str = "*") -> pl.DataFrame:
    row = {
        "compared_on": YEAR_AGO_ON, "dimension": "company", "member": member, "reason": reason,
        "numerator": NOUGHT, "numerator_before": NOUGHT, "average_inventory": 1.0,
        "average_inventory_before": 1.0, "turnover": 4.0, "turnover_before": 5.0, "change": -1.0,
        "cogs_effect": -0.5, "inventory_effect": -0.5,
    }  # fmt: skip
    return pl.DataFrame([row], schema=CHANGES)


def test_no_page_says_why_where_either_turnover_is_unknown() -> None:
    assert why_page(facts(changes=changed(None))) is not None
    assert why_page(facts(changes=changed("short_history"))) is None
    assert why_page(facts()) is None


def test_no_page_says_why_nothing_became_nothing() -> None:
    never = changed(None).with_columns(turnover=0.0, turnover_before=0.0, change=0.0)
    assert why_page(facts(changes=never)) is None
    assert why_page(facts(changes=never.with_columns(turnover_before=2.0, change=-2.0))) is not None


def test_lines_and_others_of_a_table_add_up_to_its_total(model: ReportModel) -> None:
    assert model.why is not None
    assert [table.dimension for table in model.why.tables] == ["category", "company", "supplier"]
    for table in model.why.tables:
        shown = [*table.lines, *([table.others] if table.others else [])]
        assert sum(one.change for one in shown) == pytest.approx(table.total.change)
        assert sum(one.average for one in shown) == table.total.average
        changes = [one.change for one in (*table.lines, *table.rest)]
        assert changes == sorted(changes, reverse=True)  # turnover rose: what helped most is first
    by_category = model.why.tables[0].total
    assert by_category.change == pytest.approx(model.why.bridge.change)


def line(
    code: str, released: int = 0, dead: int = 0, lacking: int = 0, average: int = 10_000
) -> CashLine:
    amounts = [Decimal(one) for one in (5_000, released, dead, lacking, average // 5)]
    return CashLine(Label(code), code, Decimal(average), 4.0, 91.0, 5.0, 18.0, *amounts, None)


def test_the_title_of_cash_counts_who_has_too_much_and_is_silent_about_trifles() -> None:
    lines = [line("A", 1_500), line("B", 500), line("C", lacking=900)]
    assert said(cash_title(facts(), line("*", 2_000), lines)) == (
        "CNY 2,000 come free if the two categories above their target stock reach it"
    )
    assert said(cash_title(facts(), line("*", 1_500), lines[:1])) == (
        "CNY 1,500 come free if the one category above its target stock reaches it"
    )
    assert said(cash_title(facts(), line("*", 800), lines)) == (
        "No category holds much more stock than its target needs"
    )


def test_what_holding_stock_costs_says_whether_its_rate_is_an_example() -> None:
    example = facts(policy=PolicyValues(carrying_rate=0.2, carrying_is_example=True))
    decided = facts(policy=PolicyValues(carrying_rate=0.12))
    assert said(carrying_note(example, line("*"))).endswith(
        "20.0% of its value; the rate is an example."
    )
    assert said(carrying_note(decided, line("*"))).endswith("12.0% of its value.")
    assert carrying_note(decided, replace(line("*"), average=None)) is None


@pytest.mark.parametrize(
    ("targeted", "expected"),
    [
        (7_590, "75.9% of the average stock has a target; of the rest nothing is said."),
        (10_000, ""),
    ],
)
def test_a_part_without_target_is_told(targeted: int, expected: str) -> None:
    assert said(covered_note(line("*"), Decimal(targeted))) == expected


def free(amount: int | None) -> pl.DataFrame:
    cash = None if amount is None else Decimal(amount)
    row = {"dimension": "company", "member": "*", "cash_release": cash, "dead_release": cash}
    return pl.DataFrame([row], schema=RELEASE)


def test_cash_is_a_point_to_decide_if_it_is_material_and_says_if_targets_are_examples() -> None:
    example = PolicyValues(targets_are_examples=True)
    assert said(decide_cash(facts(release=free(2_000), policy=example))).startswith(
        "Targets of your own: at the example targets CNY 2,000 come free"
    )
    assert said(decide_cash(facts(release=free(2_000)))).startswith("The order in which categories")
    assert decide_cash(facts(release=free(900))) is None
    assert decide_cash(facts(release=free(None))) is None
    assert decide_cash(facts()) is None


def test_there_is_no_page_of_cash_without_a_target() -> None:
    assert cash_page(facts(release=free(None).with_columns(reason=pl.lit("no_target")))) is None
    assert cash_page(facts()) is None
