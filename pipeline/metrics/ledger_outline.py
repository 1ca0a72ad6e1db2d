"""The ledger in outline: many movements in one row, as far as days since one tell them apart.

    day | kind     | quantity             day | last_day | kind     | quantity
    3   | purchase | 40                   3   | 9        | purchase | 1
    5   | sale     | -7        ->         5   | 24       | sale     | -1          the span up to 30
    9   | purchase | 5                    38  | 38       | sale     | -1          the span up to 60
    24  | sale     | -1
    38  | sale     | -2

Most stock goes out every few days, and of all that went out in a span of days only the first and
the last day matter.  A row of the outline reads like one of the ledger; its quantity is but a sign.
Outlines of different days may stand below one another.
"""

from typing import Any

import narwhals as nw

from pipeline.canonical.movement_kinds import Kind
from pipeline.metrics.issue_and_receipt import IS_ARRIVAL, IS_REMOVAL, is_any

_GOES_OUT = is_any("kind_no", Kind.SALE.value, Kind.PRODUCTION_ISSUE.value, Kind.TRANSFER_OUT.value)
_STANDS_ALONE = ~nw.col("annulled_day").is_null() | is_any("kind_no", Kind.OPENING.value)
"""Whose day itself is asked for: openings, and what counts only until it is annulled."""


def outlined(ledger: nw.LazyFrame[Any], until_day: int, span_days: int) -> nw.LazyFrame[Any]:
    """The ledger up to a day in outline; the last of the spans of so many days ends with that day.

    `day` is the first of the movements of a row, `last_day` their last.
    """
    day = nw.col("day")
    sign = nw.when(IS_ARRIVAL).then(nw.lit(1)).when(IS_REMOVAL).then(nw.lit(-1))
    span = (
        nw.when(_STANDS_ALONE)
        .then(day)
        .when(_GOES_OUT)
        .then((nw.lit(until_day) - day) // span_days)
        .otherwise(nw.lit(0))
    )
    return (
        ledger.filter(day <= until_day)
        .with_columns(
            quantity_e6=sign.otherwise(nw.lit(0)).cast(nw.Int64),
            span=span.cast(nw.Int32),
            is_undated=nw.col("received_day").is_null(),
        )
        .group_by(
            *("item_no", "warehouse_no", "kind_no", "quantity_e6", "is_reversal"),
            *("annulled_day", "is_undated", "span"),
        )
        .agg(day=day.min(), last_day=day.max(), received_day=nw.col("received_day").min())
    )
