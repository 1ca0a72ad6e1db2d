"""The records of a delimited text: how many, and which are no rows.

A record is a row if it has as many cells as the header.  Almost every file is regular, and one
look at its delimiters, quotes and line ends proves it, a megabyte at a time.  Any other file is
read record by record and rewritten: records that are no rows leave a blank behind, so that the
number of every other record stays what it was.  Blank lines are no records.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from pipeline.canonical.erp_contract import Style
from pipeline.landing.problems import FileRefused
from pipeline.landing.ragged import MISQUOTED_CELLS, Ragged
from pipeline.landing.record_shape import Shape, shape_of

MAX_RECORD = 1 << 21
"""A longer record is no record; DuckDB would not read it either."""

PIECE = 1 << 16

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
