"""What stock every member had on every day, and what flowed: the small table trends come from.

    closing = opening + the sum of the day's flows, one column per kind of movement

A row exists for a (company, dimension, member, scope, day) on which something was posted.  All of
it is additive: days from some day on can be computed again on top of the closings before it, and
the group's rows are sums of its companies' (see `consolidation`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import narwhals as nw
import polars as pl

from pipeline.canonical.movement_kinds import UNCATEGORISED
from pipeline.metrics.consolidation import Group, group_of, with_group
from pipeline.metrics.deliverers import UNATTRIBUTED_MEMBER, deliverers
from pipeline.metrics.fact_schemas import KIND_WORDS
from pipeline.metrics.fixed_point import MONEY_SCALE, money, stacked, whole
from pipeline.metrics.issue_and_receipt import IS_SALE
from pipeline.metrics.on_hand import VALUE, WITHOUT_COST
from pipeline.metrics.scopes import (
    in_both_scopes,
    in_scopes,
    is_abnormal_item,
    is_abnormal_place,
    judged,
)
from pipeline.metrics.spec import (
    ATTRIBUTED_WITH_MASTERS,
    COMPANY,
    CURRENCY,
    DIMENSION,
    MEMBER,
    SCOPE,
    Column,
    Kept,
    Metric,
    Type,
)
from pipeline.policy import Policy

Grain = Literal["item_class", "place", "supplier_no", "channel"]

FLOWS = tuple(KIND_WORDS.values())
COUNTS = ("movements", "without_cost")
NUMBERS = (*FLOWS, *COUNTS)
OWNER = ("company", "dimension", "member")
SERIES = (*OWNER, "scope")
GRAINS: dict[str, Grain] = {
    "company": "place",
    "warehouse": "place",
    "category": "item_class",
    "subcategory": "item_class",
    "stage": "item_class",
    "supplier": "supplier_no",
    "channel": "channel",
}
"""Which number of the facts each dimension is added up from."""


@dataclass(frozen=True)
class Members:
    """Who belongs where: small integers for the facts, codes and scopes for the judgement."""

    items: pl.DataFrame
    """item_no, item_class, is_abnormal_item"""
    classes: pl.DataFrame
    """item_class, company, category, subcategory, stage"""
    places: pl.DataFrame
    """warehouse_no, place, company_no, is_abnormal_place"""
    warehouses: pl.DataFrame
    """place, company_no, company, warehouse"""
    suppliers: pl.DataFrame
    """supplier_no, supplier"""
    group: Group
    """the companies, and which of their codes the group takes for one"""


def members_of(
    items: pl.DataFrame,
    warehouses: pl.DataFrame,
    suppliers: pl.DataFrame,
    policy: Policy,
) -> Members:
    """The members of every dimension, as the masters and the policy of one date say."""
    abnormal = policy.abnormal
    classed = items.select(
        "item_no",
        "company",
        pl.col("category", "subcategory", "stage").fill_null(UNCATEGORISED),
        is_abnormal_item=is_abnormal_item(abnormal),
    )
    class_key = ["company", "category", "subcategory", "stage"]
    classes = classed.select(class_key).unique().sort(class_key).with_row_index("item_class")
    companies = stacked([items.select("company"), warehouses.select("company")]).unique()
    numbered = (
        warehouses.select(
            "warehouse_no",
            "company",
            "warehouse",
            is_abnormal_place=is_abnormal_place(abnormal),
        )
        .join(companies.sort("company").with_row_index("company_no"), on="company")
        .sort("company", "warehouse")
        .with_row_index("place")
        .with_columns(pl.col("place", "company_no").cast(pl.Int32))
    )
    return Members(
        items=classed.join(classes, on=class_key).select(
            "item_no", pl.col("item_class").cast(pl.Int32), "is_abnormal_item"
        ),
        classes=classes.with_columns(pl.col("item_class").cast(pl.Int32)),
        places=numbered.select("warehouse_no", "place", "company_no", "is_abnormal_place"),
        warehouses=numbered.select("place", "company_no", "company", "warehouse"),
        suppliers=deliverers(suppliers),
        group=group_of(companies["company"], policy.group_members),
    )


def daily_sums(
    rows: nw.LazyFrame[Any],
    items: nw.LazyFrame[Any],
    places: nw.LazyFrame[Any],
    grain: Grain,
) -> nw.LazyFrame[Any]:
    """Sums per member number, scope, day and kind: the one pass over the attributed ledger.

    `items` and `places` are those of `Members`, brought to the engine that holds the rows.  Only
    the grain `supplier_no` needs the attributed ledger; the others say the same of the stock ledger
    with the goods in transit, which has fewer rows.  Of channels only sales are summed.
    """
    if grain == "place":
        return _by_place(rows, items, places)
    if grain == "channel":
        rows = rows.filter(IS_SALE)
    judge = judged if grain == "item_class" else _judged_by_few
    return _summed(judge(rows, items, places), "company_no", grain, "is_abnormal")


def _summed(rows: nw.LazyFrame[Any], *keys: str) -> nw.LazyFrame[Any]:
    return rows.group_by(*keys, "day", "kind_no").agg(
        value_e4=VALUE,
        movements=nw.len(),
        without_cost=WITHOUT_COST,
    )


def _by_place(
    rows: nw.LazyFrame[Any], items: nw.LazyFrame[Any], places: nw.LazyFrame[Any]
) -> nw.LazyFrame[Any]:
    """Sums per place: what a warehouse is need be looked up once for its sums, not for its rows."""
    sums = _summed(_with_abnormal_items(rows, items), "warehouse_no", "is_abnormal_item")
    return sums.join(places, on="warehouse_no", how="left").select(
        *("company_no", "place", "day", "kind_no", "value_e4", *COUNTS),
        is_abnormal=nw.col("is_abnormal_item") | nw.col("is_abnormal_place"),
    )


def _judged_by_few(
    rows: nw.LazyFrame[Any], items: nw.LazyFrame[Any], places: nw.LazyFrame[Any]
) -> nw.LazyFrame[Any]:
    """Rows as `judged`, without the class of their items.

    Items without a master show where their class is asked for.
    """
    is_abnormal = nw.col("is_abnormal_item") | nw.col("is_abnormal_place")
    known = _with_abnormal_items(rows, items).join(places, on="warehouse_no", how="left")
    return known.with_columns(is_abnormal=is_abnormal)


def _with_abnormal_items(rows: nw.LazyFrame[Any], items: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Rows with whether their item is abnormal: only those that are need be looked up."""
    abnormal = items.filter(nw.col("is_abnormal_item")).select("item_no", "is_abnormal_item")
    return rows.join(abnormal, on="item_no", how="left").with_columns(
        nw.col("is_abnormal_item").fill_null(value=False)
    )


