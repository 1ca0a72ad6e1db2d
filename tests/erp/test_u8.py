"""用友 U8 as its account set is exported, and the canonical tables it must become."""

from datetime import date
from pathlib import Path

import pytest

from .intake import Intake, columns, delimited, table

CODES = """
[codes.rd_style]
"205" = "scrap"
[codes.warehouse_kind]
"09" = "consigned"
[codes.inventory_class]
"0202" = "Machines / Pumps"
"""

# Header casing varies from export to export; red-letter lines are negative.
FILES = {
    "RdRecord34.csv": """
ID | cCode | dDate | bRdFlag | cBusType | cWhCode | cRdCode | cVenCode | cCusCode | cSTCode | cHandler
1 | QC01 | 2026-01-01 00:00:00.000 | 1 | 期初 | 01 | - | - | - | - | 张审核
""",  # noqa: E501
    "RdRecords34.csv": """
AutoID | ID | cInvCode | iQuantity
1001 | 1 | 010001 | 100.0000000000
""",
    "RdRecord01.csv": """
id | ccode | ddate | brdflag | cbustype | cwhcode | crdcode | cvencode | ccuscode | cstcode | chandler
2 | RK01 | 2026-01-05 00:00:00.000 | True | 普通采购 | 01 | 101 | V01 | - | - | 张审核
3 | RK02 | 2026-01-06 00:00:00.000 | True | 普通采购 | 01 | 101 | V01 | - | - | 张审核
4 | RK03 | 2026-01-07 00:00:00.000 | True | 普通采购 | 01 | 101 | V01 | - | - | -
5 | RK04 | 2026-01-07 00:00:00.000 | True | 直运采购 | 01 | 101 | V01 | - | - | 张审核
6 | RK05 | 2026-01-07 00:00:00.000 | True | 普通采购 | 09 | 101 | V01 | - | - | 张审核
7 | RK06 | 2026-01-07 00:00:00.000 | True | 代管采购 | 01 | 101 | V01 | - | - | 张审核
""",  # noqa: E501
    "RdRecords01.csv": """
autoid | id | cinvcode | iquantity | iposid | cpoid | cvmivencode
1002 | 2 | 010001 | 40.1234567890 | 77 | CG01 | -
1003 | 3 | 010001 | -5.0000000000 | 77 | CG01 | -
1004 | 4 | 010001 | 9.0000000000 | - | - | -
1005 | 5 | 010001 | 9.0000000000 | - | - | -
1006 | 6 | 010001 | 9.0000000000 | - | - | -
1007 | 7 | 010001 | 9.0000000000 | - | - | V01
""",
    "RdRecord09.csv": """
ID | cCode | dDate | bRdFlag | cBusType | cWhCode | cRdCode | cVenCode | cCusCode | cSTCode | cHandler
8 | CK01 | 2026-01-08 00:00:00.000 | 0 | 调拨出库 | 01 | - | - | - | - | 张审核
9 | CK02 | 2026-01-09 00:00:00.000 | 0 | 其他出库 | 01 | 205 | - | - | - | 张审核
10 | CK03 | 2026-01-09 00:00:00.000 | 0 | 盘亏出库 | 01 | - | - | - | - | 张审核
11 | CK04 | 2026-01-09 00:00:00.000 | 0 | 借用出库 | 01 | - | - | - | - | 张审核
""",  # noqa: E501
    "RdRecords09.csv": """
AutoID | ID | cInvCode | iQuantity | iTrIds
1008 | 8 | 010001 | 10.0000000000 | 501
1009 | 9 | 010001 | 2.0000000000 | -
1010 | 10 | 010001 | 1.0000000000 | -
1011 | 11 | 010001 | 1.0000000000 | -
""",
    "RdRecord08.csv": """
ID | cCode | dDate | bRdFlag | cBusType | cWhCode | cRdCode | cVenCode | cCusCode | cSTCode | cHandler
12 | QR01 | 2026-01-10 00:00:00.000 | 1 | 调拨入库 | 02 | - | - | - | - | 张审核
""",  # noqa: E501
    "RdRecords08.csv": """
AutoID | ID | cInvCode | iQuantity | iTrIds
1012 | 12 | 010001 | 10.0000000000 | 501
""",
    "RdRecord11.csv": """
ID | cCode | dDate | bRdFlag | cBusType | cWhCode | cRdCode | cVenCode | cCusCode | cSTCode | cHandler
13 | LL01 | 2026-01-11 00:00:00.000 | 0 | 领料 | 01 | - | - | - | - | 张审核
""",  # noqa: E501
    "RdRecords11.csv": """
AutoID | ID | cInvCode | iQuantity
1013 | 13 | 010001 | 8.0000000000
1014 | 13 | 010001 | -3.0000000000
""",
    "RdRecord10.csv": """
ID | cCode | dDate | bRdFlag | cBusType | cWhCode | cRdCode | cVenCode | cCusCode | cSTCode | cHandler
14 | CP01 | 2026-01-12 00:00:00.000 | 1 | 成品入库 | 02 | - | - | - | - | 张审核
""",  # noqa: E501
    "RdRecords10.csv": """
AutoID | ID | cInvCode | iQuantity | cBatch
1015 | 14 | 020201 | 4.0000000000 | B1
""",
    "RdRecord32.csv": """
ID | cCode | dDate | bRdFlag | cBusType | cWhCode | cRdCode | cVenCode | cCusCode | cSTCode | cHandler
15 | XS01 | 2026-01-13 00:00:00.000 | 0 | 普通销售 | 02 | - | - | K01 | 01 | 张审核
16 | XS02 | 2026-01-14 00:00:00.000 | 0 | 普通销售 | 02 | - | - | K01 | 01 | 张审核
""",  # noqa: E501
    "RdRecords32.csv": """
AutoID | ID | cInvCode | iQuantity | iSOsID | cSOCode
1016 | 15 | 020201 | 3.0000000000 | 88 | DD01
1017 | 16 | 020201 | -1.0000000000 | 88 | DD01
1018 | 99 | 020201 | 1.0000000000 | - | -
""",
    "IA_Subsidiary.csv": """
AutoID | ID | bRdFlag | cVouType | cVouCode | dVouDate | cWhCode | cInvCode | iAInPrice | iAOutPrice | iDebitDifCost | iCreditDifCost
1 | 1001 | 1 | 34 | QC01 | 2026-01-01 00:00:00.000 | 01 | 010001 | 1000.0000 | - | - | -
2 | 1002 | 1 | 01 | RK01 | 2026-01-05 00:00:00.000 | 01 | 010001 | 400.0000 | - | 1.2300 | -
3 | 1003 | 1 | 01 | RK02 | 2026-01-06 00:00:00.000 | 01 | 010001 | -50.0000 | - | - | -
4 | 1008 | 0 | 09 | CK01 | 2026-01-08 00:00:00.000 | 01 | 010001 | - | 100.0000 | - | -
5 | 1012 | 1 | 08 | QR01 | 2026-01-10 00:00:00.000 | 02 | 010001 | 100.0000 | - | - | -
6 | 1015 | 1 | 10 | CP01 | 2026-01-12 00:00:00.000 | 02 | 020201 | 200.0000 | - | - | -
7 | 1016 | 0 | 32 | XS01 | 2026-01-13 00:00:00.000 | 02 | 020201 | - | - | - | -
8 | 3000 | 1 | 20 | TZ01 | 2026-01-15 00:00:00.000 | 01 | 010001 | 7.5000 | - | - | -
9 | 3001 | 1 | 30 | HC01 | 2026-01-16 00:00:00.000 | 01 | 010001 | 2.5000 | - | - | -
10 | 3002 | 0 | 26 | FP01 | 2026-01-16 00:00:00.000 | 02 | 020201 | - | 50.0000 | - | -
11 | 3003 | 0 | 09 | CK99 | 2026-01-16 00:00:00.000 | 01 | 010001 | - | 5.0000 | - | -
13 | 1016 | 0 | 3201 | XS01 | 2026-01-16 00:00:00.000 | 02 | 020201 | - | 150.0000 | - | -
12 | 3004 | 1 | 65 | ZZ01 | 2026-01-16 00:00:00.000 | 01 | 010001 | 5.0000 | - | - | -
""",  # noqa: E501
    "Inventory.csv": """
cInvCode | cInvName | cInvStd | cInvCCode | cComUnitCode | bPurchase | bSelf | bComsume | bSale | bService | bInvType | dSDate | dEDate | cVenCode | iInvAdvance | fMinSupply
010001 | 钢板 | 10mm | 0101 | 01 | 1 | 0 | 1 | 0 | 0 | 0 | 2020-01-01 00:00:00.000 | 1900-01-01 00:00:00.000 | V01 | 12 | 500.0000000000
020201 | 水泵 | - | 0202 | 02 | 0 | 1 | 0 | 1 | 0 | 0 | 2020-01-01 00:00:00.000 | 2025-12-31 00:00:00.000 | - | - | -
900001 | 运费 | - | 0101 | 02 | 1 | 0 | 0 | 0 | 1 | 0 | 2020-01-01 00:00:00.000 | - | - | - | -
""",  # noqa: E501
    "InventoryClass.csv": "cInvCCode | cInvCName\n01 | 原料\n0101 | 钢材\n02 | 成品\n0202 | 泵",
    "ComputationUnit.csv": "cComunitCode | cComUnitName\n01 | 千克\n02 | 台",
    "Vendor.csv": "cVenCode | cVenName\nV01 | 某钢材公司",
    "Warehouse.csv": """
cWhCode | cWhName | bProxyWh
01 | 原料仓 | 0
02 | 成品仓 | 0
08 | 代管仓 | 1
""",
    "IA_Summary.csv": """
cWhCode | cInvCode | iYear | iMonth | iNum | iMoney | iDif | iPeriod
01 | 010001 | 2025 | 12 | 60.0000000000 | 600.0000 | - | 1
01 | 010001 | 2025 | 12 | 40.0000000000 | 390.0000 | 10.0000 | 1
01 | 010001 | 2026 | 1 | 110.0000000000 | 1100.0000 | - | 0
- | 010001 | 2025 | 11 | 100.0000000000 | 1000.0000 | - | 1
""",
    "CurrentStock.csv": """
cWhCode | cInvCode | iQuantity | cVMIVenCode
01 | 010001 | 100.000000 | -
01 | 010001 | 17.123457 | -
01 | 010001 | 9.000000 | V01
""",
    "PO_Pomain.csv": """
POID | cPOID | dPODate | cVenCode | cState | cVerifier | cCloser
7 | CG01 | 2026-01-02 00:00:00.000 | V01 | 1 | 张审核 | -
8 | CG02 | 2026-01-02 00:00:00.000 | V01 | 1 | - | -
""",
    "PO_Podetails.csv": """
ID | POID | cInvCode | iQuantity | iNatUnitPrice | dArriveDate | cbCloser
77 | 7 | 010001 | 50.0000000000 | 10.1234567890 | 2026-01-05 00:00:00.000 | 李
78 | 8 | 010001 | 50.0000000000 | 10.0000000000 | 2026-01-05 00:00:00.000 | -
""",
    "SO_SOMain.csv": """
ID | cSOCode | dDate | cCusCode | cSTCode | cVerifier | cCloser
9 | DD01 | 2026-01-12 00:00:00.000 | K01 | 01 | 张审核 | -
""",
    "SO_SODetails.csv": """
ID | iSOsID | cInvCode | iQuantity | iNatMoney | dPreDate | cSCloser
9 | 88 | 020201 | 5.0000000000 | 750.0000 | 2026-01-20 00:00:00.000 | -
""",
    "CheckVouch.csv": """
ID | cCVCode | dCVDate | cWhCode | cAccounter
5 | PD01 | 2026-01-09 00:00:00.000 | 01 | 张审核
""",
    "CheckVouchs.csv": """
autoID | ID | cInvCode | iCVQuantity | iCVCQuantity | iAdInQuantity | iAdOutQuantity
51 | 5 | 010001 | 122.0000000000 | 122.1234570000 | 3.1234570000 | 2.0000000000
""",
}

