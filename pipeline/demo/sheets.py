"""What the sample companies hand over: sheets of text, and which rows a delivery states.

A frame that is delivered in windows carries `_day` (its posting day) and `_seen` (the day from
which extracts know it); columns that begin with `_` never leave the house.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

import polars as pl

from pipeline.demo.group import FIRST_EXTRACT, OPENING_ON, WINDOW_DAYS

ORDER_DAYS = 75


@dataclass(frozen=True)
class Window:
    """The days of a canonical table that a delivery states completely."""

    table: str
    first: date
    last: date


@dataclass(frozen=True)
class Sheet:
    """One native file of a delivery, all of it text."""

    native: str
    file: str
    rows: pl.DataFrame
    window: Window | None = None


@dataclass(frozen=True)
class Format:
    """How an ERP's extracts are written."""

    encoding: str
    byte_order_mark: bytes = b""
    separator: str = ","
    line_end: str = "\n"


class Extracts(Protocol):
    """All that one company's ERP hands over, day by day."""

    form: Format

    def sheets(self, on: date, *, is_corrected: bool) -> list[Sheet]:
        """The files of one extract date, as first sent or as sent again."""
        ...


def number_of(day: date) -> int:
    """The day's place in the story."""
    return (day - OPENING_ON).days


def window(table: str, on: date, days: int = WINDOW_DAYS) -> Window:
    """What an extract states of a table: everything at first, then the last so many days."""
    first = OPENING_ON if on == FIRST_EXTRACT else on - timedelta(days=days - 1)
    return Window(table, first, on)


def stated(frame: pl.DataFrame, states: Window) -> pl.DataFrame:
    """Rows inside a window that the extract already knows."""
    first, last = number_of(states.first), number_of(states.last)
    known = pl.col("_day").is_between(first, last) & (pl.col("_seen") <= last)
    return frame.filter(known)


def day_text(column: str, form: str = "%Y-%m-%d") -> pl.Expr:
    """A day's number as a date."""
    return (pl.lit(OPENING_ON) + pl.duration(days=pl.col(column))).dt.strftime(form)


def units(quantity: pl.Expr, decimals: int = 0) -> pl.Expr:
    """A whole number, with as many zeros behind the point as the ERP writes."""
    text = quantity.cast(pl.Int64).cast(pl.String)
    return pl.concat_str(text, pl.lit("." + "0" * decimals)) if decimals else text


def money(cents: pl.Expr, decimals: int = 2) -> pl.Expr:
    """Cents as an amount."""
    size = cents.abs()
    return pl.concat_str(
        pl.when(cents < 0).then(pl.lit("-")).otherwise(pl.lit("")),
        (size // 100).cast(pl.String),
        pl.lit("."),
        (size % 100).cast(pl.String).str.zfill(2),
        pl.lit("0" * (decimals - 2)),
    )


def named(position: str, names: Sequence[str]) -> pl.Expr:
    """What stands at a position of a list; nothing at a negative one."""
    at = pl.col(position)
    found = pl.lit(pl.Series(names, dtype=pl.String)).gather(at.clip(0).cast(pl.UInt32))
    return pl.when(at >= 0).then(found)


def documents(frame: pl.DataFrame, *by: str, lines: int = 6) -> pl.DataFrame:
    """Rows with the number of the document they stand on (`document`) and of their `line`."""
    place = pl.int_range(pl.len()).over(*by)
    return frame.with_columns(
        document=pl.struct(*by).rank("dense").cast(pl.Int64) * 1000 + place // lines,
        line=place % lines,
    )


def late(kinds: Iterable[int], *, every: int) -> pl.Expr:
    """When extracts first know a row: some October postings are booked days later."""
    is_late = (
        (pl.col("row") % every == 0)
        & pl.col("kind").is_in(list(kinds))
        & pl.col("day").is_between(number_of(FIRST_EXTRACT) + 2, number_of(FIRST_EXTRACT) + 24)
    )
    return pl.when(is_late).then(pl.col("day") + 3).otherwise(pl.col("day"))


def fulfilled(journal: pl.DataFrame, purchases: pl.DataFrame, kind: int) -> pl.DataFrame:
    """Purchase order lines with the day they were received in full (`_done`, null: not yet)."""
    received = (
        journal.filter(pl.col("kind") == kind)
        .group_by("order")
        .agg(pl.col("quantity").sum().alias("received"), pl.col("day").max().alias("last"))
    )
    return purchases.join(received, left_on="row", right_on="order", how="left").with_columns(
        _day="day",
        _seen="day",
        _done=pl.when(pl.col("received") >= pl.col("quantity")).then(pl.col("last")),
    )


def balances(journal: pl.DataFrame, last: pl.Expr) -> pl.DataFrame:
    """Quantity and cents by place and item over the rows that count."""
    return (
        journal.filter(last)
        .group_by("place", "item")
        .agg(pl.col("quantity", "cents").sum())
        .sort("place", "item")
    )


def written(sheet: Sheet, form: Format) -> bytes:
    """The bytes of a file."""
    visible = [name for name in sheet.rows.columns if not name.startswith("_")]
    text = sheet.rows.select(visible).write_csv(
        separator=form.separator,
        line_terminator=form.line_end,
        null_value="",
        quote_style="necessary",
    )
    return form.byte_order_mark + text.encode(form.encoding)