def daily(
    sums: dict[Grain, pl.DataFrame],
    members: Members,
    closings_before: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The daily table of the days in the sums, on top of the closings before the first of them.

    `closings_before` holds company, dimension, member, scope, closing_value (as `closings` gives).
    """
    own = company_rows(sums, members)
    numbers = numbers_in(own)
    rows = in_scopes(with_group(own, members.group, numbers), OWNER, "day", numbers)
    return with_balances(in_both_scopes(rows), closings_before)


def company_rows(sums: dict[Grain, pl.DataFrame], members: Members) -> pl.DataFrame:
    """What each company's members had posted each day, of normal and of abnormal stock.

    company, dimension, member, is_abnormal, day and the numbers of the kinds that were posted.
    """
    wide = {grain: _wide(frame) for grain, frame in sums.items()}
    numbers = [name for name in NUMBERS if any(name in frame.columns for frame in wide.values())]
    return stacked(
        dimension_rows(_with_all(wide[grain], numbers), dimension, members, numbers)
        for dimension, grain in GRAINS.items()
        if grain in wide
    )


def numbers_in(rows: pl.DataFrame) -> list[str]:
    """The numbers rows have: of most kinds of movement nothing is posted."""
    return [name for name in NUMBERS if name in rows.columns]


def _with_all(rows: pl.DataFrame, numbers: Sequence[str]) -> pl.DataFrame:
    """The rows with a 0 for each of the numbers they lack."""
    lacking = [name for name in numbers if name not in rows.columns]
    return rows.with_columns(pl.lit(0, pl.Int64).alias(name) for name in lacking)


def with_balances(flows: pl.DataFrame, closings_before: pl.DataFrame | None = None) -> pl.DataFrame:
    """Daily flows with the opening and closing of each day; flows by channel have none."""
    series = flows.select(SERIES).unique().sort(SERIES).with_row_index("series")
    numbered = flows.join(series, on=SERIES)
    ordered = numbered[numbered.select(_place().arg_sort()).to_series()]
    brought = pl.lit(0, pl.Int128)
    if closings_before is not None:
        exact = whole(closings_before, MONEY_SCALE, "closing_value")
        before = series.join(exact, on=SERIES).select("series", _before="closing_value")
        ordered = ordered.join(before, on="series", how="left", maintain_order="left")
        brought = pl.col("_before").fill_null(0).cast(pl.Int128)
    has_stock = pl.col("dimension") != "channel"
    posted = [pl.col(name).cast(pl.Int128) for name in FLOWS if name in flows.columns]
    balanced = (
        ordered.with_columns(_net=pl.sum_horizontal(pl.lit(0, pl.Int128), *posted))
        .with_columns(closing_value=brought + _running("_net", "series"))
        .with_columns(opening_value=pl.col("closing_value") - pl.col("_net"))
        .with_columns(
            pl.when(has_stock).then(pl.col("opening_value", "closing_value")).cast(pl.Int64)
        )
    )
    return _with_all(balanced, NUMBERS).select(
        *SERIES, "day", "opening_value", *FLOWS, "closing_value", *COUNTS
    )


def _place() -> pl.Expr:
    """Series and day as one number: rows are moved once, by one sorted column."""
    return pl.col("series").cast(pl.Int64) * 2**24 + pl.col("day")


def _running(name: str, series: str) -> pl.Expr:
    """The running sum in each of the series the rows are sorted by."""
    total, is_first = pl.col(name).cum_sum(), pl.col(series) != pl.col(series).shift()
    before = pl.when(is_first.fill_null(value=True)).then(total - pl.col(name)).forward_fill()
    return total - before


def published(daily_rows: pl.DataFrame) -> pl.DataFrame:
    """The daily table with its money as decimals."""
    amounts = ["opening_value", *FLOWS, "closing_value"]
    exact = [money(pl.col(name)).cast(pl.Decimal(18, MONEY_SCALE)).alias(name) for name in amounts]
    return daily_rows.with_columns(exact)


def closings(daily_rows: pl.DataFrame, before_day: int) -> pl.DataFrame:
    """The last closing of every series before a day."""
    return (
        daily_rows.filter(pl.col("day") < before_day)
        .sort("day")
        .group_by(SERIES, maintain_order=True)
        .agg(pl.col("closing_value").last())
    )


def _wide(sums: pl.DataFrame) -> pl.DataFrame:
    """One row per member number, scope and day, one column per kind."""
    keys = [name for name in sums.columns if name not in {"kind_no", "value_e4", *COUNTS}]
    if sums.select(pl.any_horizontal(pl.col("company_no", "is_abnormal").is_null().any())).item():
        message = "The attributed ledger names items or warehouses without a master: add stubs"
        raise ValueError(message)
    posted = sums["kind_no"].unique().sort().to_list()
    if unknown := set(posted) - set(KIND_WORDS):
        message = f"The attributed ledger holds kinds of movement nobody knows: {unknown}"
        raise ValueError(message)
    present = [KIND_WORDS[number] for number in posted]
    by_kind = [
        pl.when(pl.col("kind_no") == number).then("value_e4").otherwise(0).alias(KIND_WORDS[number])
        for number in posted
    ]
    return (
        sums.lazy()
        .with_columns(pl.col("value_e4", *COUNTS).cast(pl.Int64), pl.col("day").cast(pl.Int32))
        .with_columns(by_kind)
        .group_by(keys)
        .agg(pl.col(*present, *COUNTS).sum())
        .collect(engine="streaming")
    )


def dimension_rows(
    wide: pl.DataFrame,
    dimension: str,
    members: Members,
    numbers: Sequence[str],
) -> pl.DataFrame:
    """The rows of one dimension, as `company_rows`.

    `wide`: company_no, the number of the dimension's grain, is_abnormal, day and the numbers.
    """
    grain = GRAINS[dimension]
    codes = _codes(wide, dimension, grain, members)
    names = codes.select("member").unique().with_row_index("member_no")
    numbered = codes.join(names, on="member").select(grain, "member_no")
    companies = members.warehouses.select("company_no", "company").unique()
    return (
        wide.join(numbered, on=grain, nulls_equal=True)
        .group_by("company_no", "member_no", "is_abnormal", "day")
        .agg(pl.col(numbers).sum())
        .join(companies, on="company_no")
        .join(names, on="member_no")
        .select(
            "company",
            pl.lit(dimension).alias("dimension"),
            "member",
            "is_abnormal",
            "day",
            *numbers,
        )
    )


def _codes(wide: pl.DataFrame, dimension: str, grain: Grain, members: Members) -> pl.DataFrame:
    """Which member each number of the facts belongs to."""
    if grain == "item_class":
        return members.classes.select(grain, pl.col(dimension).alias("member"))
    if grain == "place":
        return members.warehouses.select(grain, pl.col(dimension).alias("member"))
    present = wide.select(grain).unique()
    if grain == "supplier_no":
        present = present.join(members.suppliers, on=grain, how="left", nulls_equal=True)
    return present.with_columns(member=pl.col(dimension).fill_null(UNATTRIBUTED_MEMBER))


def _flow(name: str) -> Column:
    return Column(
        name, Type.MONEY, f"posted as {name.replace('_', ' ')}, signed", CURRENCY, is_scaled=True
    )


_NO_STOCK = "a channel has no stock"
DAILY = Metric(
    name="daily",
    about="What every member had on every day on which something was posted, and what flowed.",
    key=("company", "dimension", "member", "scope", "day"),
    columns=(
        COMPANY,
        Column("on", Type.DATE, "the day"),
        Column("day", Type.DAY, "the same as a number", "days since 1970-01-01"),
        DIMENSION,
        MEMBER,
        SCOPE,
        Column(
            "opening_value", Type.MONEY, "stock before the day", CURRENCY, _NO_STOCK, is_scaled=True
        ),
        *(_flow(name) for name in FLOWS),
        Column(
            "closing_value", Type.MONEY, "stock at its end", CURRENCY, _NO_STOCK, is_scaled=True
        ),
        Column(
            "movements",
            Type.COUNT,
            "how many rows were posted; what is in transit, and all of a supplier, counts by piece",
        ),
        Column("without_cost", Type.COUNT, "how many of them have no value"),
    ),
    needs=ATTRIBUTED_WITH_MASTERS,
    kept=Kept.NEWEST,
    version="2",
    is_fact=True,
    notes=(
        "opening_value + all flows = closing_value.",
        "All days are said under the members of the newest as-of date.",
    ),
)
