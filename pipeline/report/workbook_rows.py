"""Rows of a list as one block of the sheet's XML, column by column.

The library writes a cell at a time, which took a third of all that a report takes: a list has ten
thousand rows.  Here it writes heads, totals and formats, and the block goes below them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from xlsxwriter.utility import xl_col_to_name  # pyright: ignore[reportMissingTypeStubs]
from xlsxwriter.worksheet import Worksheet  # pyright: ignore[reportMissingTypeStubs]

from pipeline.report.workbook_cells import FORMATS, Book, Page, readable_text

BEFORE_THE_FIRST_DAY = date(1899, 12, 30)
"""Spreadsheets count days from here, the 29 February 1900 that never was among them."""
_Library: Any = Worksheet


@dataclass(frozen=True)
class _Cells:
    """A column as it is written: what stands in each cell, none where it stays empty."""

    values: pl.Series
    is_text: bool
    usual: Any  # format
    whole: Any = None  # format of whole numbers, where it is another


class ListPage(_Library):
    """A page whose lists are written as blocks."""

    def __init__(self) -> None:
        """Nothing stands on it yet."""
        own: Any = super()
        own.__init__()
        self.blocks: list[tuple[int, list[_Cells]]] = []

    def _write_rows(self) -> None:
        page: Page = self
        own: Any = super()
        own._write_rows()  # noqa: SLF001 - what it writes comes first
        for first, columns in self.blocks:
            page.fh.write(_block(first, columns))


def write_rows(
    book: Book, page: Page, first: int, columns: Sequence[tuple[str, pl.Series]]
) -> None:
    """Put columns, each with its kind, on a `ListPage`, from a row on, below all other cells."""
    height = len(columns[0][1])
    if not height:
        return
    page.blocks.append((first, [_cells(book, page, kind, values) for kind, values in columns]))
    page._check_dimensions(first + height - 1, len(columns) - 1)  # noqa: SLF001 - what a cell does


def _cells(book: Book, page: Page, kind: str, values: pl.Series) -> _Cells:
    if kind == "text":
        return _Cells(_shared(page, values), is_text=True, usual=None)
    if values.dtype == pl.Date:
        numbers = (values - BEFORE_THE_FIRST_DAY).dt.total_days()
    else:
        numbers = values.cast(pl.Float64)
        numbers = numbers.set(~numbers.is_finite(), None)
    usual = book.add_format(FORMATS[kind])
    whole = book.add_format(FORMATS["whole"]) if kind == "quantity" else None
    return _Cells(numbers, is_text=False, usual=usual, whole=whole)


def _shared(page: Page, values: pl.Series) -> pl.Series:
    """The number of each text among those that the sheets share; none of an empty one."""
    if values.dtype == pl.Boolean:
        values = values.replace_strict({True: "x", False: ""}, return_dtype=pl.String)
    texts = values.cast(pl.String)
    known = texts.unique(maintain_order=True).drop_nulls()
    readable = [readable_text(text) for text in known.to_list()]
    number = page.str_table._get_shared_string_index  # noqa: SLF001 - what a cell asks for
    numbers = [number(text) if text else None for text in readable]
    return texts.replace_strict(known, pl.Series(numbers, dtype=pl.Int64), default=None)


def _block(first: int, columns: Sequence[_Cells]) -> str:
    """Rows of cells as XML; what number a format has is known when the book is closed."""
    height = len(columns[0].values)
    row = pl.int_range(first + 1, first + 1 + height, eager=True).cast(pl.String).alias("row")
    values = [cells.values.alias(f"{at}") for at, cells in enumerate(columns)]
    return (
        pl.DataFrame([row, *values])
        .select(
            pl.concat_str(
                pl.lit('<row r="'),
                "row",
                pl.lit('">'),
                *(_cell(at, cells) for at, cells in enumerate(columns)),
                pl.lit("</row>"),
                ignore_nulls=True,
            ).str.join()
        )
        .item()
    )


def _cell(at: int, cells: _Cells) -> pl.Expr:
    """A cell of each row, null where it stays empty."""
    place, value = pl.lit(f'<c r="{xl_col_to_name(at)}'), pl.col(f"{at}")
    end = pl.lit("</v></c>")
    return pl.concat_str(place, "row", _form(cells, value), value.cast(pl.String), end)


def _form(cells: _Cells, value: pl.Expr) -> pl.Expr:
    """What stands between the place of a cell and its value."""
    if cells.is_text:
        return pl.lit('" t="s"><v>')
    usual = pl.lit(f'" s="{cells.usual._get_xf_index()}"><v>')  # noqa: SLF001
    if cells.whole is None:
        return usual
    whole = pl.lit(f'" s="{cells.whole._get_xf_index()}"><v>')  # noqa: SLF001
    return pl.when(value == value.floor()).then(whole).otherwise(usual)
