"""Faults 15 to 19 of the fault list: headers that are not what the contract says."""

from pathlib import Path

from tests.landing.room import DAY, MASTERS, MOVEMENTS, ONE, Room, column, landed


def test_a_missing_column_is_refused_by_name(tmp_path: Path) -> None:  # 15
    room = Room(tmp_path)
    room.deliver_ledger("movement_id,posted_at,sku,warehouse,value\nM1,2025-01-01,B,MAIN,1\n")
    found = [str(problem) for problem in room.survey().problems]
    assert [problem.split(" is missing")[0] for problem in found] == [
        f"acme/{DAY}/stock_movement.csv, column kind:",
        f"acme/{DAY}/stock_movement.csv, column quantity:",
    ]


def test_a_missing_optional_column_is_null(tmp_path: Path) -> None:  # 15
    room = Room(tmp_path)
    room.deliver_ledger(ONE)
    assert column(landed(room.take_in(), "stock_movement"), "supplier") == [None]


def test_an_extra_column_is_ignored_and_told(tmp_path: Path) -> None:  # 16
    room = Room(tmp_path)
    room.deliver(
        {**MASTERS, "item.csv": "colour,sku,,name\nred,A,x,a\n", "stock_movement.csv": ONE}
    )
    chunk = room.take_in()
    assert landed(chunk, "item")[0]["sku"] == "A"
    ignored = "column colour, (column 3, without a name) is not in the contract and is ignored"
    ignored = "column colour, (column 3, without a name) is not in the contract and is ignored"
    assert chunk.deliveries[0].warnings == (f"acme/{DAY}/item.csv: {ignored}",)


def test_reordered_columns_are_read_by_name_in_each_file(tmp_path: Path) -> None:  # 17
    room = Room(tmp_path)
    items = {"item_1.csv": "sku,name\nA,a\n", "item_2.csv": "name,brand,sku\nb,B&B,B\n"}
    others = {name: content for name, content in MASTERS.items() if name != "item.csv"}
    room.deliver({**others, **items, "stock_movement.csv": ONE})
    rows = landed(room.take_in(), "item")
    assert [(row["sku"], row["name"], row["brand"]) for row in rows] == [
        ("A", "a", None),
        ("B", "b", "B&B"),
    ]


def test_case_width_and_blanks_of_a_header_do_not_matter(tmp_path: Path) -> None:  # 18
    room = Room(tmp_path)
    header = MOVEMENTS.upper().replace("SKU", " ＳＫＵ ").replace("KIND", '"Kind"')
    room.deliver_ledger(header + ONE.splitlines()[1] + "\n")
    row = landed(room.take_in(), "stock_movement")[0]
    assert (row["sku"], row["kind"]) == ("B-100", "purchase")


def test_a_column_stated_twice_is_refused(tmp_path: Path) -> None:  # 19
    room = Room(tmp_path)
    room.deliver_ledger("Value," + ONE.replace("\nM1", "\n2,M1"))
    assert "column value: stands 2 times in the header: leave it once" in room.problem()


def test_a_header_of_something_else_is_refused_as_a_whole(tmp_path: Path) -> None:  # 18
    room = Room(tmp_path)
    room.deliver_ledger(ONE.replace(",", ";"))
    assert "the first record names no column of 'stock_movement'" in room.problem()
