"""A night's postings, attributed from where the axes ended the night before.

What was left stands in for all that came before: layers as receipts, holes as issues, goods on
the road as a departure.

    until last night   came |----|----|---3 left---|      went |---------|
    tonight's axis          |---3 carried---|---- 10 bought tonight ----|
                            |------ 5 sold tonight -----|

An item is rebuilt whole where a new posting reaches further back.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipeline.metrics.attribution import attribute, together
from pipeline.metrics.conversions import attributed_with_conversions
from pipeline.metrics.fact_schemas import LEDGER, FactKind, collected
from pipeline.metrics.in_transit import TRANSFER_KINDS
from pipeline.metrics.open_layers import OPEN_LAYERS, Role
from pipeline.metrics.posted_values import OF_A_RECEIPT
from pipeline.metrics.returns import RETURNABLE, SALES

_LONG_AGO = -(2**60)


@dataclass(frozen=True)
class Rebuilding:
    """Items to attribute from their whole ledger, new rows included.

    At least those `items_to_rebuild` names, those with a new line of a conversion, and all that
    `items_that_meet` finds by them.
    """

    items: Collection[int]
    ledger: Any
    conversions: pl.DataFrame


@dataclass(frozen=True)
class Extension:
    """What changes in the stored facts.

    Attributed rows and annulments of `rebuilt_items` go, `attributed` and `annulled` come; open
    layers of `touched_items` go, `open_layers` come.
    """

    rebuilt_items: list[int]
    touched_items: list[int]
    attributed: pl.DataFrame
    open_layers: pl.DataFrame
    annulled: pl.DataFrame


def items_to_rebuild(
    open_layers: Any, new_rows: Any, changed_items: Collection[int] = ()
) -> list[int]:
    """Items whose new rows do not simply come after what is attributed.

    `changed_items` had a row corrected or closed.  Returns go back to issues, landed cost and
    purchase returns to their receipt, a sale's correction to its layers, and a departure to an
    arrival that was posted before it: all that is history.  So is an issue of the day of a return,
    which that may take back.
    """
    ends, rows = _table(open_layers, OPEN_LAYERS), _table(new_rows, LEDGER)
    role = pl.col("role_no")
    last = ends.filter(role == Role.END).group_by("item_no").agg(end=pl.col("seq").max())
    kind, quantity = pl.col("kind_no"), pl.col("quantity_e6")
    returned = kind.is_in(list(RETURNABLE)) & (quantity > 0)
    of_a_receipt = kind.is_in([k.value for k in OF_A_RECEIPT]) & (quantity <= 0)
    of_a_sale = kind.is_in(list(SALES)) & (quantity == 0)
    waited_for = (
        rows.filter(kind.is_in(list(TRANSFER_KINDS)), quantity < 0)
        .join(ends.filter(role == Role.ARRIVAL), on=["item_no", "transfer_key"], how="semi")
        .get_column("item_no")
    )
    # Goods that arrive on the day they left were never on the road, but are booked there.
    left_today = (
        rows.filter(kind.is_in(list(TRANSFER_KINDS)), quantity > 0)
        .join(ends.filter(role == Role.TRANSIT), on=["item_no", "transfer_key"], suffix="_left")
        .filter(pl.col("day") <= pl.col("day_left"))
        .get_column("item_no")
    )
    reaching_back = (
        rows.join(last, on="item_no", how="left")
        .filter(
            (pl.col("seq") <= pl.col("end"))
            | returned
            | ((of_a_receipt | of_a_sale) & pl.col("order_line_key").is_not_null())
        )
        .get_column("item_no")
    )
    mixed = ends.filter(role == Role.REBUILD).join(rows, on="item_no", how="semi")
    returned_today = (
        rows.filter(kind.is_in(list(RETURNABLE)), quantity < 0)
        .join(ends.filter(role == Role.RETURN), on=["item_no", "day"], how="semi")
        .get_column("item_no")
    )
    # Whether the lots of a transfer pair for themselves, all of its legs decide.
    other_lot = (
        rows.filter(kind.is_in(list(TRANSFER_KINDS)))
        .join(ends, on=["item_no", "transfer_key"], suffix="_open")
        .filter(pl.col("lot_no").ne_missing(pl.col("lot_no_open")))
        .get_column("item_no")
    )
    found = {
        *waited_for,
        *other_lot,
        *left_today,
        *reaching_back,
        *returned_today,
        *mixed["item_no"],
        *changed_items,
    }
    return sorted(found)


def extend(
    open_layers: Any, new_rows: Any, again: Rebuilding, in_transit: Mapping[str, int]
) -> Extension:
    """The facts after the new rows; `open_layers` holds at least the items of those."""
    rebuilt = pl.col("item_no").is_in(list(again.items))
    rows = _table(new_rows, LEDGER).filter(~rebuilt)
    items = rows["item_no"].unique()
    before = _table(open_layers, OPEN_LAYERS).filter(pl.col("item_no").is_in(items.implode()))
    extended = attribute(pl.concat([_carried(before), rows]), in_transit)
    made = [extended]
    if again.items:
        whole = _table(again.ledger, LEDGER).filter(rebuilt)
        made += attributed_with_conversions(whole, again.conversions, in_transit)
    done = together(made)
    waiting = _still_waiting(before, extended.open_layers)
    return Extension(
        rebuilt_items=sorted(again.items),
        touched_items=sorted({*items, *again.items}),
        attributed=done.attributed,
        open_layers=pl.concat([done.open_layers, waiting]),
        annulled=done.annulled,
    )


def _still_waiting(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Arrivals without departure, and returns of a day that is still each item's last."""
    role = pl.col("role_no")
    last = after.filter(role == Role.END).select("item_no", "day")
    of_today = before.filter(role == Role.RETURN).join(last, on=["item_no", "day"], how="semi")
    return pl.concat([before.filter(role == Role.ARRIVAL), of_today])


