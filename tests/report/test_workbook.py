"""The workbook: live formulas with true cached values, full lists, and text that stays text."""

from dataclasses import replace
from decimal import Decimal
from functools import cache
from io import BytesIO
from typing import Any

import openpyxl
import polars as pl
import pytest

from pipeline.report.inputs import ReportInput
from pipeline.report.model import ReportModel, report_model
from pipeline.report.translate import LANGUAGES
from pipeline.report.workbook import workbook
from pipeline.report.workbook_cells import HEAD_ROW
from tests.report.formulas import result

HEAD = HEAD_ROW + 1  # openpyxl counts from one


@cache
def opened(content: bytes, *, values: bool) -> Any:
    """A workbook to look at, with its formulas or with what they give."""
    return openpyxl.load_workbook(BytesIO(content), data_only=values)


Books = dict[str, bytes]


@pytest.fixture(scope="module")
def books(model: ReportModel, given: ReportInput) -> Books:
    """The usual workbook by its language."""
    return {language: workbook(model, given, language) for language in LANGUAGES}


@pytest.fixture(scope="module")
def content(books: Books) -> bytes:
    return books["en"]


def test_every_list_has_its_sheet_in_both_languages(books: Books) -> None:
    sheets = {name: opened(book, values=True).sheetnames for name, book in books.items()}
    assert sheets["en"] == [
        "Summary", "Turnover", "Turnover by item", "Trend", "Bridge", "Why it changed", "Cash",
        "Status by member",
        "Dead and slow items",
        "Dead and slow stock", "Stock status", "Ageing", "Differences", "Quarantine", "In transit",
        "Costs", "Unknown codes",
    ]  # fmt: skip
    assert sheets["zh"] == [
        "汇总", "库存周转率", "物料周转率", "趋势", "库存变动", "变动原因分析", "资金",
        "各维度动销状态", "呆滞与滞销物料",
        "呆滞与滞销", "动销状态", "库龄", "对账差异", "异常数据（未入账）", "在途",
        "成本", "未知编码",
    ]  # fmt: skip


def column(page: Any, head: str) -> int:
    """The place of a column by its head."""
    return next(n for n in range(1, page.max_column + 1) if page.cell(HEAD, n).value == head)


def cell(page: Any, row: int, head: str) -> Any:
    return page.cell(HEAD + row, column(page, head))


def test_cached_values_are_what_the_formulas_give(content: bytes, model: ReportModel) -> None:
    live = opened(content, values=False)["Summary"]
    cached = opened(content, values=True)["Summary"]
    rows = range(HEAD + 1, cached.max_row)
    last = cached.max_row
    for row in rows:
        stock, dead, slow, new = (cached.cell(row, column).value for column in (2, 3, 4, 5))
        assert str(live.cell(row, 2).value).startswith("=SUMPRODUCT(")
        assert live.cell(row, 6).value == f"=B{row}-C{row}-D{row}-E{row}"
        assert cached.cell(row, 6).value == pytest.approx(stock - dead - slow - new, abs=0.005)
        assert cached.cell(row, 7).value == pytest.approx(dead / stock)
    for column in range(2, 7):
        parts = sum(cached.cell(row, column).value for row in rows)
        assert cached.cell(last, column).value == pytest.approx(parts, abs=0.005)
        assert str(live.cell(last, column).value).startswith("=SUM(")
    assert cached.cell(last, 2).value == pytest.approx(float(model.dead_stock.total.value))
    headline = model.categories.total
    assert headline is not None
    assert cached.cell(last, 8).value == pytest.approx(headline.turnover)


def test_lists_are_complete(content: bytes, given: ReportInput) -> None:
    book = opened(content, values=True)
    idle = given.stock_status.filter(pl.col("status").is_in(["dead", "slow"]))
    assert book["Dead and slow stock"].max_row == HEAD + idle.height
    assert book["Stock status"].max_row == HEAD + given.stock_status.height
    assert book["Ageing"].max_row == HEAD + given.stock_age.height
    assert book["Differences"].max_row == HEAD + 1
    assert book["Quarantine"].max_row == HEAD + given.quarantine.height


