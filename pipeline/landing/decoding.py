"""Delivered bytes as UTF-8: unpacked within bounds, decoded strictly, free of NUL.

Nothing is guessed: a byte that the declared encoding does not know is an error that names its
place.
"""

import codecs
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline.landing.problems import FileRefused
from pipeline.landing.raw import CHUNK

UTF8 = frozenset({"utf-8", "utf-8-sig"})
MARK = codecs.BOM_UTF8
GZIP = b"\x1f\x8b"
FOREIGN = {
    b"PK\x03\x04": "an Excel or zip file",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
    b"%PDF": "a PDF",
    b"PAR1": "a Parquet file",
    GZIP: "a gzip file",
}
OTHER_MARKS = {
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    codecs.BOM_UTF8: "utf-8",
}

GZIP_FORMAT = zlib.MAX_WBITS | 16
MAX_RATIO = 200
"""Text rarely shrinks below a twentieth; zeros shrink a thousandfold."""
SMALL = 64 << 20
"""Below this size a ratio says nothing and does no harm."""
MAX_UNPACKED = 64 << 30


def text_chunks(
    path: Path, encoding: str, *, is_packed: bool, size: int = CHUNK
) -> Iterator[bytes]:
    """A delivered text as UTF-8 without byte order mark, `size` bytes or so at a time.

    Raises:
        FileRefused: the bytes are not what they are declared to be.
    """
    chunks = unpacked(path) if is_packed else _read(path, size)
    chunks = _known(chunks, encoding)
    chunks = _checked_utf8(chunks) if encoding in UTF8 else _transcoded(chunks, encoding)
    yield from _without_nul(chunks)


def unpacked(path: Path) -> Iterator[bytes]:
    """The content of a gzip file, given up as soon as it grows beyond reason."""
    size = path.stat().st_size
    total = 0
    for chunk in _inflated(path):
        total += len(chunk)
        if total > MAX_UNPACKED or (total > SMALL and total > size * MAX_RATIO):
            message = (
                f"unpacks to more than {MAX_RATIO} times its {size} bytes: that is no extract;"
                " ask the sender for the file as plain text"
            )
            raise FileRefused(message)
        yield chunk


def _read(path: Path, size: int) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(size):
            yield chunk


def _inflated(path: Path) -> Iterator[bytes]:
    """The members of a gzip file, one after the other."""
    member = zlib.decompressobj(GZIP_FORMAT)
    for packed in _read(path, CHUNK):
        rest = packed
        while rest:
            if member.eof:
                member = zlib.decompressobj(GZIP_FORMAT)
            try:
                yield member.decompress(rest, CHUNK)
                while member.unconsumed_tail:
                    yield member.decompress(member.unconsumed_tail, CHUNK)
            except zlib.error as broken:
                message = f"is no readable gzip file ({broken}): deliver it again"
                raise FileRefused(message) from broken
            rest = member.unused_data
    if not member.eof:
        message = "is a gzip file that ends too early: it was cut off; deliver it again"
        raise FileRefused(message)


def _known(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The same chunks, unless the first one shows that the file is something else."""
    first = True
    for chunk in filter(None, chunks):
        if first:
            _refuse_foreign(chunk, encoding)
            first = False
        yield chunk


def _refuse_foreign(start: bytes, encoding: str) -> None:
    for magic, what in FOREIGN.items():
        if start.startswith(magic):
            message = f"is {what} by its content: deliver it as text, or under its right extension"
            raise FileRefused(message)
    for mark, marked in OTHER_MARKS.items():
        if start.startswith(mark) and not encoding.startswith(marked):
            message = (
                f"byte 0 is the mark of {marked} but {encoding} is declared: export it"
                f" as {encoding}, or correct encoding in erp.toml"
            )
            raise FileRefused(message)


def _checked_utf8(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, which are UTF-8 beyond doubt; a byte order mark is dropped."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    position = 0
    is_open = False  # a character began in the chunk before
    for number, chunk in enumerate(chunks):
        position += len(chunk)
        if is_open or not chunk.isascii():
            _decode(decoder, chunk, position, "utf-8")
            is_open = bool(decoder.getstate()[0])
        yield chunk.removeprefix(MARK) if number == 0 else chunk
    _decode(decoder, b"", position, "utf-8", final=True)


def _transcoded(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    position = 0
    for chunk in chunks:
        position += len(chunk)
        yield _decode(decoder, chunk, position, encoding).encode("utf-8")
    yield _decode(decoder, b"", position, encoding, final=True).encode("utf-8")


def _decode(
    decoder: codecs.IncrementalDecoder,
    chunk: bytes,
    position: int,
    encoding: str,
    *,
    final: bool = False,
) -> str:
    """The characters of a chunk that ends at a position of the file."""
    try:
        return decoder.decode(chunk, final)
    except UnicodeDecodeError as fault:
        # What the decoder had kept of the chunk before counts in its offsets.
        offset = position - len(fault.object) + fault.start
        message = (
            f"byte {offset} is not {encoding}, which is declared ({fault.reason}): export the file"
            f" as {encoding}, or correct encoding in erp.toml"
        )
        raise FileRefused(message) from fault


def _without_nul(chunks: Iterable[bytes]) -> Iterator[bytes]:
    position = 0
    for chunk in chunks:
        found = chunk.find(b"\0")
        if found >= 0:
            message = (
                f"holds a NUL character (at byte {position + found} of its text): it is damaged or"
                " no text; deliver it again"
            )
            raise FileRefused(message)
        position += len(chunk)
        yield chunk
