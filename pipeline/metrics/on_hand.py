"""What movements add up to, and whether any of it is on hand.

on hand = a quantity, or a value: also what costing left behind where nothing lies any more
"""

from collections.abc import Callable
from typing import Any

import narwhals as nw

QUANTITY = nw.col("quantity_e6").sum()
VALUE = nw.col("value_e4").fill_null(0).sum()
WITHOUT_COST = nw.col("value_e4").is_null().cast(nw.Int64).sum()
"""How many movements state no value."""


def is_on_hand(column: Callable[[str], Any]) -> Any:
    """Whether there is quantity or value; `column` is that of the engine that is asked."""
    return (column("quantity_e6") != 0) | (column("value_e4") != 0)
