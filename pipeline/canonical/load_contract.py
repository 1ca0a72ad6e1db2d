"""What landing hands to the warehouse, and what the warehouse answers: plain frozen values.

A chunk is some deliveries of one company, in the order they are folded, with the SQL that reads
their files as text.  Neither side knows more of the other than this file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from pipeline.settings import DeliveryMode

EPOCH = date(1970, 1, 1)
SMALL_FILE = 4_000_000


@dataclass(frozen=True)
class Statement:
    """What a delivery says about one canonical table.

    `first` and `last` bound the posting days a `window` states completely; both are inclusive and
    None for the other modes.
    """

    table: str
    mode: DeliveryMode
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Delivery:
    """One company's files of one extract date, in one version."""

    company: str
    extract_on: date
    version: int
    known_on: date
    statements: tuple[Statement, ...]
    warnings: tuple[str, ...] = ()
    closures_accepted: bool = False  # by a person, or because it was folded once before

    @property
    def number(self) -> int:
        """The delivery's place in the order deliveries are folded in."""
        return delivery_number(self.known_on, self.extract_on, self.version)

    @property
    def title(self) -> str:
        """How messages name it."""
        version = f" version {self.version}" if self.version > 1 else ""
        return f"{self.company}/{self.extract_on}{version}"


def delivery_number(known_on: date, extract_on: date, version: int) -> int:
    """(known_on, extract date, version) as one ascending integer."""
    return (known_on - EPOCH).days * 10**8 + (extract_on - EPOCH).days * 10**3 + version


@dataclass(frozen=True)
class NativeText:
    """One native file over all deliveries of a chunk, as text.

    `records` is landed first, as it is and in its order: create table landed."<file>__records" as
    <records>.  `select` reads that table, numbers its rows by their place in it (hence no view and
    no reordering in between) and gives every column of the file's contract as VARCHAR under its
    contract name (null where a header lacks an optional one), and source_file VARCHAR, source_row
    BIGINT (record number after the header), delivery_no BIGINT.  Both may read `frames` by name.
    The warehouse runs with preserve_insertion_order off (twice as fast): the records of one file
    keep their order only where one thread reads it, which holds for CSV files below SMALL_FILE
    bytes; others need `parallel = false` in read_csv.
    `refused` gives the records that are no rows at all (ragged, total lines): source_file,
    source_row, delivery_no, record VARCHAR (as delivered), reason VARCHAR.
    `is_plain` promises that every cell is printable ASCII without tabs and line ends, `is_bare`
    that none is quoted either, or begins or ends with a blank: such are read faster.
    """

    file: str
    records: str
    select: str
    refused: str | None = None
    frames: Mapping[str, pl.DataFrame] = field(default_factory=dict[str, pl.DataFrame])
    is_plain: bool = False
    is_bare: bool = False


@dataclass(frozen=True)
class Chunk:
    """Deliveries of one company that are folded together, in ascending `number`."""

    company: str
    deliveries: tuple[Delivery, ...]
    texts: tuple[NativeText, ...]


@dataclass(frozen=True)
class TableLoad:
    """What became of the rows one delivery stated for one table."""

    delivery_no: int
    extract_on: date
    version: int
    table: str
    rows_in: int
    rows_new: int
    rows_corrected: int
    rows_unchanged: int
    rows_quarantined: int
    rows_duplicate: int
    rows_closed: int
    rows_left_out: int = 0  # records of the driving file that the mapping passes over


@dataclass(frozen=True)
class LoadReport:
    """What one chunk did to the warehouse."""

    company: str
    tables: tuple[TableLoad, ...]
    warnings: tuple[str, ...] = ()

    @property
    def rows_in(self) -> int:
        """All rows delivered."""
        return sum(table.rows_in for table in self.tables)

    @property
    def changed(self) -> bool:
        """Whether any row is new, corrected or closed."""
        return any(
            table.rows_new or table.rows_corrected or table.rows_closed for table in self.tables
        )
