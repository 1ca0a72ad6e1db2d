"""Refused rows can be seen and mended while something is held."""

import shutil
from pathlib import Path

import pytest
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


@pytest.fixture(scope="module")
def one_bad(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A night in which one row of twelve was refused, which holds nothing."""
    site = write_site(tmp_path_factory.mktemp("one") / "site")
    deliver(site, "2025-01-01", MASTERS | {"stock_movement": movements(*GOOD, BAD)})
    assert run(site, "2025-01-01")[0] == 0
    return site


@pytest.fixture(scope="module")
def ten_bad(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good night, and one in which ten rows of ten were refused."""
    site = write_site(tmp_path_factory.mktemp("ten") / "site")
    deliver(site, "2025-01-01", MASTERS | {"stock_movement": movements(*GOOD)})
    assert run(site, "2025-01-01")[0] == 0
    bad = [f"{n} | 2025-01-02 | salle | -1 | -10.00" for n in range(20, 30)]
    deliver(site, "2025-01-02", {"stock_movement": movements(*bad)})
    code, told = run(site, "2025-01-02")
    assert code == 65
    assert "10 of 10 rows of stock_movement are refused" in " ".join(told.split())
    return site


def test_one_bad_row_of_twelve_is_told_and_holds_nothing(one_bad: Path) -> None:
    code, told = call("quarantine", "--site", str(one_bad))

    assert code == 0
    assert (
        "acme, stock_movement: unknown kind salle: 1 row, worth -480.00 "
        "(acme/2025-01-01/stock_movement.csv, record 12)" in " ".join(told.split())
    )
    assert "Mend the code list or mapping and run again" in told


def test_ten_bad_rows_hold_the_company_and_are_listed_and_published(ten_bad: Path) -> None:
    site = ten_bad
    code, told = call("quarantine", "--site", str(site), "--table", "stock_movement")
    assert code == 0
    assert "unknown kind salle: 10 rows, worth -100.00" in " ".join(told.split())
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


def test_the_list_is_read_while_the_warehouse_is_written(one_bad: Path) -> None:
    with Warehouse(load_site(one_bad)):
        assert call("quarantine", "--site", str(one_bad))[0] == 0


def test_a_corrected_row_is_in_quarantine_no_longer(one_bad: Path, tmp_path: Path) -> None:
    site = shutil.copytree(one_bad, tmp_path / "site")
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


NAMELESS = "sku,name,category,stage,status\nB-100,Ball bearing,Bearings,trading,active\nS-1,,,,\n"
FOREIGN = "supplier,name\nS1,Norseal\nS2,Sudlager\nS3,\nS1,Norseal\n"
BURST = "warehouse,name,kind\nMAIN,Main store,store\nW2,Second,store,too many\nW3,Third,shop\n"


def test_refused_rows_of_masters_are_in_the_account_and_the_list(tmp_path: Path) -> None:
    """Of every table delivered: what came in is what became of it."""
    site = write_site(tmp_path)
    masters = {"item": NAMELESS, "supplier": FOREIGN, "warehouse": BURST}
    deliver(site, "2025-01-01", masters | {"stock_movement": movements(*GOOD)})

    _, told = run(site, "2025-01-01")

    for line in (
        "11 movements in = 11 new + 0 corrected + 0 unchanged + 0 quarantined + 0 duplicate",
        "2 rows of item in = 1 new + 0 corrected + 0 unchanged + 1 quarantined + 0 duplicate",
        "4 rows of supplier in = 2 new + 0 corrected + 0 unchanged + 1 quarantined + 1 duplicate",
        "3 rows of warehouse in = 1 new + 0 corrected + 0 unchanged + 2 quarantined + 0 duplicate",
    ):
        assert f"2025-01-01: {line}" in told
    listed = call("quarantine", "--site", str(site))[1]
    for line in (
        "acme, item: missing name: 1 row (acme/2025-01-01/item.csv, record 2)",
        "acme, supplier: missing name: 1 row (acme/2025-01-01/supplier.csv, record 3)",
        "acme, warehouse: ragged_record: 1 row (acme/2025-01-01/warehouse.csv, record 2)",
        "acme, warehouse: unknown kind shop: 1 row (acme/2025-01-01/warehouse.csv, record 3)",
    ):
        assert line in listed


SHOP = """
name = "shop"
[[file]]
name = "journal"
required = true
feeds = ["stock_movement"]
column = [{ name = "id", type = "code" }, { name = "day", type = "date" }]
[[file]]
name = "goods"
feeds = ["item"]
column = [{ name = "sku", type = "code" }, { name = "grp", type = "code" }]
[[file]]
name = "groups"
feeds = ["item"]
column = [{ name = "grp", type = "code" }, { name = "title", type = "text" }]
[table.stock_movement]
mode = "increment"
driving = ["journal"]
[table.item]
mode = "snapshot"
driving = ["goods"]
"""
SHOP_SQL = {
    "stock_movement": "select id as movement_id, day as posted_at, 'B-100' as sku, 'MAIN' as "
    "warehouse, 'purchase' as kind, 1 as quantity, 10 as value, source_file, source_row, "
    "delivery_no from landed.journal",
    "item": "select sku, sku as name, title as category, g.source_file, g.source_row, "
    "g.delivery_no from landed.goods as g left join landed.groups using (delivery_no, grp)",
}


def test_a_broken_record_of_a_file_that_is_only_looked_up_is_told(tmp_path: Path) -> None:
    """A group of items is no item, yet what cannot be read of it must not vanish."""
    site = write_site(tmp_path, extra='erp = "shop"\n')
    mapping = site / "sql" / "erp" / "shop"
    mapping.mkdir(parents=True)
    (mapping / "erp.toml").write_text(SHOP, encoding="utf-8")
    for name, query in SHOP_SQL.items():
        (mapping / f"{name}.sql").write_text(query, encoding="utf-8")
    files = {
        "journal": "id,day\n1,2025-01-01\n",
        "goods": "sku,grp\nB-100,1\nB-200,2\n",
        "groups": "grp,title\n1,Bearings\n2,Rollers,and more\n",
    }
    deliver(site, "2025-01-01", files)

    _, told = run(site, "2025-01-01")

    row = "3 rows of item in = 2 new + 0 corrected + 0 unchanged + 1 quarantined + 0 duplicate"
    assert row in told
    listed = call("quarantine", "--site", str(site))[1]
    assert "acme, item: ragged_record: 1 row (acme/2025-01-01/groups.csv, record 2)" in listed


FORGIVEN = """
[[forgiven_row]]
valid_from = 2025-01-02
company = "acme"
table = "stock_movement"
file = "acme/2025-01-02/stock_movement.csv"
records = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
by = "Head of accounting"
reason = "test postings of the go-live, mail of 2025-01-03"
"""


def forgive(site: Path, text: str) -> None:
    """What the site forgives, and nothing else."""
    policy = site / "policy" / "forgiven_rows.toml"
    policy.parent.mkdir(exist_ok=True)
    policy.write_text(text, encoding="utf-8")


def refused_value(site: Path) -> list[tuple[object, ...]]:
    return published(
        site,
        "SELECT sum(quarantined_value)::INTEGER FROM metrics.reconciliation "
        "WHERE as_of = '2025-01-02'",
    )


def test_forgiven_rows_hold_nothing_and_are_told_until_the_policy_is_taken_back(
    ten_bad: Path, tmp_path: Path
) -> None:
    """Ten rows worth 100 hold the company; they are forgiven, kept so by a rebuild, and not."""
    site = shutil.copytree(ten_bad, tmp_path / "site")

    forgive(site, FORGIVEN)
    code, told = run(site, "2025-01-02")

    assert code == 0
    assert "10 refused rows are forgiven by policy/forgiven_rows.toml" in told
    assert refused_value(site) == [(0,)]
    listed = call("quarantine", "--site", str(site))[1].splitlines()
    assert listed == [
        "nothing stands in quarantine",
        (
            "forgiven from 2025-01-02 on by Head of accounting (test postings of the go-live, mail "
            "of 2025-01-03): acme, stock_movement: unknown kind salle: 10 rows, worth -100.00 "
            "(acme/2025-01-02/stock_movement.csv, from record 1)"
        ),
    ]
    who = "SELECT DISTINCT forgiven_on::VARCHAR, forgiven_by FROM quarantine.stock_movement"
    assert published(site, who) == [("2025-01-02", "Head of accounting")]

    code, told = call("rebuild", "--site", str(site))
    assert (code, "10 refused rows are forgiven" in told) == (0, True)
    assert refused_value(site) == [(0,)]

    forgive(site, "")
    assert run(site, "2025-01-02")[0] == 65
    assert "unknown kind salle: 10 rows" in call("quarantine", "--site", str(site))[1]


def test_forgiving_a_row_that_nobody_refused_is_told_by_its_entry(tmp_path: Path) -> None:
    site = write_site(tmp_path)
    deliver(site, "2025-01-01", MASTERS | {"stock_movement": movements(*GOOD, BAD)})
    one = '\nkey = { movement_id = "12" }'
    rows = FORGIVEN[: FORGIVEN.index("\nfile")] + "{}" + FORGIVEN[FORGIVEN.index("\nby") :]
    forgive(site, rows.format(one) + rows.format(one.replace("12", "13")))

    code, told = run(site, "2025-01-01")

    assert code == 78
    assert (
        "policy/forgiven_rows.toml, forgiven_row 2, acme, stock_movement, movement_id 13: no such "
        "row was refused up to 2025-01-02" in told
    )
    assert "1 refused row is forgiven" in told
    assert published(site, "SELECT max(as_of)::VARCHAR FROM metrics.daily") == [("2025-01-01",)]
