"""What holds a report no longer holds it once mended: list, mapping, sender, site.toml."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.resources import sql_folder
from tests.house.sites import (
    MASTERS,
    deliver,
    hold_for_one_row,
    movements,
    published,
    write_site,
)

BETA = '\n[[company]]\nname = "beta"\n'
DAY, NEXT = "2025-01-31", "2025-02-01"
BOUGHT, SOLD = "1|2025-01-10|Zugang|10|100", "2|2025-01-20|Abgang|-4|-40"
KNOWN_KINDS = '[codes.kind]\n"Zugang" = "purchase"\n'
MORE_KINDS = KNOWN_KINDS + '"Abgang" = "sale"\n'
LEDGER = "SELECT company, sum(value)::INT FROM canonical.stock_movement GROUP BY ALL ORDER BY ALL"
GROUP = (
    "SELECT sum(closing_value)::INT FROM metrics.turnover WHERE company = '*' AND as_of = ? "
    "AND dimension = 'company' AND scope = 'all' AND basis = 'two_point' AND time_window = 'month'"
)


def run(site: Path, *options: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["run", "--site", str(site), "--no-report", *options])
    assert result.exit_code == code, result.output
    return " ".join(result.output.split())


@pytest.fixture
def listed(told: Path, tmp_path: Path) -> Path:
    """The site of a list that lacks something, for one test alone."""
    return shutil.copytree(told, tmp_path / "site")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site whose mapping reads kinds through a list that lacks one of them."""
    site = write_site(tmp_path_factory.mktemp("told") / "site", today="2025-02-10")
    hold_for_one_row(site)
    mappings = site / "sql" / "erp" / "generic"
    mappings.mkdir(parents=True)
    text = (sql_folder() / "erp" / "generic" / "stock_movement.sql").read_text()
    meaning = "(select meaning from landed.codes where list = 'kind' and code = kind) as kind,"
    (mappings / "stock_movement.sql").write_text(text.replace("    kind,", f"    {meaning}"))
    (mappings / "erp.toml").write_text(KNOWN_KINDS)
    deliver(site, DAY, MASTERS | {"stock_movement": movements(BOUGHT, SOLD)})
    said = run(site, code=65)
    assert "1 of 2 rows of stock_movement is refused" in said
    assert "Mend the code list or mapping and run again" in said
    return site


def test_refused_rows_are_taken_in_when_the_list_was_corrected(listed: Path) -> None:
    assert "no delivery was new" in run(listed, code=65)

    (listed / "sql" / "erp" / "generic" / "erp.toml").write_text(MORE_KINDS)
    said = run(listed)

    assert "code lists or mappings have changed; telling deliveries again from 2025-01-31" in said
    assert published(listed, LEDGER) == [("acme", 60)]
    assert published(listed, "SELECT count(*)::INT FROM quarantine.stock_movement") == [(0,)]
    assert "no delivery was new" in run(listed)


def test_refused_rows_are_taken_in_when_the_mapping_was_corrected(listed: Path) -> None:
    """Deliveries after the first with refused rows are told again too, the ones before are not."""
    mapping = listed / "sql" / "erp" / "generic" / "stock_movement.sql"
    deliver(listed, NEXT, {"stock_movement": movements("3|2025-02-01|Zugang|1|10")})
    run(listed, code=65)

    asked = mapping.read_text().replace("code = kind) as kind", "code = kind) end as kind")
    sold = "case kind when 'Abgang' then 'sale' else (select meaning"
    mapping.write_text(asked.replace("(select meaning", sold))
    run(listed)

    assert published(listed, LEDGER) == [("acme", 70)]


def test_a_change_that_helps_nothing_is_tried_once(listed: Path) -> None:
    (listed / "sql" / "erp" / "generic" / "erp.toml").write_text(
        KNOWN_KINDS + '"Umlagerung" = "transfer_in"\n'
    )
    assert "telling deliveries again" in run(listed, code=65)
    assert "telling deliveries again" not in run(listed, code=65)


