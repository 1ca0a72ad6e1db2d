"""The rows of the attributed ledger, written down from layers, pieces and their values.

    sale of 10, 3 of S1 there      sale  S1            -3        sale  unattributed  -7
    purchase of 30 from S2         purchase  S2  30    and, for the hole it finds,
                                   negative_stock_filled  S2  -7,  unattributed  7
    left on hand                   S2  23

Rows of one movement and kind add up to what it posted.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from pipeline.canonical.movement_kinds import UNATTRIBUTED, Kind
from pipeline.metrics.fact_schemas import ATTRIBUTED, FactKind
from pipeline.metrics.in_transit import TRANSFER_KINDS
from pipeline.metrics.intervals import Flags, Ints, cut, part_half_up
from pipeline.metrics.layer_costing import Added
from pipeline.metrics.layer_origins import NO_DAY, NOWHERE
from pipeline.metrics.open_layers import State

_OF_MOVEMENT = ("company", "movement_no", "item_no", "warehouse_no", "day", "kind_no")


@dataclass(frozen=True)
class _Block:
    """Rows of one sort: which movement each is about, and what it says."""

    row: Ints
    supplier: Ints
    received: Ints
    quantity: Ints
    value: Ints
    has_value: Flags
    kind: int | None = None  # None: the movement's own
    is_leg: bool = False

    def kept(self, keep: Flags) -> "_Block":
        """The rows to keep."""
        if keep.all():
            return self
        return replace(
            self,
            row=self.row[keep],
            supplier=self.supplier[keep],
            received=self.received[keep],
            quantity=self.quantity[keep],
            value=self.value[keep],
            has_value=self.has_value[keep],
        )


def rows_of(
    state: State,
    added: Added,
    nobodys: Ints,
    table: pl.DataFrame,
    in_transit: Mapping[str, int],
) -> pl.DataFrame:
    """All rows; `nobodys` are movements whose value no layer carries."""
    real = state.movements.kind != FactKind.CARRIED
    blocks = [
        *_receipts(state),
        _issues(state),
        *_revaluations(state, added, nobodys),
        *_differences(state, added),
        *_legs(state),
    ]
    return pl.concat([_table(block.kept(real[block.row]), table, in_transit) for block in blocks])


def _table(block: _Block, table: pl.DataFrame, in_transit: Mapping[str, int]) -> pl.DataFrame:
    said = table.select(pl.col(*_OF_MOVEMENT).gather(block.row)).with_columns(
        pl.Series("supplier_no", block.supplier),
        pl.Series("received_day", block.received),
        pl.Series("quantity_e6", block.quantity),
        pl.Series("value_e4", block.value),
        pl.Series("has_value", block.has_value),
    )
    if block.kind is not None:
        said = said.with_columns(pl.lit(block.kind).alias("kind_no"))
    if block.is_leg:
        virtual = pl.col("company").replace_strict(dict(in_transit), return_dtype=pl.Int64)
        said = said.with_columns(virtual.alias("warehouse_no"))
    return said.with_columns(
        pl.when(pl.col("received_day") != NO_DAY).then("received_day"),
        pl.when("has_value").then("value_e4"),
    ).select(pl.col(name).cast(kind) for name, kind in ATTRIBUTED.items())


def _nobodys(block: _Block) -> _Block:
    """The same under `unattributed`, without a day."""
    size = len(block.row)
    return replace(
        block,
        supplier=np.full(size, UNATTRIBUTED, dtype=np.int64),
        received=np.full(size, NO_DAY, dtype=np.int64),
    )


def _passing(block: _Block) -> Iterator[_Block]:
    """Quantity and value that pass from their supplier to `unattributed`."""
    yield replace(block, quantity=-block.quantity, value=-block.value)
    yield _nobodys(block)


def _receipts(state: State) -> Iterator[_Block]:
    """What came, and what of it filled a hole at once."""
    layers, values, has_value = state.layers, state.values, state.movements.has_value
    came = _Block(
        layers.receipt,
        layers.supplier,
        layers.received,
        layers.quantity,
        values.layer,
        has_value[layers.receipt],
    )
    yield came
    filled = replace(
        came,
        quantity=state.fills,
        value=values.filled,
        kind=FactKind.NEGATIVE_STOCK_FILLED.value,
    )
    yield from _passing(filled.kept(state.fills > 0))


def _issues(state: State) -> _Block:
    """What went."""
    pieces = state.pieces
    supplier, received = state.origin(np.arange(len(pieces.issue), dtype=np.int64))
    return _Block(
        pieces.issue,
        supplier,
        np.where(pieces.layer == NOWHERE, NO_DAY, received),
        -pieces.quantity,
        state.values.piece,
        state.movements.has_value[pieces.issue],
    )


def _revaluations(state: State, added: Added, nobodys: Ints) -> Iterator[_Block]:
    """Values that came or went without quantity."""
    movements, layers = state.movements, state.layers
    yield _Block(
        added.movement,
        layers.supplier[added.layer],
        layers.received[added.layer],
        np.zeros(len(added.layer), dtype=np.int64),
        added.value,
        movements.has_value[added.movement],
    )
    nothing = np.zeros(len(nobodys), dtype=np.int64)
    has_value = movements.has_value[nobodys]
    yield _nobodys(_Block(nobodys, nothing, nothing, nothing, movements.value[nobodys], has_value))


def _differences(state: State, added: Added) -> Iterator[_Block]:
    """What is left of a layer's value when its quantity is used up, and what is added later."""
    pieces, layers = state.pieces, state.layers
    rows = np.flatnonzero(pieces.layer != NOWHERE)
    last = np.full(len(layers.receipt), NOWHERE, dtype=np.int64)
    np.maximum.at(last, pieces.layer[rows], pieces.issue[rows])
    used_up = (state.gone() == layers.quantity) & (last != NOWHERE)
    late = np.flatnonzero(used_up[added.layer] & (added.movement > last[added.layer]))
    left = state.values.left.copy()
    np.subtract.at(left, added.layer[late], added.value[late])
    index = np.flatnonzero(used_up & (left != 0))
    yield from _passing(_difference(state, last[index], index, left[index]))
    yield from _passing(
        _difference(state, added.movement[late], added.layer[late], added.value[late])
    )


