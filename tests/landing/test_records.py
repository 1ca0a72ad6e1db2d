"""What is a record, agreed between the check on bytes and what DuckDB reads."""

import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.canonical.erp_contract import Style
from pipeline.landing.problems import FileRefused
from pipeline.landing.record_shape import shape_of
from pipeline.landing.records import (
    Records,
    header_record,
    regular_records,
    repaired_records,
)
from tests.landing.room import MASTERS, ONE, Room, landed, refused
from tests.laws import tried

STYLE = Style()


def regular(text: bytes, width: int = 2) -> Records | None:
    return regular_records([text], shape_of(STYLE, width))


def repaired(text: bytes, width: int = 2, chunk: int = 1 << 20) -> tuple[Records, bytes]:
    copy = io.BytesIO()
    chunks = [text[at : at + chunk] for at in range(0, len(text), chunk)]
    return repaired_records(chunks, shape_of(STYLE, width), copy), copy.getvalue()


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (b"a,b\n", 0),
        (b"a,b\n1,2\n,\n", 2),
        (b"a,b\n1,2", 1),
        (b"a,b\r\n1,2\r\n", 1),
        (b'a,b\n"1,\n,","2"""\n', 1),
        (b'a,b\r\n"1\r\n1",2\r\n', 1),
    ],
)
def test_a_regular_file_is_counted_as_it_stands(text: bytes, count: int) -> None:
    found = regular(text)
    assert found is not None
    assert found.count == count
    assert found.ends_in_newline == text.endswith(b"\n")


@pytest.mark.parametrize(
    ("text", "is_plain"),
    [
        (b"a,b\n1, 2 \n", True),
        (b"a,b\r\n1,2\r\n", True),
        (b'a,b\n"1","2"\n', True),
        (b"a,b\n1,\t2\n", False),
        (b'a,b\n1,"2\n"\n', False),
        (b'a,b\r\n1,"\r\n2"\r\n', False),
        ("a,b\n1,\u00a02\n".encode(), False),
        (b"a,b\n1,2", True),
        (b'a,b\r\n1,"2"\r\n', True),
        (b"a,b\n1,\x012\n", False),
        (b"a,b\n1,2\x7f\n", False),
        (b'a,b\n1,"\x1f2"\n', False),
    ],
)
def test_plain_is_a_file_of_ascii_without_tabs_and_line_ends_in_its_cells(
    text: bytes,
    *,
    is_plain: bool,
) -> None:
    found = regular(text)
    assert found is not None
    assert found.is_plain == is_plain


@pytest.mark.parametrize(
    ("text", "is_bare"),
    [
        (b"a,b\n1,2\n", True),
        (b"a,b\r\n1,2\r\n", True),
        (b"a,b\n2025-01-01 08:00,x  y", True),
        (b"a,b\n,\n", True),
        (b"a,b\n 1,2\n", False),
        (b"a,b\n1 ,2\n", False),
        (b"a,b\n1, 2\n", False),
        (b"a,b\n1,2 \n", False),
        (b"a,b\r\n1,2 \r\n", False),
        (b"a,b\n1,2 ", False),
        (b" a,b\n1,2\n", False),
        (b"a,b\n1,  \n", False),
        (b'a,b\n"",2\n', False),
        (b'a,b\n" 1","2"\n', False),
        ("a,b\n1,\u00a02\n".encode(), False),
    ],
)
def test_bare_is_a_plain_file_without_quotes_and_blanks_around_its_cells(
    text: bytes,
    *,
    is_bare: bool,
) -> None:
    found = regular(text)
    assert found is not None
    assert found.is_bare == is_bare


def test_one_file_with_blanks_among_many_blocks_is_seen() -> None:
    shape = shape_of(Style(), 2)
    for blank in (b"", b" "):
        found = regular_records([b"a,b\n", b"1,2\n", b"3,4%b\n" % blank, b"5,6\n"], shape)
        assert found is not None
        assert found.is_bare == (not blank)


def test_tabs_between_cells_are_plain_and_tabs_within_are_not() -> None:
    shape = shape_of(Style(delimiter="\t"), 2)
    for text, is_plain in (
        (b"a\tb\n1\t2\n", True),
        (b"a\tb\n1\t\x012\n", False),
        (b'a\tb\n1\t"\t2"\n', False),
    ):
        found = regular_records([text], shape)
        assert found is not None
        assert found.is_plain == is_plain


