"""What a row of the stock ledger is: a sale, an issue, a receipt, an outflow.

    sale    = a sale or its return, whichever way it goes
    issue   = a sale or consuming production issue that takes out, and reverses nothing
    outflow = an issue, or a transfer out
    receipt = any inflow but a transfer

An issue that reversals took back whole, or a transfer that never left its warehouse, is an outflow
only until the day it is annulled.  Returns, counts, scrap and revaluations are none of these.
"""

import narwhals as nw

from pipeline.canonical.movement_kinds import Kind

_DAY, _ANNULLED = nw.col("day"), nw.col("annulled_day")


def is_any(name: str, *numbers: int) -> nw.Expr:
    """Whether a column is any of a few numbers; null where it is."""
    return nw.any_horizontal(*(nw.col(name) == number for number in numbers), ignore_nulls=False)


def _is(*kinds: Kind) -> nw.Expr:
    return is_any("kind_no", *(kind.value for kind in kinds))


IS_ARRIVAL = nw.col("quantity_e6") > 0
IS_REMOVAL = nw.col("quantity_e6") < 0
IS_SALE = _is(Kind.SALE, Kind.SALE_RETURN)
IS_CONSUMPTION = _is(Kind.PRODUCTION_ISSUE)
IS_ISSUE = _is(Kind.SALE, Kind.PRODUCTION_ISSUE) & IS_REMOVAL & ~nw.col("is_reversal")
IS_TRANSFER_OUT = _is(Kind.TRANSFER_OUT) & IS_REMOVAL
IS_OUTFLOW = IS_ISSUE | IS_TRANSFER_OUT
IS_RECEIPT = IS_ARRIVAL & ~_is(Kind.TRANSFER_IN, Kind.TRANSFER_OUT)
IS_OPENING = IS_ARRIVAL & _is(Kind.OPENING)
IS_UNDATED = IS_OPENING & nw.col("received_day").is_null()
RECEIPT_DAY = (
    nw.when(IS_UNDATED)
    .then(_DAY + 1)  # an opening dated d is posted on d - 1
    .when(IS_OPENING)
    .then(nw.col("received_day"))
    .otherwise(_DAY)
)
"""The day from which a receipt is counted."""


def stands_on(day: int) -> nw.Expr:
    """Whether an outflow still is one at the end of a day."""
    return _ANNULLED.is_null() | (day < _ANNULLED)


STOOD_AT_ALL = _ANNULLED.is_null() | (_ANNULLED > _DAY)
"""Whether an outflow was one at the end of its own day."""