def _carried(before: pl.DataFrame) -> pl.DataFrame:
    """What was left, as rows of a ledger that lie before every other."""
    role, place = pl.col("role_no"), pl.col("place")
    value, quantity = pl.col("value_e4"), pl.col("quantity_e6")
    long_ago = (pl.lit(_LONG_AGO, pl.Int64) + place).alias("seq")
    stock = before.filter(role == Role.LAYER).with_columns(long_ago)
    holes = before.filter(role == Role.HOLE).with_columns(-quantity, pl.lit(0).alias("value_e4"))

    # Goods on the road leave a place of their own, which no warehouse number can meet.
    road = before.filter(role.is_in([Role.TRANSIT.value, Role.ARRIVED.value])).with_columns(
        warehouse_no=-pl.struct("item_no", "transfer_key", "movement_no")
        .rank("dense")
        .cast(pl.Int64)
        * 2
    )
    on_road = road.filter(role == Role.TRANSIT)
    unkeyed = pl.lit(None, pl.Int64).alias("transfer_key")
    loaded = on_road.with_columns(long_ago, value.abs(), unkeyed)
    departed = (
        on_road.group_by("warehouse_no", maintain_order=True)
        .agg(
            pl.col("company", "item_no", "movement_no", "day", "seq", "transfer_key").first(),
            pl.col("lot_no").first(),
            -quantity.sum(),
            pl.when(value.count() > 0).then(-value.sum()),
        )
        .with_columns(
            pl.lit(None, pl.Int64).alias("supplier_no"),
            pl.lit(None, pl.Int32).alias("received_day"),
        )
    )
    arrived = road.filter(role == Role.ARRIVED).with_columns(
        pl.col("warehouse_no") - 1, pl.lit(0).alias("value_e4")
    )
    return pl.concat(
        [
            part.with_columns(
                pl.lit(FactKind.CARRIED.value).alias("kind_no"),
                pl.lit(None, pl.Int64).alias("order_line_key"),
                pl.lit(False).alias("is_reversal"),  # noqa: FBT003
                pl.lit(None, pl.Int64).alias("document_key"),
                pl.lit(None, pl.Int64).alias("until_seq"),
            ).select(pl.col(name).cast(kind) for name, kind in LEDGER.items())
            for part in (
                stock.with_columns(unkeyed),
                holes.with_columns(unkeyed),
                loaded,
                departed,
                arrived,
            )
        ]
    )


def _table(frame: Any, types: Mapping[str, Any]) -> pl.DataFrame:
    return collected(frame).select(pl.col(name).cast(kind) for name, kind in types.items())
