"""SAP Business One as `bcp -w` delivers it, and the canonical tables it must become."""

import codecs
from datetime import date
from pathlib import Path

import pytest

from .intake import Intake, columns, delimited, table

CODES = """
[codes.warehouse_kind]
"01" = "dc"
"Q" = "quarantine"
[codes.trans_type]
"932" = "adjustment"
"""

# A receipt of order 501 in two postings, a transfer, a cancelled delivery, production, a count …
OINM = """
TransNum | TransType | CreatedBy | BASE_REF | DocLineNum | DocDate | DocTime | ItemCode | Warehouse | InQty | OutQty | TransValue | CardCode | ApplObj | AppObjType | JrnlMemo
1  | 310000001 | 10 | 10  | 0 | 2026-01-01 00:00:00.000 | 0    | A-1 | 01 | 100.000000 | 0.000000  | 1000.000000 | -    | -1  | - | -
2  | 20        | 21 | 121 | 0 | 2026-01-05 00:00:00.000 | 900  | A-1 | 01 | 50.000000  | 0.000000  | 612.345678  | V1   | -1  | - | Goods Receipt PO
3  | 18        | 31 | 131 | 0 | 2026-01-06 00:00:00.000 | 1015 | A-1 | 01 | 0.000000   | 0.000000  | 12.500000   | V1   | -1  | - | A/P Invoice
4  | 69        | 32 | 132 | 0 | 2026-01-07 00:00:00.000 | 1100 | A-1 | 01 | 0.000000   | 0.000000  | 30.000000   | V9   | -1  | - | Landed Costs
5  | 15        | 41 | 141 | 0 | 2026-01-08 00:00:00.000 | 1605 | A-1 | 01 | 0.000000   | 20.000000 | -220.650000 | C1   | -1  | - | Delivery
6  | 15        | 42 | 142 | 0 | 2026-01-09 00:00:00.000 | 815  | A-1 | 01 | 20.000000  | 0.000000  | 220.650000  | C1   | -1  | - | Delivery - Cancellation
7  | 13        | 51 | 151 | 1 | 2026-01-10 00:00:00.000 | 1200 | A-1 | 01 | 0.000000   | 5.000000  | -55.160000  | C1   | -1  | - | A/R Invoice
8  | 67        | 61 | 161 | 0 | 2026-01-11 00:00:00.000 | 1300 | A-1 | 01 | 0.000000   | 10.000000 | -110.330000 | -    | -1  | - | Inventory Transfers
9  | 67        | 61 | 161 | 0 | 2026-01-11 00:00:00.000 | 1300 | A-1 | Q  | 10.000000  | 0.000000  | 110.330000  | -    | -1  | - | Inventory Transfers
10 | 60        | 71 | 171 | 0 | 2026-01-12 00:00:00.000 | 1400 | A-1 | Q  | 0.000000   | 4.000000  | -44.130000  | -    | -1  | - | Scrap
11 | 60        | 72 | 172 | 0 | 2026-01-12 00:00:00.000 | 1405 | A-1 | 01 | 0.000000   | 6.000000  | -66.200000  | -    | 202 | C | Issue for Production
12 | 59        | 73 | 173 | 0 | 2026-01-12 00:00:00.000 | 1410 | B-7 | 01 | 3.000000   | 0.000000  | 70.000000   | -    | 202 | P | Receipt from Production
13 | 202       | 74 | 174 | 0 | 2026-01-13 00:00:00.000 | 1500 | B-7 | 01 | 0.000000   | 0.000000  | -3.800000   | -    | 202 | - | Production Order
14 | 10000071  | 81 | 181 | 0 | 2026-01-14 00:00:00.000 | 1700 | A-1 | 01 | 0.000000   | 1.000000  | -11.030000  | -    | -1  | - | Inventory Posting
15 | 21        | 91 | 191 | 0 | 2026-01-15 00:00:00.000 | 905  | A-1 | 01 | 0.000000   | 2.000000  | -22.070000  | V1   | -1  | - | Goods Return
16 | 931       | 92 | 192 | 0 | 2026-01-16 00:00:00.000 | 910  | A-1 | 01 | 7.000000   | 0.000000  | 77.000000   | -    | -1  | - | Add-on
17 | 932       | 93 | 193 | 0 | 2026-01-16 00:00:00.000 | 911  | A-1 | 01 | 1.000000   | 0.000000  | 11.000000   | -    | -1  | - | Add-on
18 | 59        | 94 | 194 | 0 | 2026-01-16 00:00:00.000 | 2575 | A-1 | 01 | 1.000000   | 0.000000  | 11.000000   | -    | -1  | - | Goods Receipt
19 | 59        | 95 | 195 | 0 | 2026-01-16 00:00:00.000 | 930  | B-7 | 01 | 1.000000   | 0.000000  | 23.000000   | -    | 202 | X | Receipt from Production
20 | 162       | 96 | 196 | 0 | 2026-01-17 00:00:00.000 | 1000 | A-1 | 01 | 0.000000   | 0.000000  | -100.000000 | -    | -1  | - | Inventory Revaluation
"""  # noqa: E501

