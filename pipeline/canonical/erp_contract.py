r"""How an ERP's own files are described: what `sql/erp/<erp>/erp.toml` says, as frozen values.

name = "sap_b1"
[style]                         # of every file, unless the file overrides it
encoding = "utf-16"             # utf-8, utf-8-sig, utf-16, gb18030, cp1252, latin-1
delimiter = "\t"
quote = '"'
decimal = "."                   # decimal point or comma
thousands = ""                  # "", ",", ".", " "
trailing_minus = false          # 12-  means -12
parentheses = false             # (12) means -12
dates = ["%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d"]
empty_dates = [1900-01-01]      # what the ERP writes where it has no date
true = ["Y", "1"]
false = ["N", "0"]
[[file]]
name = "oinm"                   # landed.oinm; files OINM.csv, OINM_*.csv, folder OINM/
file = "OINM"
required = true                 # every delivery has it
feeds = ["stock_movement"]      # canonical tables whose mapping reads it
[[file.column]]
name = "TransNum"               # the name in the mapping's SQL
type = "code"                   # a ColumnType word
required = true                 # the header must have it
rounds = false                  # finer numbers are rounded to what is stored, not refused
aliases = ["交易号"]
[table.stock_movement]          # per canonical table
mode = "window"                 # default delivery mode for this ERP
driving = ["oinm"]              # the files whose records become its rows, or are left out
[codes.rd_style]                # landed.codes(list, code, meaning); a site may override
"205" = "scrap"
[options]
estimate_cost = true            # cost is run later: see design, section 2
"""

from dataclasses import dataclass, field
from datetime import date

from pipeline.canonical.spec import ColumnType
from pipeline.settings import DeliveryMode


@dataclass(frozen=True)
class Style:
    """How an ERP writes characters, numbers, dates and truth."""

    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    decimal: str = "."
    thousands: str = ""
    trailing_minus: bool = False
    parentheses: bool = False
    dates: tuple[str, ...] = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S")
    empty_dates: tuple[date, ...] = ()
    true: tuple[str, ...] = ("true", "1")
    false: tuple[str, ...] = ("false", "0")


@dataclass(frozen=True)
class NativeColumn:
    """One column of an ERP's file, as its header names it."""

    name: str
    type: ColumnType
    required: bool = False
    aliases: tuple[str, ...] = ()
    rounds: bool = False


@dataclass(frozen=True)
class NativeFile:
    """One file of an ERP's delivery and the contract of its header."""

    name: str
    file: str
    columns: tuple[NativeColumn, ...]
    feeds: tuple[str, ...]
    style: Style
    required: bool = False


@dataclass(frozen=True)
class TableDelivery:
    """How one canonical table is delivered by an ERP."""

    mode: DeliveryMode
    driving: tuple[str, ...]  # files whose records become its rows; U8 has seven of them


@dataclass(frozen=True)
class ErpContract:
    """All that is declared about one ERP's extracts."""

    name: str
    files: tuple[NativeFile, ...]
    tables: dict[str, TableDelivery]
    codes: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    estimate_cost: bool = False

    def file(self, name: str) -> NativeFile:
        """The native file of that name."""
        return next(file for file in self.files if file.name == name)
