"""What the page on data quality says of each site: as much as its data carry, and no more."""

from datetime import date

import pytest

from pipeline.report.pages.quality_check import Result
from pipeline.report.translate import Words
from tests.report.sites.made import book_of, model_of, page_of
from tests.report.sites.reading import read

ENGLISH = Words("en", "CNY")


def checks(site: str) -> dict[str, tuple[Result, str]]:
    """Result and finding of every check of a site."""
    return {
        check.expectation.text: (check.result, ENGLISH.plain(check.finding))
        for check in model_of(site).quality.checks
    }


def title(site: str) -> str:
    return ENGLISH.plain(model_of(site).quality.title)


def test_a_claim_says_how_far_it_was_checked() -> None:
    # 1,150 of 1,750 have an ERP value, 375 a quantity only, 225 are between two warehouses.
    assert title("unproven") == (
        "The ledger differs from the ERP's balances in three of five positions, by CNY 110; "
        "66% of the stock was compared in value"
    )
    assert checks("unproven")["All stock is compared with the ERP's"][0] is Result.NOTED
    lines = {line.label.text: line.value for line in model_of("unproven").quality.proof}
    assert lines["Compared in quantity only"] == 375
    assert lines["Not compared: goods in transit"] == 225
    assert lines["Stock ledger, all stock"] == 1750


def test_what_is_not_compared_makes_each_row_foot() -> None:
    page = model_of("unproven").quality
    for line in (*page.balances, page.balances_total):
        assert line.ledger - line.unvalued - (line.erp or 0) == (line.difference or 0)


def test_a_difference_in_quantity_is_shown_in_quantities() -> None:
    lines = model_of("unproven").quality.differences
    assert [(line.quantity, line.erp_quantity, line.quantity_difference) for line in lines] == [
        (30, 0, 30),
        (48, 48, 0),
        (5, 7, -2),
    ]
    rows = [row.text for row in read(page_of("unproven", "en")).all("tr")]
    assert any("−2" in row and "75.00" in row for row in rows)


@pytest.mark.parametrize("site", ["young", "below_zero", "all_dead"])
def test_without_balances_nothing_is_said_to_agree(site: str) -> None:
    result, finding = checks(site)["Ledger agrees with the ERP's balances"]
    assert (result, finding) == (Result.NO_DATA, "No balances were delivered for this date")


def test_stock_below_zero_without_a_supplier_is_told_as_such() -> None:
    result, finding = checks("below_zero")["Every unit has a supplier"]
    assert (result, finding.endswith("of stock is unattributed")) == (Result.NOTED, True)
    assert finding.startswith("−CNY 7")


def test_stock_without_a_cost_is_in_no_category_and_of_no_supplier_as_far_as_we_know() -> None:
    found = checks("without_costs")
    for line in ("Every item has a category", "Every unit has a supplier"):
        assert found[line] == (Result.NO_DATA, "The cost of the stock is not known")


def test_a_movement_without_cost_names_its_item() -> None:
    result, finding = checks("cost_missing")["Every movement has a posted cost"]
    assert result is Result.FAILED
    assert finding == (
        "2 movements of S-100 have no cost at all; ratios that need them are not shown"
    )


def test_one_position_is_not_told_as_all_of_them() -> None:
    assert checks("one_item")["Opening + movements = closing"][1] == "Holds in the one position"


@pytest.mark.parametrize(("site", "is_group"), [("one_item", False), ("twelve", True)])
def test_a_lone_company_is_no_group(site: str, *, is_group: bool) -> None:
    assert model_of(site).quality.is_group is is_group
    assert ("The sum of its companies" in page_of(site, "en")) is is_group


def test_what_a_young_ledger_began_with_is_no_inflow() -> None:
    bridge = model_of("young").trend.bridge

    assert bridge is not None
    assert bridge.since == date(2026, 10, 1)
    assert bridge.opening == 9000 + 6000 + 240
    assert [(step.label.text, step.value) for step in bridge.steps] == [
        ("Receipts", 3000 + 200),
        ("Cost of goods sold", -2500 - 120 - 1000),
    ]
    assert bridge.closing == 15_240 + 3_200 - 3_620


def rows_of(site: str, text: str) -> list[str]:
    """The rows of a site's page that hold some text."""
    return [row.text for row in read(page_of(site, "en")).all("tr") if text in row.text]


def test_stock_without_a_cost_is_nowhere_an_amount_of_nought() -> None:
    page, model = page_of("without_costs", "en"), model_of("without_costs")
    assert "CNY 0" not in page
    assert rows_of("without_costs", "Seals") != []
    for row in rows_of("without_costs", "Seals"):
        assert "cost missing" in row
        assert " 0" not in row
    assert model.trend.stocks == ()
    assert model.quality.proof == ()
    assert title_of_trend("without_costs") == "No turnover can be stated: costs are missing"


