"""Whether the ledger adds up and the ERP agrees."""

from datetime import date
from decimal import Decimal

import polars as pl
from hypothesis import given

from pipeline.metrics.fixed_point import collected
from pipeline.metrics.reconciliation import (
    PARTS,
    differences,
    reconciled,
    reconciliation,
    roll_forward,
)
from pipeline.metrics.stock_status import positions
from pipeline.metrics.time_windows import day_number
from pipeline.policy import load_policies
from pipeline.policy.rules import ReconciliationRule
from tests.laws import tried
from tests.metrics.ledgers import Books, books, one, table
from tests.metrics.test_stock_status import ledgers, random_books

D = date(2025, 3, 15)
TOLERANCE = load_policies().on(D).reconciliation


def amounts(text: str) -> pl.DataFrame:
    """Balances or quarantined values, written as a table."""
    rows = [
        {
            name: Decimal(cell) if cell and name in {"quantity", "value"} else cell
            for name, cell in row.items()
        }
        for row in table(text)
    ]
    money = {"quantity": pl.Decimal(18, 6), "value": pl.Decimal(18, 4)}
    return pl.DataFrame(rows, schema_overrides={k: v for k, v in money.items() if k in rows[0]})


def rolled(
    stock: Books,
    balances: pl.DataFrame | None = None,
    quarantined: pl.DataFrame | None = None,
    held: pl.DataFrame | None = None,
    tolerance: ReconciliationRule = TOLERANCE,
) -> pl.DataFrame:
    if held is None:
        held = collected(positions(stock.lazy(), day_number(D)))
    sums = collected(roll_forward(stock.ledger(), D))
    rows = reconciled(
        sums,
        stock.items,
        stock.warehouses,
        as_of=D,
        tolerance=tolerance,
        held=held,
        balances=balances,
        quarantined=quarantined,
    )
    return reconciliation(rows)


MONTH = """
    posted     | kind               | quantity | value
    2025-01-01 | opening            | 10       | 100
    2025-02-28 | purchase           | 5        | 50
    2025-03-01 | purchase           | 4        | 40
    2025-03-02 | purchase_return    | -1       | -10
    2025-03-02 | landed_cost        | 0        | 3
    2025-03-03 | production_receipt | 2        | 22
    2025-03-03 | production_issue   | -3       | -30
    2025-03-04 | transfer_in        | 6        | 60
    2025-03-05 | transfer_out       | -2       | -20
    2025-03-06 | adjustment         | 1        | 9
    2025-03-07 | scrap              | -1       | -8
    2025-03-08 | revaluation        | 0        | -7
    2025-03-09 | sale               | -4       | -41
    2025-03-10 | sale_return        | 1        | 11
    2025-03-16 | sale               | -9       | -90
"""


def test_every_kind_stands_in_its_part_as_posted_and_the_parts_add_up() -> None:
    row = one(rolled(books(MONTH)), sku="A-1")

    assert row["period"] == "2025-03"
    assert {part: row[f"value_{part}"] for part in PARTS} == {
        "opening": Decimal(150),
        "receipts": Decimal(33),
        "production": Decimal(22),
        "consumption": Decimal(-30),
        "transfers": Decimal(40),
        "adjustments": Decimal(9),
        "scrap": Decimal(-8),
        "revaluations": Decimal(-7),
        "cogs": Decimal(-30),
    }
    assert row["value_closing"] == Decimal(179)
    # 15 + 3 + 2 - 3 + 4 + 1 - 1 + 0 - 3
    assert row["quantity_closing"] == Decimal(18)


def test_an_opening_inside_the_period_is_in_opening() -> None:
    row = one(rolled(books("posted | kind | quantity | value\n2025-03-10 | opening | 7 | 70")))

    assert (row["quantity_opening"], row["value_opening"]) == (Decimal(7), Decimal(70))
    assert row["value_closing"] == Decimal(70)


def test_without_a_delivered_balance_nothing_is_compared() -> None:
    row = one(rolled(books(MONTH)))

    assert row["erp_quantity"] is row["erp_value"] is row["agrees"] is None
    assert row["quantity_difference"] is row["value_difference"] is None
    assert differences(rolled(books(MONTH))).is_empty()


