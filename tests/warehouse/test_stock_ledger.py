"""Order inside an item and warehouse, keys between rows, and costs that are still to come."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.warehouse.fold_piece import OrderRefused
from pipeline.warehouse.store import Warehouse
from tests.warehouse.deliveries import Extract, contract_of, deliver, ledger, on, site_in, table

HEAD = "movement_id | posted_at | sku | warehouse | kind | quantity\n"
ENTRY_HEAD = "movement_id | posted_at | entry_no | sku | warehouse | kind | quantity\n"


def order(warehouse: Warehouse) -> list[str]:
    return [
        row[0]
        for row in warehouse.rows("SELECT movement_id FROM canonical.stock_movement ORDER BY seq")
    ]


def test_the_order_is_moment_then_inflow_nothing_outflow(warehouse: Warehouse) -> None:
    text = """
        movement_id | posted_at           | sku   | warehouse | kind       | quantity | value
        A           | 2025-01-01          | B-100 | MAIN      | sale       | -1       | -1
        B           | 2025-01-01          | B-100 | MAIN      | landed_cost | 0       | 5
        C           | 2025-01-01          | B-100 | MAIN      | purchase   | 9        | 9
        D           | 2025-01-01 00:00:01 | B-100 | MAIN      | purchase   | 1        | 1
        E           | 2025-01-01          | B-100 | MAIN      | opening    | -2       | -2
    """
    deliver(warehouse, ledger(1, text))

    # The opening stood there when the day began.
    assert order(warehouse) == ["E", "C", "B", "A", "D"]


def test_the_erps_booking_order_decides_inside_a_day_before_hour_and_direction(
    warehouse: Warehouse,
) -> None:
    text = """
        movement_id | posted_at           | entry_no | sku   | warehouse | kind     | quantity
        A           | 2025-01-01 18:00:00 | 1        | B-100 | MAIN      | purchase | 5
        B           | 2025-01-01 09:00:00 | 2        | B-100 | MAIN      | sale     | -5
        C           | 2025-01-01 07:00:00 | 10       | B-100 | MAIN      | sale     | -1
        D           | 2025-01-01 08:00:00 | 10       | B-100 | MAIN      | purchase | 1
        G           | 2025-01-01 08:00:00 | 10       | B-100 | SHOP      | purchase | 1
        E           | 2024-12-31 08:00:00 | 11       | B-100 | MAIN      | purchase | 1
        F           | 2025-01-02          | 3        | B-100 | MAIN      | opening  | 1
        H           | 2025-01-01          | 2147483646 | B-100 | MAIN    | purchase | 1
    """
    deliver(warehouse, ledger(2, text))

    # One booking number for a receipt and an issue: inflow first.  The opening ends 1 January.
    assert [key for key in order(warehouse) if key != "G"] == ["E", "A", "B", "D", "C", "H", "F"]


@pytest.mark.parametrize("entry", ["-1", "2147483647"])
def test_a_booking_number_that_counts_nothing_is_refused(warehouse: Warehouse, entry: str) -> None:
    deliver(warehouse, ledger(1, ENTRY_HEAD + f"A | 2025-01-01 | {entry} | B | M | purchase | 1"))

    reasons = warehouse.rows("SELECT reasons FROM quarantine.stock_movement")
    assert reasons == [(["entry_no_is_a_running_number"],)]


def numbered(day: int, *rows: str) -> Extract:
    """A delivery of movements, each `id|day of posting|entry_no`, optionally `|kind`."""
    lines: list[str] = []
    for row in rows:
        key, posted, entry, *kind = row.split("|")
        kind = kind or ["purchase"]
        lines.append(f"{key} | 2025-01-0{posted} | {entry} | B-100 | MAIN | {kind[0]} | 1")
    return ledger(day, ENTRY_HEAD + "\n".join(lines))


@pytest.mark.parametrize(
    "rows",
    [
        ("A|1|1", "B|1|2"),
        ("A|1|-", "B|1|-"),
        ("A|1|-", "B|2|1"),  # the ERP began to number between the days
        ("A|1|7", "B|2|-|opening"),  # an opening ends its day, numbered or not
    ],
)
def test_a_day_is_numbered_or_it_is_not(warehouse: Warehouse, rows: tuple[str, ...]) -> None:
    deliver(warehouse, numbered(3, *rows), accept_closures=False)

    assert order(warehouse) == ["A", "B"]


def test_a_delivery_that_numbers_some_movements_of_a_day_is_refused(warehouse: Warehouse) -> None:
    """Nobody could say whether the unnumbered sale came before the numbered ones or after."""
    mixed = numbered(3, "A|1|1", "B|1|2", "C|1|-", "D|2|9")

    with pytest.raises(OrderRefused, match=r"of the movements of 2025-01-01, 2 of 3 have an entry"):
        deliver(warehouse, mixed, accept_closures=False)

    assert order(warehouse) == []


@pytest.mark.parametrize("together", [True, False])
def test_the_later_of_two_deliveries_that_do_not_agree_is_refused(
    warehouse: Warehouse, *, together: bool
) -> None:
    first, late = numbered(2, "A|1|1"), numbered(3, "B|1|-")
    if not together:
        deliver(warehouse, first, accept_closures=False)

    with pytest.raises(OrderRefused) as refused:
        deliver(warehouse, *([first, late] if together else [late]), accept_closures=False)

    assert refused.value.delivery.extract_on == on(3)


def test_what_stood_in_the_ledger_once_is_not_judged_again(warehouse: Warehouse) -> None:
    deliver(warehouse, numbered(2, "A|1|1", "B|1|-"), accept_closures=True)

    assert len(order(warehouse)) == 2


def test_late_rows_of_one_booking_number_take_their_places(warehouse: Warehouse) -> None:
    def row(key: str) -> str:
        return f"{ENTRY_HEAD}{key} | 2025-01-01 | 7 | B-100 | MAIN | adjustment | 1"

    for day, key in enumerate(("M3", "M1", "M2"), start=1):
        deliver(warehouse, ledger(day, row(key)))

    assert order(warehouse) == ["M1", "M2", "M3"]


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (["M9", "M10", "M2"], ["M2", "M9", "M10"]),
        (["M009", "M010", "M002"], ["M002", "M009", "M010"]),
        (["7-10", "7-9", "12-1"], ["7-9", "7-10", "12-1"]),
        (["A10", "A1B"], ["A1B", "A10"]),
        (["M1", "M01"], ["M01", "M1"]),
        (["100000000000000000000000002", "99999999999999999999999999"],) * 1
        + (["99999999999999999999999999", "100000000000000000000000002"],),
    ],
)
def test_ties_are_ordered_by_the_natural_id(
    warehouse: Warehouse,
    ids: list[str],
    expected: list[str],
) -> None:
    rows = "\n".join(f"{key} | 2025-01-01 | B-100 | MAIN | adjustment | 1" for key in ids)
    deliver(warehouse, ledger(1, HEAD + rows))

    assert order(warehouse) == expected


def test_a_late_row_takes_its_place_among_older_ones(warehouse: Warehouse) -> None:
    def row(key: str) -> str:
        return f"{HEAD}{key} | 2025-01-01 | B-100 | MAIN | adjustment | 1"

    deliver(warehouse, ledger(1, row("M3")))
    deliver(warehouse, ledger(2, row("M1")))
    deliver(warehouse, ledger(3, row("M2")))

    assert order(warehouse) == ["M1", "M2", "M3"]
    assert warehouse.value("SELECT max(seq) - min(seq) FROM canonical.stock_movement") == 2


def test_a_run_killed_before_ties_were_ordered_is_made_good(tmp_path: Path) -> None:
    site = site_in(tmp_path / "site")
    rows = "\n".join(f"{key} | 2025-01-01 | B-100 | MAIN | adjustment | 1" for key in ("M2", "M1"))

    def killed(_: object) -> None:
        raise KeyboardInterrupt

    with Warehouse(site) as warehouse, pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.warehouse.loading.stock_ledger.settle", killed)
        with pytest.raises(KeyboardInterrupt):
            deliver(warehouse, ledger(1, HEAD + rows))
        assert warehouse.value("SELECT count(DISTINCT seq) FROM canonical.stock_movement") == 1
    with Warehouse(site) as warehouse:
        assert order(warehouse) == ["M1", "M2"]
        assert warehouse.value("SELECT count(DISTINCT seq) FROM canonical.stock_movement") == 2


def test_legs_of_a_transfer_share_a_key(warehouse: Warehouse) -> None:
    text = """
    movement_id | posted_at | sku | warehouse | kind | quantity | transfer_id | document_no
    A | 2025-01-01 | B-100 | MAIN | transfer_out | -3 | T1 | -
    B | 2025-01-02 | B-100 | SHOP | transfer_in | 3 | T1 | -
    C | 2025-01-01 | B-100 | MAIN | transfer_out | -4 | - | D7
    D | 2025-01-02 | B-100 | SHOP | transfer_in | 4 | - | D7
    E | 2025-01-02 | B-200 | SHOP | transfer_in | 4 | - | D7
    F | 2025-01-02 | B-200 | SHOP | transfer_in | 4 | - | -
    G | 2025-01-02 | B-200 | SHOP | purchase | 4 | T1 | D7
    """
    deliver(warehouse, ledger(2, text))
    keys = dict(warehouse.rows("SELECT movement_id, transfer_key FROM canonical.stock_movement"))

    assert keys["A"] == keys["B"]
    assert keys["C"] == keys["D"]
    assert len({keys["A"], keys["C"], keys["E"]}) == 3
    assert keys["F"] is None
    assert keys["G"] is None


COSTS = """
    balance_on | sku   | warehouse | quantity | value
    2024-11-30 | B-100 | MAIN      | 10       | 90.00
    2024-12-31 | B-100 | MAIN      | 10       | 100.00
    2024-12-31 | B-100 | SHOP      | 10       | 300.00
    2024-12-31 | B-200 | MAIN      | 0        | 50.00
    2025-01-31 | B-100 | MAIN      | 10       | 110.00
