"""What passes between the facts: column names and types, and the one relational step all share.

Facts are said in narwhals, so that polars, DuckDB and Spark run the same words.
`item_no` and `warehouse_no` are hashes that include the company: no two companies share one.
"""

from enum import IntEnum
from typing import Any

import narwhals as nw
import polars as pl

from pipeline.canonical.movement_kinds import Kind

LEDGER: dict[str, Any] = {
    "company": pl.String,
    "movement_no": pl.Int64,
    "item_no": pl.Int64,
    "warehouse_no": pl.Int64,
    "supplier_no": pl.Int64,
    "day": pl.Int32,
    "seq": pl.Int64,
    "kind_no": pl.Int8,
    "quantity_e6": pl.Int64,
    "value_e4": pl.Int64,
    "order_line_key": pl.Int64,
    "transfer_key": pl.Int64,
    "received_day": pl.Int32,
    "is_reversal": pl.Boolean,
    "document_key": pl.Int64,
    "lot_no": pl.Int64,
    "until_seq": pl.Int64,
}
"""The stock ledger: quantities in millionths, values in ten-thousandths, null where no cost is.

`until_seq`: how far the moment of a row reaches in the order; null where only its day is known.
"""

ATTRIBUTED: dict[str, Any] = {
    "company": pl.String,
    "movement_no": pl.Int64,
    "item_no": pl.Int64,
    "warehouse_no": pl.Int64,
    "supplier_no": pl.Int64,
    "received_day": pl.Int32,
    "day": pl.Int32,
    "kind_no": pl.Int8,
    "quantity_e6": pl.Int64,
    "value_e4": pl.Int64,
}
"""The ledger once more, every row said by supplier and day of receipt."""


class FactKind(IntEnum):
    """Kinds that no ERP posts: what the attribution itself has to say.

    Both come in pairs that add up to nothing, so no total of a movement kind changes.
    """

    NEGATIVE_STOCK_FILLED = 20
    """A receipt fills a hole: this part passes from its supplier to `unattributed`."""
    VALUATION_DIFFERENCE = 21
    """What the ERP's costing leaves when a layer is used up passes to `unattributed`."""
    CARRIED = 22
    """Only inside an extension: what was left when the last one ended.  Never stored as a fact."""
    CONVERTED = 23
    """Only while it is worked out: a line of a conversion; stored under its own kind."""

    @property
    def word(self) -> str:
        """The kind as published tables spell it."""
        return self.name.lower()


KIND_WORDS: dict[int, str] = {
    **{kind.value: kind.word for kind in Kind},
    FactKind.NEGATIVE_STOCK_FILLED.value: FactKind.NEGATIVE_STOCK_FILLED.word,
    FactKind.VALUATION_DIFFERENCE.value: FactKind.VALUATION_DIFFERENCE.word,
}
"""Every kind that a row of the attributed ledger can have."""

GIVEN = (FactKind.CARRIED.value, FactKind.CONVERTED.value)
"""Kinds whose receipts say themselves who delivered them and when."""

_LATER = 2**62


def collected(frame: Any) -> pl.DataFrame:
    """The frame, from whichever engine it lives in, as a polars table."""
    lazy: Any = nw.from_native(frame).lazy()
    if lazy.implementation.is_polars():
        return lazy.to_native().collect(engine="streaming")
    return lazy.collect("polars").to_native()


def pinned(frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """The same frame; in polars computed once, however often it is used from here."""
    if frame.implementation.is_polars():
        return nw.from_native(collected(frame).lazy())
    return frame


def overlap(receipts: nw.LazyFrame[Any], issues: nw.LazyFrame[Any], by: tuple[str, ...]) -> Any:
    """Which receipt and which issue meet on every stretch of their cumulative axis.

    Both sides bring `by`, `number` (growing along the axis) and `end`, the axis position
    where they end; every stretch between two ends belongs to the next end of either side.
    """
    # An issue end and a receipt end at one place leave a stretch of no length behind.
    along = ("end", "receipt", "issue")
    ends = nw.concat(
        [
            receipts.select(*by, "end", receipt=nw.col("number"), issue=nw.lit(_LATER)),
            issues.select(*by, "end", receipt=nw.lit(_LATER), issue=nw.col("number")),
        ],
        how="vertical",
    )
    return (
        ends.with_columns(
            start=nw.col("end").shift(1).over(*by, order_by=along),
            receipt=nw.col("receipt").cum_min(reverse=True).over(*by, order_by=along),
            issue=nw.col("issue").cum_min(reverse=True).over(*by, order_by=along),
        )
        .with_columns(start=nw.col("start").fill_null(0))
        .filter(
            nw.col("end") > nw.col("start"),
            nw.col("receipt") < _LATER,
            nw.col("issue") < _LATER,
        )
    )
