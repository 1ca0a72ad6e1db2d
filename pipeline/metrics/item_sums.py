"""What each item had posted up to each day some window looks at: one pass over the ledger."""

from collections.abc import Iterable
from typing import Any

import narwhals as nw

from pipeline.canonical.movement_kinds import Kind
from pipeline.metrics.issue_and_receipt import IS_CONSUMPTION, IS_SALE
from pipeline.metrics.on_hand import VALUE, WITHOUT_COST
from pipeline.metrics.time_windows import Window
from pipeline.metrics.window_edges import edges_of

_SUMS = (
    "net",
    "weighted_high",
    "weighted_low",
    "cogs",
    "consumption",
    "without_cost",
    "movements",
)
WEIGHT = 2**20
"""What `weighted_high` counts; `weighted_low` counts the rest, in ten-thousandths."""


def history(ledger: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Per company the first day its ledger speaks of: that of its earliest opening.

    An opening dated d is posted on d - 1, so the ledger starts one day after it; a company without
    openings starts with its first movement.
    """
    is_opening = nw.col("kind_no") == Kind.OPENING.value
    return (
        ledger.group_by("company")
        .agg(
            first_opening=nw.when(is_opening).then(nw.col("day")).min(),
            first_movement=nw.col("day").min(),
        )
        .select(
            "company",
            first_day=nw.coalesce(nw.col("first_opening") + 1, nw.col("first_movement")),
        )
    )


def item_sums(
    rows: nw.LazyFrame[Any],
    items: nw.LazyFrame[Any],
    places: nw.LazyFrame[Any],
    edges: nw.LazyFrame[Any],
    windows: Iterable[Window],
) -> nw.LazyFrame[Any]:
    """What each item had posted up to each edge: one pass over the attributed ledger.

    That says the same of an item as the stock ledger with the goods in transit, and lies there item
    by item, which is half the work of grouping.  `edges` is `edge_days` of the windows, `items` and
    `places` those of `daily.Members`, all brought to the engine of the rows.  What stands in
    several rows of an item, `is_abnormal` and edge adds up: items are judged after the pass, places
    in it.
    """
    first_edge = nw.lit(edges_of(windows)[0]).cast(nw.Int32)
    value = nw.col("value_e4")
    high = value // WEIGHT
    abnormal_places = places.select("warehouse_no", "is_abnormal_place")
    sums = (
        rows.select("item_no", "warehouse_no", "day", "kind_no", "value_e4")
        .join(abnormal_places, on="warehouse_no", how="left")
        .with_columns(day=nw.max_horizontal(nw.col("day"), first_edge))
        .join(edges, on="day", how="inner")
        .with_columns(
            # In two parts: an opening balance times the days of years outgrows 64 bits.
            weighted_high=high * nw.col("held_days"),
            weighted_low=(value - high * WEIGHT) * nw.col("held_days"),
            sold=nw.when(IS_SALE).then(value),
            consumed=nw.when(IS_CONSUMPTION).then(value),
        )
        .group_by("item_no", "is_abnormal_place", "edge")
        .agg(
            net=VALUE,
            weighted_high=nw.col("weighted_high").sum(),
            weighted_low=nw.col("weighted_low").sum(),
            cogs=-nw.col("sold").sum().cast(nw.Int64),
            consumption=-nw.col("consumed").sum().cast(nw.Int64),
            without_cost=WITHOUT_COST,
            movements=nw.len(),
        )
    )
    is_abnormal = nw.col("is_abnormal_item") | nw.col("is_abnormal_place")
    return sums.join(items.select("item_no", "is_abnormal_item"), on="item_no", how="left").select(
        "item_no", "edge", *_SUMS, is_abnormal=is_abnormal
    )
