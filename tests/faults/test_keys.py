"""Faults 31 to 37: rows said twice, differently, too late, or about nobody; and 49, 51."""

import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE, Popen

import duckdb
import pytest

from pipeline.settings import TryAgainLater
from pipeline.warehouse import Damaged, Warehouse
from tests.warehouse.deliveries import deliver, ids, ledger, new_warehouse, on, site_in

HEAD = "movement_id | posted_at | sku | warehouse | kind | quantity | value\n"
ONE = "M1 | 2025-01-01 | B-100 | MAIN | purchase | 10 | 100.00\n"
OTHER = "M1 | 2025-01-01 | B-100 | MAIN | purchase | 12 | 120.00\n"
TWO = "M2 | 2025-01-01 | B-100 | MAIN | purchase | 1 | 10.00\n"


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with new_warehouse(tmp_path / "site") as opened:
        yield opened


def current(warehouse: Warehouse) -> dict[str, int]:
    return {key: int(quantity) for key, quantity in ids(warehouse)}


def test_32_the_same_rows_under_another_date_change_nothing(warehouse: Warehouse) -> None:
    deliver(warehouse, ledger(1, HEAD + ONE + TWO))
    report = deliver(warehouse, ledger(2, HEAD + ONE + TWO))

    assert not report.changed
    assert report.tables[0].rows_unchanged == 2
    assert current(warehouse) == {"M1": 10, "M2": 1}


def test_33_identical_rows_of_a_delivery_are_one_and_counted(warehouse: Warehouse) -> None:
    report = deliver(warehouse, ledger(1, HEAD + ONE + ONE + TWO + ONE))

    done = report.tables[0]
    assert (done.rows_in, done.rows_new, done.rows_duplicate, done.rows_quarantined) == (4, 2, 2, 0)
    assert current(warehouse) == {"M1": 10, "M2": 1}
    assert warehouse.value("SELECT min(source_row) FROM canonical.stock_movement") == 1


def test_34_one_key_with_two_contents_is_refused_whole(warehouse: Warehouse) -> None:
    report = deliver(warehouse, ledger(1, HEAD + ONE + OTHER + TWO))

    done = report.tables[0]
    assert (done.rows_in, done.rows_new, done.rows_duplicate, done.rows_quarantined) == (3, 1, 0, 2)
    assert current(warehouse) == {"M2": 1}
    assert warehouse.rows(
        "SELECT source_row, reasons FROM quarantine.stock_movement ORDER BY source_row"
    ) == [(1, ["duplicate_key_different_content"]), (2, ["duplicate_key_different_content"])]


def test_34_a_good_row_beside_a_bad_one_of_its_key_is_refused_too(warehouse: Warehouse) -> None:
    bad = "M1 | 2025-01-01 | B-100 | MAIN | purchase | 1x | 120.00\n"
    deliver(warehouse, ledger(1, HEAD + ONE + bad + TWO))

    assert current(warehouse) == {"M2": 1}
    assert warehouse.rows(
        "SELECT source_row, reasons FROM quarantine.stock_movement ORDER BY source_row"
    ) == [
        (1, ["duplicate_key_different_content"]),
        (2, ["unreadable quantity", "duplicate_key_different_content"]),
    ]


def test_34_a_known_row_survives_two_contents_in_a_later_delivery(warehouse: Warehouse) -> None:
    deliver(warehouse, ledger(1, HEAD + ONE))
    deliver(warehouse, ledger(2, HEAD + ONE + OTHER))

    assert current(warehouse) == {"M1": 10}


def test_34_two_contents_in_two_deliveries_of_a_chunk_are_a_correction(
    warehouse: Warehouse,
) -> None:
    report = deliver(warehouse, ledger(1, HEAD + ONE), ledger(2, HEAD + OTHER))

    assert [done.rows_corrected for done in report.tables] == [0, 1]
    assert current(warehouse) == {"M1": 12}


def test_35_a_row_about_an_unknown_item_is_admitted(warehouse: Warehouse) -> None:
    report = deliver(warehouse, ledger(1, HEAD + ONE))

    assert report.tables[0].rows_quarantined == 0
    assert warehouse.rows("SELECT sku, category, is_stub FROM canonical.item") == [
        ("B-100", None, True),
    ]
    assert any("1 new item code in" in warning for warning in report.warnings)


def test_36_a_corrected_extract_of_the_same_day_replaces_its_rows(warehouse: Warehouse) -> None:
    deliver(warehouse, ledger(1, HEAD + ONE))
    deliver(warehouse, ledger(1, HEAD + OTHER, version=2))

    assert current(warehouse) == {"M1": 12}
    assert warehouse.rows(
        "SELECT quantity, why, closed_on FROM canonical.stock_movement_history"
    ) == [(10, "corrected", on(1))]


def test_37_an_older_correction_that_arrives_later_overwrites_nothing(
    warehouse: Warehouse,
) -> None:
    deliver(warehouse, ledger(1, HEAD + ONE), ledger(2, HEAD + OTHER))
    deliver(warehouse, ledger(1, HEAD + ONE.replace("10 |", "7 |"), version=2, known=3))

    assert current(warehouse) == {"M1": 12}


def test_49_a_damaged_file_is_named_with_what_to_do(tmp_path: Path) -> None:
    site = site_in(tmp_path / "site")
    site.warehouse.write_bytes(b"not a database" * 1000)

    with pytest.raises(Damaged, match="move it aside and run 'stockturn rebuild'") as damaged:
        Warehouse(site)

    assert str(site.warehouse) in str(damaged.value)
    assert site.warehouse.read_bytes().startswith(b"not a database")


def test_49_a_database_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    site = site_in(tmp_path / "site")
    with duckdb.connect(str(site.warehouse)) as other:
        other.execute("CREATE TABLE payroll (salary INTEGER)")

    with pytest.raises(Damaged, match="is not a Stockturn warehouse"):
        Warehouse(site)


def test_49_a_warehouse_of_another_version_names_the_rebuild(tmp_path: Path) -> None:
    site = site_in(tmp_path / "site")
    with Warehouse(site) as warehouse:
        warehouse.execute("UPDATE main.stockturn SET schema_version = 0")

    with pytest.raises(Damaged, match=r"schema version 0.*stockturn rebuild.*from raw/"):
        Warehouse(site)


HOLD = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
print("held", flush=True)
sys.stdin.readline()
"""


def test_51_a_reader_of_the_live_file_is_named_by_its_process(tmp_path: Path) -> None:
    site = site_in(tmp_path / "site")
    Warehouse(site).close()
    command = [sys.executable, "-c", HOLD, str(site.warehouse)]
    with Popen(command, stdin=PIPE, stdout=PIPE, text=True) as reader:
        assert reader.stdout is not None
        assert reader.stdin is not None
        assert reader.stdout.readline() == "held\n"
        with pytest.raises(TryAgainLater, match=f"held by process {reader.pid} ") as held:
            Warehouse(site)
        assert held.value.exit_code == 75
        reader.stdin.close()
    Warehouse(site).close()


def test_67_a_wrong_path_fails_at_once(tmp_path: Path) -> None:
    site = site_in(tmp_path / "site")
    site.warehouse.mkdir()

    with pytest.raises(Damaged, match="cannot be opened"):
        Warehouse(site)
