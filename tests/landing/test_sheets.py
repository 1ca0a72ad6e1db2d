"""Parquet and Excel extracts become the same text a CSV of the same ERP would hold."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import polars as pl
import pytest
import xlsxwriter

from pipeline.landing.workbooks import Limits, Workbooks
from tests.landing.room import DAY, MASTERS, MOVEMENTS, ONE, Room, column, landed

NAMES = MOVEMENTS.strip().split(",")
GERMAN = """
[style]
decimal = ","
thousands = "."
dates = ["%d.%m.%Y", "%d.%m.%Y %H:%M:%S"]
true = ["ja"]
false = ["nein"]
"""


def parquet(**columns: Any) -> bytes:
    buffer = BytesIO()
    pl.DataFrame(columns).write_parquet(buffer, row_group_size=2)
    return buffer.getvalue()


@dataclass(frozen=True)
class Formula:
    """A cell with a formula and the value it had when the workbook was saved."""

    text: str
    value: Any


ERROR = Formula("=NA()", "#N/A")
FORMULA = Formula("=1+1", "")
"""Saved by a program that does not calculate."""


def workbook(*sheets: tuple[str, list[list[Any]]]) -> bytes:
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer, {"default_date_format": "yyyy-mm-dd"})
    for name, rows in sheets:
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if isinstance(cell, Formula):
                    sheet.write_formula(number, place, cell.text, None, cell.value)
                else:
                    sheet.write(number, place, cell)
    book.close()
    return buffer.getvalue()


def movement(**replaced: Any) -> bytes:
    row = dict(zip(NAMES, ["M1", "2025-01-01", "B-100", "MAIN", "purchase", 1, 2.5], strict=True))
    return parquet(**{name: [value] for name, value in (row | replaced).items()})


def test_parquet_and_csv_give_the_same_text(tmp_path: Path) -> None:
    room = Room(tmp_path)
    typed = movement(
        movement_id="M2",
        posted_at=datetime(2025, 1, 1, 8, 30),  # noqa: DTZ001
        quantity=Decimal("-3.250000"),
        value=1e-05,
        is_reversal=True,
        received_on=date(2024, 12, 31),
    )
    text = MOVEMENTS.strip() + ",is_reversal,received_on\n"
    text += "M1,2025-01-01 08:30:00,B-100,MAIN,purchase,-3.250000,0.00001,true,2024-12-31\n"
    room.deliver({**MASTERS, "stock_movement_1.csv": text, "stock_movement_2.parquet": typed})
    rows = landed(room.take_in(), "stock_movement")
    assert column(rows, "source_row") == [1, 1]
    fine = {"movement_id", "source_file"}
    first, second = ({k: v for k, v in row.items() if k not in fine} for row in rows)
    assert first == second


def test_records_of_several_row_groups_keep_their_numbers(tmp_path: Path) -> None:
    room = Room(tmp_path)
    skus = [f"S{number}" for number in range(1, 6)]
    room.deliver({**MASTERS, "item.parquet": parquet(sku=skus, name=skus)} | _ledger())
    (tmp_path / "landing" / "acme" / DAY / "item.csv").unlink()
    rows = landed(room.take_in(), "item")
    assert [(row["sku"], row["source_row"]) for row in rows] == list(zip(skus, range(1, 6)))  # noqa: B905


def test_a_moment_with_a_zone_is_written_with_its_offset(tmp_path: Path) -> None:
    room = Room(tmp_path)
    posted = datetime(2025, 1, 1, 16, 0, tzinfo=UTC)
    room.deliver({**MASTERS, "stock_movement.parquet": movement(posted_at=posted)})
    assert column(landed(room.take_in(), "stock_movement"), "posted_at") == ["2025-01-01 16:00:00Z"]


def test_typed_cells_are_written_in_the_style_of_their_erp(tmp_path: Path) -> None:
    room = Room(tmp_path, erp="generic", erp_toml=GERMAN)
    typed = movement(posted_at=date(2025, 1, 31), value=1234.5, is_reversal=False)
    room.deliver({**MASTERS, "stock_movement.parquet": typed})
    row = landed(room.take_in(), "stock_movement")[0]
    assert (row["posted_at"], row["value"], row["is_reversal"]) == ("31.01.2025", "1234,5", "nein")


def test_a_nested_parquet_column_is_refused(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.deliver({**MASTERS, "stock_movement.parquet": movement(sku=["B-100"])})
    assert "column sku: holds lists, records or bytes" in room.problem()


def test_a_broken_parquet_file_is_refused(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.deliver({**MASTERS, "stock_movement.parquet": movement()[:-20]})
    assert "is no readable Parquet file" in room.problem()


def test_an_excel_sheet_is_read_as_text(tmp_path: Path) -> None:
    room = Room(tmp_path)
    rows = [
        NAMES,
        ["00123", date(2025, 1, 1), "B-100", "MAIN", "purchase", 1000000, 2.5],
        [],
        ["M2", 45658, "B-100", "MAIN", "sale", -1, 0.1],
    ]
    room.deliver({**MASTERS, "stock_movement.xlsx": workbook(("Sheet1", rows))})
    found = landed(room.take_in(), "stock_movement")
    # A blank row is no record, as in a text.
    assert column(found, "movement_id") == ["00123", "M2"]
    # A serial number without a date's format stays a number, and is refused later.
    assert column(found, "posted_at") == ["2025-01-01 00:00:00", "45658"]
    assert column(found, "quantity") == ["1000000", "-1"]
    assert column(found, "value") == ["2.5", "0.1"]
    assert column(found, "source_row") == [1, 2]


def test_the_sheet_of_the_files_name_counts(tmp_path: Path) -> None:
    room = Room(tmp_path)
    row = [NAMES, ["M1", "2025-01-01", "B-100", "MAIN", "purchase", 1, 2.5]]
    book = workbook(("Notes", [["nothing"]]), ("Stock_Movement", row))
    room.deliver({**MASTERS, "stock_movement.xlsx": book})
    assert column(landed(room.take_in(), "stock_movement"), "movement_id") == ["M1"]


def test_several_sheets_without_the_files_name_are_refused(tmp_path: Path) -> None:
    room = Room(tmp_path)
    book = workbook(("One", [NAMES]), ("Two", [NAMES]))
    room.deliver({**MASTERS, "stock_movement.xlsx": book})
    assert "has the sheets One, Two: call the one that counts 'stock_movement'" in room.problem()


@pytest.mark.parametrize("content", [b"no workbook", workbook(("S", []))])
def test_a_workbook_that_is_none_or_empty_is_refused(tmp_path: Path, content: bytes) -> None:
    room = Room(tmp_path)
    room.deliver({**MASTERS, "stock_movement.xlsx": content})
    assert "stock_movement.xlsx: is " in room.problem()


def test_an_error_or_an_uncalculated_formula_says_what_it_would_in_a_text(tmp_path: Path) -> None:
    room = Room(tmp_path)
    good = ["M1", "2025-01-01", "B-100", "MAIN", "purchase", 1, 2.5]
    errors = ["M2", "2025-01-01", ERROR, "MAIN", "purchase", ERROR, 2.5]
    formulas = ["M3", "2025-01-01", "B-100", "MAIN", "purchase", 1, FORMULA]
    texts = ["M4", "2025-01-01", "#N/A", "MAIN", "purchase", "+1+1", ""]
    book = workbook(("Sheet1", [NAMES, good, errors, formulas, texts]))
    room.deliver({**MASTERS, "stock_movement.xlsx": book})
    rows = landed(room.take_in(), "stock_movement")
    assert column(rows, "sku") == ["B-100", "#N/A", "B-100", "#N/A"]
    assert column(rows, "quantity") == ["1", "#N/A", "1", "+1+1"]
    assert column(rows, "value") == ["2.5", "2.5", "=1+1", None]


def test_formulas_beside_and_below_the_values_keep_their_places(tmp_path: Path) -> None:
    room = Room(tmp_path)
    # The table begins in C3; nothing but a formula fills its last row and its first column.
    row = ["M1", "2025-01-01", "B-100", "MAIN", "purchase", 1, 2.5]
    rows = [[], [], ["", "", *NAMES], ["", FORMULA, *row], ["", "", *[""] * 6, FORMULA]]
    room.deliver({**MASTERS, "stock_movement.xlsx": workbook(("Sheet1", rows))})
    found = landed(room.take_in(), "stock_movement")
    assert column(found, "movement_id") == ["M1", None]
    assert column(found, "value") == ["2.5", "=1+1"]


def test_a_calculated_formula_is_its_value(tmp_path: Path) -> None:
    room = Room(tmp_path)
    row = ["M1", "2025-01-01", "B-100", "MAIN", "purchase", 1, Formula("=1+1", 2)]
    empty = ["M2", "2025-01-01", "B-100", "MAIN", "purchase", 1, Formula('=""', "")]
    room.deliver({**MASTERS, "stock_movement.xlsx": workbook(("S", [NAMES, row, empty]))})
    assert column(landed(room.take_in(), "stock_movement"), "value")[0] == "2"


LARGE = 100_000
"""Rows for which no reader has room in ROOM, where a small workbook has it many times over."""
ROOM = 32


def large_workbook() -> bytes:
    """A workbook of one row said over and over, which asks for memory all the same."""
    row = ["M1", "2025-01-01", "B-100", "MAIN", "purchase", "1", "2.5"]
    said = "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in row)
    buffer = BytesIO()
    with (
        ZipFile(BytesIO(workbook(("S", [NAMES])))) as small,
        ZipFile(buffer, "w") as large,
    ):
        for part in small.namelist():
            text = small.read(part)
            if part == "xl/worksheets/sheet1.xml":
                head, _, tail = text.partition(b"</sheetData>")
                rows = f"<row>{said}</row>".encode() * LARGE
                text = head + rows + b"</sheetData>" + tail
            large.writestr(part, text)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        pytest.param(
            Limits(memory_mb=ROOM), f"takes more than its reader has ({ROOM} MB", id="memory"
        ),
        pytest.param(Limits(seconds=0), "takes longer than 0 s to read", id="time"),
    ],
)
def test_a_workbook_beyond_its_readers_limits_is_refused_in_a_sentence(
    tmp_path: Path, limits: Limits, words: str
) -> None:
    room = Room(tmp_path)
    room.raw.workbooks = Workbooks(limits)
    room.deliver({**MASTERS, "stock_movement.xlsx": large_workbook()})
    assert words in room.problem()
    assert room.problem().endswith("have it delivered as text (CSV)")


def test_a_refused_workbook_leaves_the_next_one_its_reader(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.raw.workbooks = Workbooks(Limits(memory_mb=ROOM))
    folder = room.deliver({"stock_movement.xlsx": large_workbook()})
    names = [["sku", "name"], ["B-100", "Ball bearing"]]
    room.deliver({**MASTERS, "item.xlsx": workbook(("item", names))})
    (folder / "item.csv").unlink()
    # The only problem: the small workbook was read, whether before or after the large one.
    assert "stock_movement.xlsx: takes more than its reader has" in room.problem()
    (folder / "stock_movement.xlsx").unlink()
    room.deliver({"stock_movement.csv": ONE})
    assert column(landed(room.take_in(), "item"), "name") == ["Ball bearing"]


def _ledger() -> dict[str, str | bytes]:
    return {"stock_movement.csv": ONE}
