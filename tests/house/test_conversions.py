"""Goods that became other goods, through the real command: as old, and of the same suppliers."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from tests.house.sites import deliver, published, write_site

ITEMS = "sku,name,category\nRAW,Steel bar,Steel\nCUT,Steel blank,Steel\nSET,Set of blanks,Steel\n"
MASTERS = {
    "item": ITEMS,
    "warehouse": "warehouse,name,kind\nMAIN,Main store,store\n",
    "supplier": "supplier,name\nS1,Norseal\nS2,Sudlager\n",
}
HEADER = "movement_id,posted_at,sku,warehouse,kind,quantity,value,supplier,conversion_id\n"
FIRST = """1,2025-01-10,RAW,MAIN,purchase,10,100,S1,
2,2025-06-10,RAW,MAIN,purchase,10,100,S2,
3,2025-12-01,RAW,MAIN,adjustment,-12,-120,,C1
4,2025-12-01,CUT,MAIN,adjustment,24,120,,C1
5,2025-12-05,CUT,MAIN,adjustment,-24,-120,,C2
6,2025-12-05,SET,MAIN,adjustment,2,120,,C2
"""
LATE = "7,2025-01-05,RAW,MAIN,purchase,4,40,S2,\n"
AGE = """
SELECT sku, supplier, bucket, quantity::DOUBLE, value::DOUBLE FROM metrics.stock_age
WHERE company = 'acme' AND as_of = DATE '2025-12-31' ORDER BY ALL
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bars that were cut, and blanks that were put together, on one day's delivery."""
    folder = write_site(tmp_path_factory.mktemp("converted") / "site", today="2025-12-31")
    deliver(folder, "2025-12-31", MASTERS | {"stock_movement": HEADER + FIRST})
    run(folder)
    return folder


def run(site: Path) -> None:
    stockturn("run", site, "--date", "2025-12-31", "--no-report")


def stockturn(command: str, site: Path, *options: str) -> None:
    result = CliRunner().invoke(app, [command, "--site", str(site), *options])
    assert result.exit_code == 0, result.output


def test_sets_are_as_old_as_the_bars_they_were_cut_from(site: Path) -> None:
    # 12 bars went in, the oldest first: 10 of S1 and 2 of S2, a sixth of the value.
    assert published(site, AGE) == [
        ("RAW", "S2", "181-365", 8, 80),
        ("SET", "S1", "181-365", 1.666667, 100),
        ("SET", "S2", "181-365", 0.333333, 20),
    ]


def test_a_late_posting_of_what_went_in_reaches_what_came_out(site: Path) -> None:
    deliver(site, "2025-12-30", MASTERS | {"stock_movement": HEADER + LATE})
    run(site)
    # The 4 of January are the oldest now: 4 of S2 and 8 of S1 went in.
    found = published(site, AGE)
    assert found == [
        ("RAW", "S1", "181-365", 2, 20),
        ("RAW", "S2", "181-365", 10, 100),
        ("SET", "S1", "181-365", 1.333333, 80),
        ("SET", "S2", "181-365", 0.666667, 40),
    ]
    stockturn("rebuild", site)
    run(site)
    assert published(site, AGE) == found
