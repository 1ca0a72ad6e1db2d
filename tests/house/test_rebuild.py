"""`stockturn rebuild`: whatever happened on the way, `raw/` alone tells the same tables again."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.settings import load_site
from pipeline.stages.site_lock import site_lock
from tests.house.contents import all_of, assert_same
from tests.house.dying import BEFORE, Moment, Undertaker
from tests.house.processes import undertaker
from tests.house.sites import MASTERS, deliver, movements, published, write_site

IMPATIENT = "\n[engine]\nlock_wait_seconds = 1\n"
TWENTY = [f"M{number:02}|2025-01-10|purchase|1|10" for number in range(20)]
TEN = movements(*TWENTY[:10])
SALE = "S1|2025-02-01|sale|-1|-10"
LEDGER = "SELECT count(*)::INT, sum(value)::INT FROM canonical.stock_movement"


def window(last: str) -> dict[str, object]:
    """A manifest: the delivery states every movement from January on."""
    stated = {"mode": "window", "from": "2025-01-01", "to": last}
    return {"tables": {"stock_movement": stated}}


def stockturn(command: str, site: Path, *options: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, [command, "--site", str(site), *options])
    assert result.exit_code == code, result.output
    return result.output


def run(site: Path, day: str, *options: str, code: int = 0) -> str:
    return stockturn("run", site, "--date", day, "--no-report", *options, code=code)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty purchases of ten each are in the ledger."""
    folder = tmp_path_factory.mktemp("prepared") / "site"
    write_site(folder, today="2025-02-10", extra=IMPATIENT)
    deliver(folder, "2025-01-31", MASTERS | {"stock_movement": movements(*TWENTY)})
    run(folder, "2025-01-31")
    return folder


@pytest.fixture
def site(prepared: Path, tmp_path: Path) -> Path:
    """The prepared site, for one test alone."""
    return shutil.copytree(prepared, tmp_path / "site")