def test_lists_can_be_filtered_and_keep_their_head(content: bytes) -> None:
    for page in opened(content, values=False).worksheets[1:]:
        assert page.freeze_panes == "C5"
        assert page.auto_filter.ref.startswith("A4:")


@pytest.mark.parametrize(
    ("language", "sheet", "words"),
    [
        ("en", "Quarantine", ("Stock movements", "Column quantity is empty")),
        ("zh", "异常数据（未入账）", ("库存流水", "列 quantity 为空")),
    ],
)
def test_a_refusal_is_said_in_words_beside_its_code(
    given: ReportInput, language: str, sheet: str, words: tuple[str, str]
) -> None:
    refused = replace(
        given, quarantine=given.quarantine.head(1).with_columns(reason=pl.lit("missing quantity"))
    )
    page = opened(workbook(report_model(refused), refused, language), values=True)[sheet]
    row = [page.cell(HEAD + 1, column).value for column in range(1, 8)]
    file = "north/2026-10-31/OINM.txt"
    assert row == ["north", *words, file, 3, "stock_movement", "missing quantity"]


def test_lists_speak_their_language(books: Books) -> None:
    book = opened(books["zh"], values=True)
    turnover, idle = book["库存周转率"], book["呆滞与滞销"]
    assert {turnover.cell(row, 2).value for row in range(HEAD + 1, turnover.max_row + 1)} == {
        "不含异常库存", "全部库存",
    }  # fmt: skip
    assert turnover.cell(HEAD + 1, 1).value == "集团"
    names = {
        turnover.cell(row, 4).value: turnover.cell(row, 5).value
        for row in range(HEAD + 1, turnover.max_row + 1)
    }
    assert names["unattributed"] == "未归属"
    assert cell(idle, 1, "状态").value == "呆滞"


def test_a_whole_quantity_has_no_decimals(given: ReportInput, model: ReportModel) -> None:
    half = given.stock_status.head(2).with_columns(
        quantity=pl.Series([Decimal(12), Decimal("2.5")], dtype=pl.Decimal(38, 6)),
        value=pl.Series([Decimal(2), Decimal(1)], dtype=pl.Decimal(38, 4)),
    )
    book = opened(workbook(model, replace(given, stock_status=half), "en"), values=True)
    page = book["Stock status"]
    formats = [cell(page, row, "Quantity").number_format for row in (1, 2)]
    assert formats == ["#,##0;−#,##0", "#,##0.00####;−#,##0.00####"]


EVIL = "=cmd|' /C calc'!A0"


@pytest.mark.parametrize("text", [EVIL, "+1+1", "-1", "@SUM(A1)", "http://example.org", "0123"])
def test_delivered_text_never_becomes_a_formula_link_or_number(
    given: ReportInput, text: str
) -> None:
    evil = replace(
        given,
        items=given.items.with_columns(name=pl.lit(text), category=pl.lit(text)),
        quarantine=given.quarantine.with_columns(source_file=pl.lit(text), reason=pl.lit(text)),
    )
    book = opened(workbook(report_model(evil), evil, "en"), values=False)
    cell = book["Stock status"].cell(HEAD + 1, 3)
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)
    assert book["Quarantine"].cell(HEAD + 1, 4).data_type == "s"


def test_control_characters_do_not_break_the_file(given: ReportInput) -> None:
    odd = replace(given, items=given.items.with_columns(name=pl.lit("a\x00b\x1fc")))
    book = opened(workbook(report_model(odd), odd, "en"), values=False)
    assert book["Stock status"].cell(HEAD + 1, 3).value == "abc"


@pytest.mark.parametrize("text", ["<r><b></r>", "<r>&</r>", "<r></r>"])
def test_text_that_looks_like_formats_stays_text(given: ReportInput, text: str) -> None:
    odd = replace(given, items=given.items.with_columns(name=pl.lit(text)))
    book = opened(workbook(report_model(odd), odd, "en"), values=False)
    assert book["Stock status"].cell(HEAD + 1, 3).value.strip() == text