PDN1 = """
DocEntry | LineNum | BaseType | BaseEntry | BaseLine
21       | 0       | 22       | 501       | 3
"""

INV1 = """
DocEntry | LineNum | BaseType | BaseEntry | BaseLine | LineTotal
51       | 1       | 17       | 601       | 0        | 99.500000
52       | 0       | 15       | 41        | 0        | 400.000000
"""

DLN1 = """
DocEntry | LineNum | BaseType | BaseEntry | BaseLine
41       | 0       | 17       | 602       | 0
"""

RIN1 = """
DocEntry | LineNum | BaseType | BaseEntry | BaseLine | LineTotal
55       | 0       | 13       | 52        | 0        | 40.000000
"""

LEDGER = """
movement_id | posted_at           | sku | warehouse | kind               | quantity    | value     | is_reversal | supplier | customer | order_no | order_line_no | transfer_id
1           | 2026-01-01 00:00:00 | A-1 | 01        | opening            | 100.000000  | 1000.0000 | no          | -        | -        | -        | -             | -
2           | 2026-01-05 00:00:00 | A-1 | 01        | purchase           | 50.000000   | 612.3457  | no          | V1       | -        | 501      | 3             | -
3           | 2026-01-06 00:00:00 | A-1 | 01        | revaluation        | 0.000000    | 12.5000   | no          | V1       | -        | -        | -             | -
4           | 2026-01-07 00:00:00 | A-1 | 01        | landed_cost        | 0.000000    | 30.0000   | no          | -        | -        | -        | -             | -
5           | 2026-01-08 00:00:00 | A-1 | 01        | sale               | -20.000000  | -220.6500 | no          | -        | C1       | 602      | 0             | -
6           | 2026-01-09 00:00:00 | A-1 | 01        | sale               | 20.000000   | 220.6500  | yes         | -        | C1       | -        | -             | -
7           | 2026-01-10 00:00:00 | A-1 | 01        | sale               | -5.000000   | -55.1600  | no          | -        | C1       | 601      | 0             | -
8           | 2026-01-11 00:00:00 | A-1 | 01        | transfer_out       | -10.000000  | -110.3300 | no          | -        | -        | -        | -             | 61/0
9           | 2026-01-11 00:00:00 | A-1 | Q         | transfer_in        | 10.000000   | 110.3300  | no          | -        | -        | -        | -             | 61/0
10          | 2026-01-12 00:00:00 | A-1 | Q         | scrap              | -4.000000   | -44.1300  | no          | -        | -        | -        | -             | -
11          | 2026-01-12 00:00:00 | A-1 | 01        | production_issue   | -6.000000   | -66.2000  | no          | -        | -        | -        | -             | -
12          | 2026-01-12 00:00:00 | B-7 | 01        | production_receipt | 3.000000    | 70.0000   | no          | -        | -        | -        | -             | -
13          | 2026-01-13 00:00:00 | B-7 | 01        | revaluation        | 0.000000    | -3.8000   | no          | -        | -        | -        | -             | -
14          | 2026-01-14 00:00:00 | A-1 | 01        | adjustment         | -1.000000   | -11.0300  | no          | -        | -        | -        | -             | -
15          | 2026-01-15 00:00:00 | A-1 | 01        | purchase_return    | -2.000000   | -22.0700  | no          | V1       | -        | -        | -             | -
17          | 2026-01-16 00:00:00 | A-1 | 01        | adjustment         | 1.000000    | 11.0000   | no          | -        | -        | -        | -             | -
18          | 2026-01-16 00:00:00 | A-1 | 01        | adjustment         | 1.000000    | 11.0000   | no          | -        | -        | -        | -             | -
20          | 2026-01-17 00:00:00 | A-1 | 01        | revaluation        | 0.000000    | -100.0000 | no          | -        | -        | -        | -             | -
"""  # noqa: E501

