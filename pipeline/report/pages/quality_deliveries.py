"""Deliveries: what became of the rows of each table, and why rows stand in quarantine."""

from dataclasses import dataclass

import polars as pl

from pipeline.report.lookup import Facts
from pipeline.report.refusal_words import in_words
from pipeline.report.sentences import Label, Sentence, term

TABLES = {
    "item": "Items",
    "supplier": "Supplier master",
    "item_supplier": "Items of suppliers",
    "warehouse": "Warehouses",
    "stock_rule": "Stock rules",
    "stock_movement": "Stock movements",
    "stock_balance": "Stock balances",
    "sales_order_line": "Sales order lines",
    "purchase_order_line": "Purchase order lines",
    "stock_count": "Stock counts",
    "exchange_rate": "Exchange rates",
    "plan": "Plans",
}


@dataclass(frozen=True)
class DeliveryLine:
    """What became of the rows of one table."""

    label: Label
    rows_in: int
    rows_new: int
    rows_corrected: int
    rows_unchanged: int
    rows_quarantined: int
    rows_duplicate: int


@dataclass(frozen=True)
class ReasonLine:
    """Rows refused for one reason."""

    table: Label
    reason: Sentence
    rows: int
    files: int


def delivery_lines(facts: Facts) -> tuple[DeliveryLine, ...]:
    """Every table of which rows were delivered."""
    rows = facts.given.deliveries.group_by("table").agg(pl.col("^rows_.*$").sum()).sort("table")
    return tuple(
        DeliveryLine(
            label=_table(row["table"]),
            rows_in=row["rows_in"],
            rows_new=row["rows_new"],
            rows_corrected=row["rows_corrected"],
            rows_unchanged=row["rows_unchanged"],
            rows_quarantined=row["rows_quarantined"],
            rows_duplicate=row["rows_duplicate"],
        )
        for row in rows.iter_rows(named=True)
        if row["rows_in"]
    )


def reason_lines(facts: Facts) -> tuple[ReasonLine, ...]:
    """Every reason for which rows stand in quarantine, the most rows first."""
    rows = (
        facts.given.quarantine.group_by("table", "reason")
        .agg(pl.col("rows").sum(), pl.col("source_file").n_unique().alias("files"))
        .sort(["rows", "table", "reason"], descending=[True, False, False])
    )
    return tuple(
        ReasonLine(_table(row["table"]), in_words(row["reason"]), row["rows"], row["files"])
        for row in rows.iter_rows(named=True)
    )


def _table(name: str) -> Label:
    return term(TABLES[name]) if name in TABLES else Label(name)
