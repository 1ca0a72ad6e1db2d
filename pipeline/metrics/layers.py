"""What is left at the ends of the axes, so that the next night can begin there."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import polars as pl

from pipeline.canonical.kinds import UNATTRIBUTED
from pipeline.metrics.axes import Ints, totals, within
from pipeline.metrics.frames import FactKind
from pipeline.metrics.in_transit import TRANSFER_KINDS
from pipeline.metrics.origins import NOWHERE, Layers, Links, Movements
from pipeline.metrics.values import Pieces, Valued

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
}
"""Columns of the open layers; `place` orders the rows of one queue or one departure."""


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


@dataclass(frozen=True)
class State:
    """Everything known once the values are split."""

    movements: Movements
    layers: Layers
    pieces: Pieces
    links: Links
    fills: Ints
    values: Valued


def open_layers(state: State, table: pl.DataFrame, in_transit: Mapping[str, int]) -> pl.DataFrame:
    """All that the next night has to know of these movements."""
    real = pl.Series(table["warehouse_no"] >= 0).to_numpy()
    layers, places, both = _layers_and_holes(state, table, real)
    blocks = [*layers, *_transit(state, table, in_transit), _arrivals(state, table), both]
    ends = _block(table, places, Role.END)
    return pl.concat([*blocks, ends])


def _block(
    table: pl.DataFrame,
    row: Ints,
    role: Role,
    quantity: Ints | None = None,
    value: pl.Series | None = None,
    supplier: Ints | None = None,
    received: Ints | None = None,
    place: Ints | None = None,
) -> pl.DataFrame:
    """Rows about the given movements; what is not given is 0 or null."""
    nothing = np.zeros(len(row), dtype=np.int64)
    source = table.select(
        pl.col(
            "company", "item_no", "warehouse_no", "movement_no", "day", "seq", "transfer_key"
        ).gather(row)
    )
    return source.with_columns(
        pl.lit(role.value).alias("role_no"),
        pl.Series("place", nothing if place is None else place),
        pl.Series("quantity_e6", nothing if quantity is None else quantity),
        pl.lit(None, pl.Int64).alias("value_e4") if value is None else value.alias("value_e4"),
        pl.lit(None, pl.Int64).alias("supplier_no")
        if supplier is None
        else pl.Series("supplier_no", supplier),
        pl.lit(None, pl.Int64).alias("received_day")
        if received is None
        else pl.Series("received_day", received),
    ).select(pl.col(name).cast(kind) for name, kind in OPEN_LAYERS.items())


def _layers_and_holes(
    state: State, table: pl.DataFrame, real: np.ndarray[Any, Any]
) -> tuple[list[pl.DataFrame], Ints, pl.DataFrame]:
    movements, layers, pieces = state.movements, state.layers, state.pieces
    rows = np.flatnonzero(pieces.layer != NOWHERE)
    gone = totals(pieces.layer[rows], pieces.quantity[rows], len(layers.receipt)) + state.fills
    left = layers.quantity - gone
    index = np.flatnonzero((left > 0) & real[layers.receipt])
    stock = _block(
        table,
        layers.receipt[index],
        Role.LAYER,
        left[index],
        pl.Series(state.values.left[index]),
        layers.supplier[index],
        layers.received[index],
        index,
    )
    size = len(movements)
    lacking = np.flatnonzero(pieces.layer == NOWHERE)
    hole = totals(movements.queue[pieces.issue[lacking]], pieces.quantity[lacking], size)
    hole -= totals(movements.queue[layers.receipt], state.fills, size)
    holes = np.flatnonzero((hole > 0) & real)
    stocked = np.unique(movements.queue[layers.receipt[index]])
    both = holes[np.isin(holes, stocked)]
    last = np.lexsort((movements.seq, movements.item))
    item = movements.item[last]
    is_end = np.ones(size, dtype=np.bool_)
    is_end[:-1] = item[1:] != item[:-1]
    ends = last[is_end]
    return (
        [stock, _block(table, holes, Role.HOLE, hole[holes])],
        ends,
        _block(table, both, Role.REBUILD),
    )


def _transit(
    state: State, table: pl.DataFrame, in_transit: Mapping[str, int]
) -> list[pl.DataFrame]:
    """Departures that have not arrived in full, piece by piece, and what arrived of them."""
    movements, layers, pieces, links = state.movements, state.layers, state.pieces, state.links
    keyed = table["transfer_key"].is_not_null().to_numpy()
    moves = np.isin(movements.kind, (*TRANSFER_KINDS, FactKind.CARRIED)) & keyed
    forth = np.flatnonzero(~links.backwards)
    arrived = totals(links.issue[forth], links.length[forth], len(movements))
    is_open = moves & (movements.went > arrived)
    tile = np.flatnonzero(is_open[pieces.issue])
    issue = pieces.issue[tile]
    supplier = np.full(len(tile), UNATTRIBUTED, dtype=np.int64)
    received = movements.day[issue].copy()
    there = np.flatnonzero(pieces.layer[tile] != NOWHERE)
    supplier[there] = layers.supplier[pieces.layer[tile[there]]]
    received[there] = layers.received[pieces.layer[tile[there]]]
    counts = np.bincount(issue, minlength=len(movements)).astype(np.int64)
    place = within(counts[counts > 0])
    value = pl.DataFrame(
        {"value": -state.values.piece[tile], "known": movements.has_value[issue]}
    ).select(pl.when("known").then("value"))["value"]
    partly = np.flatnonzero(is_open & (arrived > 0))
    blocks = [
        _block(
            table, issue, Role.TRANSIT, pieces.quantity[tile], value, supplier, received, place
        ),
        _block(table, partly, Role.ARRIVED, arrived[partly]),
    ]
    virtual = pl.col("company").replace_strict(dict(in_transit), return_dtype=pl.Int64)
    return [block.with_columns(virtual.alias("warehouse_no")) for block in blocks]


def _arrivals(state: State, table: pl.DataFrame) -> pl.DataFrame:
    movements, links = state.movements, state.links
    keyed = table["transfer_key"].is_not_null().to_numpy()
    moves = np.isin(movements.kind, TRANSFER_KINDS) & keyed
    linked = totals(links.receipt, links.length, len(movements))
    row = np.flatnonzero(moves & (movements.came > linked))
    return _block(table, row, Role.ARRIVAL, (movements.came - linked)[row])

