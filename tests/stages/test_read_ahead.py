"""Facts are read while figures are written: neither changes the other, nor hides its fault."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import polars as pl
import pytest

from pipeline.metrics.running_positions import Carried, Standing
from pipeline.settings import load_site
from pipeline.stages.compute import Figures, compute
from pipeline.stages.days import Days
from pipeline.stages.night import Asked, night_of
from pipeline.stages.read_ahead import in_turn
from pipeline.warehouse import Warehouse
from tests.house.sites import MASTERS, deliver, movements, published, write_site

FIRST, LAST = date(2025, 1, 28), date(2025, 2, 3)


@pytest.fixture
def attributed(tmp_path: Path) -> Path:
    """A ledger that was taken in and attributed; no figures yet."""
    folder = write_site(tmp_path / "site")
    rows = movements("1|2025-01-01|opening|10|100.00", "2|2025-01-30|sale|-2|-20.00")
    deliver(folder, str(LAST), MASTERS | {"stock_movement": rows})
    with night_of(load_site(folder), Asked(Days(FIRST, LAST))) as night:
        night.take_in(_quiet)
        night.attribute(_quiet)
    return folder


def test_a_connection_beside_sees_what_is_committed_alone(attributed: Path) -> None:
    with Warehouse(load_site(attributed)) as warehouse, warehouse.beside() as other:
        with warehouse.transaction():
            warehouse.replace("facts.noted", pl.DataFrame({"n": [1]}))
            assert not other.rows("SELECT 1 FROM duckdb_tables() WHERE table_name = 'noted'")
        assert other.rows("FROM facts.noted") == [(1,)]


def test_a_task_is_carried_out_while_what_came_before_is_used() -> None:
    begun: list[int] = []

    def task(number: int) -> int:
        begun.append(number)
        return number

    with ThreadPoolExecutor(1) as thread:
        told = in_turn(thread, (partial(task, number) for number in range(3)))
        assert next(told) == 0
        thread.submit(int).result()  # whatever was begun before is done
        assert begun == [0, 1]
        assert list(told) == [1, 2]


def test_what_was_read_ahead_is_of_its_own_date(
    attributed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[date] = []
    to = Carried.to

    def watched(carried: Carried, day: date, outline: pl.DataFrame | None = None) -> Standing:
        read.append(day)
        return to(carried, day, outline)

    monkeypatch.setattr(Carried, "to", watched)
    with night_of(load_site(attributed), Asked(Days(FIRST, LAST))) as night:
        night.compute(_quiet)
        night.publish()

    days = [FIRST + timedelta(days=number) for number in range(7)]
    assert read == days
    held = published(attributed, "SELECT as_of, quantity FROM metrics.stock_status ORDER BY as_of")
    assert [(day, int(quantity)) for day, quantity in held] == [
        (day, 10 if day < date(2025, 1, 30) else 8) for day in days
    ]


def test_a_fault_of_the_reading_is_told_where_its_figures_are_asked_for(
    attributed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Standing:
        message = "the layers cannot be read"
        raise RuntimeError(message)

    monkeypatch.setattr(Carried, "to", broken)
    with (
        Warehouse(load_site(attributed)) as warehouse,
        pytest.raises(RuntimeError, match="layers cannot be read"),
    ):
        compute(warehouse, Days(FIRST, LAST), _quiet)


def test_a_fault_of_the_figures_ends_the_reading_too(
    attributed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        message = "no figure can be written"
        raise RuntimeError(message)

    with monkeypatch.context() as patched, Warehouse(load_site(attributed)) as warehouse:
        patched.setattr(Figures, "_write", broken)
        with pytest.raises(RuntimeError, match="no figure can be written"):
            compute(warehouse, Days(FIRST, LAST), _quiet)
    with Warehouse(load_site(attributed)) as warehouse:
        assert compute(warehouse, Days(FIRST, LAST), _quiet).dates[-1] == LAST


def _quiet(_line: str) -> None:
    """Nobody watches."""