@pytest.fixture(scope="module")
def closed_once(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The prepared site after it accepted that ten rows are gone."""
    site = shutil.copytree(prepared, tmp_path_factory.mktemp("closed") / "site")
    deliver(site, "2025-02-02", {"stock_movement": TEN}, manifest=window("2025-01-31"))
    said = run(site, "2025-02-02", code=65)
    assert "leaves out 10 of 20 rows" in said
    said = run(site, "2025-02-02", "--accept-closures")
    assert "accepted: acme/2025-02-02: stock_movement leaves out 10 of 20 rows" in said
    assert published(site, LEDGER) == [(10, 100)]
    return site


@pytest.fixture
def closed(closed_once: Path, tmp_path: Path) -> Path:
    """The same, for one test alone."""
    return shutil.copytree(closed_once, tmp_path / "closed")


@pytest.fixture(scope="module")
def death() -> Iterator[Undertaker]:
    with undertaker() as waiting:
        yield waiting


def corrected_and_late(site: Path) -> None:
    deliver(site, "2025-02-03", {"stock_movement": movements(SALE)})
    run(site, "2025-02-03")
    corrected = movements(*TWENTY[:19], "M19|2025-01-10|purchase|2|20")
    deliver(site, "2025-01-31", {"stock_movement": corrected})
    run(site, "2025-01-31")
    deliver(site, "2025-02-01", {"stock_movement": movements("L1|2025-02-01|purchase|5|50")})
    run(site, "2025-02-01")


def late_rows_a_window_closes(site: Path) -> None:
    """The window was looked at when it came; the row that came after it is closed all the same."""
    few = [f"N{number}|2025-02-01|purchase|1|10" for number in range(2)]
    manifest = {
        "tables": {"stock_movement": {"mode": "window", "from": "2025-02-01", "to": "2025-02-02"}}
    }
    deliver(site, "2025-02-02", {"stock_movement": movements(*few)}, manifest=manifest)
    run(site, "2025-02-02")
    deliver(site, "2025-02-01", {"stock_movement": movements("L1|2025-02-01|purchase|5|50")})
    run(site, "2025-02-01")
    assert published(site, LEDGER) == [(22, 220)]


def refused_and_mended(site: Path) -> None:
    deliver(site, "2025-02-01", {"stock_movement": ""})
    run(site, "2025-02-01", code=65)
    some = movements(*(line.replace("M", "O") for line in TWENTY), "X1|2025-02-01|mystery|1|10")
    deliver(site, "2025-02-01", {"stock_movement": some})
    run(site, "2025-02-01")
    withdrawn = deliver(site, "2025-02-02", {"stock_movement": ""})
    run(site, "2025-02-02", code=65)
    shutil.rmtree(withdrawn)
    deliver(site, "2025-02-03", {"stock_movement": movements(SALE)})
    run(site, "2025-02-03")
    assert published(site, "SELECT count(*)::INT FROM quarantine.stock_movement") == [(1,)]


@pytest.mark.parametrize(
    "history",
    [
        corrected_and_late,
        pytest.param(late_rows_a_window_closes, marks=pytest.mark.acceptance),
        pytest.param(refused_and_mended, marks=pytest.mark.acceptance),
    ],
)
def test_a_rebuild_tells_the_same_tables(site: Path, history: Callable[[Path], None]) -> None:
    history(site)
    tells_the_same_tables(site)


def test_a_rebuild_tells_the_same_tables_of_accepted_closures(closed: Path) -> None:
    tells_the_same_tables(closed)


def tells_the_same_tables(site: Path) -> None:
    last = max(path.name for path in (site / "raw" / "deliveries" / "acme").iterdir())
    everything = ("--from", "2025-01-31", "--to", last, "--no-report")
    stockturn("run", site, *everything)
    before = all_of(site)

    said = stockturn("rebuild", site)

    assert "built from raw/" in said
    assert_same(all_of(site), before)
    stockturn("run", site, *everything)
    assert_same(all_of(site), before)


def test_a_rebuild_without_the_register_keeps_what_was_accepted(closed: Path) -> None:
    for file in closed.glob("state.sqlite*"):
        file.unlink()
    stockturn("rebuild", closed)
    assert published(closed, LEDGER) == [(10, 100)]


def test_a_late_delivery_does_not_take_accepted_closures_back(closed: Path) -> None:
    site = closed
    deliver(site, "2025-02-01", {"stock_movement": movements("L1|2025-02-01|purchase|5|50")})
    assert "out of order" in run(site, "2025-02-01")
    assert published(site, LEDGER) == [(11, 150)]
    assert (site / "raw" / "deliveries" / "acme" / "2025-02-02" / "v1.json").is_file()


def test_without_raw_the_warehouse_stays(site: Path) -> None:
    before = (site / "warehouse.duckdb").read_bytes()
    (site / "raw").rename(site / "lost")
    said = stockturn("rebuild", site, code=65)
    assert "There is nothing in" in said
    assert (site / "warehouse.duckdb").read_bytes() == before


def test_a_copy_that_is_gone_is_named_and_the_warehouse_stays(site: Path) -> None:
    before = (site / "warehouse.duckdb").read_bytes()
    copies = [path for path in (site / "raw").rglob("*.csv") if "M00" in path.read_text()]
    assert len(copies) == 1
    copies[0].unlink()
    said = stockturn("rebuild", site, code=65)
    assert "acme/2025-01-31/stock_movement.csv" in said
    assert "can no longer be read" in said.replace("\n", " ")
    assert "stays as it is" in said
    assert (site / "warehouse.duckdb").read_bytes() == before


def test_a_rebuild_waits_for_the_run_that_works_on_the_site(site: Path) -> None:
    with site_lock(load_site(site), "the night"):
        assert "the night" in stockturn("rebuild", site, code=75)


@pytest.mark.parametrize(
    "where",
    [
        pytest.param("attribute:keep_up", marks=pytest.mark.acceptance),
        "rebuild:_put_in_place",
    ],
)
def test_a_rebuild_that_is_killed_leaves_the_live_file(
    site: Path, death: Undertaker, where: str
) -> None:
    before = all_of(site)
    live = (site / "warehouse.duckdb").read_bytes()
    death.kill(Moment(BEFORE, f"pipeline.stages.{where}"), "rebuild", "--site", site)
    assert (site / "warehouse.duckdb").read_bytes() == live
    assert not list(site.glob("*.old"))
    stockturn("rebuild", site)
    assert_same(all_of(site), before)
    assert not (site / "rebuilding").exists()
    assert len(list(site.glob("warehouse.duckdb.*.old"))) == 1
