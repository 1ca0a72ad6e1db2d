"""What a delivery states about a table: the manifest first, then the site, then the ERP."""

from datetime import date
from pathlib import Path

import pytest

from pipeline.canonical.load_contract import Statement
from pipeline.settings import DeliveryMode, load_site
from tests.landing.room import MASTERS, ONE, Room

SIXTY_DAYS = """
[company.tables.stock_movement]
mode = "window"
days = 60
"""


def stated(room: Room, manifest: dict[str, object] | None = None) -> dict[str, Statement]:
    room.deliver({**MASTERS, "stock_movement.csv": ONE}, day="2025-03-31", manifest=manifest)
    delivery = room.survey().new[0].delivery
    return {statement.table: statement for statement in delivery.statements}


def with_setting(folder: Path, text: str) -> Room:
    room = Room(folder)
    settings = folder / "site.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + text, encoding="utf-8")
    room.site = load_site(folder)
    return room


def test_by_default_ledgers_grow_and_masters_are_whole(tmp_path: Path) -> None:
    found = stated(Room(tmp_path))
    assert set(found) == {"stock_movement", "item", "warehouse", "supplier"}
    assert found["stock_movement"] == Statement("stock_movement", DeliveryMode.INCREMENT)
    assert found["item"] == Statement("item", DeliveryMode.SNAPSHOT)


def test_the_manifest_states_a_window(tmp_path: Path) -> None:
    manifest = {"tables": {"stock_movement": {"from": "2025-03-01", "to": "2025-03-31"}}}
    window = stated(Room(tmp_path), manifest)["stock_movement"]
    assert window == Statement(
        "stock_movement", DeliveryMode.WINDOW, date(2025, 3, 1), date(2025, 3, 31)
    )


def test_the_last_sixty_days_end_with_the_extract_date(tmp_path: Path) -> None:
    # 31 days of March, 28 of February and the last of January.
    window = stated(with_setting(tmp_path, SIXTY_DAYS))["stock_movement"]
    assert window == Statement(
        "stock_movement", DeliveryMode.WINDOW, date(2025, 1, 31), date(2025, 3, 31)
    )


def test_the_manifest_speaks_before_the_settings(tmp_path: Path) -> None:
    manifest = {"tables": {"stock_movement": {"mode": "increment"}}}
    found = stated(with_setting(tmp_path, SIXTY_DAYS), manifest)
    assert found["stock_movement"].mode is DeliveryMode.INCREMENT


@pytest.mark.parametrize("key", ["OINM", "oinm", "stock_movement"])
def test_a_manifest_may_use_the_names_of_the_erp(tmp_path: Path, key: str) -> None:
    room = Room(tmp_path, erp="sap_b1")
    columns = room.contract.file("oinm").columns
    header = "\t".join(column.name for column in columns)
    window = {"mode": "window", "from": "2025-03-01", "to": "2025-03-31", "rows": 0}
    manifest = {"tables": {key: window}}
    room.deliver({"OINM.csv": (header + "\n").encode("utf-16")}, manifest=manifest)
    seen = room.survey()
    assert {str(problem).split(" were ")[0] for problem in seen.problems} == {
        "acme/2025-01-02: the master data 'item'",
        "acme/2025-01-02: the master data 'warehouse'",
    }


def test_a_window_nobody_states_closes_nothing_and_is_told(tmp_path: Path) -> None:
    without_days = SIXTY_DAYS.replace("days = 60", "")
    room = with_setting(tmp_path, without_days)
    assert stated(room)["stock_movement"].mode is DeliveryMode.INCREMENT
    warnings = room.survey().new[0].delivery.warnings
    assert any("says which: no row is closed" in warning for warning in warnings)
