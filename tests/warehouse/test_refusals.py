"""A refused row stands until its key is admitted, refused anew, or withdrawn by its sender."""

from datetime import date
from typing import Any

import pytest

from pipeline.warehouse.refusals import STOOD, refused_rows
from pipeline.warehouse.store import Warehouse
from pipeline.warehouse.undo import rewind
from tests.warehouse.deliveries import Extract, deliver, ledger, on, table, window

HEAD = "movement_id | posted_at | sku | warehouse | kind | quantity | value\n"
GOOD = "M1 | 2025-01-01 | B-100 | MAIN | purchase | 10 | 100.00\n"
BAD = "M1 | 2025-01-01 | B-100 | MAIN | salle | 10 | 100.00\n"
OTHER = "M2 | 2025-01-01 | B-100 | MAIN | purchase | 1 | 10.00\n"
NO_KEY = "- | 2025-01-01 | B-100 | MAIN | purchase | 1 | 10.00\n"


def standing(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    """Which refused rows stand: key and the delivery they stand by, counted from 1."""
    return warehouse.rows(
        "SELECT movement_id, dense_rank() OVER (ORDER BY delivery_no) "
        "FROM quarantine.stock_movement WHERE ended_by IS NULL ORDER BY ALL"
    )


def stood(warehouse: Warehouse, day: date) -> int:
    """How many refused rows stood on a day."""
    return warehouse.value(
        f"SELECT count(*) FROM quarantine.stock_movement WHERE {STOOD}", {"as_of": day}
    )


@pytest.mark.parametrize("together", [True, False])
def test_a_row_stands_until_its_key_is_admitted(warehouse: Warehouse, *, together: bool) -> None:
    extracts = [ledger(1, HEAD + BAD), ledger(2, HEAD + OTHER), ledger(4, HEAD + GOOD)]
    for chunk in [extracts] if together else [[extract] for extract in extracts]:
        deliver(warehouse, *chunk)

    assert standing(warehouse) == []
    assert [stood(warehouse, on(day)) for day in (1, 2, 3, 4, 5)] == [1, 1, 1, 0, 0]
    assert warehouse.rows("SELECT ended_on FROM quarantine.stock_movement") == [(on(4),)]


def test_a_row_refused_every_night_stands_once(warehouse: Warehouse) -> None:
    """Thirteen nights repeat one row worth 100: 100 is refused, and not 1,300."""
    for day in range(1, 14):
        deliver(warehouse, ledger(day, HEAD + BAD))

    assert warehouse.value("SELECT count(*) FROM quarantine.stock_movement") == 13
    assert warehouse.rows(f"SELECT count(*), sum(value) FROM ({refused_rows()})") == [(1, 100)]
    assert {stood(warehouse, on(day)) for day in range(1, 14)} == {1}


@pytest.mark.parametrize("corrected", [BAD, GOOD])
def test_a_corrected_delivery_ends_what_later_dates_had_refused(
    warehouse: Warehouse, corrected: str
) -> None:
    """The row is refused on days 1 to 3; day 1 is delivered anew on day 3, after day 3 was.

    Whether that admits the row or refuses it too: never does it stand twice on one day.
    """
    nights = [ledger(day, HEAD + BAD) for day in (1, 2, 3)]
    for night in nights:
        deliver(warehouse, night)
    again = ledger(1, HEAD + corrected, version=2, known=3)
    start = rewind(warehouse, "acme", again.delivery().number)
    late = [night for night in nights if night.delivery().number >= start]
    for night in sorted([again, *late], key=lambda each: each.delivery().number):
        deliver(warehouse, night)

    # Told by the deliveries up to each date; that of day 3 came last and refuses the row.
    refused = int(corrected == BAD)
    assert [stood(warehouse, on(day)) for day in (1, 2, 3)] == [refused, refused, 1]


def test_a_row_stated_as_it_was_known_stands_no_longer(warehouse: Warehouse) -> None:
    deliver(warehouse, ledger(1, HEAD + GOOD), ledger(2, HEAD + BAD))
    assert len(standing(warehouse)) == 1

    deliver(warehouse, ledger(3, HEAD + GOOD))

    assert standing(warehouse) == []


def test_a_later_version_of_the_day_withdraws_what_it_leaves_out(warehouse: Warehouse) -> None:
    deliver(warehouse, ledger(1, HEAD + BAD + NO_KEY))
    deliver(warehouse, ledger(1, HEAD + OTHER, version=2))

    assert standing(warehouse) == []


def test_a_window_withdraws_what_it_covers_and_leaves_out(warehouse: Warehouse) -> None:
    later = BAD.replace("M1", "M9").replace("2025-01-01", "2025-01-05")
    deliver(warehouse, ledger(6, HEAD + BAD + later))
    deliver(warehouse, ledger(7, HEAD + OTHER, modes=window("stock_movement", 1, 3)))

    assert [row[0] for row in standing(warehouse)] == ["M9"]


def test_an_increment_withdraws_nothing(warehouse: Warehouse) -> None:
    deliver(warehouse, ledger(1, HEAD + BAD + NO_KEY), ledger(2, HEAD + OTHER))

    assert [row[0] for row in standing(warehouse)] == ["M1", None]


def test_a_snapshot_withdraws_what_it_leaves_out(warehouse: Warehouse) -> None:
    nameless, named = "sku | name\nA | -\nB | Bolt", "sku | name\nB | Bolt"
    deliver(warehouse, Extract(1, {"item": table(nameless)}))
    assert warehouse.rows(f"SELECT table_name, reasons FROM ({refused_rows()})") == [
        ("item", ["missing name"])
    ]
    deliver(warehouse, Extract(2, {"item": table(named)}))

    assert warehouse.rows(refused_rows()) == []


def test_a_balance_stands_until_it_is_admitted(warehouse: Warehouse) -> None:
    head = "balance_on | sku | warehouse | quantity | value\n"
    for day, quantity in ((1, "1x"), (2, "1")):
        row = f"2025-01-01 | B-100 | MAIN | {quantity} | 10.00"
        deliver(warehouse, Extract(day, {"stock_balance": table(head + row)}))

    assert warehouse.rows("SELECT ended_on FROM quarantine.stock_balance") == [(on(2),)]


def test_what_was_taken_back_stands_again(warehouse: Warehouse) -> None:
    deliver(warehouse, ledger(1, HEAD + BAD), ledger(2, HEAD + OTHER))
    good = ledger(3, HEAD + GOOD)
    deliver(warehouse, good)
    rewind(warehouse, "acme", good.delivery().number)

    assert [row[0] for row in standing(warehouse)] == ["M1"]


def test_a_reason_says_what_was_not_understood(warehouse: Warehouse) -> None:
    unread = "M3 | 2025-01-01 | B-100 | MAIN | purchase | 1x | 10.00\n"
    deliver(warehouse, ledger(1, HEAD + BAD + unread))

    reasons = f"SELECT reasons FROM ({refused_rows()}) ORDER BY ALL"
    assert warehouse.rows(reasons) == [(["unknown kind salle"],), (["unreadable quantity '1x'"],)]
