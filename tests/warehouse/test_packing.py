"""The state depends on what was said, never on how it was packed or in which order it came."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.canonical.stock_movement import STOCK_MOVEMENT
from pipeline.canonical.tables import business
from pipeline.warehouse.undo import loaded, rewind
from tests.laws import tried
from tests.warehouse.deliveries import (
    COMPANY,
    Extract,
    Row,
    deliver,
    ledger,
    new_warehouse,
    on,
    window,
)

DAYS = 4

COLUMNS = ", ".join(business(STOCK_MOVEMENT))
CURRENT = f"SELECT {COLUMNS}, day, seq FROM canonical.stock_movement ORDER BY movement_id"
TRACE = (
    "SELECT movement_id, quantity, known_on, stated_on, delivery_no, NULL, NULL "
    "FROM canonical.stock_movement UNION ALL "
    "SELECT movement_id, quantity, known_on, stated_on, delivery_no, closed_by, why "
    "FROM canonical.stock_movement_history ORDER BY ALL"
)
MASTERS = (
    "SELECT 'item', sku, name, is_stub FROM canonical.item UNION ALL "
    "SELECT 'warehouse', warehouse, name, is_stub FROM canonical.warehouse ORDER BY ALL"
)


def row(movement: int, quantity: int, day: int, sku: int = 1) -> Row:
    return {
        "movement_id": f"M-{movement}",
        "posted_at": str(on(day)),
        "sku": f"B-{sku}",
        "warehouse": "MAIN",
        "kind": "adjustment",
        "quantity": str(quantity),
        "value": str(quantity * 10),
    }


@st.composite
def extracts(draw: st.DrawFn, *, with_windows: bool) -> list[Extract]:
    """Four daily extracts of a few movements, some restated, some corrected, some left out."""
    days: list[Extract] = []
    for day in range(1, DAYS + 1):
        said = draw(
            st.dictionaries(
                st.integers(1, 12),
                st.tuples(st.integers(-3, 3), st.integers(1, day), st.integers(1, 2)),
                max_size=6,
            ),
        )
        rows = [row(key, *values) for key, values in said.items()]
        modes = {}
        if with_windows and draw(st.booleans()):
            modes = window("stock_movement", draw(st.integers(1, day)), day)
        days.append(Extract(day, {"stock_movement": rows}, modes=modes))
    return days


Rows = list[tuple[Any, ...]]


def state(batches: Sequence[Sequence[Extract]], *queries: str) -> list[Rows]:
    """What a new warehouse holds after these chunks."""
    with tempfile.TemporaryDirectory() as folder, new_warehouse(Path(folder)) as warehouse:
        for batch in batches:
            deliver(warehouse, *batch)
        return [warehouse.rows(query) for query in queries]


def arriving(order: Sequence[Extract], *queries: str) -> list[Rows]:
    """The same when extracts arrive in any order: those behind are loaded again."""
    with tempfile.TemporaryDirectory() as folder, new_warehouse(Path(folder)) as warehouse:
        there: dict[int, Extract] = {}
        for extract in order:
            number = extract.delivery().number
            there[number] = extract
            if any(other > number for other in loaded(warehouse, COMPANY)):
                rewind(warehouse, COMPANY, number)
            missing = sorted(set(there) - set(loaded(warehouse, COMPANY)))
            for each in missing:
                deliver(warehouse, there[each])
        return [warehouse.rows(query) for query in queries]


@tried(3, large=4)
@given(extracts(with_windows=True), st.integers(1, DAYS - 1))
def test_chunks_may_be_cut_anywhere(said: list[Extract], cut: int) -> None:
    together = state([said], TRACE)

    assert together == state([[extract] for extract in said], TRACE)
    assert together == state([said[:cut], said[cut:]], TRACE)


@tried(3)
@given(extracts(with_windows=True), st.permutations(range(DAYS)))
def test_extracts_may_arrive_in_any_order(said: list[Extract], order: list[int]) -> None:
    shuffled = [said[place] for place in order]

    everything = (TRACE, CURRENT, MASTERS)
    assert arriving(shuffled, *everything) == state([said], *everything)


@tried(4, large=8)
@given(
    st.lists(
        st.tuples(st.integers(-3, 3), st.integers(1, DAYS), st.integers(1, 2)),
        min_size=1,
        max_size=12,
    ),
)
def test_one_file_equals_daily_increments(said: list[tuple[int, int, int]]) -> None:
    rows = [row(place * 7 % 13, *values) for place, values in enumerate(said)]
    daily = [
        Extract(day, {"stock_movement": [r for r in rows if r["posted_at"] == str(on(day))]})
        for day in range(1, DAYS + 1)
    ]
    at_once = state([[Extract(DAYS, {"stock_movement": rows})]], CURRENT)

    assert state([daily], CURRENT) == at_once
    assert state([[extract] for extract in daily], CURRENT) == at_once
    again = [daily, [Extract(DAYS + 1, {"stock_movement": rows})]]
    assert state(again, CURRENT) == at_once


def test_a_rewind_goes_back_to_whoever_may_have_stated_a_row(tmp_path: Path) -> None:
    head = "movement_id | posted_at | sku | warehouse | kind | quantity | value\n"
    one = head + "M1 | 2025-01-01 | B-100 | MAIN | purchase | 10 | 100.00"
    two = head + "M2 | 2025-01-01 | B-100 | MAIN | purchase | 10 | 100.00"
    with new_warehouse(tmp_path) as warehouse:
        said = [ledger(1, two), ledger(2, one), ledger(3, one), ledger(4, one)]
        deliver(warehouse, *said)

        # Whether day 2 or 3 stated M1 last before day 4 is not known: both go.
        assert rewind(warehouse, COMPANY, said[3].delivery().number) == said[1].delivery().number
        assert warehouse.rows("SELECT movement_id FROM canonical.stock_movement") == [("M2",)]
        assert loaded(warehouse, COMPANY) == [said[0].delivery().number]


@pytest.mark.parametrize("day", [2, 3])
def test_a_rewind_reopens_what_later_deliveries_ended(tmp_path: Path, day: int) -> None:
    head = "movement_id | posted_at | sku | warehouse | kind | quantity | value\n"
    one = head + "M1 | 2025-01-01 | B-100 | MAIN | purchase | 10 | 100.00"
    corrected = one.replace("10 | 100", "12 | 120")
    with new_warehouse(tmp_path) as warehouse:
        deliver(warehouse, ledger(1, one))
        before = warehouse.rows(TRACE)
        second = ledger(day, corrected)
        deliver(warehouse, second)
        rewind(warehouse, COMPANY, second.delivery().number)

        assert warehouse.rows(TRACE) == before


def test_a_row_that_comes_back_is_stated_by_who_is_still_there() -> None:
    """Day 3 stated the row again, day 4 left it out; then day 2 arrives, which left it out too."""
    head = "movement_id | posted_at | sku | warehouse | kind | quantity | value\n"
    one = head + "M1 | 2025-01-01 | B-100 | MAIN | purchase | 10 | 100.00"
    other = head + "M2 | 2025-01-02 | B-100 | MAIN | purchase | 10 | 100.00"
    said = [
        ledger(1, one),
        ledger(2, other, modes=window("stock_movement", 1, 2)),
        ledger(3, one),
        ledger(4, other, modes=window("stock_movement", 1, 4)),
    ]

    assert arriving([said[place] for place in (0, 3, 2, 1)], TRACE) == state([said], TRACE)
