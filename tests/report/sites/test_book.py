"""The workbook of each site: its sheets add up to the page, and say no speed where nothing sold."""

from typing import Any

import pytest

from pipeline.report.workbook_cells import HEAD_ROW, TOTAL_ROW
from tests.report.formulas import result
from tests.report.sites.made import SITES, book_of, formulas_of, given_of, model_of

HEAD, TOTAL = HEAD_ROW + 1, TOTAL_ROW + 1


def column(page: Any, head: str) -> int:
    """The place of a column by its head."""
    return next(at for at in range(1, page.max_column + 1) if page.cell(HEAD, at).value == head)


def total(site: str, sheet: str, head: str = "Value") -> float:
    """The total of a sheet, which is also the sum of its rows."""
    page = book_of(site, "en")[sheet]
    at = column(page, head)
    rows = [page.cell(row, at).value or 0 for row in range(HEAD + 1, page.max_row + 1)]
    whole = page.cell(TOTAL, at).value
    assert sum(rows) == pytest.approx(whole, abs=0.005)
    return whole


@pytest.mark.parametrize("site", SITES)
def test_stock_and_ages_add_up_to_the_ledger_of_the_page(site: str) -> None:
    proof = {line.label.text: line.value for line in model_of(site).quality.proof}
    ledger = float(proof.get("Stock ledger, all stock", 0))
    assert total(site, "Stock status") == pytest.approx(ledger, abs=0.005)
    assert total(site, "Ageing") == pytest.approx(ledger, abs=0.005)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("site", SITES)
def test_a_figure_of_the_summary_is_the_sum_of_a_list(site: str, language: str) -> None:
    book, live = book_of(site, language), formulas_of(site, language).worksheets[0]
    page = book.worksheets[0]
    found = [
        cell for row in live.iter_rows(min_row=HEAD + 1) for cell in row
        if str(cell.value).startswith("=SUMPRODUCT")
    ]  # fmt: skip
    for cell in found:
        shown = page[cell.coordinate].value
        assert result(book, page, cell.value) == pytest.approx(shown, abs=0.005), cell.coordinate
    amounts = [cell for row in page.iter_rows(min_row=HEAD + 1, max_row=page.max_row - 1)
               for cell in row[1:5] if isinstance(cell.value, int | float)]  # fmt: skip
    assert {cell.coordinate for cell in amounts} <= {cell.coordinate for cell in found}


def test_the_summary_adds_up_at_all() -> None:
    live = formulas_of("sample", "en").worksheets[0]
    found = [str(cell.value) for row in live.iter_rows(min_row=HEAD + 1) for cell in row]
    assert sum(value.startswith("=SUMPRODUCT") for value in found) > 40
    assert sum(value.startswith("=365/") for value in found) > 8


@pytest.mark.parametrize("site", SITES)
def test_the_stock_of_all_items_is_that_of_the_page(site: str) -> None:
    if given_of(site).item_turnover.is_empty():
        assert site in {"sample", "empty"}
        return
    stock = model_of(site).dead_stock.total
    assert total(site, "Turnover by item", "Stock") == pytest.approx(float(stock.value), abs=0.005)


@pytest.mark.parametrize("site", SITES)
def test_the_steps_of_the_bridge_add_up_to_the_closing_stock(site: str) -> None:
    bridge = model_of(site).trend.bridge
    closing = float(bridge.closing) if bridge else 0
    assert total(site, "Bridge") == pytest.approx(closing, abs=0.005)


@pytest.mark.parametrize("site", SITES)
def test_the_items_are_as_many_as_the_page_says(site: str) -> None:
    page, sheet = model_of(site).dead_stock, book_of(site, "en")["Dead and slow items"]
    status = {"dead": "Dead", "slow": "Slow"}[page.status]
    at = column(sheet, "Status")
    found = [sheet.cell(row, at).value for row in range(HEAD + 1, sheet.max_row + 1)]
    assert found.count(status) == page.all_items


def test_goods_in_transit_are_listed_as_the_page_names_them() -> None:
    # 20 at 15 left on 20 August, five of them came.
    assert total("unproven", "In transit") == 225
    lines = {line.label.text: line.value for line in model_of("unproven").quality.proof}
    assert lines["Not compared: goods in transit"] == 225


@pytest.mark.parametrize("site", SITES)
def test_what_was_not_sold_has_no_turns(site: str) -> None:
    for name in ("Turnover", "Trend"):
        page = book_of(site, "en")[name]
        turns, reason = column(page, "Turns"), column(page, "Reason")
        for row in range(HEAD + 1, page.max_row + 1):
            if page.cell(row, reason).value in ("not sold", "consumed"):
                assert page.cell(row, turns).value is None


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("site", SITES)
def test_no_code_of_the_program_stands_in_a_name(site: str, language: str) -> None:
    book = book_of(site, language)
    own = {"unattributed", "own_production", "in_transit", "valuation", "uncategorised"}
    for page in book.worksheets[6:10]:
        heads = [page.cell(HEAD, at).value or "" for at in range(1, page.max_column + 1)]
        named = [at for at, head in enumerate(heads, start=1) if head.endswith(("name", "名称"))]
        for row in page.iter_rows(min_row=HEAD + 1, values_only=True):
            assert not own & {row[at - 1] for at in named}


def test_missing_costs_are_listed_by_item() -> None:
    given = given_of("cost_missing")
    assert given.costs.select("sku", "missing").rows() == [("S-100", 2)]