@pytest.mark.parametrize(
    "text",
    [
        b"a,b\n1\n",
        b"a,b\n1,2,3\n",
        b"a,b\n1\n1,2,3\n",  # as many cells in all as two good records
        b"a,b\n\n1,2\n",
        b"a,b\r1,2\r",
        b"a,b\n1,2\r\n",
        b'a,b\n"1"x,2\n',
        b'a,b\n"1,2\n',
        b'a,b\n5" x,6" y\n',
        b'a,b\n "1",2\n',
        b'a,b\n""x,""\n',
    ],
)
def test_anything_out_of_line_is_looked_at_record_by_record(text: bytes) -> None:
    assert regular(text) is None


def test_a_refused_record_leaves_a_blank_in_its_place() -> None:
    records, copy = repaired(b"a,b\n1\n\n2,3")
    assert records.count == 2
    assert not records.ends_in_newline
    assert [(r.number, r.text, r.reason) for r in records.refused] == [(1, "1", "ragged_record")]
    assert copy == b"a,b\n\x01refused\x01,\n2,3\n"


def test_a_record_of_one_column_is_not_blank() -> None:
    assert regular(b"a\n1\n\n2\n", width=1) is None
    records, copy = repaired(b"a\n1\n\n2\n1,2\n", width=1)
    assert (records.count, [r.number for r in records.refused]) == (3, [3])
    assert copy == b"a\n1\n2\n\x01refused\x01\n"


@pytest.mark.parametrize("chunk", [1, 2, 3, 5, 1000])
def test_reads_of_any_size_give_the_same_records(chunk: int) -> None:
    text = b'a,b\r\n"x\r\ny",2\r\n3\r\r\n4,"5"""\n6,7'
    records, copy = repaired(text, chunk=chunk)
    assert copy == b'a,b\n"x\ny",2\n\x01refused\x01,\n4,"5"""\n6,7\n'
    assert [record.text for record in records.refused] == ["3"]


def test_a_quote_opened_in_a_later_record_names_its_line() -> None:
    with pytest.raises(FileRefused, match="line 3: a quote is opened") as refusal:
        repaired(b'a,b\n1,2\n3,"4\n5,6\n')
    assert refusal.value.record == 2


def test_the_mark_of_refused_records_is_no_data() -> None:
    with pytest.raises(FileRefused, match="stand for no data"):
        repaired(b"a,b\n1\n\x01refused\x01,2\n")


def test_without_quotes_a_quote_is_a_character() -> None:
    style = Style(delimiter="\t", quote="")
    text = b'a\tb\n5" x\t"y\n'
    assert header_record([text], style) == "a\tb"
    found = regular_records([text], shape_of(style, 2))
    assert found is not None
    assert found.count == 1


def test_a_large_file_with_one_bad_record_at_its_end_is_read_by_blocks() -> None:
    text = b"a,b\n" + b"12345678,12345678\n" * 400_000 + b"TOTAL\n"
    records, copy = repaired(text)
    assert records.count == 400_001
    assert [record.number for record in records.refused] == [400_001]
    assert len(copy) == len(text) - len(b"TOTAL\n") + len(b"\x01refused\x01,\n")


CELLS = st.text(alphabet='ab", \n\r\t中', max_size=6)
WRITTEN = st.tuples(CELLS, st.booleans())  # a cell, and whether it is quoted without need
ROWS = st.lists(WRITTEN, min_size=1, max_size=4)


@tried(30, large=60)
@given(rows=st.lists(ROWS, max_size=12), line_end=st.sampled_from(["\n", "\r\n", "\r"]))
def test_rows_landed_and_records_refused_are_the_records_of_the_file(
    rows: list[list[tuple[str, bool]]], line_end: str
) -> None:
    lines = ["sku,name", *(",".join(_written(*cell) for cell in row) for row in rows)]
    text = "".join(line + line_end for line in lines)
    with tempfile.TemporaryDirectory() as folder:
        room = Room(Path(folder))
        room.deliver({**MASTERS, "item.csv": text, "stock_movement.csv": ONE})
        # A line of nothing but blanks is no record.
        records = [row for row in rows if len(row) > 1 or _written(*row[0]).strip()]
        widths = {len(row) for row in records}
        if len(records) > 1 and len(widths) == 1 and widths != {2}:
            assert f"has {len(records[0])} cell" in room.problem()  # none of them is as the header
            return
        chunk = room.take_in()
        good, bad = landed(chunk, "item"), refused(chunk, "item")

    expected = {
        number: tuple(_as_landed(cell) for cell, _ in row)
        for number, row in enumerate(records, 1)
        if len(row) == 2
    }
    assert {row["source_row"]: (row["sku"], row["name"]) for row in good} == expected
    assert sorted([*expected, *(number for number, *_ in bad)]) == list(range(1, len(records) + 1))


def _written(cell: str, is_quoted: bool) -> str:
    if is_quoted or any(character in cell for character in '",\n\r'):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _as_landed(cell: str) -> str | None:
    return cell.replace("\r\n", "\n").replace("\r", "\n") or None
