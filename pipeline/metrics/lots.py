"""Which queue a movement stands in where the ERP names lots.

An issue that names a lot takes of that lot; one that names none takes the oldest of the position,
whichever lot it is of:

    position W1   lot A  |--10 of day 1--|         sale of lot B takes the 5 of day 3,
                  lot B  |--5 of day 3--|          a sale without lot the 10 of day 1

Where every issue and every value names its lot, each lot is a queue with axes of its own.  Else
the position is one queue, and its item is replayed in order.
"""

from typing import Any

import narwhals as nw

POSITION = ("item_no", "warehouse_no")
QUEUE = (*POSITION, "lot_queue")

_HAS_LOT = ~nw.col("lot_no").is_null()
_ASKS_FOR_ANY = nw.col("lot_no").is_null() & (nw.col("quantity_e6") <= 0)


def names_lots(ledger: nw.LazyFrame[Any]) -> bool:
    """Whether any movement names a lot."""
    some = ledger.filter(_HAS_LOT).select("item_no").head(1)
    if some.implementation.is_polars():
        return bool(some.collect().shape[0])
    return bool(some.collect("polars").shape[0])


def queued(ledger: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """The ledger with each row's `lot_queue`: its lot, or 0 where the position is one queue."""
    mixed = ledger.filter(_ASKS_FOR_ANY).select(*POSITION).unique().with_columns(mixed=nw.lit(1))
    is_alone = nw.col("mixed").is_null() & _HAS_LOT
    return (
        ledger.join(mixed, on=list(POSITION), how="left")
        .with_columns(
            lot_queue=nw.when(is_alone).then(nw.col("lot_no")).otherwise(nw.lit(0)).cast(nw.Int64)
        )
        .drop("mixed")
    )
