"""How deliveries become current rows, closed versions and counts."""

from collections.abc import Sequence
from typing import Any

import pytest

from pipeline.canonical.load_contract import LoadReport, Statement
from pipeline.settings import DeliveryMode, StockturnError
from pipeline.warehouse.fold_piece import ClosuresRefused
from pipeline.warehouse.loading import load
from pipeline.warehouse.store import Warehouse
from tests.warehouse.deliveries import (
    Extract,
    chunk_of,
    contract_of,
    deliver,
    ids,
    ledger,
    on,
    table,
    window,
)

HEAD = "movement_id | posted_at | sku | warehouse | kind | quantity | value\n"
ONE = HEAD + "M1 | 2025-01-01 | B-100 | MAIN | purchase | 10 | 100.00"
ONE_OTHER = "M2 | 2025-01-01 | C-200 | MAIN | sale | -1 | -1"
ONE_CORRECTED = HEAD + "M1 | 2025-01-01 | B-100 | MAIN | purchase | 12 | 120.00"
TWO = HEAD + "M2 | 2025-01-02 | B-100 | MAIN | sale | -3 | -30.00"
BOTH = ONE + "\nM2 | 2025-01-02 | B-100 | MAIN | sale | -3 | -30.00"


def counts(report: LoadReport) -> list[tuple[int, ...]]:
    """Per delivery: in, new, corrected, unchanged, quarantined, duplicate, closed."""
    return [
        (
            done.rows_in,
            done.rows_new,
            done.rows_corrected,
            done.rows_unchanged,
            done.rows_quarantined,
            done.rows_duplicate,
            done.rows_closed,
        )
        for done in report.tables
    ]


