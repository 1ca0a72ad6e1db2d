"""Refused rows can be seen and mended while something is held."""

from pathlib import Path

from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.settings import load_site
from pipeline.warehouse import Warehouse
from tests.house.sites import MASTERS, deliver, movements, published, write_site

GOOD = [f"{n} | 2025-01-01 | purchase | 1 | 10.00" for n in range(1, 12)]
BAD = "12 | 2025-01-01 | salle | -1 | -480.00"


def call(*arguments: str) -> tuple[int, str]:
    """Exit code and output of a command."""
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.output


def run(site: Path, day: str) -> tuple[int, str]:
    return call("run", "--site", str(site), "--date", day, "--no-report")


def test_one_bad_row_of_twelve_is_told_and_holds_nothing(tmp_path: Path) -> None:
    site = write_site(tmp_path)
    deliver(site, "2025-01-01", MASTERS | {"stock_movement": movements(*GOOD, BAD)})

    assert run(site, "2025-01-01")[0] == 0
    code, told = call("quarantine", "--site", str(site))

    assert code == 0
    assert (
        "acme, stock_movement: unknown kind 'salle': 1 row, worth -480.00 "
        "(acme/2025-01-01/stock_movement.csv, record 12)" in " ".join(told.split())
    )
    assert "Mend the code list or mapping and run again" in told


def test_ten_bad_rows_hold_the_company_and_are_listed_and_published(tmp_path: Path) -> None:
    site = write_site(tmp_path)
    deliver(site, "2025-01-01", MASTERS | {"stock_movement": movements(*GOOD)})
    assert run(site, "2025-01-01")[0] == 0
    bad = [f"{n} | 2025-01-02 | salle | -1 | -10.00" for n in range(20, 30)]
    deliver(site, "2025-01-02", {"stock_movement": movements(*bad)})

    code, told = run(site, "2025-01-02")

    assert code == 65
    assert "10 of 10 rows of stock_movement are refused" in " ".join(told.split())
    code, told = call("quarantine", "--site", str(site), "--table", "stock_movement")
    assert code == 0
    assert "unknown kind 'salle': 10 rows, worth -100.00" in " ".join(told.split())
    standing = "SELECT count(*) FROM quarantine.stock_movement WHERE ended_by IS NULL"
    assert published(site, standing) == [(10,)]
    assert published(site, "SELECT max(as_of)::VARCHAR FROM metrics.daily") == [("2025-01-01",)]


def test_what_is_refused_is_published_in_the_first_night_too(tmp_path: Path) -> None:
    site = write_site(tmp_path)
    bad = [f"{n} | 2025-01-01 | salle | -1 | -10.00" for n in range(20, 30)]
    deliver(site, "2025-01-01", MASTERS | {"stock_movement": movements(*GOOD, *bad)})

    assert run(site, "2025-01-01")[0] == 65
    assert published(site, "SELECT count(*) FROM quarantine.stock_movement") == [(10,)]
    assert published(site, "SELECT count(*) FROM metrics.reconciliation") == [(0,)]


def test_the_list_is_read_while_the_warehouse_is_written(tmp_path: Path) -> None:
    site = write_site(tmp_path)
    deliver(site, "2025-01-01", MASTERS | {"stock_movement": movements(*GOOD, BAD)})
    run(site, "2025-01-01")

    with Warehouse(load_site(site)):
        assert call("quarantine", "--site", str(site))[0] == 0


def test_a_corrected_row_is_in_quarantine_no_longer(tmp_path: Path) -> None:
    site = write_site(tmp_path)
    deliver(site, "2025-01-01", MASTERS | {"stock_movement": movements(*GOOD, BAD)})
    run(site, "2025-01-01")
    deliver(site, "2025-01-02", {"stock_movement": movements(BAD.replace("salle", "sale"))})
    run(site, "2025-01-02")

    assert call("quarantine", "--site", str(site)) == (0, "nothing stands in quarantine\n")
    refused = (
        "SELECT as_of::VARCHAR, sum(quarantined_value) FROM metrics.reconciliation "
        "GROUP BY ALL ORDER BY ALL"
    )
    assert published(site, refused) == [("2025-01-01", -480), ("2025-01-02", 0)]


def test_an_unknown_company_is_refused(tmp_path: Path) -> None:
    code, told = call("quarantine", "--site", str(write_site(tmp_path)), "--company", "nobody")

    assert code == 78
    assert "nobody is no company of this site: take one of acme" in told
