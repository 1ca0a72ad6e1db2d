"""Which layers the correction of a sale's cost belongs to: those the sale took.

    sale of line 7         |--6 of S1--|--2 of S2--|       posted 86
    correction of line 7, quantity 0, -8:   -6 to S1's layer, -2 to S2's

It names the sale by its order line and stands in the same queue.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.metrics.intervals import Ints, ints
from pipeline.metrics.layer_costing import Pieces
from pipeline.metrics.layer_origins import NOWHERE, Movements
from pipeline.metrics.returns import SALES


@dataclass(frozen=True)
class Sold:
    """How much of each layer the sales took that a value without quantity is about."""

    row: Ints
    layer: Ints
    quantity: Ints


def sold_layers(movements: Movements, pieces: Pieces) -> Sold:
    """What the sales of an order line took, for every later correction of that line."""
    is_sale = np.isin(movements.kind, SALES) & (movements.order_line != 0)
    corrections = np.flatnonzero(is_sale & (movements.quantity == 0) & (movements.value != 0))
    if not len(corrections):
        return Sold(corrections, corrections, corrections)
    lines = movements.order_line[corrections]
    sales = np.flatnonzero(is_sale & (movements.went > 0) & np.isin(movements.order_line, lines))
    taken = np.flatnonzero(np.isin(pieces.issue, sales) & (pieces.layer != NOWHERE))
    issue = pieces.issue[taken]
    found = (
        _of_lines(movements, corrections, "row")
        .join(
            _of_lines(movements, issue, "issue").with_columns(
                layer=pieces.layer[taken], quantity=pieces.quantity[taken]
            ),
            on=["queue", "line"],
        )
        .filter(pl.col("issue") < pl.col("row"))
        .group_by("row", "layer")
        .agg(pl.col("quantity").sum())
    )
    return Sold(ints(found["row"]), ints(found["layer"]), ints(found["quantity"]))


def _of_lines(movements: Movements, rows: Ints, name: str) -> pl.DataFrame:
    return pl.DataFrame(
        {name: rows, "queue": movements.queue[rows], "line": movements.order_line[rows]}
    )