# Un-audited 1004, drop-shipped 1005, consigned 1006 and 1007 are passed over; 1009, 1010, 1013 and
# 1014 are not costed yet: they take the last unit cost of the warehouse's closed months, if any.
LEDGER = """
movement_id | posted_at           | sku    | warehouse | kind               | quantity   | is_reversal | supplier | customer | channel | order_no | order_line_no | transfer_id | lot
01/1002     | 2026-01-05 00:00:00 | 010001 | 01        | purchase           | 40.123457  | no          | V01      | -        | -       | CG01     | 77            | -           | -
01/1003     | 2026-01-06 00:00:00 | 010001 | 01        | purchase_return    | -5.000000  | no          | V01      | -        | -       | CG01     | 77            | -           | -
08/1012     | 2026-01-10 00:00:00 | 010001 | 02        | transfer_in        | 10.000000  | no          | -        | -        | -       | -        | -             | 501         | -
09/1008     | 2026-01-08 00:00:00 | 010001 | 01        | transfer_out       | -10.000000 | no          | -        | -        | -       | -        | -             | 501         | -
09/1009     | 2026-01-09 00:00:00 | 010001 | 01        | scrap              | -2.000000  | no          | -        | -        | -       | -        | -             | -           | -
09/1010     | 2026-01-09 00:00:00 | 010001 | 01        | adjustment         | -1.000000  | no          | -        | -        | -       | -        | -             | -           | -
10/1015     | 2026-01-12 00:00:00 | 020201 | 02        | production_receipt | 4.000000   | no          | -        | -        | -       | -        | -             | -           | B1
11/1013     | 2026-01-11 00:00:00 | 010001 | 01        | production_issue   | -8.000000  | no          | -        | -        | -       | -        | -             | -           | -
11/1014     | 2026-01-11 00:00:00 | 010001 | 01        | production_issue   | 3.000000   | yes         | -        | -        | -       | -        | -             | -           | -
32/1016     | 2026-01-13 00:00:00 | 020201 | 02        | sale               | -3.000000  | no          | -        | K01      | 01      | DD01     | 88            | -           | -
32/1017     | 2026-01-14 00:00:00 | 020201 | 02        | sale_return        | 1.000000   | no          | -        | K01      | 01      | DD01     | 88            | -           | -
34/1001     | 2026-01-01 00:00:00 | 010001 | 01        | opening            | 100.000000 | no          | -        | -        | -       | -        | -             | -           | -
IA/8        | 2026-01-15 00:00:00 | 010001 | 01        | revaluation        | 0.000000   | no          | -        | -        | -       | -        | -             | -           | -
IA/9        | 2026-01-16 00:00:00 | 010001 | 01        | revaluation        | 0.000000   | no          | -        | -        | -       | -        | -             | -           | -
"""  # noqa: E501

