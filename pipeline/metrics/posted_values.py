"""Which layers a value posted without quantity belongs to.

    layers on hand         |-- 6 of S1 --|---- 10 of S2 ----|
    revaluation of 32      12 to S1's      20 to S2's: by what is left of each
    freight of receipt 2                   all of it, as long as that receipt's layers are there
    credit note of S1      all of it

A correction of a sale goes to what the sale took: pipeline/metrics/sale_corrections.py.
"""

import numpy as np

from pipeline.canonical.movement_kinds import UNATTRIBUTED, Kind
from pipeline.metrics.intervals import Flags, Ints, cut, ints, shares
from pipeline.metrics.layer_costing import Added, Pieces
from pipeline.metrics.layer_origins import NOWHERE, Layers, Movements, Taken
from pipeline.metrics.sale_corrections import sold_layers

OF_A_RECEIPT = (Kind.LANDED_COST, Kind.PURCHASE, Kind.PURCHASE_RETURN)
"""Kinds whose value can belong to one receipt although they move nothing."""

OF_A_SUPPLIER = (Kind.PURCHASE, Kind.PURCHASE_RETURN, Kind.REVALUATION)
"""Kinds whose value without quantity goes to the supplier it names; freight is no supplier's."""


def added_values(
    movements: Movements, layers: Layers, standing: Taken, pieces: Pieces
) -> tuple[Added, Ints]:
    """Values posted without quantity on the layers they belong to, and those on none."""
    start = movements.came_before[standing.receipt] + standing.at
    cuts = cut(layers.start, layers.axis_end, start, start + standing.length)
    row, layer, quantity = standing.issue[cuts.stretch], cuts.tile, cuts.end - cuts.start
    sold = sold_layers(movements, pieces)
    keep = _belongs(movements, layers, row, layer) & ~np.isin(row, sold.row)
    row = np.concatenate([row[keep], sold.row])
    layer = np.concatenate([layer[keep], sold.layer])
    quantity = np.concatenate([quantity[keep], sold.quantity])
    order = np.lexsort((layer, row))
    row, layer, quantity = row[order], layer[order], quantity[order]
    posted, counts = np.unique(row, return_counts=True)
    value = shares(np.abs(movements.value[posted]), quantity, ints(counts))
    sign = np.where(movements.value[row] < 0, -1, 1)
    nobodys = np.flatnonzero(movements.quantity == 0)
    return Added(row, layer, value * sign), np.setdiff1d(nobodys, posted)


def _belongs(movements: Movements, layers: Layers, row: Ints, layer: Ints) -> Flags:
    """Whether a layer is of the receipt or else the supplier that the value names, if it does."""
    supplier = movements.supplier[row]
    names_one = np.isin(movements.kind[row], OF_A_SUPPLIER) & (supplier != UNATTRIBUTED)
    keep = ~names_one | (layers.supplier[layer] == supplier)
    of_one = np.isin(movements.kind[row], OF_A_RECEIPT) & (movements.order_line[row] != 0)
    if not of_one.any():
        return keep
    receipts = np.flatnonzero(
        (movements.kind == Kind.PURCHASE) & (movements.came > 0) & (movements.order_line != 0)
    )
    lines: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for receipt in receipts[
        np.isin(movements.order_line[receipts], movements.order_line[row[of_one]])
    ].tolist():
        key = (int(movements.item[receipt]), int(movements.order_line[receipt]))
        moment = (int(movements.seq[receipt]), int(movements.movement[receipt]))
        lines.setdefault(key, []).append(moment)
    for i in np.flatnonzero(of_one).tolist():
        now = int(row[i])
        key = (int(movements.item[now]), int(movements.order_line[now]))
        moment = (int(movements.seq[now]), int(movements.movement[now]))
        if any(earlier < moment for earlier in lines.get(key, [])):
            root = int(layers.root[layer[i]])
            keep[i] = (
                root != NOWHERE
                and movements.kind[root] == Kind.PURCHASE
                and movements.order_line[root] == movements.order_line[now]
            )
    return keep
