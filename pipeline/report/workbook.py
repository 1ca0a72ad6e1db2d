"""The lists behind the report as a workbook: summary with live formulas, then every list in full.

Text is written as text, whatever it begins with: a cell never becomes a formula or a link because
of what an ERP delivered.  The same model and rows give the same bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from io import BytesIO
from typing import Any

import polars as pl
import xlsxwriter  # pyright: ignore[reportMissingTypeStubs]

from pipeline.metrics.fixed_point import stacked
from pipeline.metrics.reconciliation import differences
from pipeline.report.inputs import ReportInput
from pipeline.report.lookup import NO_COGS, TERMS, YEAR, DeadStock, Facts
from pipeline.report.model import ReportModel
from pipeline.report.pages.quality_deliveries import TABLES
from pipeline.report.reason_words import REASONS
from pipeline.report.refusal_words import in_words
from pipeline.report.sentences import message
from pipeline.report.translate import Words
from pipeline.settings import GROUP

Book = Any  # the library has no stubs
Page = Any
MOST_ROWS = 10_000
"""More of a list than anybody reads; the database has the rest, and the sheet says so."""
WHOLE = 1_000_000
"""What is dead or slow is acted upon position by position: as many rows as a sheet can hold."""
UNREADABLE = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF))
HEAD_ROW = 3
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


@dataclass(frozen=True)
class Sheet:
    """One list."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: pl.DataFrame
    most: int | None = None


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
    for sheet in sheets(given, words):
        _list(book, sheet, words)
    book.close()
    return target.getvalue()


def sheets(given: ReportInput, words: Words) -> tuple[Sheet, ...]:
    """Every list, the most valuable rows first."""
    return (
        _turnover_sheet(given, words),
        _idle_sheet(given, words),
        _status_sheet(given, words),
        _age_sheet(given, words),
        _difference_sheet(given, words),
        _quarantine_sheet(given, words),
    )


# ----------------------------------------------------------------------------- summary


def _summary(book: Book, model: ReportModel, words: Words) -> None:
    """Stock by status per category; shares and totals are live formulas."""
    _ = words.text
    page = book.add_worksheet(_("Summary"))
    strong, head = _strong(book), _head(book)
    money, percent = (book.add_format(FORMATS[kind]) for kind in ("money", "share"))
    strong_money = book.add_format({**FORMATS["money"], "bold": True, "top": 1})
    strong_percent = book.add_format({**FORMATS["share"], "bold": True, "top": 1})
    page.write_string(0, 0, _readable(words.plain(model.summary.title)), strong)
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
        page.write_string(row, 0, _readable(words.label(label)))
        for column, value in enumerate((dead.value, dead.dead, dead.slow, dead.new), start=1):
            page.write_number(row, column, float(value), money)
        left = f"=B{row + 1}-C{row + 1}-D{row + 1}-E{row + 1}"
        page.write_formula(row, 5, left, money, float(dead.moving))
        _dead_share(page, row, dead, percent, words)
        line = turns.get(label)
        _number(page, row, 7, line.turnover if line else None, book.add_format(FORMATS["ratio"]))
        _number(page, row, 8, line.dio if line else None, book.add_format(FORMATS["days"]))
    last = first + len(rows)
    page.write_string(last, 0, _("Total"), strong)
    total = model.dead_stock.total
    values = (total.value, total.dead, total.slow, total.new, total.moving)
    for column, value in enumerate(values, start=1):
        letter = "ABCDEF"[column]
        formula = f"=SUM({letter}{first + 1}:{letter}{last})" if rows else "=0"
        page.write_formula(last, column, formula, strong_money, float(value))
    whole = model.categories.total
    for column, kind, value in (
        (7, "ratio", whole.turnover if whole else None),
        (8, "days", whole.dio if whole else None),
    ):
        form = book.add_format({**FORMATS[kind], "bold": True, "top": 1})
        _number(page, last, column, value, form)
    _dead_share(page, last, total, strong_percent, words)
    if rows:
        page.conditional_format(first, 2, last - 1, 2, {"type": "data_bar", "bar_color": "#DFA65A"})
    page.set_column(0, 0, 34)
    page.set_column(1, 5, WIDTHS["money"])
    page.set_column(6, 8, WIDTHS["ratio"])
    page.freeze_panes(HEAD_ROW + 1, 1)


