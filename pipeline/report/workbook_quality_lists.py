"""The lists of the workbook behind the page on data quality."""

import polars as pl

from pipeline.metrics.reconciliation import differences
from pipeline.report.inputs import ReportInput
from pipeline.report.pages.quality_deliveries import TABLES
from pipeline.report.refusal_words import in_words
from pipeline.report.translate import Words
from pipeline.report.workbook_names import with_names
from pipeline.report.workbook_sheet import Column, Sheet, item_columns, said


def quality_sheets(given: ReportInput, words: Words) -> tuple[Sheet, ...]:
    """What differs, what is refused, what is on its way, what lacks a cost or a master."""
    return (
        _difference_sheet(given, words),
        _quarantine_sheet(given, words),
        _transfer_sheet(given, words),
        _cost_sheet(given, words),
        _code_sheet(given, words),
    )


def _difference_sheet(given: ReportInput, words: Words) -> Sheet:
    _ = words.text
    rows = differences(given.reconciliation)
    columns = (
        *item_columns(words),
        Column(_("Period"), "period"),
        Column(_("Ledger quantity"), "quantity_closing", "quantity"),
        Column(_("ERP quantity"), "erp_quantity", "quantity"),
        Column(_("Difference in quantity"), "quantity_difference", "quantity"),
        Column(_("Ledger value"), "value_closing", "money"),
        Column(_("ERP value"), "erp_value", "money"),
        Column(_("Difference in value"), "value_difference", "money"),
    )
    title = _("Positions in which ledger and ERP differ")
    return Sheet(_("Differences"), title, columns, with_names(rows, given, words))


def _quarantine_sheet(given: ReportInput, words: Words) -> Sheet:
    _ = words.text
    reasons = {code: words.plain(in_words(code)) for code in given.quarantine["reason"].unique()}
    rows = given.quarantine.sort(["company", "table", "reason", "source_file"]).with_columns(
        said("table", TABLES, words).alias("table_in_words"),
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


def _transfer_sheet(given: ReportInput, words: Words) -> Sheet:
    _ = words.text
    columns = (
        *item_columns(words),
        Column(_("Transfer"), "transfer"),
        Column(_("On the way since"), "opened_on", "day"),
        Column(_("Quantity"), "quantity", "quantity"),
        Column(_("Value"), "value", "money"),
    )
    title = _("Goods in transit: what left one warehouse and has not come to another")
    rows = with_names(given.open_transfers, given, words)
    return Sheet(_("In transit"), title, columns, rows)


def _cost_sheet(given: ReportInput, words: Words) -> Sheet:
    _ = words.text
    columns = (
        *(one for one in item_columns(words) if not one.source.startswith("warehouse")),
        Column(_("Estimated movements"), "movements", "days"),
        Column(_("Estimated value, without signs"), "value", "money"),
        Column(_("Of it in the cost of goods sold"), "cogs", "money"),
        Column(_("Movements without any cost"), "missing", "days"),
    )
    title = _("Items with movements whose cost nobody posted")
    return Sheet(_("Costs"), title, columns, with_names(given.costs, given, words))


def _code_sheet(given: ReportInput, words: Words) -> Sheet:
    _ = words.text
    rows = given.unknown_codes.with_columns(
        said("table", TABLES, words).alias("table_in_words"),
    )
    columns = (
        Column(_("Company"), "company"),
        Column(_("Table"), "table_in_words", width=22),
        Column(_("Code"), "code", width=24),
        Column(_("Its row was refused"), "is_refused"),
    )
    return Sheet(_("Unknown codes"), _("Codes that are not in the master data"), columns, rows)
