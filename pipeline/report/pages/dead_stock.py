"""Dead stock: the largest items nobody takes, what follows them, and where idle stock stands."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import polars as pl

from pipeline.report.findings.dead_stock import (
    abnormal_note,
    dead_stock_title,
    idle_title,
    undated_note,
    waiting_title,
)
from pipeline.report.findings.since import dead_since
from pipeline.report.lookup import Facts
from pipeline.report.member_figures import NO_STOCK, NOUGHT, DeadStock, decimal, share
from pipeline.report.sentences import Label, Sentence

TOP = 20
MOST_LINES = 8
ROOM = 16
"""So many lines of status tables fit a page beside everything else; else suppliers stay away."""
MONTHS = 13
NEXT = 8
SOON = 90
WAITS = (30, 60, SOON, 180)
"""Days until slow stock becomes dead, if nothing of it is issued."""


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
    """Stock by status along one dimension; what has no room on the page is the rest."""

    dimension: str
    lines: tuple[StatusLine, ...]
    rest: tuple[StatusLine, ...]
    total: DeadStock

    @property
    def others(self) -> DeadStock:
        """The rest as one."""
        return sum((line.dead for line in self.rest), NO_STOCK)


@dataclass(frozen=True)
class MonthIdle:
    """Dead and slow stock on one date."""

    on: date
    dead: Decimal
    slow: Decimal


@dataclass(frozen=True)
class IdleTrend:
    """Dead and slow stock month by month, as far as the ledger is old enough to know it."""

    title: Sentence
    months: tuple[MonthIdle, ...]


@dataclass(frozen=True)
class WaitLine:
    """Slow stock that becomes dead between two dates; without a last date, after the first."""

    first: date
    last: date | None
    items: int
    value: Decimal


@dataclass(frozen=True)
class NextItem:
    """A slow item and the day on which it becomes dead, unless it is issued before."""

    item: IdleItem
    dead_on: date


@dataclass(frozen=True)
class Waiting:
    """All slow stock by when it becomes dead, and the largest items that soon do."""

    title: Sentence
    lines: tuple[WaitLine, ...]
    total: Decimal
    all_items: int
    items: tuple[NextItem, ...]
    items_value: Decimal
    soon_items: int
    days: int = SOON


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
    trend: IdleTrend | None
    waiting: Waiting | None
    tables: tuple[StatusTable, ...]
    shows_company: bool
    abnormal_note: Sentence | None
    undated_note: Sentence | None
    since: tuple[Sentence, ...]

    @property
    def notes(self) -> tuple[Sentence, ...]:
        """What stands below the items, as one paragraph: the page has no room for more."""
        left_out = (note for note in (self.undated_note, self.abnormal_note) if note)
        return (*self.since, *left_out)

    @property
    def listed(self) -> tuple[IdleItem, ...]:
        """Every item that the page names."""
        soon = self.waiting.items if self.waiting else ()
        return (*self.items, *(each.item for each in soon))


def dead_stock_page(facts: Facts) -> DeadStockPage:
    """The page on dead stock; where nothing is dead it lists slow stock instead."""
    total = facts.dead_stock("company", facts.company) or NO_STOCK
    status = "dead" if total.dead > 0 or total.slow <= 0 else "slow"
    items = idle_items(facts, status)
    top = items[:TOP]
    value = sum((item.value for item in top), NOUGHT)
    return DeadStockPage(
        title=dead_stock_title(facts, total, (value, len(top)), len(items)),
        status=status,
        items=top,
        items_value=value,
        items_share=share(value, total.dead if status == "dead" else total.slow),
        all_items=len(items),
        total=total,
        trend=idle_trend(facts),
        waiting=waiting(facts),
        tables=status_tables(facts, total),
        shows_company=facts.has_companies,
        abnormal_note=abnormal_note(facts),
        undated_note=undated_note(facts, total),
        since=dead_since(facts),
    )


def idle_items(facts: Facts, status: str) -> tuple[IdleItem, ...]:
    """Items of that status with a value, the largest first, ties by code."""
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
    items = facts.given.items.join(rows, ["company", "sku"], "semi")
    names = {
        (company, sku): (name, category)
        for company, sku, name, category in items.select(
            "company", "sku", "name", "category"
        ).iter_rows()
    }
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


def idle_trend(facts: Facts) -> IdleTrend | None:
    """Dead and slow stock over twelve months; fewer than two dates are no trend."""
    months = tuple(
        MonthIdle(on, stock.dead, stock.slow)
        for on, stock in facts.dead_history()[-MONTHS:]
        if stock is not None
    )
    if len(months) < 2 or not any(month.dead or month.slow for month in months):  # noqa: PLR2004
        return None
    first, last = months[0], months[-1]
    return IdleTrend(idle_title(last.dead, first.dead, first.on, facts.policy.noise), months)


def waiting(facts: Facts) -> Waiting | None:
    """When slow stock becomes dead; nothing where some stock has a threshold of its own."""
    dead_days = facts.policy.dead_days
    stock = facts.given.stock_status.filter(~pl.col("is_abnormal"))
    slow = stock.filter(pl.col("status") == "slow").with_columns(
        left=dead_days - pl.col("days_without_issue")
    )
    others = stock.filter((pl.col("status") == "dead") & (pl.col("days_without_issue") < dead_days))
    if slow.is_empty() or others.height or slow.filter(pl.col("left") <= 0).height:
        return None
    lines = tuple(
        _wait_line(facts.as_of, slow, after, until)
        for after, until in zip((0, *WAITS), (*WAITS, None), strict=True)
    )
    items = [
        NextItem(item, facts.as_of + timedelta(days=dead_days - item.days_without_issue))
        for item in idle_items(facts, "slow")
        if item.days_without_issue is not None and dead_days - item.days_without_issue <= SOON
    ]
    soon = sum((line.value for line in lines[: WAITS.index(SOON) + 1]), NOUGHT)
    return Waiting(
        title=waiting_title(soon, SOON),
        lines=lines,
        total=sum((line.value for line in lines), NOUGHT),
        all_items=sum(line.items for line in lines),
        items=tuple(items[:NEXT]),
        items_value=sum((each.item.value for each in items[:NEXT]), NOUGHT),
        soon_items=len(items),
    )


def _wait_line(as_of: date, slow: pl.DataFrame, after: int, until: int | None) -> WaitLine:
    inside = slow.filter(
        (pl.col("left") > after) & (True if until is None else pl.col("left") <= until)
    )
    return WaitLine(
        first=as_of + timedelta(days=after + 1),
        last=None if until is None else as_of + timedelta(days=until),
        items=inside.select("company", "sku").unique().height,
        value=decimal(inside["value"].sum() if inside.height else None),
    )


def status_tables(facts: Facts, total: DeadStock) -> tuple[StatusTable, ...]:
    """Stock by status along every dimension there is room for; suppliers have their own page."""
    found = (
        status_table(facts, dimension, total) for dimension in ("category", "warehouse", "supplier")
    )
    tables = [table for table in found if table]
    if sum(len(table.lines) for table in tables) > ROOM:
        tables = [table for table in tables if table.dimension != "supplier"]
    return tuple(tables)


def status_table(facts: Facts, dimension: str, total: DeadStock) -> StatusTable | None:
    """Stock by status along a dimension with several members, the most dead stock first."""
    lines = [
        StatusLine(facts.label(dimension, member), dead)
        for member in facts.dead_members(dimension)
        if (dead := facts.dead_stock(dimension, member))
    ]
    if len(lines) < 2:  # noqa: PLR2004 - one member is the whole
        return None
    shown = lines if len(lines) <= MOST_LINES + 1 else lines[:MOST_LINES]
    return StatusTable(dimension, tuple(shown), tuple(lines[len(shown) :]), total)