def _stamp(model: ReportModel, words: Words) -> str:
    text = words.text("Data as of %(day)s · Run %(run)s · Confidential – for the management board")
    return text % {
        "day": words.figures.day(model.cover.as_of),
        "run": model.cover.run_label,
    }


def _dead_share(page: Page, row: int, stock: DeadStock, cell: Any, words: Words) -> None:
    """Dead ÷ stock as a live formula, or the reason why there is no share."""
    if stock.dead_share is None:
        page.write_string(row, 6, words.text(REASONS[stock.reason]) if stock.reason else "", cell)
        return
    page.write_formula(row, 6, f"=C{row + 1}/B{row + 1}", cell, stock.dead_share)


# ----------------------------------------------------------------------------- lists


def _turnover_sheet(given: ReportInput, words: Words) -> Sheet:
    _ = words.text
    rows = given.turnover.filter(
        (pl.col("as_of") == given.as_of)
        & (pl.col("time_window") == YEAR)
        & (pl.col("basis") == given.policy.basis)
    ).sort(
        # Items, of which there may be more than a sheet shows, come last.
        [pl.col("dimension") == "sku", "scope", "dimension", "closing_value", "company", "member"],
        descending=[False, True, False, True, False, False],
    )
    return Sheet(
        _("Turnover"),
        _("Turnover of every member, trailing 12 months"),
        (
            Column(_("Company"), "company"),
            Column(_("Scope"), "scope"),
            Column(_("Dimension"), "dimension"),
            Column(_("Member"), "member", width=24),
            Column(_("Name"), "name", width=34),
            Column(_("Cost of goods sold"), "cogs", "money"),
            Column(_("Consumption"), "consumption", "money"),
            Column(_("Stock"), "closing_value", "money"),
            Column(_("Average stock"), "average_inventory", "money"),
            Column(_("Turns"), "turnover", "ratio"),
            Column(_("DIO"), "dio_days", "days"),
            Column(_("Reason"), "reason"),
        ),
        _named(rows, given, words).with_columns(
            _said("company", {GROUP: message("Group")}, words),
            _said("scope", SCOPES, words),
            _said("dimension", DIMENSIONS, words),
            _reason(words),
        ),
    )


def _reason(words: Words) -> pl.Expr:
    """Why a ratio is missing; what is never sold but consumed has a reason of its own."""
    is_consumed = (pl.col("reason") == NO_COGS) & (pl.col("consumption") != 0)
    consumed = pl.lit(words.text(REASONS["only_consumed"]))
    return (
        pl.when(is_consumed)
        .then(consumed)
        .otherwise(_said("reason", REASONS, words))
        .alias("reason")
    )


def _said(column: str, texts: Mapping[str, str], words: Words) -> pl.Expr:
    """Codes of a column in words; a code that nobody put into words stands as it is."""
    return pl.col(column).replace({code: words.text(text) for code, text in texts.items()})


def _named(rows: pl.DataFrame, given: ReportInput, words: Words) -> pl.DataFrame:
    """Rows of turnover with what their member is called."""
    facts = Facts(given)
    keys = [
        (row["dimension"], row["member"])
        for row in given.members.filter(company=given.company).iter_rows(named=True)
    ]
    called = [(*key, words.label(facts.label(*key))) for key in keys]
    names = pl.DataFrame(
        called, schema=dict.fromkeys(("dimension", "member", "called"), pl.String), orient="row"
    )
    items = given.items.select(
        dimension=pl.lit("sku"), member=pl.col("sku"), called=pl.col("name")
    ).unique(["dimension", "member"], keep="first", maintain_order=True)
    terms = pl.when(~pl.col("dimension").is_in(["company", "sku"])).then(
        pl.col("member").replace_strict(
            {code: words.text(text) for code, text in TERMS.items()}, default=None
        )
    )
    return rows.join(
        stacked([names, items]), ["dimension", "member"], "left", maintain_order="left"
    ).with_columns(name=pl.coalesce("called", terms))


