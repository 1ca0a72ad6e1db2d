"""Dead stock: the largest items nobody takes, and where idle stock stands."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

from pipeline.report.facts import NO_STOCK, NOUGHT, DeadStock, Facts, decimal, share
from pipeline.report.findings import dead_stock_title
from pipeline.report.phrases import Label, Sentence

TOP = 20
MOST_LINES = 12


@dataclass(frozen=True)
class IdleItem:
    """One dead item over all its warehouses, in one company."""

    company: str
    sku: str
    name: str
    category: Label
    warehouses: int
    last_issue_on: date | None
    days_without_issue: int | None
    value: Decimal


@dataclass(frozen=True)
class StatusLine:
    """Stock of one member by status."""

    label: Label
    dead: DeadStock


@dataclass(frozen=True)
class StatusTable:
    """Stock by status along one dimension; `others` holds what the lines do not."""

    dimension: str
    lines: tuple[StatusLine, ...]
    others: DeadStock
    others_count: int
    total: DeadStock


@dataclass(frozen=True)
class DeadStockPage:
    """What the page shows."""

    title: Sentence
    status: str  # of the items listed: dead, or slow where nothing is dead
    items: tuple[IdleItem, ...]
    items_value: Decimal
    items_share: float | None
    all_items: int
    total: DeadStock
    tables: tuple[StatusTable, ...]
    shows_company: bool


def dead_stock_page(facts: Facts) -> DeadStockPage:
    """The page on dead stock; where nothing is dead it lists slow stock instead."""
    total = facts.dead_stock("company", facts.company) or NO_STOCK
    status = "dead" if total.dead > 0 or total.slow <= 0 else "slow"
    items = idle_items(facts, status)
    top = items[:TOP]
    value = sum((item.value for item in top), NOUGHT)
    return DeadStockPage(
        title=dead_stock_title(total, value, len(top), facts.policy),
        status=status,
        items=top,
        items_value=value,
        items_share=share(value, total.dead if status == "dead" else total.slow),
        all_items=len(items),
        total=total,
        tables=tuple(
            table
            for dimension in ("category", "supplier", "warehouse")
            if (table := status_table(facts, dimension, total))
        ),
        shows_company=facts.is_group,
    )


def idle_items(facts: Facts, status: str) -> tuple[IdleItem, ...]:
    """Items of that status with a value, the largest first, ties by code."""
    names = {
        (company, sku): (name, category)
        for company, sku, name, category in facts.given.items.select(
            "company", "sku", "name", "category"
        ).iter_rows()
    }
    rows = (
        facts.given.stock_status.filter((pl.col("status") == status) & ~pl.col("is_abnormal"))
        .group_by("company", "sku")
        .agg(
            pl.col("warehouse").n_unique(),
            pl.col("last_issue_on").max(),
            pl.col("days_without_issue").max(),
            pl.col("value").sum(),
        )
        .filter(pl.col("value") > 0)
        .sort(["value", "company", "sku"], descending=[True, False, False])
    )
    return tuple(
        IdleItem(
            company=row["company"],
            sku=row["sku"],
            name=names.get((row["company"], row["sku"]), (row["sku"], None))[0],
            category=facts.label(
                "category",
                names.get((row["company"], row["sku"]), ("", None))[1] or "uncategorised",
            ),
            warehouses=row["warehouse"],
            last_issue_on=row["last_issue_on"],
            days_without_issue=row["days_without_issue"],
            value=decimal(row["value"]),
        )
        for row in rows.iter_rows(named=True)
    )


def status_table(facts: Facts, dimension: str, total: DeadStock) -> StatusTable | None:
    """Stock by status along a dimension, the most dead stock first."""
    lines = [
        StatusLine(facts.label(dimension, member), dead)
        for member in facts.dead_members(dimension)
        if (dead := facts.dead_stock(dimension, member))
    ]
    if not lines:
        return None
    shown = lines if len(lines) <= MOST_LINES + 1 else lines[:MOST_LINES]
    others = lines[len(shown) :]
    return StatusTable(
        dimension=dimension,
        lines=tuple(shown),
        others=sum((line.dead for line in others), NO_STOCK),
        others_count=len(others),
        total=total,
    )