POSTED_COST = """
movement_id | value
01/1002     | 401.2300
01/1003     | -50.0000
08/1012     | 100.0000
09/1008     | -100.0000
10/1015     | 200.0000
34/1001     | 1000.0000
IA/8        | 7.5000
IA/9        | 2.5000
"""


def gb18030(text: str) -> bytes:
    """A table as U8's export writes it."""
    return delimited(text, ",", "\r\n").encode("gb18030")


def delivered(folder: Path, files: dict[str, str]) -> Intake:
    """An extract of 31 January, loaded."""
    found = Intake(folder, "u8", CODES)
    found.deliver(date(2026, 1, 31), {name: gb18030(text) for name, text in files.items()})
    return found


@pytest.fixture(scope="module")
def intake(tmp_path_factory: pytest.TempPathFactory) -> Intake:
    """All files of the extract of 31 January, loaded."""
    return delivered(tmp_path_factory.mktemp("u8"), FILES)


def test_audited_stock_documents_become_the_stock_ledger(intake: Intake) -> None:
    query = f"SELECT {columns(LEDGER)} FROM canonical.stock_movement ORDER BY movement_id"
    assert intake.table(query) == table(LEDGER)


CONVERTED = {
    name: FILES[name]
    for name in (
        "Inventory.csv",
        "InventoryClass.csv",
        "ComputationUnit.csv",
        "Vendor.csv",
        "Warehouse.csv",
    )
} | {
    "RdRecord09.csv": """
ID | cCode | dDate | bRdFlag | cBusType | cBusCode | cWhCode | cRdCode | cVenCode | cCusCode | cSTCode | cHandler
8 | CK01 | 2026-01-08 00:00:00.000 | 0 | 转换出库 | 0001 | 01 | - | - | - | - | 张审核
9 | CK02 | 2026-01-09 00:00:00.000 | 0 | 组装出库 | 0001 | 01 | - | - | - | - | 张审核
10 | CK03 | 2026-01-09 00:00:00.000 | 0 | 盘亏出库 | 0001 | 01 | - | - | - | - | 张审核
""",  # noqa: E501
    "RdRecords09.csv": """
AutoID | ID | cInvCode | iQuantity
1008 | 8 | 010001 | 10.0000000000
1009 | 9 | 010001 | 2.0000000000
1010 | 10 | 010001 | 1.0000000000
""",
    "RdRecord08.csv": """
ID | cCode | dDate | bRdFlag | cBusType | cBusCode | cWhCode | cRdCode | cVenCode | cCusCode | cSTCode | cHandler
12 | QR01 | 2026-01-08 00:00:00.000 | 1 | 转换入库 | 0001 | 02 | - | - | - | - | 张审核
13 | QR02 | 2026-01-10 00:00:00.000 | 1 | 拆卸入库 | - | 02 | - | - | - | - | 张审核
""",  # noqa: E501
    "RdRecords08.csv": """
AutoID | ID | cInvCode | iQuantity
1012 | 12 | 020201 | 5.0000000000
1013 | 13 | 020201 | 1.0000000000
""",
    "IA_Subsidiary.csv": FILES["IA_Subsidiary.csv"].strip().splitlines()[0]
    + """
1 | 1008 | 0 | 09 | CK01 | 2026-01-08 00:00:00.000 | 01 | 010001 | - | 100.0000 | - | -
2 | 1012 | 1 | 08 | QR01 | 2026-01-08 00:00:00.000 | 02 | 020201 | 100.0000 | - | - | -
""",
}