def test_a_change_of_the_list_alone_tells_nothing_again(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", today="2025-02-10")
    tables = {"stock_movement": movements("1|2025-01-10|opening|9|90")}
    deliver(site, DAY, MASTERS | tables)
    run(site)
    mappings = site / "sql" / "erp" / "generic"
    mappings.mkdir(parents=True)
    (mappings / "erp.toml").write_text(MORE_KINDS)
    assert "no delivery was new" in run(site)


@pytest.fixture(scope="module")
def both_told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two companies: acme has 90 in stock, beta 100."""
    site = write_site(tmp_path_factory.mktemp("both") / "site", today="2025-02-10", extra=BETA)
    for company, value in (("acme", 90), ("beta", 100)):
        tables = {"stock_movement": movements(f"1|2025-01-10|opening|9|{value}")}
        deliver(site, DAY, MASTERS | tables, company=company)
    run(site)
    assert published(site, GROUP, [DAY]) == [(190,)]
    return site


@pytest.fixture
def both(both_told: Path, tmp_path: Path) -> Path:
    """The same, for one test alone."""
    return shutil.copytree(both_told, tmp_path / "site")


def test_a_refused_delivery_that_was_taken_away_holds_nothing(both: Path) -> None:
    site = both
    bad = deliver(site, NEXT, {"stock_movement": ""})
    deliver(site, NEXT, {"stock_movement": movements("2|2025-02-01|purchase|1|10")}, company="beta")
    assert "acme/2025-02-01/stock_movement.csv" in run(site, "--date", NEXT, code=65)

    shutil.rmtree(bad)
    said = run(site, "--date", NEXT)

    assert "acme/2025-02-01: the delivery that was refused was taken away" in said
    assert published(site, GROUP, [NEXT]) == [(200,)]
    assert "taken away" not in run(site, "--date", NEXT)


def test_a_company_taken_out_of_the_site_leaves_the_group(both: Path) -> None:
    site = both

    write_site(site, today="2025-02-10")
    deliver(site, NEXT, {"stock_movement": movements("2|2025-02-01|purchase|1|10")})
    said = run(site, "--date", NEXT)

    assert "beta is no company of site.toml any more" in said
    assert published(site, LEDGER) == [("acme", 100)]
    assert published(site, GROUP, [NEXT]) == [(100,)]
    reach = "SELECT DISTINCT data_through FROM metrics.turnover WHERE company = '*' AND as_of = ?"
    assert [str(row[0]) for row in published(site, reach, [NEXT])] == [NEXT]
    assert "no company of site.toml" not in run(site, "--date", NEXT)

    write_site(site, today="2025-02-10", extra=BETA)
    run(site, "--date", NEXT)
    assert published(site, LEDGER) == [("acme", 100), ("beta", 100)]
    assert published(site, GROUP, [NEXT]) == [(200,)]


NUMBERED = "movement_id,posted_at,entry_no,sku,warehouse,kind,quantity,value\n"
HALF = f"{NUMBERED}1,{DAY},7,B-100,MAIN,purchase,10,100\n2,{DAY},,B-100,MAIN,sale,-4,-40\n"


def test_a_day_that_is_numbered_in_part_is_refused_until_it_is_mended(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", today="2025-02-10", extra=BETA)
    deliver(
        site, DAY, MASTERS | {"stock_movement": movements(BOUGHT.replace("Zugang", "purchase"))}
    )
    half = MASTERS | {"stock_movement": HALF}
    folder = deliver(site, DAY, half, company="beta")

    sentence = f"beta/{DAY}: of the movements of {DAY}, 1 of 2 have an entry_no"
    for _ in range(2):
        assert sentence in run(site, code=65)
        assert published(site, LEDGER) == [("acme", 100)]

    (folder / "stock_movement.csv").write_text(HALF.replace(",,", ",8,"))
    run(site)
    assert published(site, LEDGER) == [("acme", 100), ("beta", 60)]
