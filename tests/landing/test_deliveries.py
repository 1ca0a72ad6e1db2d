"""Which files in `landing/` are which native file, and what a delivery must bring."""

import json
import os
from pathlib import Path

import pytest

from pipeline.landing import newest_lying, told_once
from tests.landing.room import ANY, DAY, MASTERS, ONE, Room

TWO_FILES = """
name = "other"
[[file]]
name = "moves"
feeds = ["stock_movement"]
column = [{ name = "Nr", type = "code", required = true }]
[[file]]
name = "heads"
feeds = ["stock_movement"]
column = [{ name = "Nr", type = "code", required = true }]
[table.stock_movement]
mode = "window"
driving = ["moves"]
"""
NR = "Nr\n1\n"


def natives(room: Room) -> dict[str, str]:
    from pipeline.landing import discover  # noqa: PLC0415

    folder = discover(room.site, {"acme": room.contract}, *ANY).folders[0]
    assert not folder.problems, folder.problems
    return {file.name: file.native for file in folder.files}


def test_the_longest_table_name_wins(tmp_path: Path) -> None:
    room = Room(tmp_path)
    names = ["item.csv", "item_2.csv", "item_supplier.csv", "Item_Supplier_north.CSV.GZ"]
    room.deliver(dict.fromkeys(names, "x"))
    assert list(natives(room).values()) == ["item_supplier", "item", "item", "item_supplier"]