def test_both_sides_of_a_conversion_share_its_number(tmp_path: Path) -> None:
    # 转换 0001 and 组装 0001 are two documents; without 业务号 nothing says what belongs together.
    query = "SELECT movement_id, kind, conversion_id FROM canonical.stock_movement ORDER BY 1"
    assert delivered(tmp_path, CONVERTED).table(query) == [
        ("08/1012", "adjustment", "转换/0001"),
        ("08/1013", "adjustment", "-"),
        ("09/1008", "adjustment", "转换/0001"),
        ("09/1009", "adjustment", "组装/0001"),
        ("09/1010", "adjustment", "-"),
    ]


def test_value_is_what_the_costing_ledger_posted_and_nothing_else(intake: Intake) -> None:
    query = (
        "SELECT movement_id, value FROM canonical.stock_movement "
        "WHERE NOT value_is_estimated AND value IS NOT NULL ORDER BY 1"
    )
    assert intake.table(query) == table(POSTED_COST)


def test_rows_in_balance_with_what_is_passed_over(intake: Intake) -> None:
    query = (
        "SELECT rows_in, rows_new, rows_quarantined, rows_left_out FROM canonical.delivery "
        "WHERE table_name = 'stock_movement'"
    )
    # 14 admitted; refused: 借用出库, a line without header, four costing entries;
    # passed over: un-audited, drop-shipped and two consigned lines.
    assert intake.table(query) == [("20", "14", "6", "4")]


