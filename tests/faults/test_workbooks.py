"""Workbooks whose cells are not what they should be: nothing of them is silently empty."""

from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from tests.erp.intake import Intake, table

DAY = date(2026, 1, 2)
NAMES = "movement_id,posted_at,sku,warehouse,kind,quantity,value,supplier"
ROWS = """
M1 | 2026-01-01 | B-100 | MAIN | purchase | 1    | 2.5  | S1
M2 | 2026-01-01 | B-100 | MAIN | purchase | #N/A | 2.5  | S1
M3 | 2026-01-01 | B-100 | MAIN | purchase | 1    | #N/A | S1
M4 | 2026-01-01 | B-100 | MAIN | purchase | 1    | =1+1 | S1
M5 | #REF!      | B-100 | MAIN | purchase | 1    | 2.5  | S1
M6 | 2026-01-01 | B-100 | MAIN | purchase | 1    | 2.5  | #REF!
"""
MASTERS = {
    "item.csv": b"sku,name\nB-100,Ball bearing\n",
    "warehouse.csv": b"warehouse,name\nMAIN,Main store\n",
    "supplier.csv": b"supplier,name\nS1,Norseal\n",
}


def cells() -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in ROWS.strip().splitlines()]


def as_text() -> dict[str, bytes]:
    lines = [NAMES, *(",".join(row) for row in cells())]
    return {"stock_movement.csv": ("\n".join(lines) + "\n").encode()}


def as_workbook() -> dict[str, bytes]:
    """The same rows, with the errors as cells in error and the formula as nobody calculated it."""
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet("stock_movement")
    sheet.write_row(0, 0, NAMES.split(","))
    for number, row in enumerate(cells(), 1):
        for place, cell in enumerate(row):
            if cell.startswith(("#", "=")):
                value: Any = cell if cell.startswith("#") else ""
                sheet.write_formula(number, place, "=NA()" if value else cell, None, value)
            else:
                sheet.write(number, place, cell)
    book.close()
    return {"stock_movement.xlsx": buffer.getvalue()}


@pytest.mark.parametrize("files", [as_text(), as_workbook()], ids=["text", "workbook"])
def test_an_unreadable_cell_of_a_workbook_is_treated_as_the_same_text_in_a_csv(
    tmp_path: Path, files: dict[str, bytes]
) -> None:
    intake = Intake(tmp_path, "generic")
    intake.deliver(DAY, {**MASTERS, **files})
    # M6 came from nobody known: it stands, and its supplier is a code without a master.
    assert intake.table(
        "SELECT movement_id, value, supplier FROM canonical.stock_movement ORDER BY movement_id"
    ) == table("""
        movement_id | value  | supplier
        M1          | 2.5000 | S1
        M6          | 2.5000 | #REF!
    """)
    assert intake.table(
        "SELECT source_row, reasons, delivered->>'quantity', delivered->>'value',"
        " delivered->>'posted_at' FROM quarantine.stock_movement ORDER BY source_row"
    ) == table("""
        source_row | reasons              | quantity | value | posted_at
        2          | unreadable quantity  | #N/A     | 2.5   | 2026-01-01
        3          | unreadable value     | 1        | #N/A  | 2026-01-01
        4          | unreadable value     | 1        | =1+1  | 2026-01-01
        5          | unreadable posted_at | 1        | 2.5   | #REF!
    """)
