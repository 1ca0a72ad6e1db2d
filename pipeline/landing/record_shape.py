"""How records of a delimited text look: what is a row, what a record, where a quote belongs."""

import re
from dataclasses import dataclass, field
from functools import cache, cached_property

import numpy as np

from pipeline.canonical.erp_contract import Style

DELETE = b"\x7f"
_BLANK_LINE = re.compile(rb"^[ \t\r]*\n", re.MULTILINE)


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
        """Whether every cell of so many records is printable ASCII without tabs and line ends.

        Lines of the block end alike: all in LF, or all in CR LF.
        """
        if not block.isascii() or DELETE in block:
            return False
        ends = rows - (not block.endswith(b"\n"))
        tabs = rows * (self.width - 1) if self.delimiter == b"\t" else 0
        if self.quote and self.quote in block:
            if block.count(b"\n") != rows:
                return False
            tabs = 0
        controls = np.count_nonzero(np.frombuffer(block, dtype=np.uint8) < ord(" "))
        return controls == ends * (2 if b"\r" in block else 1) + tabs

    def is_bare(self, block: bytes) -> bool:
        """Whether no cell is quoted, and none begins or ends with a blank."""
        if self.quote and self.quote in block:
            return False
        if block.startswith(b" ") or block.endswith(b" "):
            return False
        # Comparing all bytes at once takes half as long as looking up those beside the blanks.
        text = np.frombuffer(block, dtype=np.uint8)
        is_blank, is_end = text == ord(" "), text == ord("\n")
        for byte in self.delimiter + (b"\r" if b"\r" in block else b""):
            is_end |= text == byte
        return not (is_blank[1:] & is_end[:-1]).any() and not (is_blank[:-1] & is_end[1:]).any()

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
