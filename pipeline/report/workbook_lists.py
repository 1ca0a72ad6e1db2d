"""The lists of the workbook: their columns and rows, the most valuable first."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from pipeline.metrics.fixed_point import stacked
from pipeline.metrics.reconciliation import differences
from pipeline.report.inputs import ReportInput
from pipeline.report.lookup import TERMS, YEAR, Facts
from pipeline.report.member_figures import NO_COGS
from pipeline.report.pages.quality_deliveries import TABLES
from pipeline.report.reason_words import REASONS
from pipeline.report.refusal_words import in_words
from pipeline.report.sentences import message
from pipeline.report.translate import Words
from pipeline.settings import GROUP

WHOLE = 1_000_000
"""What is dead or slow is acted upon position by position: as many rows as a sheet can hold."""
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
