"""The lists of the workbook on stock and turnover, the most valuable first."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import polars as pl

from pipeline.metrics.averages import NO_COGS
from pipeline.metrics.fixed_point import stacked
from pipeline.metrics.stock_age import VALUATION
from pipeline.report.inputs import ReportInput
from pipeline.report.lookup import YEAR, Facts
from pipeline.report.model import ReportModel
from pipeline.report.pages.dead_stock import idle_items
from pipeline.report.reason_words import REASONS
from pipeline.report.sentences import message
from pipeline.report.translate import Words
from pipeline.report.workbook_change_lists import change_sheets
from pipeline.report.workbook_names import members_named, with_categories, with_names
from pipeline.report.workbook_quality_lists import quality_sheets
from pipeline.report.workbook_sheet import (
    DIMENSIONS,
    MONEY,
    MOST_ROWS,
    SCOPES,
    STATUSES,
    Column,
    Sheet,
    item_columns,
    member_columns,
    said,
    supplier_columns,
)
from pipeline.settings import GROUP

# Amounts of the pages are handed over as text: from Decimal, polars would load numpy for nothing,
# which takes a tenth of a second.
WHOLE = 1_000_000
"""What is dead or slow is acted upon position by position: as many rows as a sheet can hold."""
BELOW_ZERO = message("Below zero")
VALUATION_WORD = message("Valuation difference")


def sheets(model: ReportModel, given: ReportInput, words: Words) -> tuple[Sheet, ...]:
    """Every list, the most valuable rows first."""
    return (
        _turnover_sheet(given, words),
        _item_turnover_sheet(given, words),
        _months_sheet(given, words),
        _bridge_sheet(model, words),
        *change_sheets(given, words),
        _member_sheet(given, words),
        _item_sheet(model, given, words),
        _idle_sheet(model, given, words),
        _status_sheet(given, words),
        _age_sheet(given, words),
        *quality_sheets(given, words),
    )


def _turnover_sheet(given: ReportInput, words: Words) -> Sheet:
    _ = words.text
    rows = given.turnover.filter(
        (pl.col("as_of") == given.as_of)
        & (pl.col("time_window") == YEAR)
        & (pl.col("basis") == given.policy.basis)
    ).sort(
        ["scope", "dimension", "closing_value", "company", "member"],
        descending=[True, False, True, False, False],
    )
    return Sheet(
        _("Turnover"),
        _("Turnover of every member, trailing 12 months"),
        (*_member_columns(words), *_turnover_columns(words)),
        _members(rows, given, words).with_columns(
            _ratio("turnover"), _ratio("dio_days"), _reason(words)
        ),
        adds_up=False,
    )


def _item_turnover_sheet(given: ReportInput, words: Words) -> Sheet:
    """Every item of every company; the stock of all of them is that of the page."""
    _ = words.text
    rows = _largest_first(given.item_turnover, "closing_value", ("company", "sku"))

    def named(shown: pl.DataFrame) -> pl.DataFrame:
        called = with_names(shown, given, words)
        return called.with_columns(_ratio("turnover"), _ratio("dio_days"), _reason(words))

    return Sheet(
        _("Turnover by item"),
        _("Turnover of every item without abnormal stock, trailing 12 months"),
        (*_item_only_columns(words), *_turnover_columns(words)),
        rows,
        named=named,
    )


def _item_only_columns(words: Words) -> tuple[Column, ...]:
    """The columns that say which item it is, over all its warehouses."""
    return tuple(one for one in item_columns(words) if not one.source.startswith("warehouse"))


def _turnover_columns(words: Words) -> tuple[Column, ...]:
    _ = words.text
    return (
        Column(_("Cost of goods sold"), "cogs", "money"),
        Column(_("Consumption"), "consumption", "money"),
        Column(_("Stock"), "closing_value", "money"),
        Column(_("Average stock"), "average_inventory", "money"),
        Column(_("Turns"), "turnover", "ratio"),
        Column(_("DIO"), "dio_days", "days"),
        Column(_("Reason"), "reason"),
    )


def _ratio(name: str) -> pl.Expr:
    """A ratio; nought because nothing was sold is no speed."""
    return pl.when(pl.col("reason").ne_missing(NO_COGS)).then(pl.col(name)).alias(name)


def _months_sheet(given: ReportInput, words: Words) -> Sheet:
    _ = words.text
    rows = given.trend.filter(
        (pl.col("time_window") == YEAR)
        & (pl.col("basis") == given.policy.basis)
        & (pl.col("as_of") <= given.as_of)
    ).sort(["dimension", "company", "member", "as_of"], descending=[False, False, False, True])
    return Sheet(
        _("Trend"),
        _("Turnover, trailing 12 months, month by month"),
        (
            *_member_columns(words),
            Column(_("Date"), "as_of", "day"),
            Column(_("Turns"), "turnover", "ratio"),
            Column(_("Reason"), "reason"),
        ),
        _members(rows.with_columns(_ratio("turnover")), given, words).with_columns(
            said("reason", REASONS, words)
        ),
        adds_up=False,
    )


def _bridge_sheet(model: ReportModel, words: Words) -> Sheet:
    """What moved the stock; the closing stock is the total."""
    _ = words.text
    bridge = model.trend.bridge
    steps: list[tuple[str, str]] = []
    if bridge:
        steps.append((_("Opening stock"), str(bridge.opening)))
        steps += [(words.label(step.label), str(step.value)) for step in bridge.steps]
    schema = {"step": pl.String, "value": pl.String}
    rows = pl.DataFrame(steps, schema=schema, orient="row").cast({"value": MONEY})
    columns = (
        Column(_("What moved the stock"), "step", width=30),
        Column(_("Value"), "value", "money"),
    )
    return Sheet(_("Bridge"), _("From opening to closing stock"), columns, rows)


def _member_sheet(given: ReportInput, words: Words) -> Sheet:
    _ = words.text
    rows = given.dead_stock.filter(pl.col("as_of") == given.as_of).sort(
        ["scope", "dimension", "dead_value", "value", "company", "member"],
        descending=[True, False, True, True, False, False],
    )
    return Sheet(
        _("Status by member"),
        _("Stock by status of every member"),
        (
            *_member_columns(words),
            Column(_("Stock"), "value", "money"),
            Column(_("Dead"), "dead_value", "money"),
            Column(_("Slow"), "slow_value", "money"),
            Column(_("New"), "new_value", "money"),
            Column(_("Stranded"), "stranded_value", "money"),
            Column(_("Dead share"), "dead_share", "share"),
            Column(_("Reason"), "reason"),
        ),
        _members(rows, given, words).with_columns(said("reason", REASONS, words)),
        adds_up=False,
    )


def _member_columns(words: Words) -> tuple[Column, ...]:
    _ = words.text
    return (
        Column(_("Company"), "company"),
        Column(_("Scope"), "scope"),
        *member_columns(words),
    )


def _members(rows: pl.DataFrame, given: ReportInput, words: Words) -> pl.DataFrame:
    """Rows of members with their names, their codes in words."""
    return members_named(rows, given, words).with_columns(
        said("company", {GROUP: message("Group")}, words),
        said("scope", SCOPES, words),
        said("dimension", DIMENSIONS, words),
    )


def _reason(words: Words) -> pl.Expr:
    """Why a ratio is missing; what is never sold but consumed has a reason of its own."""
    is_consumed = (pl.col("reason") == NO_COGS) & (pl.col("consumption") != 0)
    consumed = pl.lit(words.text(REASONS["only_consumed"]))
    return (
        pl.when(is_consumed)
        .then(consumed)
        .otherwise(said("reason", REASONS, words))
        .alias("reason")
    )


def _item_sheet(model: ReportModel, given: ReportInput, words: Words) -> Sheet:
    """Dead and slow items over all their warehouses, as the page lists the largest of them."""
    _ = words.text
    facts = Facts(given)
    rows = pl.DataFrame(
        [
            (item.company, item.sku, status, item.warehouses, str(item.value),
             item.last_issue_on, item.days_without_issue)
            for status in ("dead", "slow")
            for item in idle_items(facts, status)
        ],
        schema={
            "company": pl.String, "sku": pl.String, "status": pl.String, "warehouses": pl.Int64,
            "value": pl.String, "last_issue_on": pl.Date, "days_without_issue": pl.Int64,
        },
        orient="row",
    ).cast({"value": MONEY})  # fmt: skip
    dated = _with_newly_dead(_with_dead_on(rows, model, given), given)
    named = with_names(dated, given, words)
    return Sheet(
        _("Dead and slow items"),
        _("Dead and slow items over all warehouses, without abnormal stock"),
        (
            *_item_only_columns(words),
            Column(_("Status"), "status", width=11),
            Column(_("Warehouses"), "warehouses", "days"),
            Column(_("Value"), "value", "money"),
            Column(_("Last sale or use"), "last_issue_on", "day"),
            Column(_("Days without sale or use"), "days_without_issue", "days"),
            Column(_("Dead on"), "dead_on", "day"),
            Column(_("Newly dead since"), "newly_dead_since", "day"),
        ),
        named.with_columns(said("status", STATUSES, words)),
        WHOLE,
    )


def _with_dead_on(rows: pl.DataFrame, model: ReportModel, given: ReportInput) -> pl.DataFrame:
    """Rows with the day on which slow stock becomes dead, where one threshold holds for all."""
    left = given.policy.dead_days - pl.col("days_without_issue")
    on = pl.lit(given.as_of) + left * timedelta(days=1)
    is_known = pl.lit(model.dead_stock.waiting is not None) & (pl.col("status") == "slow")
    return rows.with_columns(dead_on=pl.when(is_known).then(on).cast(pl.Date))


def _with_newly_dead(rows: pl.DataFrame, given: ReportInput) -> pl.DataFrame:
    """Rows with the date on which an item that is dead by now was not yet."""
    if given.since is None:
        return rows.with_columns(newly_dead_since=pl.lit(None, pl.Date))
    newly = given.since.items.filter(change="became_dead").select(
        "company", "sku", newly_dead_since=pl.lit(given.since.on)
    )
    return rows.join(newly, on=["company", "sku"], how="left", maintain_order="left")


def _status_columns(words: Words) -> tuple[Column, ...]:
    _ = words.text
    return (
        *item_columns(words),
        *supplier_columns(words),
        Column(_("Status"), "status", width=11),
        Column(_("Quantity"), "quantity", "quantity"),
        Column(_("Value"), "value", "money"),
        Column(_("Last sale or use"), "last_issue_on", "day"),
        Column(_("Days without sale or use"), "days_without_issue", "days"),
        Column(_("Days without outflow"), "days_without_outflow", "days"),
        Column(_("Stranded"), "is_stranded"),
        Column(_("Abnormal"), "is_abnormal"),
    )


def _idle_sheet(model: ReportModel, given: ReportInput, words: Words) -> Sheet:
    rows = given.stock_status.filter(pl.col("status").is_in(["dead", "slow"])).sort(
        ["status", "value", "company", "sku", "warehouse", "supplier"],
        descending=[False, True, False, False, False, False],
    )
    title = words.text("Dead and slow stock, the largest first")
    dead_on = Column(words.text("Dead on"), "dead_on", "day")
    shown = _with_status(_with_dead_on(rows, model, given), given, words)
    columns = (*_status_columns(words), dead_on)
    return Sheet(words.text("Dead and slow stock"), title, columns, shown, WHOLE)


def _status_sheet(given: ReportInput, words: Words) -> Sheet:
    places = ("company", "sku", "warehouse", "supplier")
    rows = _largest_first(given.stock_status, "value", places)
    title = words.text("Stock by status, all stock")
    name, columns = words.text("Stock status"), _status_columns(words)

    def summed(rest: pl.DataFrame, sums: Sequence[pl.Expr]) -> pl.DataFrame:
        masters = given.items.select("company", "sku", "category")
        kinds = ("category", "status", "is_abnormal")
        known = _without_masters(rest).join(masters, ["company", "sku"], "left")
        parts = with_categories(known.group_by(kinds).agg(sums).sort(kinds), Facts(given), words)
        return parts.with_columns(said("status", STATUSES, words))

    named = partial(_with_status, given=given, words=words)
    return Sheet(name, title, columns, rows, named=named, summed=summed)


def _largest_first(rows: pl.DataFrame, amount: str, places: Sequence[str]) -> pl.DataFrame:
    """Rows by their amount, ties by place; those behind the first that are shown in any order."""
    order = [amount, *places]
    descending = [name == amount for name in order]
    if rows.height <= MOST_ROWS:
        return rows.sort(order, descending=descending, nulls_last=True)
    least = pl.col(amount).top_k(MOST_ROWS).min()
    is_shown = rows.select((pl.col(amount) >= least).fill_null(value=False)).to_series()
    shown = rows.filter(is_shown).sort(order, descending=descending, nulls_last=True)
    return stacked([shown, rows.filter(~is_shown)])


def _with_status(rows: pl.DataFrame, given: ReportInput, words: Words) -> pl.DataFrame:
    named = with_names(_without_masters(rows), given, words)
    return named.with_columns(said("status", STATUSES, words))


def _without_masters(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.drop("category", "name", strict=False)


def _age_sheet(given: ReportInput, words: Words) -> Sheet:
    _ = words.text
    places = ("company", "sku", "warehouse", "supplier", "bucket")
    rows = _largest_first(given.stock_age, "value", places)
    bucket = said("bucket", {VALUATION: VALUATION_WORD}, words).fill_null(words.text(BELOW_ZERO))
    columns = (
        *item_columns(words),
        *supplier_columns(words),
        Column(_("Age in days"), "bucket", width=20),
        Column(_("Quantity"), "quantity", "quantity"),
        Column(_("Value"), "value", "money"),
        Column(_("Abnormal"), "is_abnormal"),
    )
    title = _("Stock by days since receipt")

    def named(shown: pl.DataFrame) -> pl.DataFrame:
        return with_names(shown.with_columns(bucket), given, words)

    return Sheet(_("Ageing"), title, columns, rows, named=named)