def test_a_folder_of_a_tables_name_holds_its_parts(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.deliver({"stock_movement/part-1.csv": "x", "STOCK_MOVEMENT_x/../item.csv": "x"})
    (tmp_path / "landing" / "acme" / DAY / "STOCK_MOVEMENT_x").rmdir()
    assert natives(room) == {"item.csv": "item", "stock_movement/part-1.csv": "stock_movement"}


def test_full_width_names_are_read(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.deliver({"ｉｔｅｍ.csv": "x"})
    assert natives(room) == {"ｉｔｅｍ.csv": "item"}


def test_what_is_no_extract_date_is_told(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.deliver({**MASTERS, "stock_movement.csv": ONE})
    room.deliver({"stock_movement.csv": ONE}, day="2025-1-3")
    room.deliver({}, day="2025-01-04")
    (room.site.landing / "beta").mkdir()
    seen = room.survey()
    assert len(seen.new) == 1
    assert seen.warnings == (
        "landing/beta is no company of this site",
        "landing/acme/2025-01-04 is empty",
        "landing/acme/2025-1-3 is no extract date",
    )


def test_a_delivery_without_its_ledger_is_refused(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.deliver(MASTERS)
    assert "lacks its stock movements: acme must deliver stock_movement" in room.problem()


def test_masters_must_come_once(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.deliver({"stock_movement.csv": ONE, "warehouse.csv": MASTERS["warehouse.csv"]})
    assert "the master data 'item' were never delivered" in room.problem()


def test_masters_need_not_come_again(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.deliver({**MASTERS, "stock_movement.csv": ONE}, day="2025-01-02")
    room.deliver({"stock_movement.csv": ONE}, day="2025-01-03")
    room.take_in()
    room.deliver({"stock_movement.csv": ONE}, day="2025-01-04")
    assert [arrival.delivery.extract_on.day for arrival in room.survey().new] == [4]


def test_masters_delivered_later_do_not_help_an_earlier_date(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.deliver({**MASTERS, "stock_movement.csv": ONE}, day="2025-01-03")
    room.take_in()
    room.deliver({"stock_movement.csv": ONE}, day="2025-01-02")
    assert all("never delivered" in str(problem) for problem in room.survey().problems)


def test_a_supplier_master_that_never_came_is_told(tmp_path: Path) -> None:
    room = Room(tmp_path)
    files = {name: text for name, text in MASTERS.items() if name != "supplier.csv"}
    room.deliver({**files, "stock_movement.csv": ONE})
    warnings = room.take_in().deliveries[0].warnings
    assert any("'supplier' were never delivered" in warning for warning in warnings)


def test_a_window_without_a_file_it_is_read_from_would_close_rows(tmp_path: Path) -> None:
    room = Room(tmp_path, erp="other", erp_toml=TWO_FILES)
    window = {"tables": {"moves": {"mode": "window", "from": "2025-01-01", "to": "2025-01-02"}}}
    room.deliver({"moves.csv": NR, "heads.csv": NR}, manifest=window)
    room.take_in()
    room.deliver({"moves.csv": NR + "2\n"}, day="2025-01-03", manifest=window)
    assert "lacks 'heads', from which 'stock_movement' is also read" in room.problem()


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        ({"table": {}}, "tables: Field required; table: Extra inputs are not permitted"),
        ({"tables": {"stock_movements": {}}}, "names the table 'stock_movements'"),
        ({"tables": {"stock_movement": {"rows": -1}}}, "greater than or equal to 0"),
        ({"tables": {"stock_movement": {"from": "2025-01-01"}}}, "states both from and to"),
        (
            {"tables": {"stock_movement": {"from": "2025-01-02", "to": "2025-01-01"}}},
            "ends before it begins",
        ),
        (
            {"tables": {"item": {"mode": "snapshot", "from": "2025-01-01", "to": "2025-01-01"}}},
            "a snapshot has no from and to",
        ),
        ({"tables": {"stock_movement": {"mode": "window"}}}, "without from and to: state them"),
        ({"tables": {"item": {"file": "item_2.csv"}}}, "item_2.csv: is named in manifest.json"),
        ({"tables": {"stock_balance": {"rows": 3}}}, "states rows of 'stock_balance'"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(
    tmp_path: Path, manifest: dict[str, object], told: str
) -> None:
    room = Room(tmp_path)
    room.deliver({**MASTERS, "stock_movement.csv": ONE}, manifest=manifest)
    assert told in " | ".join(str(problem) for problem in room.survey().problems)


def test_a_manifest_that_is_no_json_is_refused(tmp_path: Path) -> None:
    room = Room(tmp_path)
    folder = room.deliver({**MASTERS, "stock_movement.csv": ONE})
    (folder / "manifest.json").write_text("{")
    assert f"acme/{DAY}/manifest.json: is not a valid manifest" in room.problem()


def test_a_manifest_may_name_several_files_of_a_table(tmp_path: Path) -> None:
    room = Room(tmp_path)
    files = ["stock_movement_1.csv", "stock_movement_2.csv"]
    manifest = {"tables": {"stock_movement": {"file": files, "rows": 2}}}
    parts = {files[0]: ONE, files[1]: ONE.replace("M1", "M2")}
    folder = room.deliver({**MASTERS, **parts}, manifest=manifest)
    assert room.survey().problems == ()
    manifest["tables"]["stock_movement"]["file"] = files[:1]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert "stock_movement_2.csv: is not named in manifest.json" in " | ".join(
        str(problem) for problem in room.survey().problems
    )


def test_what_many_deliveries_are_warned_of_alike_is_told_once_with_their_number(
    tmp_path: Path,
) -> None:
    room = Room(tmp_path)
    masters = {name: text for name, text in MASTERS.items() if name != "supplier.csv"}
    for day in ("2025-01-02", "2025-01-03", "2025-01-06"):
        room.deliver({**masters, "stock_movement.csv": ONE}, day=day)
    coloured = ONE.replace("value", "value,colour").replace("2.50", "2.50,red")
    room.deliver({"stock_movement.csv": coloured}, day="2025-01-06")
    seen = room.survey()
    assert told_once(arrival.delivery for arrival in seen.new) == [
        (
            "acme, 3 deliveries from 2025-01-02 to 2025-01-06: the master data 'supplier' were"
            " never delivered: acme must deliver supplier"
        ),
        "acme/2025-01-06/stock_movement.csv: column colour is not in the contract and is ignored",
    ]


@pytest.mark.parametrize("name", [b"stock_movement_\xff.csv", b"stock_movement_\x07.csv"])
def test_a_name_nobody_can_print_is_told_spelled_out(tmp_path: Path, name: bytes) -> None:
    room = Room(tmp_path)
    folder = room.deliver({**MASTERS, "stock_movement.csv": ONE})
    Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_text(ONE)
    problem = room.problem()
    assert problem.isprintable()
    assert "\\u" in problem
    assert "has characters in its name that nobody can print: give it a plain name" in problem


def test_the_newest_day_is_the_newest_on_which_anything_lies(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.deliver_ledger(ONE)
    (room.site.landing / "acme" / "2025-02-03").mkdir()
    (room.site.landing / "acme" / "2025-02-31").mkdir()

    found = newest_lying(room.site, {"acme": room.contract})

    assert [folder.title for folder in found.folders] == [f"acme/{DAY}"]


def test_where_nothing_lies_all_that_is_odd_is_told(tmp_path: Path) -> None:
    room = Room(tmp_path)
    for name in ("2025-02-03", "tuesday"):
        (room.site.landing / "acme" / name).mkdir(parents=True)

    found = newest_lying(room.site, {"acme": room.contract})

    assert not found.folders
    assert found.warnings == (
        "landing/acme/2025-02-03 is empty",
        "landing/acme/tuesday is no extract date",
    )
