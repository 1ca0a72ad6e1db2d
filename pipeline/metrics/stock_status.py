"""Which stock still moves: the days without an issue, and what they make of it.

    days_without_issue   = D - last issue of the SKU in any warehouse of the company; never issued:
                           D - first receipt
    days_without_outflow = D - last issue or transfer to another warehouse; never: D - first
                           receipt here
    status = new, if never issued and below the slow threshold; else dead, slow or moving

What an issue, an outflow and a receipt is, `issue_and_receipt` says.  Opening stock nobody dated
counts from its own opening.  Stock that moves elsewhere but not here is stranded: a transfer
candidate, and not dead.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import narwhals as nw
import polars as pl

from pipeline.canonical.movement_kinds import UNCATEGORISED
from pipeline.metrics.deliverers import UNATTRIBUTED_MEMBER, deliverers
from pipeline.metrics.fixed_point import money, quantity
from pipeline.metrics.issue_and_receipt import (
    IS_ARRIVAL,
    IS_ISSUE,
    IS_OUTFLOW,
    IS_RECEIPT,
    IS_UNDATED,
    RECEIPT_DAY,
    stands_on,
)
from pipeline.metrics.on_hand import QUANTITY, VALUE, WITHOUT_COST, is_on_hand
from pipeline.metrics.scopes import is_abnormal_item, is_abnormal_place
from pipeline.metrics.spec import (
    ATTRIBUTED_WITH_MASTERS,
    BASE_UNIT,
    COMPANY,
    CURRENCY,
    DAYS,
    SKU,
    SUPPLIER,
    WAREHOUSE,
    Column,
    Kept,
    Metric,
    Type,
)
from pipeline.metrics.time_windows import day_number
from pipeline.policy import Policy

STATUSES = ("moving", "slow", "dead", "new")
LAST_DAYS = ("last_issue_day", "last_outflow_day")
FIRST_DAYS = ("first_receipt_day", "first_undated_day", "first_arrival_day", "first_movement_day")
AGE = ("bucket", "is_of_one_age")
"""What is kept beside a status: the age of the position, where all of it is of one."""
POSITION = ("item_no", "warehouse_no", "supplier_no")


@dataclass(frozen=True)
class Masters:
    """Items, warehouses and suppliers as known on the as-of date, and the items' classes."""

    items: pl.DataFrame
    warehouses: pl.DataFrame
    suppliers: pl.DataFrame
    classes: pl.DataFrame | None = None
    """item_no, abc_class; only where they are asked for"""


def positions(rows: nw.LazyFrame[Any], until_day: int) -> nw.LazyFrame[Any]:
    """What each supplier's layers of an item in a warehouse hold at the end of a day."""
    return (
        rows.filter(nw.col("day") <= until_day)
        .group_by(*POSITION)
        .agg(quantity_e6=QUANTITY, value_e4=VALUE, without_cost=WITHOUT_COST)
    )


def activity(ledger: nw.LazyFrame[Any], until_day: int, last_day: str = "day") -> nw.LazyFrame[Any]:
    """The days per item and warehouse from which its days without movement are counted.

    Of a ledger in outline, `last_day` names the day of the last movement of a row.
    `annulled_day` of a movement says from when on it is no outflow.  An opening whose stock nobody
    dated counts from its own date, which `first_undated_day` says.
    """
    day, stands = nw.col("day"), stands_on(until_day)
    return (
        ledger.filter(day <= until_day)
        .with_columns(
            last_issue_day=nw.when(IS_ISSUE & stands).then(nw.col(last_day)),
            last_outflow_day=nw.when(IS_OUTFLOW & stands).then(nw.col(last_day)),
            first_receipt_day=nw.when(IS_RECEIPT).then(RECEIPT_DAY),
            first_undated_day=nw.when(IS_UNDATED).then(RECEIPT_DAY),
            first_arrival_day=nw.when(IS_ARRIVAL).then(day),
        )
        .group_by("item_no", "warehouse_no")
        .agg(
            nw.col(LAST_DAYS).max(),
            nw.col("first_receipt_day", "first_undated_day", "first_arrival_day").min(),
            first_movement_day=day.min(),
        )
    )