def _item_columns(words: Words) -> tuple[Column, ...]:
    _ = words.text
    return (
        Column(_("Company"), "company"),
        Column(_("SKU"), "sku"),
        Column(_("Item"), "name", width=36),
        Column(_("Category"), "category", width=24),
        Column(_("Warehouse"), "warehouse"),
    )


def _with_items(rows: pl.DataFrame, given: ReportInput) -> pl.DataFrame:
    items = given.items.select("company", "sku", "name", "category")
    return rows.join(items, ["company", "sku"], "left", maintain_order="left")


def _status_columns(words: Words) -> tuple[Column, ...]:
    _ = words.text
    return (
        *_item_columns(words),
        Column(_("Supplier"), "supplier"),
        Column(_("Status"), "status", width=11),
        Column(_("Quantity"), "quantity", "quantity"),
        Column(_("Value"), "value", "money"),
        Column(_("Last issue"), "last_issue_on", "day"),
        Column(_("Days without issue"), "days_without_issue", "days"),
        Column(_("Days without outflow"), "days_without_outflow", "days"),
        Column(_("Abnormal"), "is_abnormal"),
    )


def _idle_sheet(given: ReportInput, words: Words) -> Sheet:
    rows = given.stock_status.filter(pl.col("status").is_in(["dead", "slow"])).sort(
        ["status", "value", "company", "sku", "warehouse", "supplier"],
        descending=[False, True, False, False, False, False],
    )
    title = words.text("Dead and slow stock, the largest first")
    columns = _status_columns(words)
    said = _with_status(rows, given, words)
    return Sheet(words.text("Dead and slow stock"), title, columns, said, WHOLE)


def _status_sheet(given: ReportInput, words: Words) -> Sheet:
    rows = given.stock_status.sort(
        ["value", "company", "sku", "warehouse", "supplier"],
        descending=[True, False, False, False, False],
    )
    title = words.text("Stock by status, all stock")
    columns = _status_columns(words)
    return Sheet(words.text("Stock status"), title, columns, _with_status(rows, given, words))


def _with_status(rows: pl.DataFrame, given: ReportInput, words: Words) -> pl.DataFrame:
    return _with_items(rows, given).with_columns(_said("status", STATUSES, words))


def _age_sheet(given: ReportInput, words: Words) -> Sheet:
    _ = words.text
    rows = given.stock_age.sort(
        ["value", "company", "sku", "warehouse", "supplier", "bucket"],
        descending=[True, False, False, False, False, False],
        nulls_last=True,
    )
    columns = (
        *_item_columns(words),
        Column(_("Supplier"), "supplier"),
        Column(_("Age in days"), "bucket"),
        Column(_("Quantity"), "quantity", "quantity"),
        Column(_("Value"), "value", "money"),
        Column(_("Abnormal"), "is_abnormal"),
    )
    return Sheet(_("Ageing"), _("Stock by days since receipt"), columns, _with_items(rows, given))


def _difference_sheet(given: ReportInput, words: Words) -> Sheet:
    _ = words.text
    rows = differences(given.reconciliation)
    columns = (
        *_item_columns(words),
        Column(_("Period"), "period"),
        Column(_("Ledger quantity"), "quantity_closing", "quantity"),
        Column(_("ERP quantity"), "erp_quantity", "quantity"),
        Column(_("Difference in quantity"), "quantity_difference", "quantity"),
        Column(_("Ledger value"), "value_closing", "money"),
        Column(_("ERP value"), "erp_value", "money"),
        Column(_("Difference in value"), "value_difference", "money"),
    )
    title = _("Positions in which ledger and ERP differ")
    return Sheet(_("Differences"), title, columns, _with_items(rows, given))


