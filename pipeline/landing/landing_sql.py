"""SQL that reads the files of a chunk of deliveries as text.

Every file of a kind is read at once, by declared columns; nothing is sniffed.  Files whose headers
differ are read in groups.  The records are landed in their order, so that a record's number is its
place behind the first one of its file: the cheapest numbering there is (numbering while reading
would make the reader wait for itself).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

import polars as pl

from pipeline.canonical.erp_contract import NativeFile
from pipeline.canonical.load_contract import SMALL_FILE, NativeText
from pipeline.landing.file_checks import Readable
from pipeline.landing.quoting import identifier, listed, literal
from pipeline.landing.records import BLANK
from pipeline.landing.sheets import cell_as_text

REFUSED = {
    "source_file": pl.String,
    "source_row": pl.Int64,
    "delivery_no": pl.Int64,
    "record": pl.String,
    "reason": pl.String,
}


@dataclass(frozen=True)
class NumberedFile:
    """A file and the delivery it belongs to."""

    file: Readable
    delivery_no: int


def native_text(native: NativeFile, files: Iterable[NumberedFile]) -> NativeText:
    """The SQL that lands one native file of a chunk; its table is empty if there is no file."""
    read = sorted(
        (numbered for numbered in files if numbered.file.count),
        key=lambda numbered: _group(numbered.file),
    )
    refused = _refused(read)
    frame = f"{native.name}__not_rows"
    return NativeText(
        file=native.name,
        records=_records(native, read),
        select=_select(native, read),
        refused=f"SELECT * FROM {identifier(frame)}" if refused.height else None,
        frames={frame: refused} if refused.height else {},
        is_plain=all(numbered.file.is_plain for numbered in read),
        is_bare=all(numbered.file.is_bare for numbered in read),
    )


def _group(file: Readable) -> tuple[str, ...]:
    """What files must share to be read together."""
    return (
        "parquet" if file.is_parquet else "gzip" if file.is_packed else "none",
        "one thread" if _needs_one_thread(file) else "any thread",
        repr(file.columns),
        *file.spelled,
        *file.kinds,
    )


def _needs_one_thread(file: Readable) -> bool:
    """Whether several threads would share a file and mix its records up."""
    return not file.is_parquet and (file.is_packed or file.size >= SMALL_FILE)


def _records(native: NativeFile, read: Sequence[NumberedFile]) -> str:
    if not read:
        return "SELECT 0::INTEGER AS file_no WHERE false"
    there = _delivered_columns(read)
    parts: list[str] = []
    first = 0
    for _, group in groupby(read, key=lambda numbered: _group(numbered.file)):
        files = [numbered.file for numbered in group]
        cells = (*_cells(native, files[0], there), *_place_in_file(files[0], read))
        parts.append(
            f"SELECT {listed(cells)}, (file_index + {first})::INTEGER AS file_no"
            f" FROM {_reader(native, files)}"
        )
        first += len(files)
    return " UNION ALL ".join(parts)


def _delivered_columns(read: Iterable[NumberedFile]) -> set[str]:
    """The columns at least one file has; columns of nulls are not worth their room."""
    return {name for numbered in read for name in numbered.file.columns if name is not None}


def _cells(native: NativeFile, file: Readable, there: set[str]) -> Iterable[str]:
    """Each landed column, from where it stands in the file."""
    places = {name: number for number, name in enumerate(file.columns) if name is not None}
    for column in native.columns:
        if column.name not in there:
            continue
        name = identifier(column.name)
        place = places.get(column.name)
        if place is None:
            yield f"NULL::VARCHAR AS {name}"
        elif file.is_parquet:
            text = cell_as_text(file.spelled[place], file.kinds[place], native.style)
            yield f"nullif({text}, '') AS {name}"
        else:
            yield f"{identifier(_place(place))} AS {name}"


def _place_in_file(file: Readable, read: Iterable[NumberedFile]) -> Iterable[str]:
    """The number Parquet itself gives a record, where any file of the chunk is Parquet."""
    if file.is_parquet:
        yield "(file_row_number + 1)::BIGINT AS file_place"
    elif any(numbered.file.is_parquet for numbered in read):
        yield "NULL::BIGINT AS file_place"


def _reader(native: NativeFile, files: Sequence[Readable]) -> str:
    paths = listed(literal(str(file.path)) for file in files)
    if files[0].is_parquet:
        return f"read_parquet([{paths}], file_row_number = true)"
    style = native.style
    columns = listed(
        f"{literal(_place(place))}: 'VARCHAR'" for place in range(len(files[0].columns))
    )
    return (
        f"read_csv([{paths}], auto_detect = false, header = true, strict_mode = true,"
        f" delim = {literal(style.delimiter)}, quote = {literal(style.quote)},"
        f" escape = {literal(style.quote)}, nullstr = '', encoding = 'utf-8',"
        f" compression = {literal('gzip' if files[0].is_packed else 'none')},"
        f" parallel = {'false' if _needs_one_thread(files[0]) else 'true'},"
        f" columns = {{{columns}}})"
    )


def _place(place: int) -> str:
    return f"c{place}"


def _select(native: NativeFile, read: Sequence[NumberedFile]) -> str:
    landed = f"landed.{identifier(native.name + '__records')}"
    there = _delivered_columns(read)
    columns = listed(
        f"r.{name}" if column.name in there else f"NULL::VARCHAR AS {name}"
        for column in native.columns
        for name in (identifier(column.name),)
    )
    if not read:
        return (
            f"SELECT {columns}, NULL::VARCHAR AS source_file, NULL::BIGINT AS source_row,"
            f" NULL::BIGINT AS delivery_no FROM {landed} r"
        )
    files = listed(
        f"({number}, {literal(numbered.file.source_file)}, {numbered.delivery_no},"
        f" {numbered.file.count}, {_blank_in(numbered.file)}, {numbered.file.is_parquet})"
        for number, numbered in enumerate(read)
    )
    place = "r.rowid - f.first_rowid + 1"
    if any(numbered.file.is_parquet for numbered in read):
        place = f"coalesce(r.file_place, {place})"
    return (
        f"SELECT {columns}, f.source_file, {place} AS source_row, f.delivery_no"
        f" FROM {landed} r JOIN ({_counted(landed, files)}) f USING (file_no)"
        f"{_without_blanks(read)}"
    )


def _counted(landed: str, files: str) -> str:
    """Each file with the place of its first record; an error if not all its records are there."""
    return (
        "SELECT d.file_no, d.source_file, d.delivery_no, d.blank_in,"
        " CASE WHEN n.records = d.records AND (n.is_in_one_piece OR d.is_parquet)"
        " THEN n.first_rowid ELSE error('Read ' || n.records ||"
        " ' records of ' || d.source_file || ' where ' || d.records || ' were counted') END"
        " AS first_rowid"
        f" FROM (VALUES {files}) d(file_no, source_file, delivery_no, records, blank_in,"
        " is_parquet)"
        " JOIN (SELECT file_no, count(*) AS records, min(rowid) AS first_rowid,"
        " max(rowid) - min(rowid) + 1 = count(*) AS is_in_one_piece"
        f" FROM {landed} GROUP BY file_no) n USING (file_no)"
    )


def _blank_in(file: Readable) -> str:
    """The column in which a refused record of the file left its mark, if it has any."""
    return literal(file.first_column if file.refused else None)


def _without_blanks(read: Sequence[NumberedFile]) -> str:
    """Leave out what stands in place of refused records."""
    marked = sorted({numbered.file.first_column for numbered in read if numbered.file.refused})
    blanks = (
        f"f.blank_in IS NOT DISTINCT FROM {literal(column)} AND"
        f" r.{identifier(column)} IS NOT DISTINCT FROM {literal(BLANK)}"
        for column in marked
    )
    return "".join(f" WHERE NOT ({' OR '.join(blanks)})" for _ in marked[:1])


def _refused(read: Iterable[NumberedFile]) -> pl.DataFrame:
    """The records that are no rows."""
    rows = [
        (
            numbered.file.source_file,
            record.number,
            numbered.delivery_no,
            record.text,
            record.reason,
        )
        for numbered in read
        for record in numbered.file.refused
    ]
    return pl.DataFrame(rows, schema=REFUSED, orient="row")
