"""The workbook: live formulas with true cached values, full lists, and text that stays text."""

from dataclasses import replace
from decimal import Decimal
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

HEAD = HEAD_ROW + 1  # openpyxl counts from one


def opened(content: bytes, *, values: bool) -> Any:
    return openpyxl.load_workbook(BytesIO(content), data_only=values)


@pytest.fixture(scope="module")
def content(model: ReportModel, given: ReportInput) -> bytes:
    return workbook(model, given, "en")


def test_every_list_has_its_sheet_in_both_languages(model: ReportModel, given: ReportInput) -> None:
    sheets = {language: opened(workbook(model, given, language), values=True).sheetnames
              for language in LANGUAGES}  # fmt: skip
    assert sheets["en"] == [
        "Summary", "Turnover", "Dead and slow stock", "Stock status", "Ageing", "Differences",
        "Quarantine",
    ]  # fmt: skip
    assert sheets["zh"] == [
        "汇总",
        "库存周转率",
        "呆滞与慢动",
        "动销状态",
        "库龄",
        "对账差异",
        "隔离",
    ]


def test_cached_values_are_what_the_formulas_give(content: bytes, model: ReportModel) -> None:
    live = opened(content, values=False)["Summary"]
    cached = opened(content, values=True)["Summary"]
    rows = range(HEAD + 1, cached.max_row)
    last = cached.max_row
    for row in rows:
        stock, dead, slow, new = (cached.cell(row, column).value for column in (2, 3, 4, 5))
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
        ("zh", "隔离", ("库存流水", "列 quantity 为空")),
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


def test_lists_speak_their_language(given: ReportInput, model: ReportModel) -> None:
    book = opened(workbook(model, given, "zh"), values=True)
    turnover, idle = book["库存周转率"], book["呆滞与慢动"]
    assert {turnover.cell(row, 2).value for row in range(HEAD + 1, turnover.max_row + 1)} == {
        "不含异常库存", "全部库存",
    }  # fmt: skip
    assert turnover.cell(HEAD + 1, 1).value == "集团"
    names = {
        turnover.cell(row, 4).value: turnover.cell(row, 5).value
        for row in range(HEAD + 1, turnover.max_row + 1)
    }
    assert names["unattributed"] == "未归属"
    assert idle.cell(HEAD + 1, 7).value == "呆滞"


def test_a_whole_quantity_has_no_decimals(given: ReportInput, model: ReportModel) -> None:
    half = given.stock_status.head(2).with_columns(
        quantity=pl.Series([Decimal(12), Decimal("2.5")], dtype=pl.Decimal(38, 6)),
        value=pl.Series([Decimal(2), Decimal(1)], dtype=pl.Decimal(38, 4)),
    )
    book = opened(workbook(model, replace(given, stock_status=half), "en"), values=True)
    formats = [book["Stock status"].cell(HEAD + row, 8).number_format for row in (1, 2)]
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


def test_a_list_that_is_cut_says_so(
    given: ReportInput, model: ReportModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.report.workbook.MOST_ROWS", 10)
    book = opened(workbook(model, given, "en"), values=True)
    page = book["Ageing"]
    idle = given.stock_status.filter(pl.col("status").is_in(["dead", "slow"])).height
    assert book["Dead and slow stock"].max_row == HEAD + idle > HEAD + 10
    assert page.max_row == HEAD + 10
    assert page["A2"].value == (
        f"The first 10 of {given.stock_age.height:,} rows; the published database has all."
    )
