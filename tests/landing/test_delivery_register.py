"""The file register: what is new, which version it is, and since when it is known."""

import shutil
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline.canonical.load_contract import Delivery, Statement
from pipeline.landing import (
    kept_deliveries,
    mend_records,
    refuse,
    register,
    registered_deliveries,
    restore_ledger,
    withdrawn,
)
from pipeline.landing.delivery_record import DeliveryRecord, RegisteredFile
from pipeline.landing.delivery_register import (
    ACCEPTED,
    REFUSED,
    DeliveryRegister,
    RegisteredDelivery,
    standing,
)
from pipeline.settings import DeliveryMode
from pipeline.warehouse import SiteState
from tests.landing.room import DAY, MASTERS, MOVEMENTS, ONE, Room, column, landed

D = date(2025, 1, 2)
TODAY = date(2025, 6, 30)
OTHER = ONE.replace("2.50", "3.50")


def content(*names: str) -> frozenset[tuple[str, str]]:
    return frozenset(("stock_movement", name) for name in names)


def entry(
    version: int, known_on: date, *names: str, status: str = ACCEPTED, problems: str = ""
) -> RegisteredDelivery:
    """A version of the day's delivery with these contents."""
    files = tuple(RegisteredFile(native, "x.csv", sha, 1) for native, sha in content(*names))
    stated = (Statement("stock_movement", DeliveryMode.INCREMENT),)
    delivery = Delivery("acme", D, version, known_on, stated)
    return RegisteredDelivery(DeliveryRecord(delivery, files), status, problems)


def test_the_first_version_is_known_on_its_extract_date() -> None:
    found = standing(D, content("a"), [], TODAY)
    assert (found.version, found.known_on, found.is_known) == (1, D, False)


def test_another_content_is_the_next_version_known_when_it_arrives() -> None:
    history = [entry(1, D, "a")]
    found = standing(D, content("b"), history, TODAY)
    assert (found.version, found.known_on, found.is_known) == (2, TODAY, False)


def test_nothing_is_known_before_its_extract_date() -> None:
    history = [entry(1, D, "a")]
    assert standing(D, content("b"), history, date(2024, 12, 31)).known_on == D


def test_the_same_content_or_a_part_of_it_has_no_effect() -> None:
    history = [entry(1, D, "a", "b")]
    assert standing(D, content("a", "b"), history, TODAY).is_known
    assert standing(D, content("b"), history, TODAY).is_known


def test_going_back_to_an_earlier_content_is_a_version_of_its_own() -> None:
    history = [
        entry(1, D, "a"),
        entry(2, TODAY, "b"),
    ]
    assert standing(D, content("a"), history, TODAY).version == 3


def test_the_same_content_under_another_date_is_a_delivery_of_that_date() -> None:
    history = [entry(1, D, "a")]
    found = standing(date(2025, 1, 3), content("a"), history, TODAY)
    assert (found.version, found.is_known) == (1, False)


def test_a_refused_content_takes_no_version() -> None:
    history = [entry(0, D, "a", status=REFUSED, problems="too short")]
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
    assert [each.record for each in room.ledger.history("acme")] == [each.record for each in before]


class Interrupted(SiteState):
    """A state file whose process ends before the second of two deliveries is written."""

    def execute_many(self, sql: str, parameters: Iterable[Any]) -> int:
        listed = list(parameters)
        if "INSERT" in sql:
            super().execute_many(sql, listed[:1])
            raise KeyboardInterrupt
        return super().execute_many(sql, listed)


