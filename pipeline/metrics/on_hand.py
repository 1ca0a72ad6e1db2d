"""What movements add up to, and whether any of it is on hand.

on hand = a quantity, or a value: also what costing left behind where nothing lies any more
"""

from collections.abc import Callable
from typing import Any

import narwhals as nw

# No such sum of a ledger exceeds 64 bits (`refuse_overflow`); engines make them twice as wide.
QUANTITY = nw.col("quantity_e6").sum().cast(nw.Int64)
VALUE = nw.col("value_e4").sum().cast(nw.Int64)
WITHOUT_COST = nw.len().cast(nw.Int64) - nw.col("value_e4").count().cast(nw.Int64)
"""How many movements state no value."""


def is_on_hand(column: Callable[[str], Any]) -> Any:
    """Whether there is quantity or value; `column` is that of the engine that is asked."""
    return (column("quantity_e6") != 0) | (column("value_e4") != 0)
