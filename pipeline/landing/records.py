"""The records of a delimited text: how many, and which are no rows.

A record is a row if it has as many cells as the header.  Almost every file is regular, and one
look at its delimiters, quotes and line ends proves it, a megabyte at a time.  Any other file is
read record by record and rewritten: records that are no rows leave a blank behind, so that the
number of every other record stays what it was.  Blank lines are no records.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from pipeline.canonical.erp_contract import Style
from pipeline.landing.problems import FileRefused
from pipeline.landing.ragged import MISQUOTED_CELLS, Ragged

MAX_RECORD = 1 << 21
"""A longer record is no record; DuckDB would not read it either."""

PIECE = 1 << 16
_BLANK_LINE = re.compile(rb"^[ \t\r]*\n", re.MULTILINE)

PRINTABLE = bytes(range(0x20, 0x7F)) + b"\t\r\n"

BLANK = "\x01refused\x01"
"""What stands in place of a refused record, so that the records after it keep their number."""

RAGGED = "ragged_record"
MISQUOTED = "misplaced_quote"


@dataclass(frozen=True)
class RefusedRecord:
    """A record that is no row, as it was delivered."""

    number: int
    text: str
    reason: str


@dataclass(frozen=True)
class Records:
    """What stands below a header."""

    count: int
    ends_in_newline: bool = True
    refused: tuple[RefusedRecord, ...] = ()
    is_plain: bool = False  # every cell is printable ASCII without tabs and line ends
    is_bare: bool = False  # and none is quoted, or begins or ends with a blank
    ragged: str = ""  # what is wrong with most of the refused ones


@dataclass(frozen=True)
class Shape:
    """How records of a given number of cells look; `width` is that number."""

    delimiter: bytes
    quote: bytes
    width: int
    _deleted: bytes = field(init=False)

    def __post_init__(self) -> None:
        """Precompute what is neither delimiter, quote nor line end."""
        kept = self.delimiter + self.quote + b"\n"
        object.__setattr__(self, "_deleted", bytes(b for b in range(256) if b not in kept))

    def rows_in(self, block: bytes) -> int | None:
        """How many records a block of whole lines holds; None if one of them is no row."""
        marks = block.translate(None, self._deleted)
        if self.quote and self.quote in marks:
            if self._well_quoted.fullmatch(block) is None:
                return None
            marks = self._quoted.sub(b"", marks.replace(self.quote * 2, b""))
        if self.width == 1 and _BLANK_LINE.search(block):
            return None
        rows, rest = divmod(len(marks), self.width)
        pattern = self.delimiter * (self.width - 1) + b"\n"
        return rows if rest == 0 and marks == pattern * rows else None

    def is_plain(self, block: bytes, rows: int) -> bool:
        """Whether every cell of so many records is printable ASCII without tabs and line ends."""
        if block.translate(None, PRINTABLE):
            return False
        if self.quote and self.quote in block:
            return b"\t" not in block and block.count(b"\n") == rows
        return self.delimiter == b"\t" or b"\t" not in block

    def is_bare(self, block: bytes) -> bool:
        """Whether no cell is quoted, and none begins or ends with a blank."""
        if self.quote and self.quote in block:
            return False
        text = np.frombuffer(b"\n%b\n" % block, dtype=np.uint8)
        blanks = np.flatnonzero(text == ord(" "))
        return not (self._ends_cells[text[blanks - 1]] | self._ends_cells[text[blanks + 1]]).any()

    @cached_property
    def _ends_cells(self) -> NDArray[np.bool_]:
        """Whether a byte is none of a cell that is not quoted."""
        return np.isin(np.arange(256), list(self.delimiter + b"\r\n"))

    @cached_property
    def cell(self) -> bytes:
        """A cell: quoted to its very ends, or not beginning with a quote."""
        delimiter, quote = re.escape(self.delimiter), re.escape(self.quote)
        if not quote:
            return rb"[^%b\n]*+" % delimiter
        quoted = rb" *+%b(?>[^%b]++|%b%b)*+%b *+(?=%b|\n)" % (
            *(quote,) * 5,
            delimiter,
        )
        return rb"(?>%b|(?! *%b)[^%b\n]*+)" % (quoted, quote, delimiter)

    @cached_property
    def row(self) -> re.Pattern[bytes]:
        """A record with the header's number of cells."""
        more = rb"(?>%b%b){%d}" % (re.escape(self.delimiter), self.cell, self.width - 1)
        return re.compile(self.cell + more + rb"\n")

    @cached_property
    def record(self) -> re.Pattern[bytes]:
        """A record with any number of cells."""
        return re.compile(rb"%b(?>%b%b)*+\n" % (self.cell, re.escape(self.delimiter), self.cell))

    @cached_property
    def open_cell(self) -> re.Pattern[bytes]:
        """A line whose last quote is opened and not closed."""
        delimiter, quote = re.escape(self.delimiter), re.escape(self.quote)
        return re.compile(
            rb"(?>%b%b)*+ *+%b(?>[^%b\n]++|%b%b)*+\n" % (self.cell, delimiter, *(quote,) * 4)
        )

    @cached_property
    def loose_quote(self) -> re.Pattern[bytes]:
        """Blanks between a delimiter and the quote beside it."""
        delimiter, quote = re.escape(self.delimiter), re.escape(self.quote)
        return re.compile(rb"(?:^|%b) +%b|%b +(?:%b|$)" % (delimiter, quote, quote, delimiter))

    @cached_property
    def blank_lines(self) -> re.Pattern[bytes]:
        """Lines without anything, not even a delimiter."""
        blanks = re.escape(b" \t".replace(self.delimiter, b""))
        return re.compile(rb"(?>[%b]*+\n)++" % blanks)

    @cached_property
    def bare_rows(self) -> re.Pattern[bytes]:
        """Rows of several cells without a quote, one after the other; none of a single cell."""
        if self.width == 1:
            return re.compile(rb"(?!)")
        cell = rb"[^%b\n]*+" % re.escape(self.delimiter + self.quote)
        more = rb"(?>%b%b){%d}" % (re.escape(self.delimiter), cell, self.width - 1)
        return re.compile(rb"(?>%b%b\n)++" % (cell, more))

    def cells_in(self, record: bytes) -> int:
        """How many cells a record has, as far as its quotes tell."""
        return sum(1 for _ in self.divided.finditer(record + b"\n"))

    @cached_property
    def divided(self) -> re.Pattern[bytes]:
        """A cell, whatever its quotes, with what ends it."""
        end = rb"(?:%b|\n)" % re.escape(self.delimiter)
        return re.compile(rb"(?:%b|[^%b\n]*+)%b" % (self.cell, re.escape(self.delimiter), end))

    @cached_property
    def one_cell(self) -> re.Pattern[bytes]:
        """A cell of a record."""
        return re.compile(self.cell)

    @cached_property
    def _well_quoted(self) -> re.Pattern[bytes]:
        delimiter, quote = re.escape(self.delimiter), re.escape(self.quote)
        quoted = rb"%b(?>[^%b]++|%b%b)*+%b" % ((quote,) * 5)
        plain = rb"(?! *%b)[^%b\r\n]*+" % (quote, delimiter)
        return re.compile(rb"(?>(?>%b|%b)(?>%b|\r?\n))*+" % (quoted, plain, delimiter))

    @cached_property
    def _quoted(self) -> re.Pattern[bytes]:
        quote = re.escape(self.quote)
        return re.compile(rb"%b[^%b]*+%b" % (quote, quote, quote))


