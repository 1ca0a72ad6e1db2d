"""What is left at the ends of the axes, and how a night extends them."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from pipeline.metrics.axes import Ints
from pipeline.metrics.origins import Layers, Links, Movements
from pipeline.metrics.values import Pieces, Valued

OPEN_LAYERS: dict[str, Any] = {"company": pl.String}


@dataclass(frozen=True)
class State:
    """Everything known once the values are split."""

    movements: Movements
    layers: Layers
    pieces: Pieces
    links: Links
    fills: Ints
    values: Valued


def open_layers(state: State, table: pl.DataFrame) -> pl.DataFrame:
    """."""
    return pl.DataFrame(schema=OPEN_LAYERS)
