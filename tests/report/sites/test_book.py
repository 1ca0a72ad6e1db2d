"""The workbook of each site: its sheets add up to the page, and say no speed where nothing sold."""

from typing import Any

import pytest

from pipeline.report.workbook_cells import HEAD_ROW, TOTAL_ROW
from tests.report.sites.made import SITES, book_of, given_of, model_of

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


@pytest.mark.parametrize("site", SITES)
def test_the_steps_of_the_bridge_add_up_to_the_closing_stock(site: str) -> None:
    bridge = model_of(site).trend.bridge
    closing = float(bridge.closing) if bridge else 0
    assert total(site, "Bridge") == pytest.approx(closing, abs=0.005)


@pytest.mark.parametrize("site", SITES)
def test_the_items_are_as_many_as_the_page_says(site: str) -> None:
    page, sheet = model_of(site).dead_stock, book_of(site, "en")["Items without issue"]
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
    for page in book.worksheets[5:9]:
        heads = [page.cell(HEAD, at).value or "" for at in range(1, page.max_column + 1)]
        named = [at for at, head in enumerate(heads, start=1) if head.endswith(("name", "名称"))]
        for row in page.iter_rows(min_row=HEAD + 1, values_only=True):
            assert not own & {row[at - 1] for at in named}


def test_missing_costs_are_listed_by_item() -> None:
    given = given_of("cost_missing")
    assert given.costs.select("sku", "missing").rows() == [("S-100", 2)]
