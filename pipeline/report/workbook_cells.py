"""Cells of the workbook: how texts, amounts and days are written, whatever an ERP delivered."""

from datetime import datetime, time
from decimal import Decimal
from typing import Any

import polars as pl

Book = Any  # the library has no stubs
Page = Any
UNREADABLE = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF))
TOTAL_ROW, HEAD_ROW = 2, 3
A4 = 9
WIDTHS = {"text": 18, "money": 16, "quantity": 14, "ratio": 11, "share": 11, "days": 11, "day": 12}
FORMATS = {
    "text": {},
    "money": {"num_format": "#,##0.00;−#,##0.00"},
    "quantity": {"num_format": "#,##0.00####;−#,##0.00####"},
    "whole": {"num_format": "#,##0;−#,##0"},  # a spreadsheet would write 12. for a whole quantity
    "ratio": {"num_format": "0.00"},
    "share": {"num_format": "0.0%"},
    "days": {"num_format": "#,##0"},
    "day": {"num_format": "yyyy-mm-dd"},
}


def write_column(book: Book, page: Page, at: int, kind: str, values: pl.Series) -> None:
    """Write a column of a list below its head, in the format of its kind."""
    if kind == "text":
        _texts(page, at, values)
        return
    cell = book.add_format(FORMATS[kind])
    if values.dtype == pl.Date:
        for row, day in enumerate(values.to_list(), start=HEAD_ROW + 1):
            if day is not None:
                page.write_datetime(row, at, datetime.combine(day, time()), cell)
        return
    whole = book.add_format(FORMATS["whole"]) if kind == "quantity" else cell
    for row, value in enumerate(values.cast(pl.Float64).to_list(), start=HEAD_ROW + 1):
        if value is not None:
            page.write_number(row, at, value, whole if value.is_integer() else cell)


def _texts(page: Page, at: int, values: pl.Series) -> None:
    readable: dict[Any, str] = {None: "", False: ""}
    for row, value in enumerate(values.to_list(), start=HEAD_ROW + 1):
        if value not in readable:
            readable[value] = readable_text("x" if value is True else str(value))
        if text := readable[value]:
            page.write_string(row, at, text)


def write_number(
    page: Page, row: int, column: int, value: Decimal | float | None, cell: Any
) -> None:
    """Write a number, or leave the cell empty where there is none."""
    if value is not None:
        page.write_number(row, column, float(value), cell)


def readable_text(text: str) -> str:
    """Text without characters that XML forbids, no longer than a cell may be."""
    return text.translate(UNREADABLE)[:32_767]


def print_setup(page: Page) -> None:
    """A4 across, as wide as the paper, the head on every page, its number in the foot."""
    page.set_landscape()
    page.set_paper(A4)
    page.fit_to_pages(1, 0)
    page.repeat_rows(HEAD_ROW)
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    page.set_footer("&L&F – &A&R&P / &N")


def strong_format(book: Book) -> Any:
    """The format of titles and of the word for a total."""
    return book.add_format({"bold": True, "font_size": 12})


def head_format(book: Book) -> Any:
    """The format of the heads of columns."""
    return book.add_format(
        {"bold": True, "bottom": 1, "bg_color": "#E8EDF2", "text_wrap": True, "valign": "vcenter"}
    )
