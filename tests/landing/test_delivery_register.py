"""The file ledger: what is new, which version it is, and since when it is known."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline.landing import kept_deliveries, refuse, register, restore_ledger
from pipeline.landing.delivery_register import DeliveryRegister, RegisteredDelivery, standing
from pipeline.warehouse import SiteState
from tests.landing.room import DAY, MASTERS, MOVEMENTS, ONE, Room, column, landed

D = date(2025, 1, 2)
TODAY = date(2025, 6, 30)
OTHER = ONE.replace("2.50", "3.50")


def content(*names: str) -> frozenset[tuple[str, str]]:
    return frozenset(("stock_movement", name) for name in names)


def test_the_first_version_is_known_on_its_extract_date() -> None:
    found = standing(D, content("a"), [], TODAY)
    assert (found.version, found.known_on, found.is_known) == (1, D, False)


def test_another_content_is_the_next_version_known_when_it_arrives() -> None:
    history = [RegisteredDelivery("acme", D, 1, D, content("a"))]
    found = standing(D, content("b"), history, TODAY)
    assert (found.version, found.known_on, found.is_known) == (2, TODAY, False)


def test_nothing_is_known_before_its_extract_date() -> None:
    history = [RegisteredDelivery("acme", D, 1, D, content("a"))]
    assert standing(D, content("b"), history, date(2024, 12, 31)).known_on == D


def test_the_same_content_or_a_part_of_it_has_no_effect() -> None:
    history = [RegisteredDelivery("acme", D, 1, D, content("a", "b"))]
    assert standing(D, content("a", "b"), history, TODAY).is_known
    assert standing(D, content("b"), history, TODAY).is_known


def test_going_back_to_an_earlier_content_is_a_version_of_its_own() -> None:
    history = [
        RegisteredDelivery("acme", D, 1, D, content("a")),
        RegisteredDelivery("acme", D, 2, TODAY, content("b")),
    ]
    assert standing(D, content("a"), history, TODAY).version == 3


def test_the_same_content_under_another_date_is_a_delivery_of_that_date() -> None:
    history = [RegisteredDelivery("acme", D, 1, D, content("a"))]
    found = standing(date(2025, 1, 3), content("a"), history, TODAY)
    assert (found.version, found.is_known) == (1, False)


def test_a_refused_content_takes_no_version() -> None:
    history = [RegisteredDelivery("acme", D, 0, None, content("a"), "refused", "too short")]
    again = standing(D, content("a"), history, TODAY)
    assert (again.version, again.refused) == (1, "too short")
    assert standing(D, content("b"), history, TODAY).refused == ""


def test_a_corrected_delivery_is_version_two(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.deliver_ledger(ONE)
    room.take_in()
    room.deliver({"stock_movement.csv": OTHER})
    delivery = room.take_in().deliveries[0]
    assert (delivery.version, delivery.known_on) == (2, TODAY)
    assert delivery.number == 20269 * 10**8 + 20090 * 10**3 + 2  # days since 1970-01-01


def test_a_manifest_may_say_when_a_correction_arrived(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.deliver_ledger(ONE)
    room.take_in()
    manifest = {"tables": {}, "delivered_on": "2025-01-05"}
    room.deliver({"stock_movement.csv": OTHER}, manifest=manifest)
    assert room.survey().new[0].delivery.known_on == date(2025, 1, 5)


def test_a_refusal_is_remembered_until_the_content_changes(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.deliver_ledger(MOVEMENTS + "M1\n" + ONE.split("\n", 1)[1])
    arrival = room.survey().new[0]
    register([arrival], room.ledger, room.raw)
    refuse(arrival, ["would close too much"], room.ledger, room.raw)
    assert kept_deliveries(room.raw, "acme") == []
    again = room.survey().new[0]
    assert (again.delivery.version, again.refused_before) == (1, "would close too much")
    room.deliver_ledger(ONE)
    assert room.survey().new[0].refused_before == ""
    room.take_in()
    assert [entry.status for entry in room.ledger.history("acme")] == ["accepted"]


def test_a_refused_landing_is_remembered_too(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.deliver_ledger("")
    refusal = room.survey().refused[0]
    refuse(refusal, refusal.problems, room.ledger, room.raw)
    history = room.ledger.history("acme")
    assert [entry.status for entry in history] == ["refused"]
    assert "is empty" in history[0].problems


def test_raw_alone_tells_all_deliveries_in_their_order(tmp_path: Path) -> None:
    room = Room(tmp_path)
    folder = room.deliver_ledger(ONE)
    room.deliver({"stock_movement.csv": ONE}, day="2025-01-03")
    first = room.take_in()
    room.deliver({"stock_movement.csv": OTHER})
    second = room.take_in()
    (folder / "stock_movement.csv").unlink()

    known = kept_deliveries(room.raw, "acme")
    assert [arrival.delivery for arrival in known] == [*first.deliveries, *second.deliveries]
    before = room.ledger.history("acme")
    room.site.state.unlink()
    room.ledger = DeliveryRegister(SiteState(room.site))
    restore_ledger(room.raw, ["acme"], room.ledger)
    assert room.ledger.history("acme") == before


class Interrupted(SiteState):
    """A state file whose process ends before the files of a delivery are written."""

    def execute_many(self, sql: str, parameters: Iterable[Any]) -> int:
        if "INSERT INTO delivered_file" in sql:
            raise KeyboardInterrupt
        return super().execute_many(sql, parameters)


def test_a_delivery_is_registered_with_its_files_or_not_at_all(tmp_path: Path) -> None:
    """Without its files it would pass for other content, and come again as version 2."""
    room = Room(tmp_path)
    room.deliver_ledger(ONE)
    arrivals = room.survey().new
    room.ledger = DeliveryRegister(Interrupted(room.site))
    with pytest.raises(KeyboardInterrupt):
        register(arrivals, room.ledger, room.raw)
    assert room.ledger.is_empty


def test_deliveries_are_read_again_from_raw(tmp_path: Path) -> None:
    from pipeline.landing import chunk_of  # noqa: PLC0415

    room = Room(tmp_path)
    folder = room.deliver({**MASTERS, "stock_movement.csv": ONE})
    before = landed(room.take_in(), "stock_movement")
    for file in folder.iterdir():
        file.unlink()
    chunk = chunk_of("acme", kept_deliveries(room.raw, "acme"), room.contract, room.raw)
    assert landed(chunk, "stock_movement") == before
    assert column(before, "source_file") == [f"acme/{DAY}/stock_movement.csv"]
