"""Two keys that share a number: each keeps its own rows, whatever happens to them.

A space of four numbers makes strangers meet all the time.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.canonical import surrogate_keys
from pipeline.canonical.tables import TABLES, business
from pipeline.warehouse.connection import Damaged
from pipeline.warehouse.key_numbers import tell_links_apart
from pipeline.warehouse.store import Warehouse
from pipeline.warehouse.undo import rewind
from tests.warehouse.deliveries import (
    Extract,
    deliver,
    ids,
    ledger,
    new_warehouse,
    site_in,
    table,
    window,
)

HEAD = "movement_id | posted_at | sku | warehouse | kind | quantity | value | supplier\n"


def rows(*quantities: int, day: int = 1) -> str:
    """Movements M0, M1 … of many items, warehouses and suppliers; 0 leaves one out."""
    lines = [
        f"M{n} | 2025-01-{day:02} | SKU-{n % 9} | W{n % 7} | purchase | {quantity} | 5 | V{n % 6}"
        for n, quantity in enumerate(quantities)
        if quantity
    ]
    return HEAD + "\n".join(lines)


@pytest.fixture
def crowded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Warehouse]:
    """A warehouse whose keys share four numbers."""
    monkeypatch.setattr(surrogate_keys, "BITS", 2)
    with new_warehouse(tmp_path / "crowded") as opened:
        yield opened


def assert_told_apart(warehouse: Warehouse) -> None:
    """Every key has a number, no two keys the same, and all rows of a key agree on it."""
    numbered: dict[str, set[tuple[str, int]]] = {}
    for spec in TABLES.values():
        for name, number in spec.numbers.items():
            found = warehouse.rows(
                f"SELECT DISTINCT company || '/' || {number.key}, {name} "
                f"FROM canonical.{spec.name} WHERE {number.key} IS NOT NULL"
            )
            numbered.setdefault(number.space, set()).update(found)
    for space, found in numbered.items():
        assert len(dict(found)) == len(found), space
        assert len({number for _, number in found}) == len(found), space


def told(warehouse: Warehouse, name: str) -> list[tuple[Any, ...]]:
    """What a table and its history say, numbers aside."""
    columns = ", ".join(business(TABLES[name]))
    current = f"SELECT {columns}, 'holds' AS why FROM canonical.{name}"
    past = f"SELECT {columns}, why FROM canonical.{name}_history"
    return warehouse.rows(f"{current} UNION ALL {past} ORDER BY ALL")


def test_strangers_that_share_a_number_are_loaded_side_by_side(crowded: Warehouse) -> None:
    report = deliver(crowded, ledger(1, rows(*range(1, 31))))

    assert (report.tables[0].rows_new, report.tables[0].rows_corrected) == (30, 0)
    assert ids(crowded) == sorted((f"M{n}", n + 1) for n in range(30))
    assert_told_apart(crowded)


def test_a_stranger_of_the_next_delivery_corrects_nobody(crowded: Warehouse) -> None:
    deliver(crowded, ledger(1, rows(*[1] * 10)))
    report = deliver(crowded, ledger(2, rows(*[0] * 10, *[2] * 10)))

    assert (report.tables[0].rows_new, report.tables[0].rows_corrected) == (10, 0)
    assert_told_apart(crowded)


def test_a_stranger_of_the_same_chunk_corrects_nobody(crowded: Warehouse) -> None:
    report = deliver(crowded, ledger(1, rows(*[1] * 10)), ledger(2, rows(*[0] * 10, *[2] * 10)))

    assert [done.rows_new for done in report.tables] == [10, 10]
    assert_told_apart(crowded)


def test_a_key_is_known_again_by_the_number_it_was_given(crowded: Warehouse) -> None:
    deliver(crowded, ledger(1, rows(*[1] * 20)))
    report = deliver(crowded, ledger(2, rows(*[1] * 10, *[2] * 10)))

    done = report.tables[0]
    assert (done.rows_new, done.rows_corrected, done.rows_unchanged) == (0, 10, 10)
    assert_told_apart(crowded)


def test_a_window_closes_only_what_it_leaves_out(crowded: Warehouse) -> None:
    deliver(crowded, ledger(1, rows(*[1] * 20)))
    left = rows(*[1] * 15, *[0] * 5)
    report = deliver(crowded, ledger(2, left, modes=window("stock_movement", 1, 1)))

    assert report.tables[0].rows_closed == 5
    assert ids(crowded) == sorted((f"M{n}", 1) for n in range(15))


def test_one_key_stated_twice_is_refused_and_its_namesakes_are_not(crowded: Warehouse) -> None:
    twice = rows(*[1] * 12) + "\nM3 | 2025-01-01 | SKU-3 | W3 | purchase | 7 | 5 | V3"
    report = deliver(crowded, ledger(1, twice))

    assert (report.tables[0].rows_new, report.tables[0].rows_quarantined) == (11, 2)
    assert "M3" not in dict(ids(crowded))


MASTERS = "sku | name | category\n" + "\n".join(f"SKU-{n} | Item {n} | C{n}" for n in range(9))


@pytest.mark.parametrize("masters_come", ["first", "last"])
def test_rows_refer_to_the_master_they_name(crowded: Warehouse, masters_come: str) -> None:
    masters = Extract(1 if masters_come == "first" else 2, {"item": table(MASTERS)})
    moved = ledger(2 if masters_come == "first" else 1, rows(*[1] * 30))
    for extract in sorted((masters, moved), key=lambda extract: extract.day):
        deliver(crowded, extract)

    named = crowded.rows(
        "SELECT count(*) FROM canonical.stock_movement AS row JOIN canonical.item "
        "USING (item_no) WHERE row.sku = item.sku AND item.name = 'Item ' || item.sku[5:]"
    )
    assert named == [(30,)]
    assert crowded.value("SELECT count(*) FROM canonical.item") == 9
    assert_told_apart(crowded)


def test_a_master_that_is_gone_keeps_its_number(crowded: Warehouse) -> None:
    first = "sku | name\n" + "\n".join(f"OLD-{n} | Old {n}" for n in range(4))
    later = "sku | name\n" + "\n".join(f"NEW-{n} | New {n}" for n in range(8))
    deliver(crowded, Extract(1, {"item": table(first)}))
    deliver(crowded, Extract(2, {"item": table(later)}))

    everybody = "canonical.item UNION SELECT sku, item_no FROM canonical.item_history"
    assert crowded.rows(
        f"SELECT count(*), count(DISTINCT item_no) FROM (SELECT sku, item_no FROM {everybody})"
    ) == [(12, 12)]


LINES = "order_no | line_no | ordered_on | sku | quantity | amount\n" + "\n".join(
    f"SO{n} | 1 | 2025-01-01 | SKU-0 | 1 | 9" for n in range(12)
)
SOLD = "movement_id | posted_at | sku | warehouse | kind | quantity | order_no | order_line_no\n"


@pytest.mark.parametrize("lines_come", [1, 3])
def test_order_lines_of_strangers_are_told_apart(crowded: Warehouse, lines_come: int) -> None:
    sold = "\n".join(f"M{n} | 2025-01-02 | SKU-0 | W | sale | -1 | SO{n} | 1" for n in range(20))
    back = "\n".join(
        f"R{n} | 2025-01-04 | SKU-0 | W | sale_return | 1 | SO{n} | 1" for n in range(20)
    )
    for extract in sorted(
        (
            Extract(lines_come, {"sales_order_line": table(LINES)}),
            ledger(2, SOLD + sold),
            ledger(4, SOLD + back),
        ),
        key=lambda extract: extract.day,
    ):
        deliver(crowded, extract)
        tell_links_apart(crowded)
        assert_told_apart(crowded)

    assert crowded.rows(
        "SELECT count(*), count(DISTINCT order_line_key) FROM canonical.stock_movement"
    ) == [(40, 20)]


def test_what_was_told_apart_stays_so_when_a_delivery_is_taken_back(crowded: Warehouse) -> None:
    extracts = [ledger(day, rows(*[day] * 20, day=day)) for day in (1, 2, 3)]
    masters = Extract(4, {"item": table(MASTERS)})
    deliver(crowded, *extracts, masters)
    before = {name: told(crowded, name) for name in ("stock_movement", "item", "warehouse")}

    start = rewind(crowded, "acme", extracts[1].delivery().number)
    assert_told_apart(crowded)
    again = [extract for extract in extracts if extract.delivery().number >= start]
    deliver(crowded, *again, masters)

    assert {name: told(crowded, name) for name in before} == before
    assert_told_apart(crowded)


def test_a_number_is_given_only_where_one_is_taken(warehouse: Warehouse) -> None:
    deliver(warehouse, ledger(1, rows(*[1] * 30)))

    assert warehouse.value("SELECT count(*) FROM canonical.key_number") == 0


def test_another_way_of_numbering_names_the_rebuild(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = site_in(tmp_path / "site")
    Warehouse(site).close()
    monkeypatch.setattr(surrogate_keys, "BITS", 40)

    with pytest.raises(Damaged, match=r"numbers its keys otherwise.*stockturn rebuild.*raw/"):
        Warehouse(site)
