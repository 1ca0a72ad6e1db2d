"""What a list of the workbook is: columns, rows, and how many of them are shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from pipeline.report.sentences import message
from pipeline.report.translate import Words

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


@dataclass(frozen=True)
class Column:
    """One column of a sheet: its head, where its values come from, how they are written."""

    head: str
    source: str
    kind: str = "text"
    width: int = 0


def _as_they_are(rows: pl.DataFrame) -> pl.DataFrame:
    return rows


@dataclass(frozen=True)
class Sheet:
    """One list; `adds_up`: its rows are parts of one whole, so that its amounts have a total.

    `named` puts names and words to the rows that are shown; amounts stand in all of them.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: pl.DataFrame
    most: int | None = None
    adds_up: bool = True
    named: Callable[[pl.DataFrame], pl.DataFrame] = _as_they_are


def said(column: str, texts: Mapping[str, str], words: Words) -> pl.Expr:
    """Codes of a column in words; a code that nobody put into words stands as it is."""
    return pl.col(column).replace({code: words.text(text) for code, text in texts.items()})


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
