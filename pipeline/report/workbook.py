"""The lists behind the report as a workbook: summary with live formulas, then every list in full.

Text is written as text, whatever it begins with: a cell never becomes a formula or a link because
of what an ERP delivered.  The same model and rows give the same bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from io import BytesIO
from typing import Any

import polars as pl
import xlsxwriter  # pyright: ignore[reportMissingTypeStubs]
from xlsxwriter.utility import xl_rowcol_to_cell  # pyright: ignore[reportMissingTypeStubs]

from pipeline.report.inputs import ReportInput
from pipeline.report.member_figures import DeadStock
from pipeline.report.model import ReportModel
from pipeline.report.reason_words import REASONS
from pipeline.report.translate import Words
from pipeline.report.workbook_cells import (
    FORMATS,
    HEAD_ROW,
    TOTAL_ROW,
    WIDTHS,
    Book,
    Page,
    head_format,
    print_setup,
    readable_text,
    strong_format,
    write_number,
)
from pipeline.report.workbook_lists import sheets
from pipeline.report.workbook_rows import ListPage, write_rows
from pipeline.report.workbook_sheet import Column, Sheet

MONEY = pl.Decimal(38, 4)
MOST_ROWS = 10_000
"""More of a list than anybody reads; the database has the rest, and the sheet says so."""


def workbook(model: ReportModel, given: ReportInput, language: str) -> bytes:
    """The workbook of a report in a language."""
    words = Words(language, model.cover.currency)
    target = BytesIO()
    book: Book = xlsxwriter.Workbook(
        target,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": True,
            "default_date_format": "yyyy-mm-dd",
        },
    )
    book.set_properties(
        {
            "title": words.plain(model.summary.title),
            "author": model.cover.titles.get(language, model.cover.company),
            "created": datetime.combine(model.cover.as_of, time(), UTC).replace(tzinfo=None),
        }
    )
    book.set_calc_mode("auto")
    _summary(book, model, words)
    for sheet in sheets(model, given, words):
        _list(book, sheet, model, words)
    book.close()
    return target.getvalue()


def _summary(book: Book, model: ReportModel, words: Words) -> None:
    """Stock by status per category; shares and totals are live formulas."""
    _ = words.text
    page = book.add_worksheet(_("Summary"))
    strong, head = strong_format(book), head_format(book)
    money, percent = (book.add_format(FORMATS[kind]) for kind in ("money", "share"))
    strong_money = book.add_format({**FORMATS["money"], "bold": True, "top": 1})
    strong_percent = book.add_format({**FORMATS["share"], "bold": True, "top": 1})
    page.write_string(0, 0, readable_text(words.plain(model.summary.title)), strong)
    page.write_string(1, 0, _stamp(model, words))
    names = ("Category", "Stock", "Dead", "Slow", "New", "Moving", "Dead share", "Turns", "DIO")
    for at, name in enumerate(names):
        page.write_string(HEAD_ROW, at, _(name), head)
    table = next((one for one in model.dead_stock.tables if one.dimension == "category"), None)
    lines = (*table.lines, *table.rest) if table else ()
    turns = {line.label: line for line in (*model.categories.lines, *model.categories.others)}
    first = HEAD_ROW + 1
    rows = [(line.label, line.dead) for line in lines]
    for row, (label, dead) in enumerate(rows, start=first):
        page.write_string(row, 0, readable_text(words.label(label)))
        _statuses(page, row, dead, money, words)
        _dead_share(page, row, dead, percent, words)
        line = turns.get(label)
        write_number(
            page, row, 7, line.turnover if line else None, book.add_format(FORMATS["ratio"])
        )
        write_number(page, row, 8, line.dio if line else None, book.add_format(FORMATS["days"]))
    last = first + len(rows)
    page.write_string(last, 0, _("Total"), strong)
    total = model.dead_stock.total
    values = (total.value, total.dead, total.slow, total.new, total.moving)
    for column, value in enumerate(() if total.is_costless else values, start=1):
        letter = "ABCDEF"[column]
        formula = f"=SUM({letter}{first + 1}:{letter}{last})" if rows else "=0"
        page.write_formula(last, column, formula, strong_money, float(value))
    if total.is_costless:
        _statuses(page, last, total, strong_money, words)
    whole = model.categories.total
    for column, kind, value in (
        (7, "ratio", whole.turnover if whole else None),
        (8, "days", whole.dio if whole else None),
    ):
        form = book.add_format({**FORMATS[kind], "bold": True, "top": 1})
        write_number(page, last, column, value, form)
    _dead_share(page, last, total, strong_percent, words)
    if rows:
        page.conditional_format(first, 2, last - 1, 2, {"type": "data_bar", "bar_color": "#DFA65A"})
    page.set_column(0, 0, 34)
    page.set_column(1, 5, WIDTHS["money"])
    page.set_column(6, 8, WIDTHS["ratio"])
    page.freeze_panes(HEAD_ROW + 1, 1)
    print_setup(page)


def _statuses(page: Page, row: int, stock: DeadStock, cell: Any, words: Words) -> None:
    """Stock by status, what moves as a live formula; in words where no cost of it is known."""
    if stock.is_costless:
        page.write_string(row, 1, words.text(REASONS[stock.reason or ""]), cell)
        return
    for column, value in enumerate((stock.value, stock.dead, stock.slow, stock.new), start=1):
        page.write_number(row, column, float(value), cell)
    left = f"=B{row + 1}-C{row + 1}-D{row + 1}-E{row + 1}"
    page.write_formula(row, 5, left, cell, float(stock.moving))


def _stamp(model: ReportModel, words: Words) -> str:
    """What the amounts are in, of which day they are, and whose eyes they are for."""
    money = words.text("Amounts in %(currency)s") % {"currency": words.figures.exact_unit.word}
    text = words.text("Data as of %(day)s · Run %(run)s · Confidential – for the management board")
    stamp = text % {
        "day": words.figures.day(model.cover.as_of),
        "run": model.cover.run_label,
    }
    return money + words.text(" · ") + stamp


def _dead_share(page: Page, row: int, stock: DeadStock, cell: Any, words: Words) -> None:
    """Dead ÷ stock as a live formula, or the reason why there is no share."""
    if stock.dead_share is None:
        page.write_string(row, 6, words.text(REASONS[stock.reason]) if stock.reason else "", cell)
        return
    page.write_formula(row, 6, f"=C{row + 1}/B{row + 1}", cell, stock.dead_share)


@dataclass(frozen=True)
class _Written:
    """A list on its page of the book."""

    book: Book
    page: Page
    sheet: Sheet
    words: Words

    @property
    def amounts(self) -> Iterator[tuple[int, Column]]:
        """The columns of money, with their places."""
        return ((at, each) for at, each in enumerate(self.sheet.columns) if each.kind == "money")


def _list(book: Book, sheet: Sheet, model: ReportModel, words: Words) -> None:
    page = book.add_worksheet(sheet.name[:31], ListPage)
    page.write_string(0, 0, sheet.title, strong_format(book))
    most = sheet.most or MOST_ROWS
    # What is cut becomes one row, so that the sheet adds up to the page.
    rows = sheet.rows if sheet.rows.height <= most else sheet.rows.head(most - 1)
    rest = sheet.rows.slice(rows.height)
    page.write_string(1, 0, _stamp(model, words) + _cut(rows.height, rest.height, words))
    head = head_format(book)
    for at, column in enumerate(sheet.columns):
        page.write_string(HEAD_ROW, at, column.head, head)
        page.set_column(at, at, column.width or WIDTHS[column.kind])
    last = HEAD_ROW + max(rows.height + bool(rest.height), 1)
    written = _Written(book, page, sheet, words)
    named = sheet.named(rows)
    columns = [(each.kind, named[each.source]) for each in sheet.columns]
    write_rows(book, page, HEAD_ROW + 1, columns)
    if rest.height:
        write_rows(book, page, last, _rest(written, rest))
    if sheet.adds_up:
        _totals(written, last)
    page.autofilter(HEAD_ROW, 0, last, len(sheet.columns) - 1)
    page.freeze_panes(HEAD_ROW + 1, 2)
    print_setup(page)


def _cut(shown: int, left: int, words: Words) -> str:
    if not left:
        return ""
    text = words.text(
        "The first %(shown)s of %(all)s rows, the others as one; the published database has all."
    )
    count = words.figures.count
    return words.text(" · ") + text % {"shown": count(shown), "all": count(shown + left)}


def _rest(on: _Written, rest: pl.DataFrame) -> list[tuple[str, pl.Series]]:
    """What is cut, as one row: how many there are, and their amounts."""
    text = on.words.text("%(count)s other rows") % {"count": on.words.figures.count(rest.height)}
    row = [(each.kind, pl.Series([None], dtype=pl.Float64)) for each in on.sheet.columns]
    row[0] = ("text", pl.Series([text]))
    for at, column in on.amounts:
        row[at] = ("money", pl.Series([rest[column.source].cast(MONEY).sum()], dtype=MONEY))
    return row


def _totals(on: _Written, last: int) -> None:
    """The total of what a filter shows, above the head."""
    amounts = list(on.amounts)
    if not amounts:
        return
    strong = on.book.add_format({**FORMATS["money"], "bold": True})
    on.page.write_string(TOTAL_ROW, 0, on.words.text("Total of the rows shown"), strong)
    for at, column in amounts:
        whole = on.sheet.rows[column.source].cast(MONEY).sum()
        cells = f"{xl_rowcol_to_cell(HEAD_ROW + 1, at)}:{xl_rowcol_to_cell(last, at)}"
        on.page.write_formula(TOTAL_ROW, at, f"=SUBTOTAL(109,{cells})", strong, float(whole or 0))