@cache
def shape_of(style: Style, width: int) -> Shape:
    """The shape of records in a file's style."""
    return Shape(style.delimiter.encode(), style.quote.encode(), width)


def header_record(chunks: Iterable[bytes], style: Style) -> str:
    """The first record of a text.

    Raises:
        FileRefused: there is none, or it is no record.
    """
    record = shape_of(style, 1).record
    start = b""
    for piece in _with_plain_line_ends(_small(chunks)):
        start += piece
        found = record.match(start)
        if found is not None or len(start) > MAX_RECORD:
            break
    if not start.strip():
        message = "is empty: deliver it again, at least with its header row"
        raise FileRefused(message)
    found = record.match(start) or record.match(start + b"\n")
    if found is None:
        message = "line 1: a quote in the header is not closed: correct the extract"
        raise FileRefused(message)
    return found.group()[:-1].decode()


def regular_records(chunks: Iterable[bytes], shape: Shape) -> Records | None:
    """The records below the header of a regular file; None if anything in it is out of line."""
    rows = 0
    is_plain = is_bare = True
    last = b""
    line_ends: set[bytes | None] = set()
    for block in _blocks(chunks, shape.quote):
        if block is None:
            return None
        line_ends |= _line_ends(block)
        if None in line_ends or len(line_ends) > 1:
            return None
        last = block
        found = shape.rows_in(block if block.endswith(b"\n") else block + b"\n")
        if found is None:
            return None
        rows += found
        is_plain = is_plain and shape.is_plain(block, found)
        is_bare = is_bare and is_plain and shape.is_bare(block)
    ends_in_newline = last.endswith(b"\n")
    return Records(rows - 1, ends_in_newline, is_plain=is_plain, is_bare=is_bare)


