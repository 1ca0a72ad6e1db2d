"""Who only looks, looks while a night writes: sensor, `stockturn mail`, doctor, release gate."""

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.settings import load_site
from pipeline.stages import release_gate
from pipeline.stages.new_deliveries import new_deliveries
from pipeline.warehouse import Warehouse
from tests.house.processes import stockturn
from tests.house.sites import MASTERS, deliver, movements, write_site
from tests.warehouse.test_state import writing

IMPATIENT = "\n[engine]\nlock_wait_seconds = 0.2\n"
OPENING = movements("1|2025-01-01|opening|9|90")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site with one day in its ledger, a refused day, and one nobody has looked at."""
    folder = write_site(tmp_path / "site", today="2025-02-10", extra=IMPATIENT)
    deliver(folder, "2025-01-31", MASTERS | {"stock_movement": OPENING})
    options = ["run", "--site", str(folder), "--no-report"]
    assert CliRunner().invoke(app, options).exit_code == 0
    deliver(folder, "2025-02-01", {"stock_movement": ""})
    assert CliRunner().invoke(app, options).exit_code == 65
    deliver(folder, "2025-02-02", {"stock_movement": OPENING})
    return folder


def test_whoever_looks_does_not_wait_for_a_writer(site: Path) -> None:
    here = load_site(site)
    with writing(here):
        keys, _ = new_deliveries(here, {})
        assert date(2025, 2, 2) in keys
        with Warehouse(here) as warehouse:
            found = release_gate.blockers(warehouse, date(2025, 2, 2))
        assert [each.check for each in found] == [release_gate.REFUSED_DELIVERY]
        assert stockturn("mail", "--site", site) == (0, "No mail waits for a decision.\n")
        code, said = stockturn("doctor", "--site", site)
        assert code == 78, said
        assert "2025-02-01" in said, said