def stock_status(  # noqa: PLR0913
    held: pl.DataFrame,
    moved: pl.DataFrame,
    masters: Masters,
    *,
    policy: Policy,
    as_of: date,
    ages: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Every position on hand with its days, its status and whether it is stranded.

    `held` are collected `positions` (or layers, which are added up), `moved` the collected
    `activity`; `ages`, where they are to stand beside, `stock_age.of_one_age`.
    """
    today = day_number(as_of)
    here = _counted_from(moved, masters.items)
    named = (
        _aged(_on_hand(held), ages)
        .join(_described(masters, policy), on="item_no", how="left")
        .join(_places(masters.warehouses, policy), on="warehouse_no", how="left")
        .join(deliverers(masters.suppliers), on="supplier_no", how="left")
        .join(_of_item(here), on="item_no", how="left")
        .join(
            here.select("item_no", "warehouse_no", "outflow_from"),
            on=["item_no", "warehouse_no"],
            how="left",
        )
    )
    days = today - pl.col("issue_from")
    outflow_days = today - pl.col("outflow_from")
    never_issued = pl.col("last_issue_day").is_null()
    return (
        named.with_columns(
            supplier=pl.col("supplier").fill_null(UNATTRIBUTED_MEMBER),
            days_without_issue=days.cast(pl.Int32),
            days_without_outflow=outflow_days.cast(pl.Int32),
            is_abnormal=pl.col("is_abnormal_item") | pl.col("is_abnormal_place"),
            history_from=never_issued & pl.col("is_from_history").fill_null(value=False),
            status=status_of(days, never_issued),
        )
        .with_columns(
            is_stranded=pl.col("status").is_in(["moving", "new"])
            & (pl.col("days_without_outflow") >= policy.stranded_days).fill_null(value=False)
        )
        .sort(POSITION)  # an item lies together; to sort by codes takes ten times as long
        .select(
            "company",
            "sku",
            "warehouse",
            "supplier",
            quantity=quantity(pl.col("quantity_e6")),
            value=money(pl.col("value_e4")),
            last_issue_on=pl.col("last_issue_day").cast(pl.Int32).cast(pl.Date),
            days_without_issue="days_without_issue",
            days_without_outflow="days_without_outflow",
            status="status",
            is_stranded="is_stranded",
            history_from="history_from",
            is_abnormal="is_abnormal",
            category="category",
            subcategory="subcategory",
            stage="stage",
            abc_class="abc_class",
            without_cost="without_cost",
            **{name: name for name in AGE if ages is not None},
        )
    )


def _aged(held: pl.DataFrame, ages: pl.DataFrame | None) -> pl.DataFrame:
    if ages is None:
        return held
    beside = held.join(ages, on=POSITION, how="left", nulls_equal=True)
    return beside.with_columns(pl.col("is_of_one_age").fill_null(value=False))


def status_of(days: pl.Expr, never_issued: pl.Expr) -> pl.Expr:
    """The status those days mean; `slow_days` and `dead_days` stand beside them."""
    return (
        pl.when(days >= pl.col("dead_days"))
        .then(pl.lit("dead"))
        .when(days >= pl.col("slow_days"))
        .then(pl.lit("slow"))
        .when(never_issued)
        .then(pl.lit("new"))
        .otherwise(pl.lit("moving"))
    )


def thresholds_of(items: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Items with the days from which they are slow and dead; `items`: stage, maybe abc_class."""
    keys = [name for name in ("stage", "abc_class") if name in items.columns]
    kinds = items.select(keys).unique(maintain_order=True)
    found = [policy.status_thresholds(*row) for row in kinds.iter_rows()]
    days = kinds.with_columns(
        slow_days=pl.Series([each.slow for each in found], dtype=pl.Int32),
        dead_days=pl.Series([each.dead for each in found], dtype=pl.Int32),
    )
    return items.join(days, on=keys, how="left", nulls_equal=True)


def _on_hand(held: pl.DataFrame) -> pl.DataFrame:
    """One row per position that has quantity, value or a posting without cost."""
    if "without_cost" not in held.columns:
        held = held.with_columns(without_cost=pl.lit(0, pl.Int64))
    numbers = ["quantity_e6", "value_e4", "without_cost"]
    return held.group_by(POSITION).agg(pl.col(numbers).sum()).filter(is_on_hand(pl.col))


def _described(masters: Masters, policy: Policy) -> pl.DataFrame:
    items = masters.items.select(
        "item_no",
        "company",
        "sku",
        pl.col("category", "subcategory", "stage").fill_null(UNCATEGORISED),
        is_abnormal_item=is_abnormal_item(policy.abnormal),
    )
    if masters.classes is None:
        return thresholds_of(items, policy).with_columns(abc_class=pl.lit(None, pl.String))
    classes = masters.classes.select("item_no", "abc_class")
    return thresholds_of(items.join(classes, on="item_no", how="left"), policy)


def _places(warehouses: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    return warehouses.select(
        "warehouse_no", "warehouse", is_abnormal_place=is_abnormal_place(policy.abnormal)
    )


def _counted_from(moved: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Activity of known items, and the day outflow is counted from."""
    return moved.join(items, on="item_no", how="semi").with_columns(
        # A warehouse that only ever got transfers counts from the first of them.
        outflow_from=pl.coalesce("last_outflow_day", "first_receipt_day", "first_arrival_day")
    )


def _of_item(here: pl.DataFrame) -> pl.DataFrame:
    """The days of an item over all warehouses of its company."""
    return (
        here.group_by("item_no")
        .agg(pl.col("last_issue_day").max(), pl.col(FIRST_DAYS).min())
        .select(
            "item_no",
            "last_issue_day",
            issue_from=pl.coalesce("last_issue_day", "first_receipt_day", "first_movement_day"),
            is_from_history=pl.col("first_undated_day") == pl.col("first_receipt_day"),
        )
    )


STOCK_STATUS = Metric(
    name="stock_status",
    about="What stands where, since when it has not moved, and what that makes it.",
    key=("company", "as_of", "sku", "warehouse", "supplier"),
    columns=(
        COMPANY,
        SKU,
        WAREHOUSE,
        SUPPLIER,
        Column("quantity", Type.QUANTITY, "on hand", BASE_UNIT),
        Column("value", Type.TOTAL, "at cost", CURRENCY),
        Column(
            "last_issue_on",
            Type.DATE,
            "last sale or consuming production issue of the item in any warehouse of the company",
            nulls="never issued",
        ),
        Column(
            "days_without_issue",
            Type.DAY,
            "as-of date − last issue; never issued: − first receipt. Reversals, returns, "
            "transfers, counts, scrap and revaluations are no issue, nor one that reversals took "
            "back whole",
            DAYS,
            "nothing ever came in",
        ),
        Column(
            "days_without_outflow",
            Type.DAY,
            "the same for this warehouse, transfers to another one included",
            DAYS,
            "nothing ever came in here",
        ),
        Column(
            "status",
            Type.CODE,
            "new = never issued and below the slow threshold; else dead, slow (thresholds are "
            "policy) or moving",
        ),
        Column(
            "is_stranded",
            Type.FLAG,
            "moving or new elsewhere, but without outflow here for the slow threshold: a transfer "
            "candidate",
        ),
        Column(
            "history_from",
            Type.FLAG,
            "the days count from the date of an opening whose stock nobody dated: it is at least "
            "that old",
        ),
        Column("is_abnormal", Type.FLAG, "what policy calls abnormal: not in scope normal"),
        Column("category", Type.CODE, "first level of the item's path"),
        Column("subcategory", Type.CODE, "the whole path"),
        Column("stage", Type.CODE, "raw, wip, finished or trading"),
        Column("abc_class", Type.CODE, "A, B or C by the outflow of twelve months"),
        Column("without_cost", Type.COUNT, "how many of its postings have no value"),
    ),
    of_date=lambda given: given.status,
    needs=ATTRIBUTED_WITH_MASTERS,
    kept=Kept.DETAIL,
    version="1",
    notes=("One row per SKU, warehouse and supplier with quantity or value.",),
)
