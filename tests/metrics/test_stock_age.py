"""Age of stock by bucket: transfers keep it, what costing left has none, nor has a hole."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import narwhals as nw
import polars as pl
import pytest

from pipeline.metrics.stock_age import BUCKETS, stock_age
from pipeline.metrics.stock_status import Masters
from tests.metrics.postings import SUPPLIERS, WAREHOUSES, attributed

MASTERS = Masters(
    items=pl.DataFrame({"item_no": [1, 2], "company": ["acme"] * 2, "sku": ["X", "Y"]}),
    warehouses=pl.DataFrame(
        {"warehouse_no": list(WAREHOUSES.values()), "warehouse": list(WAREHOUSES)}
    ),
    suppliers=pl.DataFrame(
        {"supplier_no": list(SUPPLIERS.values()), "supplier": list(SUPPLIERS)}
    ).filter(pl.col("supplier_no") > 0),
)


def aged(text: str, day: int) -> list[tuple[Any, ...]]:
    """(sku, warehouse, supplier, bucket, quantity, value) at the end of a day."""
    rows = nw.from_native(attributed(text).lazy())
    return stock_age(rows, MASTERS, date(1970, 1, 1) + timedelta(day)).drop("company").rows()


@pytest.mark.parametrize(
    ("age", "bucket"),
    [
        (0, "0-30"),
        (30, "0-30"),
        (31, "31-60"),
        (60, "31-60"),
        (61, "61-90"),
        (91, "91-180"),
        (180, "91-180"),
        (181, "181-365"),
        (365, "181-365"),
        (366, ">365"),
    ],
)
def test_a_bucket_holds_both_its_edges(age: int, bucket: str) -> None:
    text = """
        day | kind     | supplier | quantity | value
        1   | purchase | S1       | 10       | 100
    """
    assert aged(text, 1 + age) == [("X", "A", "S1", bucket, 10, 100)]
    assert bucket in BUCKETS


def test_transferred_stock_keeps_its_age_on_the_road_and_after() -> None:
    text = """
        day | kind         | warehouse | supplier | quantity | value | transfer
        1   | purchase     | A         | S1       | 10       | 100   | -
        300 | transfer_out | A         | -        | -10      | -100  | 7
        305 | transfer_in  | B         | -        | 10       | 100   | 7
    """
    assert aged(text, 301) == [("X", "road", "S1", "181-365", 10, 100)]
    assert aged(text, 310) == [("X", "B", "S1", "181-365", 10, 100)]


def test_what_costing_left_behind_stands_in_valuation_without_quantity() -> None:
    text = """
        day | kind     | supplier | quantity | value
        1   | purchase | S1       | 10       | 100
        2   | sale     | -        | -10      | -104
    """
    assert aged(text, 9) == [("X", "A", "unattributed", "valuation", 0, -4)]


def test_a_position_without_quantity_and_value_has_no_age() -> None:
    text = """
        day | kind     | supplier | quantity | value
        1   | purchase | S1       | 10       | 100
        2   | sale     | -        | -10      | -100
    """
    assert aged(text, 9) == []


def test_a_position_below_zero_has_no_bucket_beside_its_valuation_difference() -> None:
    text = """
        day | kind     | supplier | quantity | value
        1   | purchase | S1       | 10       | 100
        2   | sale     | -        | -10      | -104
        3   | sale     | -        | -2       | -21
    """
    assert aged(text, 9) == [
        ("X", "A", "unattributed", None, -2, -21),
        ("X", "A", "unattributed", "valuation", 0, -4),
    ]


def test_layers_add_up_to_what_is_on_hand() -> None:
    text = """
        day | kind        | supplier | quantity | value | sku
        0   | opening     | -        | 5        | 50.5  | 1
        1   | purchase    | S1       | 10       | 100   | 1
        50  | purchase    | S2       | 10       | 111   | 1
        60  | sale        | -        | -11      | -117  | 1
        61  | revaluation | -        | 0        | 3     | 1
        62  | sale        | -        | -1       | -9    | 2
    """
    rows = aged(text, 100)
    assert sum(row[4] for row in rows) == 5 + 10 + 10 - 11 - 1
    assert sum(row[5] for row in rows) == Decimal("50.5") + 100 + 111 - 117 + 3 - 9