def _difference(state: State, row: Ints, layer: Ints, value: Ints) -> _Block:
    return _Block(
        row,
        state.layers.supplier[layer],
        state.layers.received[layer],
        np.zeros(len(row), dtype=np.int64),
        value,
        np.ones(len(row), dtype=np.bool_),
        FactKind.VALUATION_DIFFERENCE.value,
    )


def _legs(state: State) -> Iterator[_Block]:
    """What left and did not arrive the same day, in the virtual warehouse."""
    movements, pieces, links = state.movements, state.pieces, state.links
    worth = np.abs(state.values.piece)
    sign = np.where(state.values.piece < 0, -1, 1)
    forth = np.flatnonzero(~links.backwards)
    start = movements.went_before[links.issue[forth]] + links.issue_at[forth]
    tile_start = movements.went_before[pieces.issue] + pieces.issue_at
    cuts = cut(tile_start, int(movements.went.sum()), start, start + links.length[forth])
    tile, size = cuts.tile, pieces.quantity[cuts.tile]
    arrival = links.receipt[forth[cuts.stretch]]
    quantity = cuts.end - cuts.start
    value = part_half_up(worth[tile], cuts.end - tile_start[tile], size)
    value -= part_half_up(worth[tile], cuts.start - tile_start[tile], size)

    is_later = movements.day[arrival] > movements.day[pieces.issue[tile]]
    standing, staying = pieces.quantity.copy(), worth
    np.subtract.at(standing, tile[~is_later], quantity[~is_later])
    np.subtract.at(staying, tile[~is_later], value[~is_later])
    moved = np.isin(movements.kind, (*TRANSFER_KINDS, FactKind.CARRIED)) & (movements.went > 0)
    left = np.flatnonzero(moved[pieces.issue] & (standing > 0))
    issue = pieces.issue[left]
    yield _leg(state, issue, left, standing[left], -sign[left] * staying[left], Kind.TRANSFER_IN)
    tile, quantity, value = tile[is_later], quantity[is_later], value[is_later]
    yield _leg(state, arrival[is_later], tile, -quantity, sign[tile] * value, Kind.TRANSFER_OUT)


def _leg(  # noqa: PLR0913, PLR0917
    state: State, row: Ints, tile: Ints, quantity: Ints, value: Ints, kind: Kind
) -> _Block:
    supplier, received = state.origin(tile)
    has_value = state.movements.has_value[state.pieces.issue[tile]]
    return _Block(row, supplier, received, quantity, value, has_value, kind.value, is_leg=True)