def repaired_records(
    chunks: Iterable[bytes],
    shape: Shape,
    copy: BinaryIO,
    *,
    marked: int = 0,
) -> Records:
    """The records below the header of any file, which is rewritten as a regular one.

    A refused record is replaced by one that bears the mark BLANK in its cell number `marked`.

    Raises:
        FileRefused: a quote is never closed, a record is longer than any record is, or so many
            have another number of cells than the header that the file is none of ours.
    """
    return _Repair(shape, copy.write, marked).run(_with_plain_line_ends(chunks))


class _Repair:
    """One pass over an irregular text."""

    def __init__(self, shape: Shape, write: Callable[[bytes], object], marked: int) -> None:
        self.shape = shape
        self.write = write
        after = shape.width - 1 - marked
        self.blank = shape.delimiter * marked + BLANK.encode() + shape.delimiter * after + b"\n"
        self.line = 1
        self.records = -1  # the header counts as none
        self.refused: list[RefusedRecord] = []
        self.ragged = Ragged(shape.width, shape.delimiter.decode())

    def run(self, chunks: Iterable[bytes]) -> Records:
        text = b""
        for chunk in chunks:
            if BLANK.encode() in chunk:
                message = f"holds the characters {BLANK!r}, which stand for no data: remove them"
                raise FileRefused(message)
            text += chunk
            end = text.rfind(b"\n", 0, max(len(text) - MAX_RECORD, 0)) + 1
            text = text[self._rewrite(text, end) :]
        ends_in_newline = text.endswith(b"\n") or not text
        text = text if ends_in_newline else text + b"\n"
        self._rewrite(text, len(text))
        if self.ragged.is_systematic and self.ragged.count == self.records:
            raise FileRefused(self.ragged.in_words(is_all=True))
        return Records(
            self.records, ends_in_newline, tuple(self.refused), ragged=self.ragged.example
        )

    def _rewrite(self, text: bytes, end: int) -> int:
        """Rewrite the records that begin before an end; where the next one begins."""
        rows = self.shape.rows_in(text[:end]) if end and self.records >= 0 else None
        if rows is not None:
            self._pass_on(text[:end], rows)
            return end
        at = 0
        while at < end:
            at = self._rewrite_many(text, at, end) or self._rewrite_one(text, at)
        return at

    def _rewrite_many(self, text: bytes, at: int, end: int) -> int | None:
        """Pass on rows, or over blank lines, as far as they go; None if there are none."""
        blank = self.shape.blank_lines.match(text, at, end)
        if blank is not None:
            self.line += blank.group().count(b"\n")
            return blank.end()
        rows = self.shape.bare_rows.match(text, at, end)
        if rows is None:
            return None
        self._pass_on(rows.group(), rows.group().count(b"\n"))
        return rows.end()

    def _rewrite_one(self, text: bytes, at: int) -> int:
        row = self.shape.row.match(text, at)
        if row is not None and (row.group().strip() or self.shape.width > 1):
            self._pass_on(self._tidied(row.group()), 1)
            return row.end()
        record = self.shape.record.match(text, at)
        end = record.end() if record else text.find(b"\n", at) + 1
        delivered = text[at:end]
        if record is None and self.shape.quote and self.shape.open_cell.match(text, at):
            message = (
                f"line {self.line}: a quote is opened and never closed as it should be: ask for a"
                " new export of the file"
            )
            raise FileRefused(message, record=self.records + 1)
        if len(delivered) > MAX_RECORD:
            message = f"line {self.line}: a record is longer than {MAX_RECORD} bytes"
            raise FileRefused(message, record=self.records + 1)
        if delivered.strip():
            self.records += 1
            self._refuse(delivered.rstrip(b"\n"), RAGGED if record else MISQUOTED)
        self.line += delivered.count(b"\n")
        return end

    def _refuse(self, delivered: bytes, reason: str) -> None:
        self.refused.append(RefusedRecord(self.records, delivered.decode(), reason))
        self.write(self.blank)
        cells = self.shape.cells_in(delivered) if reason == RAGGED else MISQUOTED_CELLS
        self.ragged.add(self.line, cells, delivered)
        if self.ragged.is_beyond_bounds:
            raise FileRefused(self.ragged.in_words(is_all=False))

    def _pass_on(self, block: bytes, rows: int) -> None:
        self.write(block)
        self.records += rows
        self.line += block.count(b"\n")

    def _tidied(self, row: bytes) -> bytes:
        """The row with quotes at the very ends of its quoted cells."""
        quote = self.shape.quote
        if not quote or quote not in row or not self.shape.loose_quote.search(row[:-1]):
            return row
        cells: list[bytes] = []
        at = 0
        while at < len(row):
            found = self.shape.one_cell.match(row, at)
            cell = found.group() if found else b""
            cells.append(cell.strip(b" ") if cell.strip(b" ").startswith(quote) else cell)
            at += len(cell) + 1
        return self.shape.delimiter.join(cells) + b"\n"


