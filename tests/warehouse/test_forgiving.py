"""A refused row is forgiven from a day on, as it was refused then, while policy says so."""

from typing import Any

import pytest

from pipeline.policy import ForgivenRow
from pipeline.warehouse.forgiving import forgive
from pipeline.warehouse.refusals import STOOD, WAS_FORGIVEN, refused_rows
from pipeline.warehouse.store import Warehouse
from tests.warehouse.deliveries import Extract, deliver, ledger, on, table

HEAD = "movement_id | posted_at | sku | warehouse | kind | quantity | value\n"
BAD = "M1 | 2025-01-01 | B-100 | MAIN | salle | 10 | 100.00\n"
OTHER = "M2 | 2025-01-01 | B-100 | MAIN | purchase | 1 | 10.00\n"
NO_KEY = "- | 2025-01-01 | B-100 | MAIN | purchase | 1 | 10.00\n"
DAYS = range(1, 7)


def entry(day: int, **names: Any) -> ForgivenRow:
    """A forgiven movement of acme, from the day of that number on; `M1` by default."""
    names = names or {"key": {"movement_id": "M1"}}
    given = {"company": "acme", "table": "stock_movement", "by": "Controller", "reason": "a test"}
    return ForgivenRow(valid_from=on(day), **given | names)


def stood(warehouse: Warehouse) -> list[int]:
    """How many refused rows stood on each of a few days."""
    count = f"SELECT count(*) FROM ({refused_rows(STOOD)})"
    return [warehouse.value(count, {"as_of": on(day)}) for day in DAYS]


def test_a_row_stands_until_the_day_it_is_forgiven(warehouse: Warehouse) -> None:
    deliver(warehouse, ledger(2, HEAD + BAD + OTHER))
    assert stood(warehouse) == [0, 1, 1, 1, 1, 1]

    assert forgive(warehouse, [entry(4)]).unknown == []

    assert stood(warehouse) == [0, 1, 1, 0, 0, 0]
    assert warehouse.rows(
        "SELECT movement_id, forgiven_on, forgiven_by, forgiven_why FROM quarantine.stock_movement"
    ) == [("M1", on(4), "Controller", "a test")]
    forgiven = f"SELECT count(*) FROM ({refused_rows(WAS_FORGIVEN)})"
    assert [warehouse.value(forgiven, {"as_of": on(day)}) for day in (3, 4)] == [0, 1]


def test_it_stands_again_once_the_entry_is_taken_out(warehouse: Warehouse) -> None:
    deliver(warehouse, ledger(2, HEAD + BAD))
    forgive(warehouse, [entry(2)])
    assert stood(warehouse) == [0, 0, 0, 0, 0, 0]

    forgive(warehouse, [])

    assert stood(warehouse) == [0, 1, 1, 1, 1, 1]


def test_what_is_delivered_again_as_it_was_stays_forgiven(warehouse: Warehouse) -> None:
    """A window states the bad row every night; nobody forgives it every morning."""
    deliver(warehouse, ledger(2, HEAD + BAD), ledger(4, HEAD + BAD))
    forgive(warehouse, [entry(3)])

    assert stood(warehouse) == [0, 1, 0, 0, 0, 0]


def test_what_comes_under_its_key_with_another_content_stands(warehouse: Warehouse) -> None:
    """100.00 were forgiven, and not a million."""
    deliver(warehouse, ledger(2, HEAD + BAD), ledger(4, HEAD + BAD.replace("100.00", "1000000")))
    forgive(warehouse, [entry(3)])

    assert stood(warehouse) == [0, 1, 0, 1, 1, 1]


def test_a_row_without_a_key_is_named_by_its_record(warehouse: Warehouse) -> None:
    deliver(warehouse, ledger(2, HEAD + BAD + NO_KEY))
    by_record = {"file": "acme/2025-01-02/stock_movement.csv", "records": (2,)}

    forgive(warehouse, [entry(2, **by_record)])

    assert warehouse.rows(f"SELECT source_row FROM ({refused_rows()})") == [(1,)]


def test_a_key_of_several_columns_is_named_column_by_column(warehouse: Warehouse) -> None:
    head = "balance_on | sku | warehouse | quantity | value\n"
    rows = "2025-01-01 | B-100 | MAIN | 1x | 1\n2025-01-01 | B-200 | MAIN | 1x | 1"
    deliver(warehouse, Extract(2, {"stock_balance": table(head + rows)}))
    key = {"balance_on": "2025-01-01", "sku": "B-200", "warehouse": "MAIN"}

    forgive(warehouse, [entry(2, table="stock_balance", key=key)])

    assert warehouse.rows(f"SELECT source_row FROM ({refused_rows()})") == [(1,)]


@pytest.mark.parametrize(
    ("names", "unknown", "needless"),
    [
        ({"key": {"movement_id": "M9"}}, [1], []),  # nobody ever sent it
        ({"key": {"movement_id": "M1"}, "company": "other"}, [1], []),  # a stranger's
        ({"key": {"movement_id": "M2"}}, [], [1]),  # it was admitted
        ({"file": "acme/2025-01-02/stock_movement.csv", "records": (1, 7)}, [1], []),
        ({"file": "acme/2025-01-02/stock_movement.csv", "records": (1, 2)}, [], [1]),
    ],
)
def test_an_entry_that_names_no_refused_row_is_told(
    warehouse: Warehouse, names: dict[str, Any], unknown: list[int], needless: list[int]
) -> None:
    deliver(warehouse, ledger(2, HEAD + BAD + OTHER))

    found = forgive(warehouse, [entry(2, **names)])

    assert (found.unknown, found.needless) == (unknown, needless)


def test_a_row_refused_later_than_it_was_forgiven_is_not_the_one(warehouse: Warehouse) -> None:
    deliver(warehouse, ledger(4, HEAD + BAD))

    assert forgive(warehouse, [entry(3)]).unknown == [1]
    assert stood(warehouse) == [0, 0, 0, 1, 1, 1]
