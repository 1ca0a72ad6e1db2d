"""What a list of the workbook is: columns, rows, and how many of them are shown."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl
from xlsxwriter.utility import xl_rowcol_to_cell  # pyright: ignore[reportMissingTypeStubs]

from pipeline.report.sentences import message
from pipeline.report.translate import Words
from pipeline.report.workbook_cells import HEAD_ROW

DIMENSIONS = {
    "company": message("Company"),
    "category": message("Category"),
    "subcategory": message("Subcategory"),
    "supplier": message("Supplier"),
    "warehouse": message("Warehouse"),
    "stage": message("Stage"),
    "channel": message("Channel"),
    "abc_class": message("ABC class"),
    "sku": message("SKU"),
}
SCOPES = {"normal": message("Without abnormal stock"), "all": message("All stock")}
STATUSES = {
    "dead": message("Dead"),
    "slow": message("Slow"),
    "new": message("New"),
    "moving": message("Moving"),
}


MONEY = pl.Decimal(38, 4)
MOST_ROWS = 10_000
"""More of a list than anybody reads; the database has the rest, and the sheet says so."""
COUNT = "rows_cut"
LONGEST_NAME = 31
"""A name of a sheet has no more letters."""


@dataclass(frozen=True)
class Column:
    """One column of a sheet: its head, where its values come from, how they are written."""

    head: str
    source: str
    kind: str = "text"
    width: int = 0


def _as_they_are(rows: pl.DataFrame) -> pl.DataFrame:
    return rows


def _as_one(rows: pl.DataFrame, sums: Sequence[pl.Expr]) -> pl.DataFrame:
    return rows.select(sums)


@dataclass(frozen=True)
class Sheet:
    """One list; `adds_up`: its rows are parts of one whole, so that its amounts have a total.

    `named` puts names and words to the rows that are shown; amounts stand in all of them.  `summed`
    makes of the rows that are cut what stands there instead: one row, or one of each kind that
    the summary asks for.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: pl.DataFrame
    most: int | None = None
    adds_up: bool = True
    named: Callable[[pl.DataFrame], pl.DataFrame] = _as_they_are
    summed: Callable[[pl.DataFrame, Sequence[pl.Expr]], pl.DataFrame] = _as_one


@dataclass(frozen=True)
class Laid:
    """A list as it stands on its page: rows that are shown, and the sums of those that are cut."""

    sheet: Sheet
    rows: pl.DataFrame
    cut: int
    sums: pl.DataFrame

    @property
    def last(self) -> int:
        """The last row of the page, an empty one where the list is."""
        return HEAD_ROW + max(self.rows.height + self.sums.height, 1)

    def cells(self, source: str) -> str:
        """Where a column stands, as a formula says it."""
        at = [column.source for column in self.sheet.columns].index(source)
        name = self.sheet.name[:LONGEST_NAME].replace("'", "''")
        ends = (xl_rowcol_to_cell(row, at, True, True) for row in (HEAD_ROW + 1, self.last))  # noqa: FBT003
        return f"'{name}'!{':'.join(ends)}"


def laid(sheet: Sheet, most: int) -> Laid:
    """A list with its rows, so many at most: of more the last become sums."""
    most = sheet.most or most
    shown = sheet.rows if sheet.rows.height <= most else sheet.rows.head(most - 1)
    rest = sheet.rows.slice(shown.height)
    amounts = [column.source for column in sheet.columns if column.kind == "money"]
    sums = [pl.len().alias(COUNT), *(pl.col(name).cast(MONEY).sum() for name in amounts)]
    cut = sheet.summed(rest, sums) if rest.height else pl.DataFrame()
    return Laid(sheet, sheet.named(shown), rest.height, cut)


def said(column: str, texts: Mapping[str, str], words: Words) -> pl.Expr:
    """Codes of a column in words; a code that nobody put into words stands as it is."""
    return pl.col(column).replace({code: words.text(text) for code, text in texts.items()})


def member_columns(words: Words) -> tuple[Column, ...]:
    """The columns that say which member it is, and what it is called."""
    _ = words.text
    return (
        Column(_("Dimension"), "dimension"),
        Column(_("Member"), "member", width=24),
        Column(_("Name"), "name", width=34),
    )


def item_columns(words: Words) -> tuple[Column, ...]:
    """The columns that say which item it is, whose, and where."""
    _ = words.text
    return (
        Column(_("Company"), "company"),
        Column(_("SKU"), "sku"),
        Column(_("Item"), "name", width=36),
        Column(_("Category"), "category_name", width=24),
        Column(_("Company name"), "company_name", width=24),
        Column(_("Warehouse"), "warehouse"),
        Column(_("Warehouse name"), "warehouse_name", width=24),
    )


def supplier_columns(words: Words) -> tuple[Column, ...]:
    """The columns that say who delivered it."""
    _ = words.text
    return (
        Column(_("Supplier"), "supplier"),
        Column(_("Supplier name"), "supplier_name", width=30),
    )