def history(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    return warehouse.rows(
        "SELECT movement_id, quantity, why, closed_on FROM canonical.stock_movement_history "
        "ORDER BY movement_id, delivery_no"
    )


def quantities(warehouse: Warehouse) -> dict[str, int]:
    return {key: int(quantity) for key, quantity in ids(warehouse)}


def test_an_increment_adds_rows(warehouse: Warehouse) -> None:
    report = deliver(warehouse, ledger(1, ONE), ledger(2, TWO))

    assert counts(report) == [(1, 1, 0, 0, 0, 0, 0), (1, 1, 0, 0, 0, 0, 0)]
    assert quantities(warehouse) == {"M1": 10, "M2": -3}


def test_absence_from_an_increment_means_nothing(warehouse: Warehouse) -> None:
    deliver(warehouse, ledger(1, ONE))
    deliver(warehouse, ledger(2, TWO))

    assert quantities(warehouse) == {"M1": 10, "M2": -3}


@pytest.mark.parametrize("chunks", [[[0, 1]], [[0], [1]]], ids=["one chunk", "two chunks"])
def test_a_correction_keeps_the_version_it_ends(
    warehouse: Warehouse,
    chunks: Sequence[Sequence[int]],
) -> None:
    extracts = [ledger(1, ONE), ledger(2, ONE_CORRECTED)]
    reports = [deliver(warehouse, *(extracts[place] for place in chunk)) for chunk in chunks]

    assert [count for report in reports for count in counts(report)] == [
        (1, 1, 0, 0, 0, 0, 0),
        (1, 0, 1, 0, 0, 0, 0),
    ]
    assert quantities(warehouse) == {"M1": 12}
    assert history(warehouse) == [("M1", 10, "corrected", on(2))]


def test_an_unchanged_row_keeps_its_delivery_and_notes_who_stated_it_last(
    warehouse: Warehouse,
) -> None:
    deliver(warehouse, ledger(1, ONE))
    report = deliver(warehouse, ledger(3, ONE))

    assert counts(report) == [(1, 0, 0, 1, 0, 0, 0)]
    assert warehouse.rows("SELECT known_on, stated_on FROM canonical.stock_movement") == [
        (on(1), on(3)),
    ]


@pytest.mark.parametrize("apart", [False, True], ids=["one chunk", "a chunk each"])
def test_a_window_closes_what_it_leaves_out(warehouse: Warehouse, *, apart: bool) -> None:
    extracts = [
        ledger(1, BOTH),
        ledger(3, TWO, modes=window("stock_movement", 1, 3)),
        ledger(4, BOTH, modes=window("stock_movement", 1, 4)),
    ]
    chunks = [[extract] for extract in extracts] if apart else [extracts]
    reports = [deliver(warehouse, *chunk) for chunk in chunks]

    # M1 is known on day 1, gone on day 3, back on day 4.
    assert [count for report in reports for count in counts(report)] == [
        (2, 2, 0, 0, 0, 0, 0),
        (1, 0, 0, 1, 0, 0, 1),
        (2, 1, 0, 1, 0, 0, 0),
    ]
    assert quantities(warehouse) == {"M1": 10, "M2": -3}
    assert history(warehouse) == [("M1", 10, "absent", on(3))]


def test_a_window_leaves_alone_what_was_posted_outside_it(warehouse: Warehouse) -> None:
    deliver(warehouse, ledger(1, BOTH))
    report = deliver(warehouse, ledger(3, TWO, modes=window("stock_movement", 2, 3)))

    assert counts(report) == [(1, 0, 0, 1, 0, 0, 0)]
    assert quantities(warehouse) == {"M1": 10, "M2": -3}


def test_a_snapshot_closes_what_it_leaves_out(warehouse: Warehouse) -> None:
    items = "sku | name\nB-100 | Ball bearing\nB-200 | Roller bearing"
    fewer = "sku | name\nB-100 | Ball bearing"
    deliver(warehouse, Extract(1, {"item": table(items)}))
    deliver(warehouse, Extract(2, {"item": table(fewer)}))

    assert warehouse.rows("SELECT sku FROM canonical.item") == [("B-100",)]
    assert warehouse.rows("SELECT sku, why FROM canonical.item_history") == [("B-200", "absent")]


def test_a_truncated_window_is_refused_whole(warehouse: Warehouse) -> None:
    deliver(warehouse, ledger(1, BOTH))
    truncated = ledger(3, TWO, modes=window("stock_movement", 1, 3))

    with pytest.raises(ClosuresRefused) as refused:
        deliver(warehouse, truncated, accept_closures=False)

    assert refused.value.exit_code == 65
    assert refused.value.delivery.extract_on == on(3)
    assert "acme/2025-01-03: stock_movement leaves out 1 of 2 rows" in str(refused.value)
    assert "--accept-closures" in str(refused.value)
    assert quantities(warehouse) == {"M1": 10, "M2": -3}
    assert warehouse.value("SELECT count(*) FROM canonical.delivery") == 1


def test_few_closures_need_no_consent(warehouse: Warehouse) -> None:
    many = HEAD + "\n".join(
        f"M{place} | 2025-01-01 | B-100 | MAIN | purchase | 1 | 1.00" for place in range(20)
    )
    all_but_one = many.rsplit("\n", 1)[0]
    deliver(warehouse, ledger(1, many))

    # 1 of 20 is 5 %, no more.
    report = deliver(
        warehouse,
        ledger(2, all_but_one, modes=window("stock_movement", 1, 2)),
        accept_closures=False,
    )

    assert counts(report) == [(19, 0, 0, 19, 0, 0, 1)]


def test_a_late_correction_of_an_older_extract_does_not_overwrite_a_newer_one(
    warehouse: Warehouse,
) -> None:
    deliver(warehouse, ledger(1, ONE), ledger(3, ONE_CORRECTED))
    late = HEAD + "M1 | 2025-01-01 | B-100 | MAIN | purchase | 7 | 70.00"
    report = deliver(warehouse, ledger(2, late, version=2, known=4))

    assert counts(report) == [(1, 0, 0, 1, 0, 0, 0)]
    assert quantities(warehouse) == {"M1": 12}


def test_a_late_correction_replaces_what_only_its_own_day_stated(warehouse: Warehouse) -> None:
    deliver(warehouse, ledger(1, ONE), ledger(2, TWO))
    report = deliver(warehouse, ledger(1, ONE_CORRECTED, version=2, known=3))

    assert counts(report) == [(1, 0, 1, 0, 0, 0, 0)]
    assert quantities(warehouse) == {"M1": 12, "M2": -3}


def test_a_late_extract_does_not_bring_back_what_a_newer_window_left_out(
    warehouse: Warehouse,
) -> None:
    deliver(warehouse, ledger(1, BOTH), ledger(3, TWO, modes=window("stock_movement", 1, 3)))
    report = deliver(warehouse, ledger(2, ONE, version=2, known=4))

    assert counts(report) == [(1, 0, 0, 1, 0, 0, 0)]
    assert quantities(warehouse) == {"M2": -3}


def test_a_refused_row_leaves_the_known_version_current(warehouse: Warehouse) -> None:
    deliver(warehouse, ledger(1, BOTH))
    broken = TWO + "\nM1 | 2025-01-01 | B-100 | MAIN | purchase | 1_2 | 120.00"
    report = deliver(warehouse, ledger(2, broken, modes=window("stock_movement", 1, 2)))

    assert counts(report) == [(2, 0, 0, 1, 1, 0, 0)]
    assert quantities(warehouse) == {"M1": 10, "M2": -3}


def test_deliveries_are_loaded_in_their_order(warehouse: Warehouse) -> None:
    deliver(warehouse, ledger(2, TWO))

    with pytest.raises(StockturnError, match="rewind the company first"):
        deliver(warehouse, ledger(1, ONE))


def test_an_extract_stands_as_it_was_known_on_any_day(warehouse: Warehouse) -> None:
    deliver(
        warehouse,
        ledger(1, BOTH),
        ledger(2, ONE_CORRECTED),
        ledger(3, ONE_CORRECTED, modes=window("stock_movement", 1, 3)),
    )

    def known(day: int) -> dict[str, int]:
        rows = warehouse.rows(
            "SELECT movement_id, quantity FROM canonical.stock_movement_as_known($day) ORDER BY 1",
            {"day": on(day)},
        )
        return {key: int(quantity) for key, quantity in rows}

    assert known(0) == {}
    assert known(1) == {"M1": 10, "M2": -3}
    assert known(2) == {"M1": 12, "M2": -3}
    assert known(3) == {"M1": 12}


def test_masters_hold_before_their_first_delivery(warehouse: Warehouse) -> None:
    first = "sku | name | category\nB-100 | Ball bearing | Bearings"
    second = "sku | name | category\nB-100 | Ball bearing | Bearings / Small"
    deliver(warehouse, ledger(1, ONE))
    deliver(warehouse, Extract(3, {"item": table(first)}), Extract(5, {"item": table(second)}))

    def category(day: int) -> list[tuple[Any, ...]]:
        return warehouse.rows(
            "SELECT sku, category, is_stub FROM canonical.item_as_known($day)",
            {"day": on(day)},
        )

    assert category(1) == [("B-100", "Bearings", False)]
    assert category(4) == [("B-100", "Bearings", False)]
    assert category(5) == [("B-100", "Bearings / Small", False)]


def test_a_master_that_is_gone_is_a_stub_while_rows_refer_to_it(warehouse: Warehouse) -> None:
    both = "sku | name\nB-100 | Ball bearing\nB-200 | Roller bearing"
    other = "sku | name\nB-300 | Needle bearing"
    deliver(warehouse, Extract(1, {"item": table(both), "stock_movement": table(ONE)}))
    deliver(warehouse, Extract(2, {"item": table(other)}))

    assert warehouse.rows("SELECT sku, name, is_stub FROM canonical.item ORDER BY sku") == [
        ("B-100", "B-100", True),
        ("B-300", "Needle bearing", False),
    ]
    known = "SELECT sku, is_stub FROM canonical.item_as_known($day) ORDER BY sku"
    assert warehouse.rows(known, {"day": on(1)})[0] == ("B-100", False)
    assert warehouse.rows(known, {"day": on(2)})[0] == ("B-100", True)


def test_orphan_codes_get_stub_masters_and_a_warning(warehouse: Warehouse) -> None:
    bought = (
        "movement_id | posted_at | sku | warehouse | kind | quantity | supplier\n"
        "M1 | 2025-01-01 | B-100 | MAIN | purchase | 10 | SKF"
    )
    report = deliver(warehouse, ledger(1, bought))

    stubs = {
        name: warehouse.rows(f"SELECT name FROM canonical.{name} WHERE is_stub")
        for name in ("item", "warehouse", "supplier")
    }
    assert stubs == {"item": [("B-100",)], "warehouse": [("MAIN",)], "supplier": [("SKF",)]}
    codes = {"item": "B-100", "warehouse": "MAIN", "supplier": "SKF"}
    assert list(report.warnings) == [
        f"acme: 1 new {name} code in stock_movement has no {name} master ({code}); ask its ERP "
        f"team for their {name} rows; until then they are shown by code"
        for name, code in codes.items()
    ]


def test_a_code_whose_master_row_was_refused_is_not_asked_for_again(warehouse: Warehouse) -> None:
    # The item's name is empty: the row came, and stands in quarantine.
    nameless = table("sku | name\nB-100 | -")
    sold = HEAD + "M1 | 2025-01-01 | B-100 | MAIN | sale | -1 | -1\n"
    tables = {"item": nameless, "stock_movement": table(sold + ONE_OTHER)}
    report = deliver(warehouse, Extract(1, tables))

    said = next(warning for warning in report.warnings if "item codes" in warning)
    assert said == (
        "acme: 2 new item codes in stock_movement have no item master (B-100, C-200); the rows of "
        "1 of them came and were refused: 'stockturn quarantine --table item' says why; else ask "
        "its ERP team for their item rows; until then they are shown by code"
    )


def test_of_many_orphan_codes_the_first_five_are_named(warehouse: Warehouse) -> None:
    sales = [f"M{n} | 2025-01-01 | B-{n} | MAIN | sale | -1 | -1" for n in range(1, 8)]
    report = deliver(warehouse, ledger(1, HEAD + "\n".join(sales)))

    assert "7 new item codes" in report.warnings[0]
    assert "(B-1, B-2, B-3, B-4, B-5 …)" in report.warnings[0]


def test_a_delivered_master_takes_the_place_of_its_stub(warehouse: Warehouse) -> None:
    deliver(warehouse, ledger(1, ONE))
    deliver(warehouse, Extract(2, {"item": table("sku | name\nB-100 | Ball bearing")}))

    assert warehouse.rows("SELECT name, is_stub FROM canonical.item") == [("Ball bearing", False)]


def test_every_company_has_a_place_for_goods_in_transit(warehouse: Warehouse) -> None:
    deliver(warehouse, ledger(1, ONE))
    deliver(warehouse, ledger(2, TWO))

    assert warehouse.rows(
        "SELECT company, kind, is_stub FROM canonical.warehouse WHERE warehouse = 'in_transit'"
    ) == [("acme", "in_transit", False)]


def test_what_changed_is_remembered_per_item(warehouse: Warehouse) -> None:
    deliver(warehouse, ledger(1, BOTH))
    warehouse.execute("DELETE FROM canonical.touched")
    report = deliver(warehouse, ledger(2, ONE), ledger(3, BOTH))
    assert not report.changed
    assert warehouse.rows("SELECT * FROM canonical.touched") == []

    late = HEAD + "M3 | 2025-01-02 | B-200 | MAIN | purchase | 1 | 1.00"
    deliver(warehouse, ledger(4, late), ledger(5, ONE_CORRECTED))

    # B-100 was corrected on 2025-01-01 (day 20089), B-200 arrived on 2025-01-02.
    assert warehouse.rows(
        "SELECT sku, min(first_day) FROM canonical.touched JOIN canonical.item USING (item_no) "
        "GROUP BY sku ORDER BY sku"
    ) == [("B-100", 20089), ("B-200", 20090)]


def test_nothing_is_written_when_a_load_fails(warehouse: Warehouse) -> None:
    chunk = chunk_of([ledger(1, ONE), ledger(2, ONE_CORRECTED)])
    warehouse.execute("ALTER TABLE canonical.delivery RENAME TO delivery_away")
    warehouse.execute("CREATE VIEW canonical.delivery AS FROM canonical.delivery_away")

    with pytest.raises(Exception, match="delivery"):
        load(warehouse, contract_of(), chunk)

    assert ids(warehouse) == []


def test_a_statement_without_rows_is_an_account_of_nothing(warehouse: Warehouse) -> None:
    report = deliver(warehouse, Extract(1, {"stock_movement": []}))

    assert counts(report) == [(0, 0, 0, 0, 0, 0, 0)]


def test_an_empty_snapshot_closes_everything_only_with_consent(warehouse: Warehouse) -> None:
    deliver(warehouse, ledger(1, ONE))
    empty = Extract(
        2,
        {"stock_movement": []},
        modes={"stock_movement": Statement("stock_movement", DeliveryMode.SNAPSHOT)},
    )
    with pytest.raises(ClosuresRefused):
        deliver(warehouse, empty, accept_closures=False)

    deliver(warehouse, empty)
    assert ids(warehouse) == []


def test_two_rows_of_one_record_do_not_hide_a_refused_record(warehouse: Warehouse) -> None:
    """A site's mapping makes two rows of a purchase: as many rows as records, and one is bad."""
    mapping = warehouse.text("erp/generic/stock_movement")
    own = warehouse.site.folder / "sql" / "erp" / "generic" / "stock_movement.sql"
    own.parent.mkdir(parents=True)
    own.write_text(
        f"WITH mapped AS ({mapping}) FROM mapped UNION ALL "
        "SELECT * REPLACE (movement_id || '-b' AS movement_id) FROM mapped WHERE kind = 'purchase'",
        encoding="utf-8",
    )
    broken = ONE + "\nM2 | 2025-01-02 | B-100 | MAIN | no such kind | -3 | -30.00"

    report = deliver(warehouse, ledger(2, broken))

    assert counts(report) == [(3, 2, 0, 0, 1, 0, 0)]
    assert quantities(warehouse) == {"M1": 10, "M1-b": 10}
    assert warehouse.rows("SELECT movement_id FROM quarantine.stock_movement") == [("M2",)]
