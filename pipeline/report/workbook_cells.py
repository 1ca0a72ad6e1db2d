"""Cells of the workbook: how texts, amounts and days are written, whatever an ERP delivered."""

from typing import Any

Book = Any  # the library has no stubs
Page = Any
UNREADABLE = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF))
TOTAL_ROW, HEAD_ROW = 2, 3
A4 = 9
LONGEST = 32_766
"""One letter less than a cell may hold."""
WIDTHS = {
    "text": 18,
    "money": 16,
    "quantity": 14,
    "ratio": 11,
    "effect": 11,
    "share": 11,
    "days": 11,
    "day": 12,
}
FORMATS = {
    "text": {},
    "money": {"num_format": "#,##0.00;−#,##0.00"},
    "quantity": {"num_format": "#,##0.00####;−#,##0.00####"},
    "whole": {"num_format": "#,##0;−#,##0"},  # a spreadsheet would write 12. for a whole quantity
    "ratio": {"num_format": "0.00"},
    "effect": {"num_format": "+0.000;−0.000;0.000"},
    "share": {"num_format": "0.0%"},
    "days": {"num_format": "#,##0"},
    "day": {"num_format": "yyyy-mm-dd"},
}


def readable_text(text: str) -> str:
    """Text without characters that XML forbids, no longer than a cell may be."""
    readable = text.translate(UNREADABLE)[:LONGEST]
    # The library takes such a text for one with formats, and writes it into the XML as it is.
    return f"{readable} " if readable.startswith("<r>") and readable.endswith("</r>") else readable


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
