"""Every rule of a sentence with the cases in which it speaks, and those that silence it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from pipeline.report.findings.categories import ageing_title, below_every_part, categories_title
from pipeline.report.findings.dead_stock import abnormal_note, dead_stock_title, undated_note
from pipeline.report.findings.decisions import decisions
from pipeline.report.findings.headline import headline
from pipeline.report.findings.key_findings import findings
from pipeline.report.findings.suppliers import supplier_points, suppliers_title
from pipeline.report.findings.trend import trend_points, trend_title
from pipeline.report.member_figures import NO_STOCK, Point
from pipeline.report.pages.members import MemberLine
from pipeline.report.pages.summary import dead_kpi, stock_kpi, turnover_kpi
from pipeline.report.sentences import Label
from pipeline.report.status import Status
from tests.report.tiny import (
    balances,
    facts,
    line,
    missing_costs,
    open_transfers,
    positions,
    said,
)

YOUNG = date(2026, 10, 1)
SOLD = {"slower": False}
SLOW = {"slower": True}


def named(*codes: str, **figures: Any) -> list[MemberLine]:
    return [line(code, **figures) for code in codes]


# ------------------------------------------------------------------------ headline


@pytest.mark.parametrize(
    ("whole", "lines", "sentence"),
    [
        # A lone category is the whole; to say it again is no news.
        ({"turnover": 3.0}, named("A", **SLOW), "Turnover is falling"),
        (
            {"turnover": 3.0},
            named("A", "B", **SLOW),
            "Turnover is falling, and every category turns slower",
        ),
        # One of three was never sold: nobody knows whether it turns slower.
        (
            {"turnover": 3.0},
            [*named("A", "B", **SLOW), line("C")],
            "Turnover is falling, in all two categories that can be compared",
        ),
        ({"turnover": 3.0}, [line("A", **SLOW), line("B")], "Turnover is falling"),
        # Five of 10,000 is too little stock to be told.
        (
            {"turnover": 3.0},
            [line("A", 5, **SLOW), line("B", **SOLD)],
            "Turnover is falling",
        ),
        (
            {"turnover": 5.0},
            [line("A", 2000, **SLOW), line("B", **SOLD)],
            "Turnover is rising, but one category turns slower",
        ),
        (
            {"turnover": 5.0},
            named("A", "B", **SOLD),
            "Turnover is rising, and no category turns slower",
        ),
        ({"turnover": 5.0}, [line("A", 5, **SLOW), line("B", **SOLD)], "Turnover is rising"),
        ({"turnover": 5.0}, named("A", **SOLD), "Turnover is rising"),
        ({"turnover": 5.0}, named("A", "B"), "Turnover is rising"),
        ({"turnover": 4.004}, named("A", **SOLD), "Turnover holds"),
        # 0.162 and 0.158: both are printed 0.16.
        ({"turnover": 0.158, "prior": 0.162}, named("A", "B"), "Turnover holds"),
        ({"prior": None}, named("A", "B"), "Stock turns 4.00 times a year"),
    ],
)
def test_the_headline_says_no_more_than_was_compared(
    whole: dict[str, Any], lines: list[MemberLine], sentence: str
) -> None:
    assert said(headline(facts(**whole), lines)) == sentence


@pytest.mark.parametrize(
    ("whole", "sentence"),
    [
        ({"dead": 650}, "CNY 10k of stock, 6.5% of it dead"),
        ({"dead": 10_000}, "CNY 10k of stock, all of it dead"),
        ({}, "CNY 10k of stock, none of it dead"),
        # 5,000 was there when the ledger began, and nobody knows since when.
        ({"undated": 5000}, "CNY 10k of stock; what of it is dead cannot be known yet"),
        (
            {"undated": 5000, "dead": 650},
            "CNY 10k of stock, at least 6.5% of it dead",
        ),
        # Five is no material doubt.
        ({"undated": 5}, "CNY 10k of stock, none of it dead"),
        (
            {"reason": "short_history", "windows": {"month": 5.67}},
            "CNY 10k of stock, turning at 5.67 times a year in the month to date",
        ),
        ({"reason": "no_cost", "stock": 0}, "There is stock, but no cost of it is known"),
        ({"reason": "no_cost"}, "CNY 10k of stock, as far as its cost is known"),
        ({"stock": -6250, "reason": "negative_stock"}, "Stock stands below zero: −CNY 6,250"),
        ({"stock": 0}, "There is no stock"),
    ],
)
def test_without_a_turnover_the_headline_says_what_is_known(
    whole: dict[str, Any], sentence: str
) -> None:
    given = {"reason": "no_cogs", "prior": None} | whole
    assert said(headline(facts(**given), [])) == sentence


# ------------------------------------------------------------------------ findings


def found(lines: list[MemberLine] | None = None, **whole: Any) -> list[str]:
    return [said(one) for one in findings(facts(**whole), lines or [])]


@pytest.mark.parametrize(
    ("whole", "sentence"),
    [
        (
            {"windows": {"year_to_date": 8.35, "month": 5.67}},
            (
                "The ledger begins on 1 October 2026, too short for a turnover of twelve months; "
                "in the year to date stock turned at 8.35 times a year, in the month to date at "
                "5.67."
            ),
        ),
        (
            {"windows": {"month": 5.67}},
            (
                "The ledger begins on 1 October 2026, too short for a turnover of twelve months; "
                "in the month to date stock turned at 5.67 times a year."
            ),
        ),
        ({}, "The ledger begins on 1 October 2026: too short for a turnover of twelve months."),
        (
            {"reason": "no_cost", "estimates": missing_costs(248)},
            "248 movements have no cost: no turnover that needs them can be stated.",
        ),
        (
            {"reason": "no_cost", "estimates": missing_costs(1)},
            "One movement has no cost: no turnover that needs it can be stated.",
        ),
        ({"reason": "no_cogs"}, "Nothing was sold in the last twelve months."),
        (
            {"reason": "negative_stock"},
            "Stock was below zero on average: it has no turnover.",
        ),
    ],
)
def test_a_missing_turnover_is_told_with_its_own_reason(
    whole: dict[str, Any], sentence: str
) -> None:
    given = {"reason": "short_history", "ledger_from": YOUNG, "prior": None} | whole
    assert found(**given)[0] == sentence


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (
            [(-700, -7000, False), (50, 250, False)],
            (
                "One of two positions is below zero, by CNY 7,000: more was taken from it than "
                "came in."
            ),
        ),
        (
            [(-1, -900, False), (-2, -600, False)],
            (
                "Two of two positions are below zero, by CNY 1,500 in all: more was taken from "
                "them than came in."
            ),
        ),
        ([(-1, -200, False)], ""),  # less than CNY 1,000
        ([(50, 7000, False)], ""),
        ([], ""),
    ],
)
def test_stock_below_zero_is_told_where_it_is_material(
    rows: list[tuple[int, int, bool]], sentence: str
) -> None:
    told = found(stock_status=positions(rows))
    assert [one for one in told if "below zero" in one] == ([sentence] if sentence else [])


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (
            [line("A", 2000, below=True), line("B", below=False)],
            "A is below its benchmark and holds CNY 2,000 of stock.",
        ),
        (
            [*named("A", "B", below=True), line("C", below=False)],
            "Two of three categories with a benchmark are below it; they hold CNY 2,000 of stock.",
        ),
        (
            named("A", "B", below=True),
            "All two categories with a benchmark are below it; they hold CNY 2,000 of stock.",
        ),
        ([line("A", 500, below=True), line("B", below=False)], ""),  # 500 is not material
        (named("A", "B", below=False), ""),
        (named("A", "B"), ""),
    ],
)
def test_categories_below_their_benchmark(lines: list[MemberLine], sentence: str) -> None:
    told = [one for one in found(lines) if "benchmark" in one]
    assert told == ([sentence] if sentence else [])


@pytest.mark.parametrize(
    ("whole", "sentence"),
    [
        (
            {"dead": 1200},
            "CNY 1,200 (12.0% of stock) has not been sold or used for 365 days or more.",
        ),
        (
            {"dead": 10_000},
            "All stock, CNY 10k, has not been sold or used for 365 days or more.",
        ),
        # Thirty days of ledger cannot know what was sold before them.
        (
            {"dead": 1200, "ledger_from": YOUNG},
            (
                "CNY 1,200 came in 365 days ago or earlier and has not been sold or used since the "
                "ledger begins on 1 October 2026."
            ),
        ),
        ({"dead": 200}, ""),
        ({"dead": 1200, "stock": 10_000_000}, ""),  # a ten-thousandth of the stock
        ({}, ""),
    ],
)
def test_dead_stock_is_a_finding_where_it_is_material(whole: dict[str, Any], sentence: str) -> None:
    told = [one for one in found(**whole) if "sold or used" in one]
    assert told == ([sentence] if sentence else [])


@pytest.mark.parametrize(
    ("dead", "holders"),
    [
        ((600, 300, 250, 50), "A, B and C hold 96% of it."),
        ((900, 100, 100, 100), "A holds 75% of it."),
        ((300, 300, 300, 300), ""),  # four alike: nobody stands out
        ((500, 0, 0, 500), ""),  # the second is as large as the first
        ((1200, 0, 0, 0), ""),  # it is all of it
    ],
)
def test_holders_of_dead_stock_are_named_only_before_a_clear_gap(
    dead: tuple[int, ...], holders: str
) -> None:
    lines = [line(code, 2500, dead=value) for code, value in zip("ABCD", dead, strict=True)]
    told = next(one for one in found(lines, dead=sum(dead)) if "sold or used" in one)
    assert told.partition("or more. ")[2] == holders


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (
            [line("A", 2000, **SLOW), line("B", **SOLD)],
            "A turns slower than a year ago and holds CNY 2,000 of stock, 20% of all.",
        ),
        (named("A", "B", **SLOW), "Every category turns slower than a year ago."),
        (
            [*named(*"ABCD", **SLOW), line("E")],
            (
                "All four categories that can be compared turn slower than a year ago; they hold "
                "CNY 4,000 of stock, 40% of all."
            ),
        ),
        (
            [*named(*"ABCD", **SLOW), line("E", **SOLD)],
            (
                "Four of five categories turn slower than a year ago; they hold CNY 4,000 of "
                "stock, 40% of all."
            ),
        ),
        (named("A", **SLOW), ""),  # the whole itself
        ([line("A", 500, **SLOW), line("B", **SOLD)], ""),
        (named("A", "B", **SOLD), ""),
        (named("A", "B"), ""),
    ],
)
def test_slower_categories(lines: list[MemberLine], sentence: str) -> None:
    told = [one for one in found(lines) if "slower" in one or "Every" in one]
    assert told == ([sentence] if sentence else [])


# ------------------------------------------------------------------------ decisions


def asked(lines: list[MemberLine] | None = None, **whole: Any) -> list[str]:
    """Decisions with the given suppliers; the number of a page is not known in plain text."""
    told = decisions(facts(**whole), [], lines or [])
    return [said(one).replace(" (page )", "").replace("on page ,", "on a page,") for one in told]


@pytest.mark.parametrize(
    ("whole", "suppliers", "points"),
    [
        ({}, [], []),
        ({"dead": 200}, [], []),  # nobody decides about CNY 200
        (
            {"dead": 2000},
            [],
            [
                (
                    "An exit for the dead stock of CNY 2,000: the largest items are on a page, all "
                    "of them in the workbook."
                )
            ],
        ),
        # 200 of 2,000 came from S: neither material nor the largest part.
        ({"dead": 2000}, [line("S", dead=200)], ["An exit"]),
        ({"dead": 20_000, "stock": 90_000}, [line("S", 9000, dead=1500)], ["An exit"]),
        (
            {"dead": 9000},
            [line("S", 9000, dead=5000), line("T", dead=800)],
            ["An exit", "Terms and order sizes with S: CNY 5,000 of the dead stock (56%) came"],
        ),
        # Three that hold the same: to name two of them would be chance.
        ({"dead": 9000}, named("S", "T", "U", stock=3000, dead=3000), ["An exit"]),
        ({"unpaired_transfers": open_transfers(1, 500)}, [], []),
        (
            {"unpaired_transfers": open_transfers(1, 1500)},
            [],
            ["Who looks for the goods of one transfer, CNY 1,500, open since 20 February 2026."],
        ),
        (
            {"unpaired_transfers": open_transfers(83, 129_000)},
            [],
            [
                (
                    "Who looks for the goods of 83 transfers, CNY 129k in all, the oldest open "
                    "since 20 February 2026."
                )
            ],
        ),
        ({"reconciliation": balances([(9000, 8100), (1000, 1000)])}, [], []),  # 900 differ
        (
            {"reconciliation": balances([(9000, 7000), (1000, 1000)])},
            [],
            ["Which is right where ledger and ERP balances differ: CNY 2,000 in all."],
        ),
        # Nine tenths of the stock have no value to be compared with.
        (
            {"reconciliation": balances([(9000, None), (1000, 1000)])},
            [],
            [
                (
                    "Whether the ERP shall deliver values with its balances: 90% of stock was "
                    "compared in quantity only."
                )
            ],
        ),
        ({"reconciliation": balances([(500, None), (9500, 9500)])}, [], []),
    ],
)
def test_a_board_is_asked_only_what_is_material(
    whole: dict[str, Any], suppliers: list[MemberLine], points: list[str]
) -> None:
    told = asked(suppliers, **whole)
    assert len(told) == len(points)
    assert all(one.startswith(point) for one, point in zip(told, points, strict=True))


# ------------------------------------------------------------------------ categories


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        ([], "No category has stock or movements"),
        (
            [line("A", below=True), line("B", below=False), line("C")],
            "One of two compared categories is below its benchmark",
        ),
        (named("A", "B", below=True), "All two categories with a benchmark are below it"),
        (named("A", below=True), "The one category with a benchmark is below it"),
        (named("A", "B", below=False), "All two categories with a benchmark reach it"),
        # The compared category is a hundredth of the stock: no title.
        ([line("A", 9900), line("B", 100, below=True)], "A holds the most stock, 99% of all"),
        (named("A", "B", **SLOW), "Every category turns slower than a year ago"),
        (named("A", "B", **SOLD), "No category turns slower than a year ago"),
        (
            [*named("A", "B", **SLOW), line("C")],
            "All two categories that can be compared turn slower than a year ago",
        ),
        (
            [*named("A", "B", **SOLD), line("C")],
            "None of two categories that can be compared turns slower than a year ago",
        ),
        (
            [line("A", 2000, **SLOW), line("B", **SOLD), line("C")],
            "One of two categories that can be compared turns slower than a year ago",
        ),
        ([line("A", 3000), line("B", **SLOW)], "A holds the most stock, 75% of all"),
        (named("A", "B"), "CNY 2,000 of stock in two categories"),  # both the same
        (named("A"), "All stock is in A"),
        (named("A", reason="no_cost"), "The cost of each category's stock is not known"),
        (
            [line("A"), line("B", reason="no_cost")],
            "Some stock has no known cost: categories are not ranked by it",
        ),
        (
            [line("A", 450), line("B", -7000)],
            "Stock is below zero as a whole: no category's part of it can be stated",
        ),
        (named("A", stock=0), "No category has stock of any value"),
    ],
)
def test_the_categories_title(lines: list[MemberLine], title: str) -> None:
    assert said(categories_title(facts(), lines)) == title


@pytest.mark.parametrize(
    ("lines", "turnover", "note"),
    [
        (
            [line("A", turnover=4.6), line("B", turnover=3.5), line("Raw", reason="no_cogs")],
            3.28,
            (
                "The total turns slower than every line above it: Raw adds CNY 1,000 of stock and "
                "no cost of goods sold."
            ),
        ),
        ([line("A", turnover=3.0), line("B", turnover=3.5), line("C", reason="no_cogs")], 3.28, ""),
        ([line("A", turnover=4.6), line("B", turnover=3.5)], 3.28, ""),
        ([line("A", turnover=4.6), line("C", reason="no_cogs")], 3.28, ""),
    ],
)
def test_a_total_below_every_part_is_explained(
    lines: list[MemberLine], turnover: float, note: str
) -> None:
    assert said(below_every_part(facts(turnover=turnover), lines)) == note


@pytest.mark.parametrize(
    ("old", "flags", "title"),
    [
        ((40, 30, 20, 5, 5), {}, "Ageing: 0, 1 and 2 hold 90% of the stock older than 180 days"),
        # The fourth is as large as the third.
        ((40, 30, 20, 19, 5), {}, "Ageing: 31% of stock is older than 180 days"),
        ((20, 20, 20, 20, 20, 20), {}, "Ageing: 29% of stock is older than 180 days"),
        ((20,), {"is_least": True}, "Ageing: at least 29% of stock is older than 180 days"),
        (
            (20,),
            {"is_part": True},
            "Ageing: 29% of the stock with an age is older than 180 days",
        ),
        ((0, 0), {}, "Ageing: nothing is older than 180 days"),
        ((0,), {"is_least": True}, "Ageing: how old the opening stock is was not delivered"),
        ((0,), {"is_part": True}, "Ageing of the stock that has an age"),
        ((), {}, ""),
    ],
)
def test_the_ageing_title(old: tuple[int, ...], flags: dict[str, bool], title: str) -> None:
    young = (Decimal(50), *(Decimal(0),) * 4)
    ages = [(Label(str(at)), (*young, Decimal(value))) for at, value in enumerate(old)]
    assert said(ageing_title(ages, **flags)) == title


# ------------------------------------------------------------------------ suppliers


@pytest.mark.parametrize(
    ("deliverers", "special", "title"),
    [
        ([], [("unattributed", 900)], "No stock is attributed to a supplier"),
        (
            [("A", 600), *((code, 50) for code in "BCDEFGHI")],
            [],
            "A accounts for 60% of the stock",
        ),
        # Seven of fourteen suppliers hold half: that is no concentration.
        ([(code, 100) for code in "ABCDEFGHIJKLMN"], [], "none of whom stands out"),
        ([("A", 150), ("B", 90)], [("unattributed", 760)], "76% of the stock has no known"),
        ([("A", 150), ("B", 90)], [("own_production", 760)], "76% of the stock is own production"),
        ([("A", 400), ("B", 300), ("C", 300)], [], "A is the supplier with the most stock, 40%"),
        ([("A", 500), ("B", 500)], [], "The stock comes from two suppliers, none of whom"),
        ([("A", 500)], [], "All stock comes from A"),
        ([("A", 450)], [("unattributed", -7000)], "Stock is below zero as a whole"),
    ],
)
def test_the_suppliers_title_ranks_with_the_whole(
    deliverers: list[tuple[str, int]], special: list[tuple[str, int]], title: str
) -> None:
    suppliers = [line(code, stock) for code, stock in deliverers]
    lines = [*suppliers, *(line(code, stock) for code, stock in special)]
    assert title in said(suppliers_title(facts(), lines, suppliers))


def points(deliverers: list[MemberLine], *special: MemberLine, **whole: Any) -> list[str]:
    told = supplier_points(facts(**whole), [*deliverers, *special], deliverers)
    return [said(one) for one in told]


@pytest.mark.parametrize(
    ("suppliers", "unattributed", "sentence"),
    [
        # The demo: unattributed 216, Aurora 213, own production 152, Ember 122.
        (
            (2130, 1220),
            2160,
            (
                "The largest parts of the dead stock: unattributed, Aurora and Ember with "
                "CNY 5,510, 100% of it."
            ),
        ),
        (
            (5000, 500),
            500,
            "The largest part of the dead stock: Aurora with CNY 5,000, 83% of it.",
        ),
        # 99.9 % is unattributed: no supplier is named beside it.
        (
            (20, 10),
            30_000,
            "The largest part of the dead stock: unattributed with CNY 30k, 99.9% of it.",
        ),
        ((300, 300), 0, ""),  # not material
        ((0, 0), 0, ""),
    ],
)
def test_dead_stock_is_ranked_with_what_has_no_supplier(
    suppliers: tuple[int, int], unattributed: int, sentence: str
) -> None:
    lines = [
        line(code, 40_000, dead=dead)
        for code, dead in zip(("Aurora", "Ember"), suppliers, strict=True)
    ]
    loose = line("unattributed", 40_000, dead=unattributed)
    told = [one for one in points(lines, loose) if "dead stock" in one]
    assert told == ([sentence] if sentence else [])


def test_stock_below_zero_is_no_stock_without_a_supplier() -> None:
    suppliers = named("A", "B")
    assert not any("no known" in one for one in points(suppliers, line("unattributed", -537)))
    assert not any("no known" in one for one in points(suppliers, line("unattributed", 500)))
    assert "CNY 2,000 of stock (20.0%) has no known supplier and stands as unattributed." in points(
        suppliers, line("unattributed", 2000)
    )


@pytest.mark.parametrize(
    ("now", "year_ago", "can_compare"),
    [
        (0.00, 0.00, True),
        (0.02, 0.07, True),  # five percentage points more: just borne
        (0.02, 0.14, False),  # the demo: opening stock still drained a year ago
        (0.40, 0.42, True),
        (0.60, 0.60, False),  # nothing is known of most of it
        (0.14, 0.02, True),
    ],
)
def test_suppliers_are_compared_only_with_a_year_as_well_attributed(
    now: float, year_ago: float, *, can_compare: bool
) -> None:
    whole = facts(unattributed=(now, year_ago))
    assert whole.can_compare_suppliers(whole.prior_as_of) is can_compare
    told = points(named("A", "B"), unattributed=(now, year_ago))
    assert any("not compared with a year ago" in one for one in told) is not can_compare


# ------------------------------------------------------------------------ trend


def months(*values: float | None, reason: str = "short_history") -> list[Point]:
    return [Point(date(2025, 1, 1), one, None if one else reason) for one in values]


@pytest.mark.parametrize(
    ("known", "title"),
    [
        (months(), "The ledger is too short for a turnover of twelve months"),
        (months(None, None), "The ledger is too short for a turnover of twelve months"),
        (months(None, reason="no_cost"), "No turnover can be stated: costs are missing"),
        (months(None, reason="no_cogs"), "Nothing was sold in the last twelve months"),
        # It could be stated once; then stock fell below zero.
        (
            months(5, 9, None, reason="negative_stock"),
            "No turnover can be stated: stock was below zero on average",
        ),
        (months(None, None, 1), "Turnover can be stated for one month-end so far"),
        (months(None, 2, 1), "Turnover can be stated for two month-ends so far"),
        (
            months(*(1,) * 6, None, *(1,) * 6, reason="incomplete"),
            "Turnover can be stated for twelve of the last thirteen month-ends",
        ),
        (months(*range(1, 14)), "Trailing turnover has climbed in each of the last twelve months"),
        (months(*range(13, 0, -1)), "Trailing turnover has fallen in each of the last twelve"),
        (months(5, 4, *range(5, 12), 10, 9, 8, 7), "has climbed in seven of the last twelve"),
        (months(*(5, 4) * 6, 5), "moved between 4.00 and 5.00 in the last twelve months"),
        # Steps that nobody can see are none.
        (months(*(1 + at / 10_000 for at in range(13))), "stood at 1.00 in the last twelve months"),
    ],
)
def test_the_trend_title_says_the_reason_that_holds(known: list[Point], title: str) -> None:
    assert title in said(trend_title(known))


@pytest.mark.parametrize(
    ("moved", "since", "sentence"),
    [
        (
            {"Receipts": 900, "Cost of goods sold": -800},
            None,
            "In twelve months goods for CNY 900 were received and for CNY 800 sold, at cost.",
        ),
        (
            {"Receipts": 900, "Cost of goods sold": -800},
            YOUNG,
            "Since 1 October 2026 goods for CNY 900 were received and for CNY 800 sold, at cost.",
        ),
        (
            {"Receipts": 900, "Cost of goods sold": -800, "Production": 300, "Consumption": -200},
            None,
            (
                "In twelve months goods for CNY 900 were received and for CNY 800 sold, at cost; "
                "production used CNY 200 and brought in CNY 300."
            ),
        ),
        # Openings, transfers and revaluation are no inflow.
        ({"Opening entries": 900, "Transfers": 10, "Cost of goods sold": -800}, None, ""),
        ({"Receipts": 900}, None, ""),
        ({}, None, ""),
    ],
)
def test_what_moved_the_stock_is_told_by_its_kind(
    moved: dict[str, int], since: date | None, sentence: str
) -> None:
    steps = {name: Decimal(value) for name, value in moved.items()}
    told = [said(one) for one in trend_points(facts(), [], (steps, since))]
    assert [one for one in told if "goods for" in one] == ([sentence] if sentence else [])


def test_what_nobody_can_see_has_not_grown() -> None:
    told = [said(one) for one in trend_points(facts(), [], ({}, None))]
    assert "Stock and the year's cost of goods sold are as good as a year ago." in told
    assert not any(
        "year ago" in said(one) for one in trend_points(facts(prior=None), [], ({}, None))
    )
    below = trend_points(facts(stock=-10), [], ({}, None))
    assert not any("year ago" in said(one) for one in below)


@pytest.mark.parametrize(
    ("paces", "consumption", "is_told"),
    [
        ((4.64, 4.94), 900, True),
        ((4.64, 4.94), 0, False),  # then consumption explains nothing
        ((3.0, 4.94), 900, False),  # one stage is slower than the whole
        ((4.64,), 900, False),
    ],
)
def test_stages_that_all_turn_faster_than_the_whole(
    paces: tuple[float, ...], consumption: int, *, is_told: bool
) -> None:
    whole = facts(turnover=3.28)
    assert whole.total is not None
    stages = [replace(whole.total, turnover=one, consumption=Decimal(consumption)) for one in paces]
    told = [said(one) for one in trend_points(whole, [], ({}, None), stages)]
    assert any(one.startswith("Every stage turns faster") for one in told) is is_told


def test_missing_costs_silence_what_moved_the_stock() -> None:
    steps = {"Receipts": Decimal(900), "Cost of goods sold": Decimal(-800)}
    told = trend_points(facts(reason="no_cost"), [], (steps, None))
    assert not any("goods for" in said(one) for one in told)


# ------------------------------------------------------------------------ dead stock


@pytest.mark.parametrize(
    ("whole", "listed", "items", "title"),
    [
        ({"dead": 1000}, (560, 20), 100, "Twenty items are 56% of the dead stock"),
        ({"dead": 1000}, (600, 1), 9, "One item is 60% of the dead stock"),
        # All of them, or as many as an even part would be: no concentration.
        ({"dead": 1000}, (1000, 12), 12, "Dead stock amounts to CNY 1,000, in twelve items"),
        ({"dead": 1000}, (1000, 1), 1, "Dead stock amounts to CNY 1,000, in one item"),
        ({"dead": 1000}, (560, 20), 40, "Dead stock amounts to CNY 1,000, in 40 items"),
        ({"slow": 390}, (0, 0), 0, "Nothing is dead; CNY 390 has not been sold or used for 90"),
        ({}, (0, 0), 0, "No stock has waited 90 days or more to be sold or used"),
        (
            {"undated": 5000, "ledger_from": YOUNG},
            (0, 0),
            0,
            "Too early to say what is dead: the ledger begins on 1 October 2026",
        ),
        # A shop that joined later: the ledger is old, its stock undated.
        ({"undated": 5000}, (0, 0), 0, "Nothing is known to be dead; nobody dated CNY 5,000 of"),
        (
            {"left_out": (15_500, 15_500), "stock": 133_500},
            (0, 0),
            0,
            "Nothing is dead but CNY 16k that policy leaves out as abnormal",
        ),
        ({"stock": 0}, (0, 0), 0, "There is no stock"),
        ({"stock": -10}, (0, 0), 0, "Stock is below zero as a whole: no share of it is dead"),
        ({"reason": "no_cost", "stock": 0}, (0, 0), 0, "What is dead cannot be stated"),
    ],
)
def test_the_dead_stock_title(
    whole: dict[str, Any], listed: tuple[int, int], items: int, title: str
) -> None:
    given = facts(**whole)
    total = given.dead_stock("company", "*") or NO_STOCK
    largest = (Decimal(listed[0]), listed[1])
    assert said(dead_stock_title(given, total, largest, items)).startswith(title)


@pytest.mark.parametrize(
    ("left_out", "note"),
    [
        (
            (15_500, 15_500),
            "Left out by policy as abnormal: CNY 16k of stock, all of it dead.",
        ),
        (
            (20_000, 5000),
            "Left out by policy as abnormal: CNY 20k of stock, of which CNY 5,000 is dead.",
        ),
        ((20_000, 0), "Left out by policy as abnormal: CNY 20k of stock."),
        ((200, 200), ""),
        ((0, 0), ""),
    ],
)
def test_what_policy_leaves_out_is_told(left_out: tuple[int, int], note: str) -> None:
    assert said(abnormal_note(facts(left_out=left_out))) == note


def test_stock_nobody_dated_is_told_where_it_is_material() -> None:
    for undated, is_told in ((5000, True), (500, False), (0, False)):
        given = facts(undated=undated)
        note = undated_note(given, given.dead_stock("company", "*") or NO_STOCK)
        assert bool(note) is is_told


# ------------------------------------------------------------------------ figures at the top


@pytest.mark.parametrize(
    ("whole", "value", "status"),
    [
        ({"dead": 650}, 0.065, Status.ON_TRACK),
        ({"dead": 1000}, 0.10, Status.ON_TRACK),  # exactly the limit
        ({"dead": 1100}, 0.11, Status.WATCH),
        ({"dead": 2000}, 0.20, Status.ACT),  # twice the limit
        ({"dead": 9540}, 0.954, Status.ACT),
        # It has risen by 6 points and keeps the limit: the printed rule knows no other sign.
        ({"dead": 650, "prior_dead": 50}, 0.065, Status.ON_TRACK),
        # Half of the stock may be dead, and nobody can know yet.
        ({"undated": 5000}, None, None),
        ({"undated": 5000, "dead": 650}, 0.065, None),
        ({"undated": 5000, "dead": 1100}, 0.11, Status.WATCH),
        # Even if all of it were dead, it would keep the limit.
        ({"undated": 100, "dead": 650}, 0.065, Status.ON_TRACK),
        # What policy leaves out would break it: no word of praise.
        ({"left_out": (1600, 1600)}, 0.0, None),
        ({"reason": "no_cost", "stock": 0}, None, None),
    ],
)
def test_the_dead_share_is_judged_by_the_printed_rule(
    whole: dict[str, Any], value: float | None, status: Status | None
) -> None:
    kpi = dead_kpi(facts(**whole))
    assert (kpi.value, kpi.status) == (value, status)


def test_in_the_first_year_the_large_figure_is_the_longest_window_there_is() -> None:
    young = facts(reason="short_history", prior=None, windows={"quarter": 8.0, "month": 6.0})
    kpi = turnover_kpi(young)
    assert (kpi.value, kpi.window, kpi.status) == (8.0, "quarter", None)
    assert (turnover_kpi(facts()).value, turnover_kpi(facts()).window) == (4.0, None)
    unknown = turnover_kpi(facts(reason="short_history", prior=None))
    assert (unknown.value, unknown.window, unknown.reason) == (None, None, "short_history")


def test_windows_of_the_same_days_are_one() -> None:
    # The ledger begins on 1 October: its quarter and its month are the same 31 days.
    young = facts(reason="short_history", prior=None, windows={"quarter": 6.0, "month": 6.0})
    assert [window for window, _ in young.known_windows()] == ["month"]


def test_stock_below_zero_has_no_change_in_percent_and_stock_without_cost_no_amount() -> None:
    assert stock_kpi(facts(stock=-6250)).prior_change is None
    costless = stock_kpi(facts(stock=0, reason="no_cost"))
    assert (costless.value, costless.reason) == (None, "no_cost")
    assert stock_kpi(facts()).prior_change == 0.0