def title_of_trend(site: str) -> str:
    return ENGLISH.plain(model_of(site).trend.title)


def test_stock_without_a_cost_is_words_in_the_workbook_too() -> None:
    rows = list(book_of("without_costs", "en")["Summary"].iter_rows(values_only=True))
    seals = next(row for row in rows if row[0] == "Seals")
    total = next(row for row in rows if row[0] == "Total")
    for row in (seals, total):
        assert row[1:7] == ("cost missing", None, None, None, None, "cost missing")


def test_a_cost_that_one_supplier_lacks_is_lacking_in_the_total_of_suppliers() -> None:
    # Sudlager's units of S-100 never had a cost; without them the total would read 8.68.
    suppliers = model_of("cost_missing").suppliers
    assert (suppliers.total_speed.turnover, suppliers.total_speed.reason) == (None, "no_cost")
    assert any("cost missing" in row for row in rows_of("cost_missing", "Total"))


def test_who_holds_all_stock_is_not_said_to_hold_the_most() -> None:
    assert ENGLISH.plain(model_of("cost_missing").categories.title) == "All stock is in Bearings"


def test_each_company_of_a_group_stands_beside_its_own_year_before() -> None:
    parts = {table.by: table for table in model_of("twelve").trend.parts}["company"]
    # Company l sold 11 × 10 a month on 100 + 110 + … and stopped: it had a turnover a year ago.
    assert all(line.prior is not None for line in parts.lines)
    suppliers = {line.label.owner: line.prior for line in model_of("twelve").suppliers.lines}
    assert {line.label.text: line.prior for line in parts.lines} == suppliers


def test_the_smaller_categories_turn_together() -> None:
    page = model_of("wide").categories
    rows = [given for given in page.others if given.turnover is not None]
    # Ratio of sums: between the slowest and the fastest of them.
    speeds = [row.turnover for row in rows if row.turnover is not None]
    together = page.others_speed.turnover
    assert together is not None
    assert min(speeds) < together < max(speeds)


def test_a_gap_between_averages_inside_the_noise_band_is_not_told() -> None:
    # 3.86 against 3.85.
    said = [ENGLISH.plain(each) for each in model_of("one_item").trend.readings]
    assert not [each for each in said if "opening and closing" in each]


def test_what_lacks_no_cost_has_a_turnover_all_the_same() -> None:
    # B-100 and B-200: 5,400 sold in twelve months, on average 622.27 in stock.
    said = [ENGLISH.plain(one) for one in model_of("cost_missing").summary.findings]
    assert said == [
        "Two movements have no cost: no turnover that needs them can be stated.",
        "Without the one item concerned, stock turns 8.68 times a year.",
    ]


@pytest.mark.parametrize("site", ["one_item", "without_costs", "empty"])
def test_nothing_is_left_out_where_all_or_no_cost_is_known(site: str) -> None:
    said = [ENGLISH.plain(one) for one in model_of(site).summary.findings]
    assert not [one for one in said if one.startswith("Without")]


def titles(site: str) -> list[str]:
    """Every title of a site's report but that of the trend."""
    model = model_of(site)
    pages = (model.summary, model.categories, model.suppliers, model.dead_stock)
    return [ENGLISH.plain(page.title) for page in pages]


def test_where_some_cost_is_unknown_nobody_is_ranked() -> None:
    assert titles("half_costless") == [
        "CNY 680 of stock, as far as its cost is known",
        "Some stock has no known cost: categories are not ranked by it",
        "Some stock has no known cost: suppliers are not ranked by it",
        "What is dead cannot be stated: the cost of some stock is not known",
    ]
    assert "As far as its cost is known." in page_of("half_costless", "en")
    (companies,) = (table for table in model_of("half_costless").trend.parts)
    assert {line.label.text: line.value for line in companies.lines} == {"acme": 680, "beta": None}
    shares = {
        line.label.owner: line.stock_share for line in model_of("half_costless").suppliers.lines
    }
    assert shares == {"acme": 1.0, "beta": None}
    for line in ("Every item has a category", "Every unit has a supplier"):
        found = checks("half_costless")[line]
        assert found == (Result.NO_DATA, "The cost of some stock is not known")


def test_goods_that_cost_nothing_are_stock_all_the_same() -> None:
    said = "There is stock, and its value adds up to nought"
    assert titles("worthless") == [said, "No category has stock of any value", said, said]
    assert checks("worthless")["Every item has a category"] == (Result.NO_DATA, said)
    assert "There is no stock" not in page_of("worthless", "en")
    assert title_of_trend("worthless") == "No turnover can be stated: average stock was nought"
    assert model_of("worthless").trend.stocks == ()  # a chart of noughts


def test_what_has_no_category_is_not_called_one() -> None:
    # 680 of 1,086.
    assert titles("strange_names")[1] == "63% of the stock has no category"