def _blocks(chunks: Iterable[bytes], quote: bytes) -> Iterator[bytes | None]:
    """The text in parts of whole records; None if a record would be longer than any record is."""
    rest = b""
    for chunk in chunks:
        text = rest + chunk if rest else chunk
        end = _end_of_records(text, quote)
        if end:
            yield text[:end]
        rest = text[end:]
        if len(rest) > MAX_RECORD:
            yield None
            return
    if rest:
        yield rest


def _end_of_records(text: bytes, quote: bytes) -> int:
    """Where the last whole record ends: a line end inside quotes ends none."""
    end = text.rfind(b"\n") + 1
    if not quote or quote not in text:
        return end
    is_inside = text.count(quote, 0, end) % 2
    while is_inside and end:
        before = text.rfind(b"\n", 0, end - 1) + 1
        is_inside ^= text.count(quote, before, end) % 2
        end = before
    return end


def _small(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same text in smaller pieces: a header is short."""
    for chunk in chunks:
        yield from (chunk[at : at + PIECE] for at in range(0, len(chunk), PIECE))


def _line_ends(block: bytes) -> set[bytes | None]:
    """What lines of a block end in, with None for anything but all LF or all CR LF."""
    if b"\r" not in block:
        return {b"\n"} if b"\n" in block else set()
    both = block.count(b"\r\n")
    return {b"\r\n"} if both == block.count(b"\r") == block.count(b"\n") else {None}


def _with_plain_line_ends(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The text with LF for every CR LF and every CR."""
    held = b""
    for chunk in chunks:
        text = held + chunk
        held = b"\r" if text.endswith(b"\r") else b""
        text = text[: len(text) - len(held)]
        yield text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text
    if held:
        yield b"\n"