def test_the_deliveries_of_a_run_are_registered_all_or_none(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.deliver_ledger(ONE)
    room.deliver({"stock_movement.csv": OTHER}, day="2025-01-03")
    arrivals = room.survey().new
    room.ledger = DeliveryRegister(Interrupted(room.site))
    with pytest.raises(KeyboardInterrupt):
        register(arrivals, room.ledger, room.raw)
    assert room.ledger.is_empty


WINDOW = {"stock_movement": {"mode": "window", "from": "2025-01-01", "to": DAY}}


def test_a_manifest_that_comes_later_for_the_same_files_is_another_version(tmp_path: Path) -> None:
    """It says what the absence of a row means: as an increment nothing would be closed."""
    room = Room(tmp_path)
    room.deliver_ledger(ONE)
    assert [said.mode for said in _ledger_statements(room.take_in().deliveries[0])] == ["increment"]

    room.deliver({}, manifest={"tables": WINDOW})
    second = room.take_in().deliveries[0]

    assert second.version == 2
    assert _ledger_statements(second) == [
        Statement("stock_movement", DeliveryMode.WINDOW, date(2025, 1, 1), D)
    ]
    assert not room.survey().new


def test_a_manifest_that_says_what_was_understood_anyway_is_no_news(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.deliver_ledger(ONE)
    room.take_in()
    room.deliver({}, manifest={"tables": {"stock_movement": {"rows": 1, "mode": "increment"}}})
    assert not room.survey().new
    (room.site.landing / "acme" / DAY / "manifest.json").unlink()
    assert not room.survey().new


def _ledger_statements(delivery: Delivery) -> list[Statement]:
    return [said for said in delivery.statements if said.table == "stock_movement"]


@pytest.mark.parametrize("left", [None, b"", b"{", b"[]", bytes(700)])
def test_a_record_that_a_loss_of_power_took_is_written_again(
    tmp_path: Path, left: bytes | None
) -> None:
    """The register was on the disk before the record, and before the copies."""
    room = Room(tmp_path)
    room.deliver_ledger(ONE)
    before = room.take_in().deliveries
    record = tmp_path / "raw" / "deliveries" / "acme" / DAY / "v1.json"
    whole = record.read_bytes()
    record.unlink() if left is None else record.write_bytes(left)

    assert kept_deliveries(room.raw, "acme") == []
    known = registered_deliveries(room.ledger, room.raw, "acme")
    assert [arrival.delivery for arrival in known] == [*before]
    mend_records(room.raw, ["acme"], room.ledger)
    assert record.read_bytes() == whole


@pytest.mark.parametrize("left", [b"", b"{", bytes(700)])
def test_a_record_that_nobody_registered_is_registered_from_landing(
    tmp_path: Path, left: bytes
) -> None:
    room = Room(tmp_path)
    room.deliver_ledger(ONE)
    record = tmp_path / "raw" / "deliveries" / "acme" / DAY / "v1.json"
    record.parent.mkdir(parents=True)
    record.write_bytes(left)
    restore_ledger(room.raw, ["acme"], room.ledger)
    assert room.take_in().deliveries[0].version == 1
    assert len(kept_deliveries(room.raw, "acme")) == 1


def test_a_refused_delivery_that_is_taken_away_is_forgotten(tmp_path: Path) -> None:
    room = Room(tmp_path)
    folder = room.deliver_ledger("")
    refusal = room.survey().refused[0]
    refuse(refusal, refusal.problems, room.ledger, room.raw)
    assert withdrawn(room.site, room.ledger) == []

    shutil.rmtree(folder)

    gone = withdrawn(room.site, room.ledger)
    assert [delivery.title for delivery in gone] == [f"acme/{DAY}"]
    room.ledger.forget_refused(gone)
    assert room.ledger.history("acme") == []


def test_a_landing_that_is_not_there_withdraws_nothing(tmp_path: Path) -> None:
    """A share that is not mounted tonight must not free what was refused."""
    room = Room(tmp_path)
    room.deliver_ledger("")
    refusal = room.survey().refused[0]
    refuse(refusal, refusal.problems, room.ledger, room.raw)
    room.site.landing.rename(tmp_path / "not mounted")
    assert withdrawn(room.site, room.ledger) == []


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
