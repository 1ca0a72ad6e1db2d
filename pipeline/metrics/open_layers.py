"""What is left at the ends of the axes, so that the next night can begin there.

    came   |-- 10 of S1 --|-- 10 of S2 --|
    went   |-------- 14 --------|               LAYER 6 of S2

    came   |-- 10 of S1 --|
    went   |-------- 14 --------|               HOLE 4: the next receipt fills it

Goods on the road are left over as well, piece by piece.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import polars as pl

from pipeline.canonical.movement_kinds import UNATTRIBUTED
from pipeline.metrics.fact_schemas import FactKind
from pipeline.metrics.in_transit import TRANSFER_KINDS
from pipeline.metrics.intervals import Ints, repeats, totals, within
from pipeline.metrics.layer_costing import Pieces, Valued
from pipeline.metrics.layer_origins import NOWHERE, Layers, Links, Movements, Taken
from pipeline.metrics.returns import RETURNABLE

OPEN_LAYERS: dict[str, Any] = {
    "company": pl.String,
    "item_no": pl.Int64,
    "warehouse_no": pl.Int64,
    "role_no": pl.Int8,
    "place": pl.Int64,
    "movement_no": pl.Int64,
    "supplier_no": pl.Int64,
    "received_day": pl.Int32,
    "day": pl.Int32,
    "seq": pl.Int64,
    "quantity_e6": pl.Int64,
    "value_e4": pl.Int64,
    "transfer_key": pl.Int64,
    "lot_no": pl.Int64,
}
"""Columns of the open layers; `place` orders the rows of one queue or one departure."""


_OF_MOVEMENT = (
    "company",
    "item_no",
    "warehouse_no",
    "movement_no",
    "day",
    "seq",
    "transfer_key",
    "lot_no",
)


class Role(IntEnum):
    """What a row of the open layers says."""

    LAYER = 0
    """Stock of one layer, with the value left in it."""
    HOLE = 1
    """Issued but never there, waiting for a receipt to fill it."""
    TRANSIT = 2
    """A piece of a departure that has not arrived in full; value as it left."""
    ARRIVED = 3
    """How much of that departure has arrived."""
    ARRIVAL = 4
    """An arrival whose departure is not posted; when it is, the item is rebuilt."""
    END = 5
    """Where the item's ledger ended."""
    REBUILD = 6
    """The item cannot be extended: stock and a hole stand in one queue."""
    RETURN = 7
    """A return of the item's last day, which may yet find an issue of that day."""


@dataclass(frozen=True)
class State:
    """Everything known once the values are split."""

    movements: Movements
    layers: Layers
    pieces: Pieces
    links: Links
    filled: Taken
    fills: Ints
    values: Valued

    def origin(self, tile: Ints) -> tuple[Ints, Ints]:
        """Supplier and day of receipt of the pieces; nobody's came to light with their issue."""
        layer = self.pieces.layer[tile]
        supplier = np.full(len(tile), UNATTRIBUTED, dtype=np.int64)
        received = self.movements.day[self.pieces.issue[tile]].copy()
        there = np.flatnonzero(layer != NOWHERE)
        supplier[there] = self.layers.supplier[layer[there]]
        received[there] = self.layers.received[layer[there]]
        return supplier, received

    def gone(self) -> Ints:
        """How much of each layer was issued or filled a hole."""
        pieces = self.pieces
        rows = np.flatnonzero(pieces.layer != NOWHERE)
        taken = totals(pieces.layer[rows], pieces.quantity[rows], len(self.layers.receipt))
        return taken + self.fills


def open_layers(state: State, table: pl.DataFrame, in_transit: Mapping[str, int]) -> pl.DataFrame:
    """All that the next night has to know of these movements."""
    return pl.concat(
        [
            *_layers_and_holes(state, table),
            *_transit(state, table, in_transit),
            _arrivals(state, table),
            _block(table, last := _last_of_items(state.movements), Role.END),
            _block(table, _returns_on(state.movements, last), Role.RETURN),
        ]
    )


def _last_of_items(movements: Movements) -> Ints:
    """The movement of each item that was posted last; items lie together."""
    first = np.flatnonzero(~repeats(movements.item))
    if not len(first):
        return first
    latest = np.maximum.reduceat(movements.seq, first)
    is_last = movements.seq == np.repeat(latest, np.diff(np.append(first, len(movements))))
    last = np.flatnonzero(is_last)
    return last[~repeats(movements.item[last])]


def _returns_on(movements: Movements, last: Ints) -> Ints:
    """Returns posted on the day of their item's last movement."""
    returned = np.flatnonzero(np.isin(movements.kind, RETURNABLE) & (movements.came > 0))
    item = np.searchsorted(movements.item[last], movements.item[returned])
    return returned[movements.day[returned] == movements.day[last][item]]