def test_what_the_facts_do_not_cover_is_refused_in_words(intake: Intake) -> None:
    found = intake.table("SELECT movement_id, reasons FROM quarantine.stock_movement ORDER BY 1")
    reasons = dict(found)
    assert "unknown cBusType 借用出库" in reasons["09/1011"]
    assert "sales are costed by invoice (bSaleType)" in reasons["IA/10"]
    assert "sales are costed by invoice (bSaleType)" in reasons["IA/13"]
    assert "costs line 3003 of cVouType 09, which this delivery lacks" in reasons["IA/11"]
    assert "unknown cVouType 65" in reasons["IA/12"]
    assert any("no document with ID 99 in this delivery" in why for why in reasons.values())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "item",
            """
            sku    | name      | category         | base_uom | stage    | status   | created_on
            010001 | 钢板 10mm | 原料 / 钢材      | 千克     | raw      | active   | 2020-01-01
            020201 | 水泵      | Machines / Pumps | 台       | finished | inactive | 2020-01-01
            """,
        ),
        (
            "item_supplier",
            """
            sku    | supplier | is_primary | lead_time_days | moq
            010001 | V01      | yes        | 12             | 500.000000
            """,
        ),
        (
            "stock_balance",  # December from two batches; January is not closed: what stands now
            """
            balance_on | sku    | warehouse | quantity   | value
            2025-12-31 | 010001 | 01        | 100.000000 | 1000.0000
            2026-01-31 | 010001 | 01        | 117.123457 | -
            """,
        ),
        (
            "purchase_order_line",
            """
            order_no | line_no | sku    | supplier | ordered_quantity | unit_price | ordered_on | promised_on | status
            CG01     | 77      | 010001 | V01      | 50.000000        | 10.1235    | 2026-01-02 | 2026-01-05  | closed
            """,  # noqa: E501
        ),
        (
            "sales_order_line",
            """
            order_no | line_no | sku    | customer | channel | ordered_quantity | revenue  | ordered_on | requested_on | status
            DD01     | 88      | 020201 | K01      | 01      | 5.000000         | 750.0000 | 2026-01-12 | 2026-01-20   | open
            """,  # noqa: E501
        ),
        (
            "stock_count",  # 122 on the books, 3.123457 came and 2 went before it was counted
            """
            count_no | line_no | counted_at          | sku    | warehouse | book_quantity | counted_quantity
            PD01     | 51      | 2026-01-09 00:00:00 | 010001 | 01        | 123.123457    | 122.123457
            """,  # noqa: E501
        ),
    ],
)
def test_the_other_tables_become_canonical(intake: Intake, name: str, expected: str) -> None:
    master = "WHERE known_on IS NOT NULL" if name == "item" else ""
    query = f"SELECT {columns(expected)} FROM canonical.{name} {master} ORDER BY ALL"
    assert intake.table(query) == table(expected)


