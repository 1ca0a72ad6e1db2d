"""Text that nothing prints goes through a whole night, into PDF and workbook."""

from pathlib import Path

import openpyxl
from typer.testing import CliRunner

from pipeline.cli import app
from tests.house.sites import deliver, published, write_site

DAY = "2025-01-31"
ITEMS = (
    "sku,name,category,stage,status\nB\x1f1,Ball\x07bearing,Bear\x01ings / Ball,trading,active\n"
)
WAREHOUSES = "warehouse,name,kind\nMA\x7fIN,Main\x85store,store\n"
SUPPLIERS = "supplier,name\nS1,Nor\x0bseal\n"
MOVEMENTS = (
    "movement_id,posted_at,sku,warehouse,kind,quantity,value,supplier\n"
    "1,2025-01-01,B\x1f1,MA\x7fIN,opening,100,1000,\n"
    "2,2025-01-02,B\x1f1,MA\x7fIN,sale,-1,-10,\n"
    "3,2025-01-03,B\x1f1,MA\x7fIN,purchase,5,50,S1\n"
)


def test_control_characters_are_spelled_out_and_the_documents_are_made(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site")
    tables = {"item": ITEMS, "warehouse": WAREHOUSES, "supplier": SUPPLIERS}
    deliver(site, DAY, tables | {"stock_movement": MOVEMENTS})

    arguments = ["run", "--site", str(site), "--date", DAY]
    result = CliRunner().invoke(app, arguments)

    assert result.exit_code == 0, result.output
    # The codes of item, warehouse and ledger are still the same: no stub was made.
    assert published(site, "select sku, name, is_stub from canonical.item") == [
        ("B\\u001f1", "Ball\\u0007bearing", False)
    ]
    assert published(
        site, "select warehouse, name, is_stub from canonical.warehouse order by all"
    ) == [
        ("MA\\u007fIN", "Main store", False),
        ("in_transit", "In transit", False),
    ]
    assert published(site, "select name from canonical.supplier") == [("Nor seal",)]
    folder = site / "reports" / DAY
    assert {path.suffix for path in folder.iterdir()} >= {".pdf", ".xlsx"}
    book = openpyxl.load_workbook(next(folder.glob("*.xlsx")), read_only=True)
    shown = {str(cell) for sheet in book for row in sheet.values for cell in row}
    assert "Ball\\u0007bearing" in shown
