"""A run that is killed at any moment leaves nothing behind that one clean run does not mend.

Kills at aimed moments go with every change, see `test_crash_points.py`.
"""

import random
import shutil
import signal
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from tests.house.contents import Rows, assert_same, ledger_of, metrics_of
from tests.house.ledgers import MASTERS, Ledger, stated
from tests.house.processes import start, stockturn
from tests.house.sites import deliver, write_site

SEED = 20250101
FEW, MANY = 6, 40  # more than one chunk of days
ROUNDS = [(FEW, 1), *((MANY, number) for number in range(20))]


@dataclass(frozen=True)
class Calm:
    """What undisturbed runs leave, and how long the second of them takes."""

    ledger: Ledger
    delivered: Path
    half_done: Path
    tables: dict[str, Rows]
    seconds: float


def over(site: Path, days: list[date]) -> tuple[str | Path, ...]:
    """A run over some days; the one that is killed is over all, half of them perhaps known."""
    reach = ("--from", days[0].isoformat(), "--to", days[-1].isoformat())
    return ("run", "--site", site, "--no-report", *reach)


def everything(site: Path) -> dict[str, Rows]:
    return metrics_of(site) | {"ledger": ledger_of(site)}


@pytest.fixture(scope="module")
def calm(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Calm:
    """A site as delivered, one with the first half taken in, and the end of an undisturbed run."""
    folder = tmp_path_factory.mktemp("calm")
    ledger = Ledger(seed=3, days=request.param)
    delivered = write_site(folder / "delivered", today="2025-02-10")
    for day in ledger.days:
        tables = MASTERS | {"stock_movement": stated(ledger.of(day))}
        deliver(delivered, day.isoformat(), tables)
    half_done = copy_of(delivered, folder / "half")
    code, output = stockturn(*over(half_done, ledger.days[: request.param // 2]))
    assert code == 0, output

    whole = copy_of(half_done, folder / "whole")
    began = time.monotonic()
    code, output = stockturn(*over(whole, ledger.days))
    assert code == 0, output
    return Calm(ledger, delivered, half_done, everything(whole), time.monotonic() - began)


@pytest.mark.acceptance
@pytest.mark.parametrize(("calm", "number"), ROUNDS, indirect=["calm"])
def test_a_clean_run_after_a_kill_gives_the_tables_of_an_undisturbed_one(
    calm: Calm, tmp_path: Path, number: int
) -> None:
    """Even rounds begin with nothing, odd ones with half of the range; some are killed twice."""
    chance = random.Random(SEED + number)  # noqa: S311 - a moment, no secret
    site = copy_of(calm.half_done if number % 2 else calm.delivered, tmp_path / "site")
    killed = over(site, calm.ledger.days)
    for _ in range(chance.choice((1, 1, 2))):
        kill_during(killed, site, chance.uniform(0.2, 1.1) * calm.seconds)

    code, output = stockturn(*killed)

    assert code == 0, output
    assert_same(everything(site), calm.tables)


def kill_during(run: tuple[str | Path, ...], site: Path, seconds: float) -> None:
    """Start the run and end it the hard way; what was published so far is still readable."""
    with start(*run) as process:
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    if (site / "published" / "stockturn.duckdb").exists():
        assert ledger_of(site)


def copy_of(site: Path, folder: Path) -> Path:
    """The same site in another folder."""
    shutil.copytree(site, folder)
    return folder
