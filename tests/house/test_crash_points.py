"""A run broken off at its dangerous moments: one clean run afterwards, and nothing shows.

Kills at random moments are in `test_crash.py`; these are aimed, see `dying.py`.  A disk that fills
up on the way is played by a limit on the size of files, for which nobody needs privileges.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.landing import DeliveryRegister
from pipeline.settings import load_site
from pipeline.warehouse import SiteState
from tests.house.contents import Rows, all_of, assert_same
from tests.house.dying import AFTER, BEFORE, Moment, Undertaker
from tests.house.ledgers import MASTERS, Ledger, stated
from tests.house.processes import undertaker
from tests.house.sites import deliver, movements, published, write_site

LEDGER = Ledger(seed=5, days=12, per_day=3)
KNOWN, LAST = LEDGER.days[4], LEDGER.last_day
NIGHT = ("--no-report", "--date", f"{LAST}")
BETA = '\n[[company]]\nname = "beta"\n'

SQL = "duckdb:DuckDBPyConnection.execute"
FOLD = "pipeline.warehouse.loading:Loading.fold"
SETTLE = "pipeline.warehouse.stock_ledger:settle"
SNAPSHOT = "stockturn.duckdb.tmp"
OLD, NEW = "what it said before", "what the night says"

# Where the run is killed, and what the published snapshot says from then on.  The night folds one
# chunk per company, and every chunk is two transactions: its rows, then their order and cost.
MOMENTS = {
    "copied, not registered": (Moment(BEFORE, "pipeline.landing:register"), OLD),
    "half registered": (
        Moment(BEFORE, "pipeline.warehouse:SiteState.execute_many", "INSERT INTO delivered"),
        OLD,
    ),
    "registered, not folded": (Moment(BEFORE, "pipeline.stages.folding:load"), OLD),
    "before the first chunk's COMMIT": (Moment(AFTER, FOLD), OLD),
    "after the first chunk's COMMIT": (Moment(BEFORE, SETTLE), OLD),
    "before the second chunk's COMMIT": (Moment(AFTER, FOLD, call=2), OLD),
    "settled, before that COMMIT": (Moment(AFTER, SETTLE, call=2), OLD),
    "before the facts' COMMIT": (Moment(AFTER, SQL, "DELETE FROM canonical.touched"), OLD),
    "facts without metrics": (Moment(BEFORE, "pipeline.stages.compute:compute"), OLD),
    "snapshot written, not in its place": (Moment(BEFORE, "os:replace", SNAPSHOT), OLD),
    "snapshot in its place": (Moment(AFTER, "os:replace", SNAPSHOT), NEW),
}


# One before anything, one between two commits, one when all is done but the night's end.
EVERY_CHANGE = {
    "copied, not registered",
    "after the first chunk's COMMIT",
    "snapshot in its place",
}


def large(case: str) -> object:
    """One of the moments that only acceptance tries."""
    return pytest.param(case, marks=pytest.mark.acceptance)


@dataclass(frozen=True)
class Calm:
    """A site some days of which are taken in, and what an undisturbed night makes of it."""

    site: Path
    whole: Path
    says: dict[str, dict[str, Rows]]  # by OLD and NEW


def _wide(text: str) -> str:
    """The same rows with a column nobody reads, larger than all that is written before its copy."""
    header, *rows = text.splitlines()
    return "".join([f"{header},note\n", *(f"{row},{'-' * 10_000}\n" for row in rows)])


def run(site: Path, *options: str, code: int = 0) -> None:
    """A run that nobody disturbs."""
    result = CliRunner().invoke(app, ["run", "--site", str(site), *options])
    assert result.exit_code == code, result.output


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Calm:
    """Two companies of which five days are known; a week more is delivered to be taken in.

    It brings a correction of known rows and an item nobody has described.
    """
    folder = tmp_path_factory.mktemp("calm")
    site = write_site(folder / "known", today="2025-01-31", extra=BETA)
    first = [day for day in LEDGER.days if day <= KNOWN]
    rest = [day for day in LEDGER.days if day > KNOWN]
    corrected = [line._replace(quantity=line.quantity * 2) for line in LEDGER.of(KNOWN)]
    unknown = LEDGER.of(LAST)[0]._replace(movement_id=9999, sku="X-999")
    for company in ("acme", "beta"):
        tables = MASTERS | {"stock_movement": stated(LEDGER.of(*first))}
        deliver(site, f"{KNOWN}", tables, company=company)
    run(site, "--no-report", "--date", f"{KNOWN}")
    masters = {"item": _wide(MASTERS["item"])}
    more = [*LEDGER.of(*rest), *corrected, unknown]
    for company in ("acme", "beta"):
        tables = masters | {"stock_movement": stated(more)}
        deliver(site, f"{LAST}", tables, company=company)

    whole = shutil.copytree(site, folder / "whole")
    run(whole, *NIGHT)
    return Calm(site, whole, {OLD: all_of(site), NEW: all_of(whole)})


@pytest.fixture(scope="module")
def death() -> Iterator[Undertaker]:
    """Everything is imported once for all deaths."""
    with undertaker() as waiting:
        yield waiting


@pytest.mark.parametrize(
    "moment", [each if each in EVERY_CHANGE else large(each) for each in MOMENTS]
)
def test_one_clean_run_mends_what_a_kill_left(
    calm: Calm, death: Undertaker, tmp_path: Path, moment: str
) -> None:
    where, left = MOMENTS[moment]
    site = shutil.copytree(calm.site, tmp_path / "site")

    death.kill(where, "run", "--site", site, *NIGHT)

    assert_same(all_of(site), calm.says[left])
    run(site, *NIGHT)
    assert_same(all_of(site), calm.says[NEW])


@pytest.mark.parametrize(
    ("room", "told"),
    [
        pytest.param(500, "state.sqlite", id="state", marks=pytest.mark.acceptance),
        pytest.param(40_000, "the site's folder", id="raw copies", marks=pytest.mark.acceptance),
        pytest.param(70_000, "warehouse.duckdb.wal", id="ledger"),
        pytest.param(3_000_000, "warehouse.duckdb", id="checkpoint", marks=pytest.mark.acceptance),
    ],
)
def test_one_clean_run_mends_what_a_full_disk_left(
    calm: Calm, death: Undertaker, tmp_path: Path, room: int, told: str
) -> None:
    """There was room when the run began: the check before it could not know."""
    site = shutil.copytree(calm.site, tmp_path / "site")

    code, output = death.run_on_a_full_disk(room, "run", "--site", site, *NIGHT)

    assert code == 78, output
    assert f"{told} cannot be written: File too large" in output
    assert "Whoever runs this machine must make room" in output
    assert "Traceback" not in output
    assert_same(all_of(site), calm.says[OLD])
    run(site, *NIGHT)
    assert_same(all_of(site), calm.says[NEW])


@pytest.mark.parametrize("lost", ["deliveries/*/*/*.json", "??/*"])
def test_one_clean_run_mends_what_a_loss_of_power_took(
    calm: Calm, death: Undertaker, tmp_path: Path, lost: str
) -> None:
    """The register was on the disk, records or copies of the night were not yet."""
    site = shutil.copytree(calm.site, tmp_path / "site")
    before = set((site / "raw").glob(lost))
    death.kill(MOMENTS["registered, not folded"][0], "run", "--site", site, *NIGHT)
    newest = set((site / "raw").glob(lost)) - before
    assert newest
    for path in newest:
        path.write_bytes(b"")

    run(site, *NIGHT)

    assert_same(all_of(site), calm.says[NEW])
    assert all(path.stat().st_size for path in newest)


def test_a_kill_while_a_held_company_is_put_back_leaves_nothing(
    calm: Calm, death: Undertaker, tmp_path: Path
) -> None:
    """The unfinished snapshot has a log of its own by then; the next one must not inherit it."""
    site = shutil.copytree(calm.site, tmp_path / "site")
    deliver(site, f"{LAST}", {"stock_movement": ""}, company="beta")

    death.kill(Moment(BEFORE, SQL, "DETACH earlier"), "run", "--site", site, *NIGHT)
    assert_same(all_of(site), calm.says[OLD])
    assert (site / "published" / f"{SNAPSHOT}.wal").exists()
    run(site, *NIGHT, code=65)

    of = "SELECT * FROM canonical.stock_movement WHERE company = ? ORDER BY ALL"
    assert published(site, of, ["acme"]) == published(calm.whole, of, ["acme"])
    assert published(site, of, ["beta"]) == published(calm.site, of, ["beta"])
    assert [path.name for path in (site / "published").iterdir()] == ["stockturn.duckdb"]


def test_a_file_ledger_that_was_lost_and_made_anew_is_filled_from_raw(tmp_path: Path) -> None:
    """The sensor, or `stockturn mail`, opens the file first: a correction is still version 2."""
    site = write_site(tmp_path / "site", today="2025-02-10")
    deliver(
        site, "2025-01-31", MASTERS | {"stock_movement": movements("1|2025-01-01|opening|9|90")}
    )
    run(site, "--no-report")
    (site / "state.sqlite").unlink()
    with SiteState(load_site(site)) as state:
        DeliveryRegister(state)

    deliver(site, "2025-01-31", {"stock_movement": movements("1|2025-01-01|opening|7|70")})
    run(site, "--no-report")

    kept = "SELECT quantity::INT, delivery_no % 1000 FROM canonical.stock_movement"
    assert published(site, kept) == [(7, 2)]