def _quarantine_sheet(given: ReportInput, words: Words) -> Sheet:
    _ = words.text
    reasons = {code: words.plain(in_words(code)) for code in given.quarantine["reason"].unique()}
    rows = given.quarantine.sort(["company", "table", "reason", "source_file"]).with_columns(
        _said("table", TABLES, words).alias("table_in_words"),
        pl.col("reason").replace(reasons).alias("reason_in_words"),
    )
    columns = (
        Column(_("Company"), "company"),
        Column(_("Table"), "table_in_words", width=22),
        Column(_("Reason"), "reason_in_words", width=56),
        Column(_("File"), "source_file", width=48),
        Column(_("Rows"), "rows", "days"),
        Column(_("Table in the database"), "table", width=22),
        Column(_("Code of the reason"), "reason", width=36),
    )
    return Sheet(_("Quarantine"), _("Rows that are refused, by reason and file"), columns, rows)


# ----------------------------------------------------------------------------- writing


def _list(book: Book, sheet: Sheet, words: Words) -> None:
    page = book.add_worksheet(sheet.name[:31])
    page.write_string(0, 0, sheet.title, _strong(book))
    rows = sheet.rows.head(sheet.most or MOST_ROWS)
    if sheet.rows.height > rows.height:
        text = words.text("The first %(shown)s of %(all)s rows; the published database has all.")
        shown = {
            "shown": words.figures.count(rows.height),
            "all": words.figures.count(sheet.rows.height),
        }
        page.write_string(1, 0, text % shown)
    head = _head(book)
    for at, column in enumerate(sheet.columns):
        page.write_string(HEAD_ROW, at, column.head, head)
        _column(book, page, at, column, rows[column.source])
        page.set_column(at, at, column.width or WIDTHS[column.kind])
    last = HEAD_ROW + max(rows.height, 1)
    page.autofilter(HEAD_ROW, 0, last, len(sheet.columns) - 1)
    page.freeze_panes(HEAD_ROW + 1, 2)


def _column(book: Book, page: Page, at: int, column: Column, values: pl.Series) -> None:
    if column.kind == "text":
        _texts(page, at, values)
        return
    cell = book.add_format(FORMATS[column.kind])
    if values.dtype == pl.Date:
        for row, day in enumerate(values.to_list(), start=HEAD_ROW + 1):
            if day is not None:
                page.write_datetime(row, at, datetime.combine(day, time()), cell)
        return
    whole = book.add_format(FORMATS["whole"]) if column.kind == "quantity" else cell
    for row, value in enumerate(values.cast(pl.Float64).to_list(), start=HEAD_ROW + 1):
        if value is not None:
            page.write_number(row, at, value, whole if value.is_integer() else cell)


def _texts(page: Page, at: int, values: pl.Series) -> None:
    readable: dict[Any, str] = {None: "", False: ""}
    for row, value in enumerate(values.to_list(), start=HEAD_ROW + 1):
        if value not in readable:
            readable[value] = _readable("x" if value is True else str(value))
        if text := readable[value]:
            page.write_string(row, at, text)


def _number(page: Page, row: int, column: int, value: Decimal | float | None, cell: Any) -> None:
    if value is not None:
        page.write_number(row, column, float(value), cell)


def _readable(text: str) -> str:
    """Text without characters that XML forbids, no longer than a cell may be."""
    return text.translate(UNREADABLE)[:32_767]


def _strong(book: Book) -> Any:
    return book.add_format({"bold": True, "font_size": 12})


def _head(book: Book) -> Any:
    return book.add_format(
        {"bold": True, "bottom": 1, "bg_color": "#E8EDF2", "text_wrap": True, "valign": "vcenter"}
    )