def _block(table: pl.DataFrame, row: Ints, role: Role, **columns: Ints | pl.Series) -> pl.DataFrame:
    """Rows about the given movements; what is not given is 0 or null."""
    source = table.select(pl.col(*_OF_MOVEMENT).gather(row))
    given = [pl.Series(name, values) for name, values in columns.items()]
    return (
        source.with_columns(
            pl.lit(role.value).alias("role_no"),
            pl.lit(0).alias("place"),
            pl.lit(0).alias("quantity_e6"),
            pl.lit(None).alias("value_e4"),
            pl.lit(None).alias("supplier_no"),
            pl.lit(None).alias("received_day"),
        )
        .with_columns(given)
        .select(pl.col(name).cast(kind) for name, kind in OPEN_LAYERS.items())
    )


def _layers_and_holes(state: State, table: pl.DataFrame) -> list[pl.DataFrame]:
    movements, layers, pieces = state.movements, state.layers, state.pieces
    # Places that only an extension knows have numbers below 0.
    real = table.select(pl.col("warehouse_no") >= 0).to_series().to_numpy()
    left = layers.quantity - state.gone()
    index = np.flatnonzero((left > 0) & real[layers.receipt])
    receipt = layers.receipt[index]
    # The place says all of their order: a layer that was carried has lost its own `seq`.
    stock = _block(
        table,
        receipt,
        Role.LAYER,
        place=_place_in_item(movements, receipt),
        seq=np.zeros(len(index), dtype=np.int64),
        quantity_e6=left[index],
        value_e4=state.values.left[index],
        supplier_no=layers.supplier[index],
        received_day=layers.received[index],
    )
    size = len(movements)
    lacking = np.flatnonzero(pieces.layer == NOWHERE)
    hole = totals(pieces.issue[lacking], pieces.quantity[lacking], size)
    hole -= totals(state.filled.issue, state.filled.length, size)
    open_issues = np.flatnonzero((hole > 0) & real)
    holes, quantity = _by_queue_and_lot(movements, open_issues, hole[open_issues])
    both = holes[np.isin(movements.queue[holes], movements.queue[receipt])]
    return [
        stock,
        _block(table, holes, Role.HOLE, quantity_e6=quantity),
        _block(table, both, Role.REBUILD),
    ]


def _place_in_item(movements: Movements, receipt: Ints) -> Ints:
    """Which of its item's layers each is; `receipt` is where they came from, in their order.

    Lots have queues of their own, but an issue without lot takes the oldest of them all.
    """
    item = movements.item[receipt]
    later = (np.arange(len(receipt)), movements.movement[receipt], movements.seq[receipt])
    order = np.lexsort((*later, item))
    first = np.flatnonzero(~repeats(item[order]))
    size = np.diff(np.append(first, len(order)))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order)) - np.repeat(first, size)
    return place


def _by_queue_and_lot(movements: Movements, issue: Ints, hole: Ints) -> tuple[Ints, Ints]:
    """The first of the issues of each queue and lot, and what all of them lack."""
    if not len(issue):
        return issue, hole
    key = np.stack([movements.queue[issue], movements.lot[issue]])
    _, first, group = np.unique(key, axis=1, return_index=True, return_inverse=True)
    return issue[first], totals(group.reshape(-1), hole, len(first))


def _transit(
    state: State, table: pl.DataFrame, in_transit: Mapping[str, int]
) -> list[pl.DataFrame]:
    """Departures that have not arrived in full, piece by piece, and what arrived of them."""
    movements, pieces, links = state.movements, state.pieces, state.links
    keyed = table["transfer_key"].is_not_null().to_numpy()
    moves = np.isin(movements.kind, (*TRANSFER_KINDS, FactKind.CARRIED)) & keyed
    forth = np.flatnonzero(~links.backwards)
    arrived = totals(links.issue[forth], links.length[forth], len(movements))
    is_open = moves & (movements.went > arrived)
    tile = np.flatnonzero(is_open[pieces.issue])
    issue = pieces.issue[tile]
    supplier, received = state.origin(tile)
    counts = np.bincount(issue, minlength=len(movements)).astype(np.int64)
    place = within(counts[counts > 0])
    value = pl.DataFrame(
        {"value": -state.values.piece[tile], "known": movements.has_value[issue]}
    ).select(pl.when("known").then("value"))["value"]
    partly = np.flatnonzero(is_open & (arrived > 0))
    blocks = [
        _block(
            table,
            issue,
            Role.TRANSIT,
            place=place,
            quantity_e6=pieces.quantity[tile],
            value_e4=value,
            supplier_no=supplier,
            received_day=received,
        ),
        _block(table, partly, Role.ARRIVED, quantity_e6=arrived[partly]),
    ]
    virtual = pl.col("company").replace_strict(dict(in_transit), return_dtype=pl.Int64)
    return [block.with_columns(virtual.alias("warehouse_no")) for block in blocks]


def _arrivals(state: State, table: pl.DataFrame) -> pl.DataFrame:
    movements, links = state.movements, state.links
    keyed = table["transfer_key"].is_not_null().to_numpy()
    moves = np.isin(movements.kind, TRANSFER_KINDS) & keyed
    linked = totals(links.receipt, links.length, len(movements))
    row = np.flatnonzero(moves & (movements.came > linked))
    return _block(table, row, Role.ARRIVAL, quantity_e6=(movements.came - linked)[row])
