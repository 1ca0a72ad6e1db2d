"""The lists behind the report as a workbook: summary with live formulas, then every list in full.

Text is written as text, whatever it begins with: a cell never becomes a formula or a link because
of what an ERP delivered.  The same model and rows give the same bytes.
"""

from datetime import UTC, datetime, time
from io import BytesIO

import polars as pl
import xlsxwriter  # pyright: ignore[reportMissingTypeStubs]
from xlsxwriter.utility import xl_rowcol_to_cell  # pyright: ignore[reportMissingTypeStubs]

from pipeline.report.inputs import ReportInput
from pipeline.report.model import ReportModel
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
    strong_format,
)
from pipeline.report.workbook_lists import sheets
from pipeline.report.workbook_rows import ListPage, write_rows
from pipeline.report.workbook_sheet import COUNT, LONGEST_NAME, MONEY, MOST_ROWS, Laid, laid
from pipeline.report.workbook_summary import stamp, write_summary


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
    lists = [laid(sheet, MOST_ROWS) for sheet in sheets(model, given, words)]
    write_summary(book, model, lists, words)
    for each in lists:
        _list(book, each, model, words)
    book.close()
    return target.getvalue()


def _list(book: Book, laid_out: Laid, model: ReportModel, words: Words) -> None:
    sheet, rows = laid_out.sheet, laid_out.rows
    page = book.add_worksheet(sheet.name[:LONGEST_NAME], ListPage)
    page.write_string(0, 0, sheet.title, strong_format(book))
    page.write_string(1, 0, stamp(model, words) + _cut(laid_out, words))
    head = head_format(book)
    for at, column in enumerate(sheet.columns):
        page.write_string(HEAD_ROW, at, column.head, head)
        page.set_column(at, at, column.width or WIDTHS[column.kind])
    columns = [(each.kind, rows[each.source]) for each in sheet.columns]
    write_rows(book, page, HEAD_ROW + 1, columns)
    if laid_out.cut:
        write_rows(book, page, HEAD_ROW + 1 + rows.height, _sums(laid_out, words))
    if sheet.adds_up:
        _totals(book, page, laid_out, words)
    page.autofilter(HEAD_ROW, 0, laid_out.last, len(sheet.columns) - 1)
    page.freeze_panes(HEAD_ROW + 1, 2)
    print_setup(page)


def _cut(laid_out: Laid, words: Words) -> str:
    if not laid_out.cut:
        return ""
    text = words.text(
        "The first %(shown)s of %(all)s rows, the others as sums; the published database has all."
    )
    count, shown = words.figures.count, laid_out.rows.height
    said = text % {"shown": count(shown), "all": count(shown + laid_out.cut)}
    return words.text(" · ") + said


def _sums(laid_out: Laid, words: Words) -> list[tuple[str, pl.Series]]:
    """What is cut: in each row how many it stands for, and their amounts."""
    text, sums = words.text("%(count)s other rows"), laid_out.sums
    empty = pl.Series([None] * sums.height, dtype=pl.String)
    first, *others = laid_out.sheet.columns
    counts = [text % {"count": words.figures.count(count)} for count in sums[COUNT]]
    return [
        (first.kind, pl.Series(counts)),
        *(
            (each.kind, sums[each.source]) if each.source in sums.columns else ("text", empty)
            for each in others
        ),
    ]


def _totals(book: Book, page: Page, laid_out: Laid, words: Words) -> None:
    """The total of what a filter shows, above the head."""
    sheet = laid_out.sheet
    amounts = [(at, each) for at, each in enumerate(sheet.columns) if each.kind == "money"]
    if not amounts:
        return
    strong = book.add_format({**FORMATS["money"], "bold": True})
    page.write_string(TOTAL_ROW, 0, words.text("Total of the rows shown"), strong)
    for at, column in amounts:
        whole = sheet.rows[column.source].cast(MONEY).sum()
        cells = f"{xl_rowcol_to_cell(HEAD_ROW + 1, at)}:{xl_rowcol_to_cell(laid_out.last, at)}"
        page.write_formula(TOTAL_ROW, at, f"=SUBTOTAL(109,{cells})", strong, float(whole or 0))