OTHERS = {
    "OITM.csv": """
ItemCode | ItemName | ItmsGrpCod | InvntryUom | PrcrmntMtd | SellItem | frozenFor | CreateDate | CardCode | LeadTime | MinOrdrQty | OrdrMulti
A-1 | Steel plate | 100 | kg  | B | N | N | 2020-05-04 00:00:00.000 | V1 | 14 | 500.000000 | 0.000000
B-7 | Pump        | 101 | PCS | M | Y | Y | 2021-01-01 00:00:00.000 | -  | -  | 0.000000   | 0.000000
""",  # noqa: E501
    "OITB.csv": "ItmsGrpCod | ItmsGrpNam\n100 | Raw\n101 | Finished",
    "OCRD.csv": "CardCode | CardName | CardType\nV1 | Vendor One | S\nC1 | Customer | C",
    "ITM2.csv": "ItemCode | VendorCode\nA-1 | V2\nA-1 | V1",
    "OWHS.csv": "WhsCode | WhsName\n01 | Main\nQ | Blocked\n02 | New",
    "OITW.csv": """
ItemCode | WhsCode | OnHand | StockValue | MinStock | MaxStock
A-1 | 01 | 107.000000 | 1104.4057 | 20.000000 | 200.000000
B-7 | 01 | 3.000000 | 66.200000 | 0.000000 | 0.000000
""",
    "OPOR.csv": """
DocEntry | DocDate | DocDueDate | CardCode | CANCELED
501 | 2026-01-02 00:00:00.000 | 2026-01-20 00:00:00.000 | V1 | N
502 | 2026-01-03 00:00:00.000 | 2026-01-21 00:00:00.000 | V1 | Y
""",
    "POR1.csv": """
DocEntry | LineNum | ItemCode | InvQty | LineTotal | ShipDate | WhsCode | LineStatus
501 | 3 | A-1 | 60.000000 | 720.000000 | 2026-01-04 00:00:00.000 | 01 | O
502 | 0 | A-1 | 10.000000 | 110.000000 | - | 01 | C
777 | 0 | A-1 | 1.000000 | 1.000000 | - | 01 | O
""",
    "ORDR.csv": """
DocEntry | DocDate | DocDueDate | CardCode | CANCELED | U_Channel
601 | 2026-01-07 00:00:00.000 | 2026-01-12 00:00:00.000 | C1 | N | web
602 | 2026-01-06 00:00:00.000 | 2026-01-09 00:00:00.000 | C1 | N | shop
""",
    "RDR1.csv": """
DocEntry | LineNum | ItemCode | InvQty | ShipDate | WhsCode | LineStatus
601 | 0 | A-1 | 5.000000 | - | 01 | C
602 | 0 | A-1 | 25.000000 | 2026-01-08 00:00:00.000 | 01 | O
""",
    "OINC.csv": "DocEntry | CountDate | CountTime\n9 | 2026-01-14 00:00:00.000 | 1630",
    "INC1.csv": """
DocEntry | LineNum | ItemCode | WhsCode | InWhsQty | CountQty | Counted | CountDate | CountTime
9 | 0 | A-1 | 01 | 109.000000 | 108.000000 | Y | - | -
9 | 1 | B-7 | 01 | 3.000000 | 0.000000 | N | - | -
""",
}


def utf_16(text: str) -> bytes:
    """A table as bcp -w writes it: little-endian with its mark, tabs, Windows line ends."""
    return codecs.BOM_UTF16_LE + delimited(text, "\t", "\r\n").encode("utf-16-le")


def files_of(tables: dict[str, str]) -> dict[str, bytes]:
    return {name: utf_16(text) for name, text in tables.items()}


@pytest.fixture(scope="module")
def intake(tmp_path_factory: pytest.TempPathFactory) -> Intake:
    """The extract of 31 January, loaded."""
    found = Intake(Path(tmp_path_factory.mktemp("sap")), "sap_b1", CODES)
    ledger = {"OINM.csv": OINM, "PDN1.csv": PDN1, "DLN1.csv": DLN1}
    files = {**ledger, "INV1.csv": INV1, "RIN1.csv": RIN1, **OTHERS}
    found.deliver(date(2026, 1, 31), files_of(files))
    return found


