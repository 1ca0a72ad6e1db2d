"""Money and quantities as whole numbers inside facts, as decimals where they are published.

Facts carry ten-thousandths of the currency (`value_e4`) and millionths of the base unit
(`quantity_e6`) in 64 bits; sums over time and members are kept in 128 bits, so that nothing can
wrap.  A ratio becomes a double in its one division.
"""

from collections.abc import Iterable
from typing import Any

import narwhals as nw
import polars as pl

from pipeline.metrics import fact_schemas
from pipeline.settings import DataRefused

MONEY_SCALE = 4
QUANTITY_SCALE = 6
SAFE_SUM = 2.0**62
"""No subset of values whose magnitudes add up to less can overflow a 64-bit sum."""


def money(expression: pl.Expr) -> pl.Expr:
    """Ten-thousandths as the decimal they stand for."""
    return expression.cast(pl.Decimal(38, MONEY_SCALE)) / 10**MONEY_SCALE


def quantity(expression: pl.Expr) -> pl.Expr:
    """Millionths as the decimal they stand for."""
    return expression.cast(pl.Decimal(38, QUANTITY_SCALE)) / 10**QUANTITY_SCALE


def whole(frame: pl.DataFrame, scale: int, *columns: str) -> pl.DataFrame:
    """The frame with decimal columns as whole numbers; columns that are whole already stay."""
    decimals = [name for name in columns if isinstance(frame.schema[name], pl.Decimal)]
    exact = [pl.col(name).cast(pl.Decimal(38, scale)) * 10**scale for name in decimals]
    return frame.with_columns(number.cast(pl.Int128) for number in exact)


def collected(lazy: nw.LazyFrame[Any]) -> pl.DataFrame:
    """A computed fact as a polars frame, its whole numbers in 128 bits whatever the engine says.

    DuckDB sums integers into DECIMAL(38, 0), Spark into 64 bits; days and codes keep their width.
    """
    frame = fact_schemas.collected(lazy)
    wide = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Decimal)]
    return frame.with_columns(pl.col(*wide).cast(pl.Int128)) if wide else frame


def stacked(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Frames of the same columns one below the other.

    Polars takes the first frame's scale for all decimals of a column and rounds the others without
    a word; what would lose a digit that way is a fault of the pipeline.

    Raises:
        TypeError: a column holds decimals of different precision or scale.
    """
    parts = list(frames)
    schemas = [part.schema for part in parts]
    for name, kind in schemas[0].items():
        kinds = {schema.get(name) for schema in schemas}
        if isinstance(kind, pl.Decimal) and len(kinds) > 1:
            message = (
                f"Column {name} is of unequal types ({', '.join(map(str, kinds))}): cast first"
            )
            raise TypeError(message)
    return pl.concat(parts)


def refuse_overflow(values: float | None, quantities: float | None) -> None:
    """Refuse a ledger of which some sum might not fit into 64 bits.

    `values` and `quantities` are the sums of all magnitudes, in the currency and in base units.

    Raises:
        DataRefused: either is too large.
    """
    for said, sum_of_all, scale, remedy in (
        ("values", values, MONEY_SCALE, "values in thousands"),
        ("quantities", quantities, QUANTITY_SCALE, "quantities in a larger unit"),
    ):
        if (sum_of_all or 0.0) * 10.0**scale >= SAFE_SUM:
            message = (
                f"The {said} of this ledger add up to {sum_of_all:.3g} in magnitude, more than a "
                f"64-bit sum with {scale} decimals holds: deliver {remedy}"
            )
            raise DataRefused(message)