def test_a_warehouse_of_consigned_stock_is_named_so(intake: Intake) -> None:
    query = "SELECT kind FROM canonical.warehouse WHERE warehouse = '08'"
    assert intake.table(query) == [("consigned",)]


def test_a_balance_without_warehouse_is_refused(intake: Intake) -> None:
    reasons = intake.table("SELECT reasons FROM quarantine.stock_balance")[0][0]
    assert "costed per item (按存货核算)" in reasons


def test_the_single_table_of_older_releases_is_read_by_its_cvouchtype(tmp_path: Path) -> None:
    head = "ID | cCode | dDate | bRdFlag | cWhCode | cHandler | cVouchType"
    files = {
        "RdRecord.csv": f"""
{head}
1 | A1 | 2026-01-05 00:00:00.000 | 1 | 01 | 张审核 | 1
2 | A2 | 2026-01-06 00:00:00.000 | 0 | 01 | 张审核 | 32
""",
        "RdRecords.csv": """
AutoID | ID | cInvCode | iQuantity
11 | 1 | 010001 | 5.0000000000
12 | 2 | 010001 | 2.0000000000
""",
    }
    files |= {name: FILES[name] for name in ("Inventory.csv", "Warehouse.csv")}
    query = "SELECT movement_id, kind, quantity FROM canonical.stock_movement ORDER BY 1"
    assert delivered(tmp_path, files).table(query) == [
        ("01/11", "purchase", "5.000000"),
        ("32/12", "sale", "-2.000000"),
    ]
