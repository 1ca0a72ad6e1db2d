"""Tables of columns (Parquet; workbooks become it): their columns, and their cells as text.

What a typed cell is, is written in the style its ERP declares, so that everything that comes
after reads one kind of text.  An Excel number stays the digits it is: whether 46086 is a date is
for the contract to say, not for this module.
"""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipeline.canonical.erp_contract import Style
from pipeline.landing.problems import FileRefused
from pipeline.landing.quoting import identifier, literal

KINDS: dict[type[pl.DataType], str] = {
    pl.Date: "day",
    pl.Boolean: "truth",
    pl.Decimal: "decimal",
    pl.String: "text",
}
ISO_DAY = "%Y-%m-%d"
ISO_MOMENT = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True)
class Sheet:
    """A table of columns: the names in its header, what each holds, how many records follow."""

    columns: tuple[str, ...]
    kinds: tuple[str, ...]  # text, day, moment, instant, real, decimal, truth, other, nested
    count: int


def parquet_sheet(path: Path) -> Sheet:
    """What a Parquet file holds.

    Raises:
        FileRefused: it is none.
    """
    try:
        schema = pl.read_parquet_schema(path)
        count = pl.scan_parquet(path).select(pl.len()).collect().item()
    except (pl.exceptions.PolarsError, OSError) as broken:
        message = f"is no readable Parquet file ({_first_line(broken)}): deliver it again"
        raise FileRefused(message) from broken
    return Sheet(tuple(schema), tuple(_kind(kind) for kind in schema.values()), count)


def cell_as_text(column: str, kind: str, style: Style) -> str:
    """SQL for a typed cell as its style writes it."""
    name = identifier(column)
    yes, no = literal(style.true[0]), literal(style.false[0])
    spelled = {
        "day": f"strftime({name}, {literal(_day_format(style))})",
        "moment": _moment(f"{name}::TIMESTAMP", style),
        "instant": f"{_moment(f'make_timestamp(epoch_us({name}))', style)} || 'Z'",
        "real": _with_decimal_mark(_without_exponent(name), style),
        "decimal": _with_decimal_mark(f"{name}::VARCHAR", style),
        "truth": f"CASE WHEN {name} THEN {yes} WHEN NOT {name} THEN {no} END",
    }
    return spelled.get(kind, f"{name}::VARCHAR")


def _kind(kind: pl.DataType) -> str:
    if isinstance(kind, pl.Datetime):
        return "instant" if kind.time_zone else "moment"
    if kind.is_nested() or isinstance(kind, pl.Binary | pl.Object):
        return "nested"
    if kind.is_float():
        return "real"
    return KINDS.get(kind.base_type(), "other")


def _without_exponent(name: str) -> str:
    """A floating number in plain digits where they suffice; DuckDB writes 1e-05."""
    plain = f"{name}::VARCHAR"
    digits = f"rtrim(rtrim(TRY_CAST({name} AS DECIMAL(38,18))::VARCHAR, '0'), '.')"
    return f"CASE WHEN contains({plain}, 'e') THEN coalesce({digits}, {plain}) ELSE {plain} END"


def _day_format(style: Style) -> str:
    return ISO_DAY if ISO_DAY in style.dates else style.dates[0]


def _moment(value: str, style: Style) -> str:
    """A moment with the time it carries, if the style can write times at all."""
    timed = [known for known in style.dates if "%H" in known]
    if ISO_MOMENT not in style.dates and timed:
        return f"strftime({value}, {literal(timed[0])})"
    return f"({value})::VARCHAR"


def _with_decimal_mark(plain: str, style: Style) -> str:
    return plain if style.decimal == "." else f"replace({plain}, '.', {literal(style.decimal)})"


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