def test_the_inventory_journal_becomes_the_stock_ledger(intake: Intake) -> None:
    query = f"SELECT {columns(LEDGER)} FROM canonical.stock_movement ORDER BY movement_id::INT"
    assert intake.table(query) == table(LEDGER)


BACKDATED = """
TransNum | TransType | CreatedBy | BASE_REF | DocLineNum | DocDate | DocTime | ItemCode | Warehouse | InQty | OutQty | TransValue | CardCode | ApplObj | AppObjType | JrnlMemo
101 | 20 | 21 | 121 | 0 | 2026-01-30 00:00:00.000 | 1810 | A-1 | 01 | 30.000000 | 0.000000  | 300.000000  | V1 | -1 | - | -
102 | 15 | 41 | 141 | 0 | 2026-01-30 00:00:00.000 | 900  | A-1 | 01 | 0.000000  | 10.000000 | -100.000000 | C1 | -1 | - | -
103 | 15 | 42 | 142 | 0 | 2026-01-30 00:00:00.000 | 830  | A-1 | 01 | 10.000000 | 0.000000  | 100.000000  | C1 | -1 | - | -
"""  # noqa: E501


def test_the_booking_order_decides_inside_a_day_and_never_the_hour_of_typing(
    tmp_path: Path,
) -> None:
    # The receipt was typed at 18:10, after the delivery it makes possible; the day is over.
    found = Intake(tmp_path, "sap_b1", CODES)
    found.deliver(date(2026, 1, 31), {"OINM.csv": utf_16(BACKDATED)} | files_of(OTHERS))
    query = "SELECT movement_id, posted_at, entry_no FROM canonical.stock_movement ORDER BY seq"
    assert found.table(query) == [
        ("101", "2026-01-30 00:00:00", "101"),
        ("102", "2026-01-30 00:00:00", "102"),
        ("103", "2026-01-30 00:00:00", "103"),
    ]


FINER = """
TransNum | TransType | CreatedBy | BASE_REF | DocLineNum | DocDate | DocTime | ItemCode | Warehouse | InQty | OutQty | TransValue | CardCode | ApplObj | AppObjType | JrnlMemo
201 | 20 | 21 | 121 | 0 | 2026-01-30 00:00:00.000 | 0 | A-1 | 01 | 1.000000 | 0.000000 | 33.333333   | V1 | -1 | - | -
202 | 20 | 21 | 121 | 1 | 2026-01-30 00:00:00.000 | 0 | A-1 | 02 | 1.000000 | 0.000000 | 33.333333   | V1 | -1 | - | -
203 | 20 | 21 | 121 | 2 | 2026-01-30 00:00:00.000 | 0 | B-7 | 01 | 1.000000 | 0.000000 | 33.333334   | V1 | -1 | - | -
204 | 60 | 71 | 171 | 0 | 2026-01-30 00:00:00.000 | 0 | A-1 | 01 | 0.000000 | 0.500000 | -16.666667  | -  | -1 | - | -
205 | 60 | 71 | 171 | 1 | 2026-01-30 00:00:00.000 | 0 | A-1 | 02 | 0.000000 | 0.500000 | -16.666667  | -  | -1 | - | -
206 | 60 | 71 | 171 | 2 | 2026-01-30 00:00:00.000 | 0 | B-7 | 01 | 0.000000 | 0.500000 | -16.666666  | -  | -1 | - | -
207 | 15 | 41 | 141 | 0 | 2026-01-30 00:00:00.000 | 0 | A-1 | 01 | 0.000000 | 0.100000 | -3.250000   | C1 | -1 | - | -
"""  # noqa: E501


def test_finer_values_are_rounded_so_that_a_document_keeps_its_total(tmp_path: Path) -> None:
    """The receipt is 100.000000 in all: line by line it would be 99.9999.

    The issue is -50.000000 in all: line by line it would be -50.0001.
    """
    found = Intake(tmp_path, "sap_b1", CODES)
    found.deliver(date(2026, 1, 31), {"OINM.csv": utf_16(FINER)} | files_of(OTHERS))
    query = "SELECT movement_id, value FROM canonical.stock_movement ORDER BY entry_no"
    assert found.table(query) == table("""
        movement_id | value
        201         | 33.3333
        202         | 33.3333
        203         | 33.3334
        204         | -16.6667
        205         | -16.6667
        206         | -16.6666
        207         | -3.2500
    """)