"""
PENDING = """
    movement_id | posted_at  | sku   | warehouse | kind | quantity | value
    A           | 2025-01-05 | B-100 | MAIN      | sale | -2       | -
    B           | 2025-01-05 | B-100 | DEPOT     | sale | -2       | -
    C           | 2025-01-05 | B-200 | MAIN      | sale | -2       | -
    D           | 2025-01-05 | B-100 | MAIN      | sale | -2       | -17.00
    E           | 2024-12-05 | B-100 | MAIN      | sale | -2       | -
"""


def values(warehouse: Warehouse) -> dict[str, tuple[Any, Any]]:
    return {
        key: (None if value is None else float(value), is_estimated)
        for key, value, is_estimated in warehouse.rows(
            "SELECT movement_id, value, value_is_estimated FROM canonical.stock_movement"
        )
    }


def test_a_cost_not_yet_run_is_estimated_from_the_last_closed_balance(
    warehouse: Warehouse,
) -> None:
    rows = {"stock_balance": table(COSTS), "stock_movement": table(PENDING)}
    deliver(warehouse, Extract(5, rows), contract=contract_of(estimate_cost=True))

    # MAIN closed at 100 / 10; DEPOT never did, the item at (100 + 300) / 20; B-200 had none left.
    assert values(warehouse) == {
        "A": (-20.0, True),
        "B": (-40.0, True),
        "C": (None, False),
        "D": (-17.0, False),
        "E": (-18.0, True),
    }


def test_an_erp_that_posts_its_costs_is_not_second_guessed(warehouse: Warehouse) -> None:
    rows = {"stock_balance": table(COSTS), "stock_movement": table(PENDING)}
    deliver(warehouse, Extract(5, rows))

    assert values(warehouse)["A"] == (None, False)


def test_a_posted_cost_replaces_the_estimate(warehouse: Warehouse) -> None:
    contract = contract_of(estimate_cost=True)
    rows = {"stock_balance": table(COSTS), "stock_movement": table(PENDING)}
    deliver(warehouse, Extract(5, rows), contract=contract)
    posted = "movement_id | posted_at | sku | warehouse | kind | quantity | value\n"
    posted += "A | 2025-01-05 | B-100 | MAIN | sale | -2 | -21.50"
    report = deliver(warehouse, ledger(6, posted), contract=contract)

    assert report.tables[0].rows_corrected == 1
    assert values(warehouse)["A"] == (-21.5, False)


def test_stating_an_estimated_row_again_is_no_correction(warehouse: Warehouse) -> None:
    contract = contract_of(estimate_cost=True)
    rows = {"stock_balance": table(COSTS), "stock_movement": table(PENDING)}
    deliver(warehouse, Extract(5, rows), contract=contract)
    report = deliver(warehouse, ledger(6, PENDING), contract=contract)

    assert report.tables[0].rows_unchanged == 5
    assert values(warehouse)["A"] == (-20.0, True)


def test_a_corrected_balance_changes_the_estimates_it_gave(warehouse: Warehouse) -> None:
    contract = contract_of(estimate_cost=True)
    rows = {"stock_balance": table(COSTS), "stock_movement": table(PENDING)}
    deliver(warehouse, Extract(5, rows), contract=contract)
    warehouse.execute("DELETE FROM canonical.touched")
    closed = "balance_on | sku | warehouse | quantity | value\n"
    closed += "2024-12-31 | B-100 | MAIN | 10 | 120.00"
    deliver(warehouse, Extract(6, {"stock_balance": table(closed)}), contract=contract)

    assert values(warehouse)["A"] == (-24.0, True)
    assert warehouse.rows("SELECT first_day FROM canonical.touched") == [(20093,)]
