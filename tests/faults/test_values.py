"""Faults 20 to 30: cells that are not what they should be."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.canonical.erp_contract import Style
from pipeline.canonical.tables import TABLES, business
from pipeline.warehouse.store import Warehouse
from tests.warehouse.deliveries import (
    Extract,
    contract_of,
    deliver,
    ids,
    new_warehouse,
    table,
)

GOOD = {
    "movement_id": "M1",
    "posted_at": "2025-01-01",
    "sku": "B-100",
    "warehouse": "MAIN",
    "kind": "purchase",
    "quantity": "10",
    "value": "100.00",
}


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with new_warehouse(tmp_path / "site") as opened:
        yield opened


def reasons(
    warehouse: Warehouse, *rows: dict[str, str | None], style: Style | None = None
) -> list[list[str]]:
    """Why each of the movements is refused; an empty list where it is admitted."""
    said = [{"movement_id": f"M{place}", **row} for place, row in enumerate(rows)]
    deliver(warehouse, Extract(1, {"stock_movement": said}), contract=contract_of(style))
    found = dict(
        warehouse.rows("SELECT source_row, list_sort(reasons) FROM quarantine.stock_movement")
    )
    return [found.get(place, []) for place in range(1, len(rows) + 1)]


def but(**changes: str | None) -> dict[str, str | None]:
    """A good movement with some cells changed."""
    return {name: cell for name, cell in {**GOOD, **changes}.items() if name != "movement_id"}


def test_22_numbers_in_other_styles_are_refused(warehouse: Warehouse) -> None:
    cells = ("1,000", "1.000,00", "12-", "(5)", "1_000", "1E3", "1 000")
    rows = [but(quantity=cell) for cell in cells]
    assert reasons(warehouse, *rows) == [["unreadable quantity"]] * len(cells)


def test_22_numbers_in_the_declared_style_are_read(warehouse: Warehouse) -> None:
    style = Style(decimal=",", thousands=".", trailing_minus=True)
    rows = [
        but(quantity="1.000,5", value="100,00"),
        but(kind="sale", quantity="2,5-", value="25,00-"),
    ]
    assert reasons(warehouse, *rows, style=style) == [[], []]
    assert [float(quantity) for _, quantity in ids(warehouse)] == [1000.5, -2.5]


def test_23_a_code_that_looks_like_a_number_stays_as_written(warehouse: Warehouse) -> None:
    assert reasons(warehouse, but(sku="00123"), but(sku="1E5"), but(sku="0x1F")) == [[], [], []]
    assert warehouse.rows("SELECT sku FROM canonical.item ORDER BY sku") == [
        ("00123",),
        ("0x1F",),
        ("1E5",),
    ]


def test_24_only_the_declared_date_format_is_a_date(warehouse: Warehouse) -> None:
    cells = (
        *("46022", "01/02/2025", "2025-1-2", "20250102", "2025-02-30"),
        # Read as the next day's midnight it would leave the month a controller counts it in.
        *("2025-01-01 24:00:00", "2025-01-01 23:59:60", "2025-01-01T24:00:00Z"),
    )
    rows = [but(posted_at=cell) for cell in cells]
    assert reasons(warehouse, *rows) == [["unreadable posted_at"]] * len(cells)


def test_25_placeholder_and_far_dates_are_refused(warehouse: Warehouse) -> None:
    # Delivered on 2025-01-01: 31 days ahead is 2025-02-01.
    rows = [
        but(posted_at="2025-02-01"),
        but(posted_at="2025-02-02"),
        but(posted_at="9999-12-31"),
        but(posted_at="1900-01-01"),
        but(posted_at="1900-01-00"),
    ]
    ahead = "posted_at_at_most_31_days_after_extract"
    assert reasons(warehouse, *rows) == [
        [],
        [ahead],
        [ahead],
        ["posted_in_1990_or_later"],
        ["unreadable posted_at"],
    ]


def test_25_dates_declared_as_empty_are_none_and_no_refusal(warehouse: Warehouse) -> None:
    style = Style(
        dates=("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%d.%m.%Y"),
        empty_dates=(date(1753, 1, 1), date(1900, 1, 1)),
    )
    opening = {"kind": "opening", "posted_at": "2025-01-01"}
    rows = [
        but(**opening, received_on="1753-01-01"),
        but(**opening, received_on="1900-01-01 00:00:00"),
        but(**opening, received_on="01.01.1753"),
        but(**opening, received_on="2024-12-24"),
        but(**opening, received_on="9999-12-31"),  # nobody declared it
        but(**opening, received_on="1900-01-01x"),
        but(posted_at="1900-01-01"),  # what must be there is missing
    ]
    assert reasons(warehouse, *rows, style=style) == [
        *([[]] * 4),
        ["opening_stock_was_received_before", "received_on_is_no_placeholder"],
        ["unreadable received_on"],
        ["missing posted_at"],
    ]
    assert warehouse.rows("SELECT received_on FROM canonical.stock_movement ORDER BY ALL") == [
        (date(2024, 12, 24),),
        *([(None,)] * 3),
    ]


def test_26_no_number_and_too_large_numbers_are_refused(warehouse: Warehouse) -> None:
    cells = ("NaN", "Infinity", "-inf", "1" + "0" * 14, "1.00001x")
    rows = [but(value=cell) for cell in cells]
    assert reasons(warehouse, *rows) == [["unreadable value"]] * len(cells)


def test_26_more_decimals_than_are_kept_are_refused_by_their_number(warehouse: Warehouse) -> None:
    rows = [but(value="1.00001"), but(quantity="1.0000001"), but(value="1.00010000")]
    assert reasons(warehouse, *rows) == [
        ["unreadable value: more than 4 decimals"],
        ["unreadable quantity: more than 6 decimals"],
        [],
    ]


def test_26_a_price_per_piece_is_rounded_to_what_is_kept(warehouse: Warehouse) -> None:
    # A box of 24 for 29.93 is 1.24708333 a piece; half a unit of the last digit goes up.
    prices = ("1.24708333", "0.00005", "12.5")
    rows = [
        {"sku": f"S{place}", "supplier": "S1", "unit_price": price}
        for place, price in enumerate(prices)
    ]
    deliver(warehouse, Extract(1, {"item_supplier": rows}), contract=contract_of())
    assert warehouse.rows("SELECT unit_price FROM canonical.item_supplier ORDER BY sku") == [
        (Decimal("1.2471"),),
        (Decimal("0.0001"),),
        (Decimal("12.5000"),),
    ]
    assert warehouse.rows("FROM quarantine.item_supplier") == []


def test_27_negative_stock_is_neither_refused_nor_clipped(warehouse: Warehouse) -> None:
    assert reasons(warehouse, but(kind="sale", quantity="-10", value="-100.00")) == [[]]
    assert [int(quantity) for _, quantity in ids(warehouse)] == [-10]


def test_28_zero_and_negative_cost_are_kept_as_posted(warehouse: Warehouse) -> None:
    assert reasons(warehouse, but(value="0"), but(value="-5.00"), but(value=None)) == [[], [], []]


def test_29_an_unknown_kind_or_currency_is_refused(warehouse: Warehouse) -> None:
    assert reasons(warehouse, but(kind="gift"), but(kind="Purchase")) == [
        ["unknown kind gift"],
        ["unknown kind Purchase"],
    ]
    rates = "currency | rate_on | kind | rate\nEURO | 2025-01-01 | closing | 7.5"
    deliver(warehouse, Extract(2, {"exchange_rate": table(rates)}))
    assert warehouse.rows("SELECT reasons FROM quarantine.exchange_rate") == [
        (["currency_is_three_capital_letters"],),
    ]


def test_30_spellings_of_one_code_are_one_item(warehouse: Warehouse) -> None:
    spellings = ("B-100", " B-100", "B-100\u00a0", "\uff22-\uff11\uff10\uff10")
    assert reasons(warehouse, *(but(sku=cell) for cell in spellings)) == [[]] * 4
    assert warehouse.rows("SELECT sku FROM canonical.item") == [("B-100",)]


@pytest.mark.parametrize(
    ("kind", "quantity", "reason"),
    [
        ("purchase", "-1", "inflow_is_not_negative"),
        ("sale_return", "-1", "inflow_is_not_negative"),
        ("transfer_in", "-1", "inflow_is_not_negative"),
        ("production_receipt", "-1", "inflow_is_not_negative"),
        ("sale", "1", "outflow_is_not_positive"),
        ("purchase_return", "1", "outflow_is_not_positive"),
        ("transfer_out", "1", "outflow_is_not_positive"),
        ("production_issue", "1", "outflow_is_not_positive"),
        ("scrap", "1", "outflow_is_not_positive"),
        ("revaluation", "1", "value_only_kinds_move_no_stock"),
        ("landed_cost", "-1", "value_only_kinds_move_no_stock"),
    ],
)
def test_a_wrong_sign_is_refused(
    warehouse: Warehouse,
    kind: str,
    quantity: str,
    reason: str,
) -> None:
    assert reasons(warehouse, but(kind=kind, quantity=quantity)) == [[reason]]


@pytest.mark.parametrize(("kind", "quantity"), [("purchase", "-1"), ("sale", "1")])
def test_a_reversal_may_have_the_other_sign(
    warehouse: Warehouse,
    kind: str,
    quantity: str,
) -> None:
    assert reasons(warehouse, but(kind=kind, quantity=quantity, is_reversal="true")) == [[]]


@pytest.mark.parametrize("kind", ["opening", "adjustment"])
def test_openings_and_adjustments_have_either_sign(warehouse: Warehouse, kind: str) -> None:
    assert reasons(warehouse, but(kind=kind), but(kind=kind, quantity="-3")) == [[], []]


def test_a_row_is_refused_with_every_reason(warehouse: Warehouse) -> None:
    row = but(sku=None, kind="sale", quantity="5", posted_at="1970-01-01", value="x")
    assert reasons(warehouse, row) == [
        ["missing sku", "outflow_is_not_positive", "posted_in_1990_or_later", "unreadable value"],
    ]


def test_an_unreadable_required_cell_is_not_called_missing_too(warehouse: Warehouse) -> None:
    assert reasons(warehouse, but(quantity="ten")) == [["unreadable quantity"]]


def test_a_refused_row_is_kept_as_delivered_with_its_place(warehouse: Warehouse) -> None:
    reasons(warehouse, but(), but(sku=" b-7 ", quantity="1,5"))

    assert warehouse.rows(
        "SELECT company, source_file, source_row, seen_on::VARCHAR, sku, value, "
        "delivered ->> 'quantity', delivered ->> 'sku' FROM quarantine.stock_movement"
    ) == [
        ("acme", "acme/2025-01-01/stock_movement.csv", 2, "2025-01-01", "b-7", 100, "1,5", " b-7 ")
    ]


def test_20_a_few_bad_cells_cost_their_rows_only(warehouse: Warehouse) -> None:
    rows = [but() for _ in range(40)] + [but(quantity="?")]
    found = reasons(warehouse, *rows)

    assert found[-1] == ["unreadable quantity"]
    assert len(ids(warehouse)) == 40


def test_an_opening_is_what_stood_there_when_its_day_began(warehouse: Warehouse) -> None:
    reasons(warehouse, but(kind="opening", received_on="2024-06-30"), but())

    # 2025-01-01 is day 20089; 2024-06-30 is day 19904.
    assert warehouse.rows(
        "SELECT kind, day, received_day FROM canonical.stock_movement ORDER BY kind"
    ) == [("opening", 20088, 19904), ("purchase", 20089, None)]


def test_opening_stock_cannot_have_come_later(warehouse: Warehouse) -> None:
    assert reasons(warehouse, but(kind="opening", received_on="2025-01-02")) == [
        ["opening_stock_was_received_before"],
    ]


def test_every_table_takes_a_full_row(warehouse: Warehouse) -> None:
    """A row with every cell filled is admitted to each of the twelve tables."""
    cells = {
        "text": "Ball bearing",
        "code": "B-100",
        "date": "2025-01-01",
        "datetime": "2025-01-01 08:00:00",
        "quantity": "0",
        "money": "1.00",
        "number": "7.5",
        "integer": "3",
        "boolean": "1",
    }
    rows = {
        spec.name: [
            {
                column.name: column.choices[0] if column.choices else cells[column.type.value]
                for column in spec.columns
            }
        ]
        for spec in TABLES.values()
    }
    rows["exchange_rate"][0]["currency"] = "EUR"
    rows["plan"][0].pop("category")
    report = deliver(warehouse, Extract(1, rows))

    assert [(done.table, done.rows_new) for done in report.tables] == [(name, 1) for name in TABLES]
    for name, spec in TABLES.items():
        full = warehouse.rows(f"SELECT {', '.join(business(spec))} FROM canonical.{name}")[0]
        assert full.count(None) == (1 if name == "plan" else 0)


def test_28_a_value_without_a_quantity_is_warned_of_with_its_money(warehouse: Warehouse) -> None:
    rows = [
        but(kind="opening", quantity="0", value="100.50"),
        but(kind="opening", quantity="0", value="-0.50"),
        but(kind="adjustment", quantity="0", value="7"),
        but(kind="adjustment", quantity="0", value="0"),
        but(kind="revaluation", quantity="0", value="9"),
    ]
    said = [{"movement_id": f"M{place}", **row} for place, row in enumerate(rows)]
    report = deliver(warehouse, Extract(1, {"stock_movement": said}), contract=contract_of())
    money = [warning for warning in report.warnings if "quantity 0" in warning]
    assert [warning.split(": it is")[0] for warning in money] == [
        "acme: 1 row of kind adjustment has quantity 0 and a value, 7 in all",
        "acme: 2 rows of kind opening have quantity 0 and a value, 100 in all",
    ]
