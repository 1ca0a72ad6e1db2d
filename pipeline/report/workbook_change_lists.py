"""The lists of the workbook on why turnover changed, and on the cash that comes free."""

import polars as pl

from pipeline.report.inputs import ReportInput
from pipeline.report.reason_words import REASONS
from pipeline.report.translate import Words
from pipeline.report.workbook_names import members_named
from pipeline.report.workbook_sheet import DIMENSIONS, Column, Sheet, member_columns, said


def change_sheets(given: ReportInput, words: Words) -> tuple[Sheet, ...]:
    """Both lists; without targets there is no list of cash."""
    sheets = (_change_sheet(given, words), _cash_sheet(given, words))
    return tuple(sheet for sheet in sheets if sheet)


def _change_sheet(given: ReportInput, words: Words) -> Sheet:
    _ = words.text
    rows = given.changes.sort(
        ["compared_on", "dimension", "change", "member"], nulls_last=True
    ).with_columns(_change_of_own())
    return Sheet(
        _("Why it changed"),
        _("What each member did to the turnover of the whole, without abnormal stock"),
        (
            *member_columns(words),
            Column(_("Compared with"), "compared_on", "day"),
            Column(_("Outflow then"), "numerator_before", "money"),
            Column(_("Outflow now"), "numerator", "money"),
            Column(_("Average stock then"), "average_inventory_before", "money"),
            Column(_("Average stock now"), "average_inventory", "money"),
            Column(_("Turns then"), "turnover_before", "ratio"),
            Column(_("Turns now"), "turnover", "ratio"),
            Column(_("Change of its own"), "own_change", "ratio"),
            Column(_("By cost of goods sold"), "cogs_effect", "effect"),
            Column(_("By average stock"), "inventory_effect", "effect"),
            Column(_("By its pace"), "rate_effect", "effect"),
            Column(_("By its share"), "mix_effect", "effect"),
            Column(_("Together"), "change", "effect"),
            Column(_("Stock tied up"), "tied_value", "money"),
            Column(_("Reason"), "reason"),
        ),
        _said(rows, given, words),
        adds_up=False,
    )


def _change_of_own() -> pl.Expr:
    return (pl.col("turnover") - pl.col("turnover_before")).alias("own_change")


def _cash_sheet(given: ReportInput, words: Words) -> Sheet | None:
    rows = given.release
    if rows["cash_release"].is_null().all():
        return None
    _ = words.text
    lines = rows.filter(pl.col("dimension") != "company").sort(
        ["cash_release", "member"], descending=[True, False], nulls_last=True
    )
    return Sheet(
        _("Cash"),
        _("What comes free at the targets of policy, without abnormal stock"),
        (
            *member_columns(words),
            Column(_("Cost of goods sold"), "numerator", "money"),
            Column(_("Average stock"), "average_inventory", "money"),
            Column(_("Turns"), "turnover", "ratio"),
            Column(_("Target"), "target_turnover", "ratio"),
            Column(_("DIO"), "dio_days", "days"),
            Column(_("Days over target"), "gap_days", "days"),
            Column(_("Target stock"), "target_inventory", "money"),
            Column(_("Comes free"), "cash_release", "money"),
            Column(_("of it dead"), "dead_release", "money"),
            Column(_("the rest"), "other_release", "money"),
            Column(_("Lacks"), "shortfall", "money"),
            Column(_("Holding cost a year"), "carrying_cost", "money"),
            Column(_("Reason"), "reason"),
        ),
        _said(lines, given, words),
    )


def _said(rows: pl.DataFrame, given: ReportInput, words: Words) -> pl.DataFrame:
    return members_named(rows, given, words).with_columns(
        said("dimension", DIMENSIONS, words), said("reason", REASONS, words)
    )
