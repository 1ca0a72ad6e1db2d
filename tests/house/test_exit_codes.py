"""What a scheduler reads (the exit code) and what a person reads (who must do what)."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from tests.house.processes import held, stockturn
from tests.house.sites import MASTERS, deliver, movements, published, write_site

DAY = "2025-01-31"
SALES = [f"{n}|2025-01-{n:02d}|sale|-1|-10" for n in range(2, 31)]
LEDGER = ["1|2025-01-01|opening|100|1000", *SALES]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site that waits a second at most for its warehouse."""
    return write_site(tmp_path / "site", extra="\n[engine]\nlock_wait_seconds = 1\n")


def run(site: Path, day: str = DAY, *options: str) -> tuple[int, str]:
    """Exit code and output of a run without documents."""
    arguments = ["run", "--site", str(site), "--no-report", "--date", day, *options]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0 or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def hand_over(site: Path, *rows: str, day: str = DAY) -> Path:
    return deliver(site, day, MASTERS | {"stock_movement": movements(*rows)})


def test_0_when_all_is_done(site: Path) -> None:
    hand_over(site, *LEDGER)

    code, output = run(site)

    assert code == 0, output


def test_0_with_the_warnings_listed(site: Path) -> None:
    """An item nobody has described costs no row: it is admitted, and said."""
    text = movements(*LEDGER).replace("2025-01-05,B-100", "2025-01-05,X-999")
    deliver(site, DAY, MASTERS | {"stock_movement": text})

    code, output = run(site)

    assert code == 0, output
    assert_names(output, "warning: acme", "no item master (X-999)", "ERP team")
    assert published(site, "select is_stub from canonical.item where sku = 'X-999'") == [(True,)]


def test_65_when_a_file_lacks_a_column(site: Path) -> None:
    text = movements(*LEDGER).replace("quantity", "menge")
    deliver(site, DAY, MASTERS | {"stock_movement": text})

    code, output = run(site)

    assert code == 65, output
    assert_names(output, "acme", "stock_movement.csv", "quantity")
    assert not (site / "published" / "stockturn.duckdb").exists()


def test_65_for_one_company_while_the_others_go_on(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", extra='\n[[company]]\nname = "beta"\n')
    tables = MASTERS | {"stock_movement": movements(*LEDGER)}
    deliver(site, DAY, tables, company="beta")
    deliver(site, DAY, MASTERS | {"stock_movement": ""})

    code, output = run(site)

    assert code == 65, output
    assert_names(output, "acme", DAY, "stock_movement.csv")
    assert published(site, "select distinct company from canonical.stock_movement") == [("beta",)]
    assert published(
        site,
        "select closing_value::int from metrics.turnover where company = 'beta' and as_of = ? "
        "and dimension = 'company' and time_window = 'month' and basis = 'two_point' "
        "and scope = 'all'",
        [DAY],
    ) == [(1000 - 29 * 10,)]


def test_65_when_a_file_was_cut_off(site: Path) -> None:
    """The manifest says 31 rows, the file ends inside the 30th."""
    text = movements(*LEDGER)[:-12]
    manifest = {"tables": {"stock_movement": {"file": "stock_movement.csv", "rows": 31}}}
    deliver(site, DAY, MASTERS | {"stock_movement": text}, manifest=manifest)

    code, output = run(site)

    assert code == 65, output
    assert_names(output, "acme", "stock_movement.csv", "31")


def test_65_names_every_bad_day_of_a_range_before_anything_is_taken_in(site: Path) -> None:
    deliver(site, "2025-01-10", MASTERS | {"stock_movement": movements(LEDGER[0])})
    for day in ("2025-01-12", "2025-01-20"):
        (deliver(site, day, MASTERS) / "stock_movement.csv").write_bytes(b"")

    code, output = stockturn("run", "--site", site, "--from", "2025-01-10", "--to", "2025-01-31")

    assert code == 65, output
    assert_names(output, "acme", "2025-01-12", "2025-01-20", "stock_movement.csv")
    assert not (site / "published" / "stockturn.duckdb").exists()
    assert "Traceback" not in output, output


def test_65_when_more_rows_are_refused_than_may_be(site: Path) -> None:
    """3 of 30 rows are not readable: 10 %, where 5 % may be."""
    text = movements(*LEDGER)
    for day in ("03", "04", "05"):
        text = text.replace(
            f"2025-01-{day},B-100,MAIN,sale,-1", f"2025-01-{day},B-100,MAIN,sale,one"
        )
    deliver(site, DAY, MASTERS | {"stock_movement": text})

    code, output = run(site)

    assert code == 65, output
    assert_names(output, "acme", DAY, "stock_movement.csv", "record 3", "quantity", "deliver")


def test_65_when_a_delivery_would_close_more_than_its_share_and_0_once_accepted(
    site: Path,
) -> None:
    """A window over January holds the opening only: 29 of 30 postings would be gone."""
    hand_over(site, *LEDGER)
    assert run(site)[0] == 0
    window = {"mode": "window", "from": "2025-01-01", "to": DAY, "file": "stock_movement.csv"}
    deliver(
        site,
        "2025-02-01",
        MASTERS | {"stock_movement": movements(LEDGER[0])},
        manifest={"tables": {"stock_movement": window}},
    )

    code, output = run(site, "2025-02-01")

    assert code == 65, output
    assert_names(output, "acme", "2025-02-01", "--accept-closures")
    assert published(site, "select count(*) from canonical.stock_movement") == [(30,)]

    code, output = run(site, "2025-02-01", "--accept-closures")

    assert code == 0, output
    assert published(site, "select count(*) from canonical.stock_movement") == [(1,)]


def test_75_while_a_file_may_still_be_being_written(site: Path) -> None:
    settings = site / "site.toml"
    waiting = settings.read_text().replace("settle_seconds = 0", "settle_seconds = 30")
    settings.write_text(waiting)
    delivery = hand_over(site, *LEDGER)

    code, output = run(site)

    assert code == 75, output
    assert_names(output, "acme", DAY)

    (delivery / ".done").touch()
    code, output = run(site)
    assert code == 0, output


def test_75_while_another_process_holds_the_warehouse(site: Path) -> None:
    hand_over(site, *LEDGER)
    assert run(site)[0] == 0
    hand_over(site, "99|2025-02-01|sale|-1|-10", day="2025-02-01")

    with held(site / "warehouse.duckdb") as holder:
        code, output = stockturn("run", "--site", site, "--date", "2025-02-01")

    assert code == 75, output
    assert_names(output, "warehouse.duckdb", str(holder))
    assert "Traceback" not in output, output


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('name = "acme"', 'name = "acme"\nerp = "unheard_of"', "unheard_of"),
        ("start =", "begin =", "start"),
        ("Asia/Shanghai", "Asia/Shanghigh", "Asia/Shanghigh"),
        ('currency = "CNY"', 'currency = "CNY', "site.toml"),
    ],
)
def test_78_when_the_settings_do_not_fit(site: Path, old: str, new: str, named: str) -> None:
    settings = site / "site.toml"
    settings.write_text(settings.read_text().replace(old, new))
    hand_over(site, *LEDGER)

    code, output = run(site)

    assert code == 78, output
    assert_names(output, named)


def test_78_where_there_is_no_site(tmp_path: Path) -> None:
    code, output = stockturn("run", "--site", tmp_path / "nowhere")

    assert code == 78, output
    assert_names(output, "nowhere", "stockturn init")
    assert "Traceback" not in output, output


def assert_names(output: str, *words: str) -> None:
    """The message names each of these."""
    missing = [word for word in words if word not in output]
    assert not missing, f"{missing} not in: {output}"