TWO = """
    posted     | kind     | sku   | quantity | value
    2025-03-01 | purchase | equal | 1        | 10.00
    2025-03-01 | purchase | cent  | 1        | 10.01
    2025-03-01 | purchase | ours  | 2        | 20.00
"""
ERP = """
    company | sku    | warehouse | quantity | value
    acme    | equal  | W1        | 1        | 10.00
    acme    | cent   | W1        | 1        | 10.00
    acme    | theirs | W1        | 3        | 30.00
"""


def test_differences_are_ledger_less_erp_and_what_the_erp_leaves_out_counts_nothing() -> None:
    rows = rolled(books(TWO), amounts(ERP))

    found = differences(rows)
    assert found.select("sku", "quantity_difference", "value_difference").rows() == [
        ("theirs", Decimal(-3), Decimal(-30)),
        ("ours", Decimal(2), Decimal(20)),
        ("cent", Decimal(0), Decimal("0.01")),
    ]
    assert one(rows, sku="ours")["erp_value"] == 0
    assert one(rows, sku="equal")["value_difference"] == 0


def test_a_difference_within_the_tolerance_is_none() -> None:
    cent = TOLERANCE.model_copy(update={"value_tolerance": 0.01})
    rows = rolled(books(TWO), amounts(ERP), tolerance=cent)
    found = differences(rows)

    assert "cent" not in found["sku"].to_list()
    assert one(rows, sku="cent")["value_difference"] == Decimal("0.01")


def test_a_company_that_delivered_no_balance_is_not_compared_with_another_ones() -> None:
    stock = books("""
        company | posted     | kind     | quantity | value
        acme    | 2025-03-01 | purchase | 1        | 10
        zeta    | 2025-03-01 | purchase | 1        | 10
    """)
    delivered = amounts("company|sku|warehouse|quantity|value\nacme | A-1 | W1 | 1 | -")
    rows = rolled(stock, delivered)

    assert one(rows, company="zeta")["erp_quantity"] is None
    assert one(rows, company="acme")["quantity_difference"] == 0
    assert one(rows, company="acme")["value_difference"] is None


def test_goods_in_transit_are_not_expected_in_the_erps_balance() -> None:
    stock = books("""
        posted     | kind        | warehouse  | quantity | value
        2025-03-01 | purchase    | W1         | 1        | 10
        2025-03-01 | transfer_in | in_transit | 1        | 10
    """)
    rows = rolled(stock, amounts("company|sku|warehouse|quantity|value\nacme | A-1 | W1 | 1 | 10"))

    assert one(rows, warehouse="in_transit")["erp_value"] is None
    assert differences(rows).is_empty()


def test_quarantined_money_stands_beside_the_position_it_belongs_to() -> None:
    refused = amounts("""
        company | sku | warehouse | value
        acme    | A-1 | W1        | -12.50
        acme    | A-1 | W1        | 2.50
        acme    | B-2 | W1        | 7
    """)
    rows = rolled(books(MONTH), quarantined=refused)

    assert one(rows, sku="A-1")["quarantined_value"] == Decimal(-10)
    assert one(rows, sku="B-2")["quarantined_value"] == Decimal(7)
    assert one(rows, sku="B-2")["value_closing"] == 0


def test_positions_without_stock_or_flows_need_no_line() -> None:
    stock = books("""
        posted     | kind     | quantity | value
        2025-01-01 | opening  | 1        | 10
        2025-02-01 | sale     | -1       | -10
    """)

    assert rolled(stock).is_empty()


def test_layers_that_do_not_add_up_to_the_ledger_are_a_gap() -> None:
    stock = books(MONTH)
    held = collected(positions(stock.lazy(), day_number(D)))
    lost = held.with_columns(value_e4=pl.col("value_e4") - 1)

    assert rolled(stock)["adds_up"].to_list() == [True]
    assert rolled(stock, held=lost)["adds_up"].to_list() == [False]


@given(ledgers())
@tried(25)
def test_parts_always_add_up_to_what_the_layers_hold(text: str) -> None:
    stock = random_books(text)
    rows = rolled(stock)
    posted = stock.rows.filter(pl.col("day") <= day_number(D))

    assert rows["adds_up"].all()
    assert rows["value_closing"].sum() == Decimal(posted["value_e4"].sum()) / 10_000