def test_what_the_facts_do_not_cover_is_refused_with_its_code(intake: Intake) -> None:
    found = intake.table(
        "SELECT movement_id, source_row, reasons FROM quarantine.stock_movement ORDER BY ALL",
    )
    reasons = {movement: (row, why) for movement, row, why in found}
    assert reasons.keys() == {"16", "19"}
    assert "unknown TransType 931" in reasons["16"][1]
    assert "unknown AppObjType X of a receipt from production" in reasons["19"][1]
    assert reasons["19"][0] == "19"


def test_a_cancelled_document_and_its_cancellation_offset_each_other(intake: Intake) -> None:
    query = (
        "SELECT sum(quantity), sum(value) FROM canonical.stock_movement "
        "WHERE movement_id IN ('5', '6')"
    )
    assert intake.table(query) == [("0.000000", "0.0000")]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "item",
            """
            sku | name        | category | base_uom | stage    | status   | created_on
            A-1 | Steel plate | Raw      | kg       | raw      | active   | 2020-05-04
            B-7 | Pump        | Finished | PCS      | finished | inactive | 2021-01-01
            """,
        ),
        (
            "supplier",
            """
            supplier | name
            V1       | Vendor One
            V2       | V2
            """,
        ),
        (
            "item_supplier",
            """
            sku | supplier | is_primary | lead_time_days | moq        | pack_size
            A-1 | V1       | yes        | 14             | 500.000000 | -
            A-1 | V2       | no         | -              | -          | -
            """,
        ),
        (
            "stock_rule",
            """
            sku | warehouse | min_quantity | max_quantity
            A-1 | 01        | 20.000000    | 200.000000
            """,
        ),
        (
            "stock_balance",
            """
            balance_on | sku | warehouse | quantity   | value
            2026-01-31 | A-1 | 01        | 107.000000 | 1104.4057
            2026-01-31 | B-7 | 01        | 3.000000   | 66.2000
            """,
        ),
        (
            "purchase_order_line",
            """
            order_no | line_no | sku | warehouse | supplier | ordered_quantity | unit_price | ordered_on | promised_on | status
            501      | 3       | A-1 | 01        | V1       | 60.000000        | 12.0000    | 2026-01-02 | 2026-01-04  | open
            502      | 0       | A-1 | 01        | V1       | 10.000000        | 11.0000    | 2026-01-03 | 2026-01-21  | cancelled
            """,  # noqa: E501
        ),
        (
            "sales_order_line",  # 602: 400 invoiced on its delivery note, 40 credited
            """
            order_no | line_no | sku | customer | channel | ordered_quantity | revenue  | ordered_on | requested_on | status
            601      | 0       | A-1 | C1       | web     | 5.000000         | 99.5000  | 2026-01-07 | 2026-01-12   | closed
            602      | 0       | A-1 | C1       | shop    | 25.000000        | 360.0000 | 2026-01-06 | 2026-01-08   | open
            """,  # noqa: E501
        ),
        (
            "stock_count",
            """
            count_no | line_no | counted_at          | sku | warehouse | book_quantity | counted_quantity
            9        | 0       | 2026-01-14 16:30:00 | A-1 | 01        | 109.000000    | 108.000000
            """,  # noqa: E501
        ),
    ],
)
def test_the_other_tables_become_canonical(intake: Intake, name: str, expected: str) -> None:
    query = f"SELECT {columns(expected)} FROM canonical.{name} ORDER BY ALL"
    assert intake.table(query) == table(expected)


def test_warehouses_have_the_kind_the_site_gives_them(intake: Intake) -> None:
    delivered = "canonical.warehouse WHERE known_on IS NOT NULL"
    query = f"SELECT warehouse, name, kind FROM {delivered} ORDER BY warehouse"
    assert intake.table(query) == [
        ("01", "Main", "dc"),
        ("02", "New", "-"),
        ("Q", "Blocked", "quarantine"),
    ]


def test_an_order_line_without_its_header_is_refused(intake: Intake) -> None:
    query = "SELECT reasons FROM quarantine.purchase_order_line"
    assert "no header in OPOR for DocEntry 777" in intake.table(query)[0][0]