def test_a_list_says_numbers_to_their_last_digit(content: bytes, given: ReportInput) -> None:
    page = opened(content, values=True)["Turnover"]
    shown = {cell(page, row, "Average stock").value for row in range(1, page.max_row - HEAD + 1)}
    assert shown - {None} <= set(given.turnover["average_inventory"])


def test_the_largest_rows_of_a_long_list_come_first(
    given: ReportInput, model: ReportModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = opened(workbook(model, given, "en"), values=True)["Ageing"]
    for module in ("workbook", "workbook_lists"):
        monkeypatch.setattr(f"pipeline.report.{module}.MOST_ROWS", 10)
    cut = opened(workbook(model, given, "en"), values=True)["Ageing"]
    first, second = (
        list(page.iter_rows(min_row=HEAD + 1, max_row=HEAD + 9, values_only=True))
        for page in (whole, cut)
    )
    assert first == second


def test_a_list_without_rows_has_its_head(given: ReportInput) -> None:
    none = replace(given, quarantine=given.quarantine.clear())
    page = opened(workbook(report_model(none), none, "en"), values=True)["Quarantine"]
    assert (page.max_row, page.cell(HEAD, 1).value) == (HEAD, "Company")


def test_a_list_that_is_cut_says_so_and_adds_up_all_the_same(
    given: ReportInput, model: ReportModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.report.workbook.MOST_ROWS", 10)
    book = opened(workbook(model, given, "en"), values=True)
    page = book["Ageing"]
    idle = given.stock_status.filter(pl.col("status").is_in(["dead", "slow"])).height
    assert book["Dead and slow stock"].max_row == HEAD + idle > HEAD + 10
    assert page.max_row == HEAD + 10
    assert page["A2"].value.endswith(
        f" · The first 9 of {given.stock_age.height:,} rows, the others as sums; the published "
        "database has all."
    )
    assert cell(page, 10, "Company").value == f"{given.stock_age.height - 9:,} other rows"
    whole = float(given.stock_age["value"].sum())
    shown = sum(cell(page, row, "Value").value for row in range(1, 11))
    assert shown == pytest.approx(whole, abs=0.005)
    assert page.cell(HEAD - 1, column(page, "Value")).value == pytest.approx(whole, abs=0.005)


def test_a_summary_of_lists_that_are_cut_adds_up_all_the_same(
    given: ReportInput, model: ReportModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.report.workbook.MOST_ROWS", 10)
    content = workbook(model, given, "en")
    book, live = opened(content, values=True), opened(content, values=False)["Summary"]
    page = book["Summary"]
    for row in range(HEAD + 1, page.max_row):
        for place in range(2, 6):
            formula = str(live.cell(row, place).value)
            shown = page.cell(row, place).value
            assert result(book, page, formula) == pytest.approx(shown, abs=0.005)
    rest = [one[0].value for one in book["Stock status"].iter_rows(min_row=HEAD + 10)]
    assert len(rest) > 10  # one for each category and status
    assert all(text.endswith(" other rows") for text in rest)


@pytest.mark.parametrize("name", ['=1+"1"', "*", "?eals", "<>", "seals", "S" * 300])
def test_a_category_of_any_name_is_added_up_by_itself(given: ReportInput, name: str) -> None:
    other = given.items["category"].drop_nulls()[0]
    odd = _renamed(_renamed(given, other, name), "Industrial parts", "Seals")
    content = workbook(report_model(odd), odd, "en")
    book, live = opened(content, values=True), opened(content, values=False)["Summary"]
    page = book["Summary"]
    (row,) = (n for n in range(HEAD + 1, page.max_row) if page.cell(n, 1).value == name)
    shown = page.cell(row, 2).value
    assert shown > 0
    assert result(book, page, live.cell(row, 2).value) == pytest.approx(shown, abs=0.005)


def _renamed(given: ReportInput, old: str, new: str) -> ReportInput:
    """The input with a category of another name."""
    member = pl.col("member").replace({old: new})
    return replace(
        given,
        items=given.items.with_columns(pl.col("category").replace({old: new})),
        members=given.members.with_columns(member, pl.col("name").replace({old: new})),
        dead_stock=given.dead_stock.with_columns(member),
        turnover=given.turnover.with_columns(member),
    )


def test_every_sheet_says_what_its_amounts_are_and_prints_on_paper(content: bytes) -> None:
    for page in opened(content, values=False).worksheets:
        assert page["A2"].value.startswith("Amounts in CNY · Data as of 31 October 2026 · Run ")
        assert page.page_setup.orientation == "landscape"
        assert page.page_setup.paperSize == 9
        assert page.sheet_properties.pageSetUpPr.fitToPage  # to one page across, the default
        assert page.page_setup.fitToHeight == 0  # however many it is long
        assert page.print_title_rows == "$4:$4"


def test_a_total_follows_the_filter(content: bytes, given: ReportInput) -> None:
    live = opened(content, values=False)["Stock status"]
    at = column(live, "Value")
    letter = openpyxl.utils.get_column_letter(at)
    last = HEAD + given.stock_status.height
    assert live.cell(HEAD - 1, at).value == f"=SUBTOTAL(109,{letter}{HEAD + 1}:{letter}{last})"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Northern Trading", "Harbour warehouse", "Own production")),
        ("zh", ("北方商贸", "港口仓", "自产")),
    ],
)
def test_a_name_stands_beside_every_code(
    books: Books, language: str, words: tuple[str, str, str]
) -> None:
    sheet = opened(books[language], values=True).worksheets[10]
    names = [sheet.cell(HEAD, at).value for at in range(1, sheet.max_column + 1)]
    at = [names.index(one) for one in names if one.endswith(("name", "名称"))]
    assert len(at) == 3
    found = {row[place] for row in sheet.iter_rows(min_row=HEAD + 1, values_only=True)
             for place in at}  # fmt: skip
    assert set(words) <= found


def test_what_is_slow_says_on_which_day_it_becomes_dead(content: bytes, given: ReportInput) -> None:
    page = opened(content, values=True)["Dead and slow items"]
    rows = range(1, page.max_row - HEAD + 1)
    slow = [row for row in rows if cell(page, row, "Status").value == "Slow"]
    assert slow
    for row in slow:
        days = cell(page, row, "Days without sale or use").value
        left = cell(page, row, "Dead on").value.date() - given.as_of
        assert days + left.days == given.policy.dead_days
    assert {cell(page, row, "Dead on").value for row in rows if row not in slow} == {None}


def test_what_is_newly_dead_says_since_when_it_was_not(content: bytes, given: ReportInput) -> None:
    page = opened(content, values=True)["Dead and slow items"]
    dated = [
        (cell(page, row, "SKU").value, cell(page, row, "Newly dead since").value.date())
        for row in range(1, page.max_row - HEAD + 1)
        if cell(page, row, "Newly dead since").value
    ]
    assert given.since is not None
    newly = given.since.items.filter(change="became_dead")["sku"].to_list()
    assert sorted(dated) == [(sku, given.since.on) for sku in sorted(newly)]
    assert len(newly) == 3


def test_what_the_page_counts_is_listed(content: bytes, given: ReportInput) -> None:
    book = opened(content, values=True)
    assert cell(book["In transit"], 1, "Value").value == 18400
    assert cell(book["Costs"], 1, "Estimated movements").value == 214
    codes = book["Unknown codes"]
    assert [cell(codes, row, "Code").value for row in (1, 2)] == ["N-999999", "N-4711"]
    assert [cell(codes, row, "Its row was refused").value for row in (1, 2)] == [None, "x"]
    months = {cell(book["Trend"], row, "Date").value.date() for row in range(1, 30)}
    assert months <= set(given.trend["as_of"])
