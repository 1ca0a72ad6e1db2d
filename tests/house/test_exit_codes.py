"""What a scheduler reads (the exit code) and what a person reads (who must do what)."""

import shutil
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app, main
from tests.house.processes import PATIENCE, held, start, stockturn
from tests.house.sites import MASTERS, deliver, movements, published, write_site

DAY = "2025-01-31"
IMPATIENT = "\n[engine]\nlock_wait_seconds = 1\n"
SALES = [f"{n}|2025-01-{n:02d}|sale|-1|-10" for n in range(2, 31)]
LEDGER = ["1|2025-01-01|opening|100|1000", *SALES]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site that waits a second at most for its warehouse."""
    return write_site(tmp_path / "site", extra=IMPATIENT)


def run(site: Path, day: str = DAY, *options: str) -> tuple[int, str]:
    """Exit code and output of a run without documents."""
    arguments = ["run", "--site", str(site), "--no-report", "--date", day, *options]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0 or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def hand_over(site: Path, *rows: str, day: str = DAY) -> Path:
    return deliver(site, day, MASTERS | {"stock_movement": movements(*rows)})


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int, str]:
    """Such a site that took its ledger in, and how its run ended."""
    made = write_site(tmp_path_factory.mktemp("night") / "site", extra=IMPATIENT)
    hand_over(made, *LEDGER)
    return made, *run(made)


@pytest.fixture
def known(night: tuple[Path, int, str], tmp_path: Path) -> Path:
    """The same, for one test alone."""
    return shutil.copytree(night[0], tmp_path / "known")


def test_0_when_all_is_done(night: tuple[Path, int, str]) -> None:
    _, code, output = night

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
    """10 of 30 rows are not readable: a third, where 5 % may be and fewer than ten."""
    text = movements(*LEDGER)
    for day in range(3, 13):
        text = text.replace(
            f"2025-01-{day:02d},B-100,MAIN,sale,-1", f"2025-01-{day:02d},B-100,MAIN,sale,one"
        )
    deliver(site, DAY, MASTERS | {"stock_movement": text})

    code, output = run(site)

    assert code == 65, output
    assert_names(output, "acme", DAY, "stock_movement.csv", "record 3", "quantity", "deliver")


def test_a_refused_row_is_not_lost_behind_those_of_another_company(tmp_path: Path) -> None:
    """Ten good rows of acme and one of beta are as many as beta's eleven, of which ten are bad."""
    site = write_site(tmp_path / "site", extra='\n[[company]]\nname = "beta"\n')
    deliver(site, DAY, MASTERS | {"stock_movement": movements(*LEDGER[:10])})
    bad = [f"{n}|2025-01-{n:02d}|sale|one|-10" for n in range(2, 12)]
    deliver(site, DAY, MASTERS | {"stock_movement": movements(LEDGER[0], *bad)}, company="beta")

    code, output = run(site)

    assert code == 65, output
    assert_names(output, "beta", "10 of 11 rows of stock_movement are refused")


def test_65_when_a_delivery_would_close_more_than_its_share_and_0_once_accepted(
    known: Path,
) -> None:
    """A window over January holds the opening only: 29 of 30 postings would be gone."""
    site = known
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


def test_75_while_another_process_holds_the_warehouse(known: Path) -> None:
    site = known
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


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ('currency = "CNY"\nlanguage = ["en"]', "site.language: is no setting here, perhaps langu"),
        ('currency = "Yuan"', "site.currency: 'Yuan' is no currency"),
        ("", "site.currency: is missing"),
    ],
)
def test_a_slip_in_the_settings_is_told_by_its_place(site: Path, typed: str, said: str) -> None:
    settings = site / "site.toml"
    settings.write_text(settings.read_text().replace('currency = "CNY"', typed))

    code, output = run(site)

    assert code == 78, output
    assert_names(output, said)


def test_a_fault_of_one_company_is_told_once(site: Path) -> None:
    settings = site / "site.toml"
    settings.write_text(settings.read_text().replace('name = "acme"', 'name = "acme corp"'))

    code, output = run(site)

    assert code == 78, output
    assert_names(output, "company 1.name: 'acme corp'")
    assert len(output.splitlines()) == 3, output


@pytest.mark.parametrize(
    ("day", "code", "said"),
    [
        ("2030-01-01", 78, "2030-01-01 has not come, today is 2026-12-31"),
        ("2024-12-31", 78, "2024-12-31 is before 2025-01-01, [site] start"),
        ("2025-02-01", 65, "landing/<company>/<YYYY-MM-DD>/"),
    ],
)
def test_a_day_of_which_there_can_be_no_figures_is_refused(
    site: Path, day: str, code: int, said: str
) -> None:
    """The first two are slips of the keyboard; of the third nothing was ever delivered."""
    found, output = run(site, day)

    assert found == code, output
    assert_names(output, said)
    assert not (site / "published").exists()


def test_a_day_that_was_delivered_is_taken_in_whatever_the_clock_says(site: Path) -> None:
    hand_over(site, LEDGER[0], day="2027-01-31")

    code, output = run(site, "2027-01-31")

    assert code == 0, output


def test_65_where_nothing_lies_in_landing_and_what_lies_beside_is_named(site: Path) -> None:
    deliver(site, DAY, MASTERS, company="acmee")
    (site / "landing" / "acme" / "31.01.2025").mkdir(parents=True)

    result = CliRunner().invoke(app, ["run", "--site", str(site)])

    assert result.exit_code == 65, result.output
    assert_names(
        result.output,
        "have extracts delivered",
        "landing/acmee is no company of this site",
        "landing/acme/31.01.2025 is no extract date",
    )


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("run", "--date", "31.01.2025"), "is no day: write it as"),
        (("run", "--from", "2025-01-01"), "give both"),
        (("run", "--from", "2025-02-01", "--to", "2025-01-01"), "swap them"),
        (("run", "--date", DAY, "--from", DAY, "--to", DAY), "give either --date, or"),
        (("run", "--dat", DAY), "No such option"),
        (("frobnicate",), "No such command"),
        (("ui", "--port", "0"), "--port"),
    ],
)
def test_78_for_what_was_typed_wrong(
    site: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: tuple[str, ...],
    said: str,
) -> None:
    """Schedulers know five exit codes: the command line's own 2 is none of them."""
    monkeypatch.setenv("STOCKTURN_SITE", str(site))
    monkeypatch.setattr("sys.argv", ["stockturn", *typed])

    with pytest.raises(SystemExit) as end:
        main()

    assert end.value.code == 78
    assert said in " ".join(capsys.readouterr().err.replace("│", " ").split())


def test_75_where_the_port_of_the_ui_is_taken(site: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])

        result = CliRunner().invoke(app, ["ui", "--site", str(site), "--port", port])

    assert result.exit_code == 75, result.exception
    assert_names(result.output, f"Port {port} cannot be listened on", "another with --port")


def test_78_where_a_file_stands_for_the_site(site: Path) -> None:
    for command in (("run", "--site"), ("init",)):
        result = CliRunner().invoke(app, [*command, str(site / "site.toml")])

        assert result.exit_code == 78, result.exception
        assert_names(result.output, "site.toml", "name a folder")


def test_65_where_a_delivered_file_may_not_be_read(site: Path) -> None:
    (hand_over(site, *LEDGER) / "stock_movement.csv").chmod(0)

    code, output = stockturn("run", "--site", site, "--date", DAY, plain=True)

    assert code == 65, output
    assert_names(output, f"acme/{DAY}/stock_movement.csv", "let that user read it")
    assert "Traceback" not in output, output


def test_78_where_the_site_may_not_be_written_and_doctor_says_so_too(site: Path) -> None:
    hand_over(site, *LEDGER)
    site.chmod(0o555)
    try:
        code, output = stockturn("run", "--site", site, "--date", DAY, plain=True)
        examined, findings = stockturn("doctor", "--site", site, plain=True)
    finally:
        site.chmod(0o755)

    assert (code, examined) == (78, 78), output
    assert_names(output, "cannot be used: Permission denied", "Whoever runs this machine must let")
    assert_names(findings, f"{site} may not be written")
    assert "Traceback" not in output + findings


@pytest.mark.acceptance  # test_night.py starts two runs together with every change
def test_two_runs_at_once_follow_one_another(site: Path) -> None:
    hand_over(site, *LEDGER)
    settings = site / "site.toml"
    settings.write_text(
        settings.read_text().replace("wait_seconds = 1", f"wait_seconds = {PATIENCE}")
    )
    night = ("run", "--site", site, "--no-report", "--date", DAY)

    with start(*night) as one, start(*night) as other:
        said = [process.communicate(timeout=PATIENCE)[0] for process in (one, other)]

    assert (one.returncode, other.returncode) == (0, 0), said
    assert sorted("no delivery was new" in text for text in said) == [False, True]
    assert published(site, "select count(*) from canonical.stock_movement") == [(30,)]


def test_78_where_there_is_no_site(tmp_path: Path) -> None:
    code, output = stockturn("run", "--site", tmp_path / "nowhere")

    assert code == 78, output
    assert_names(output, "nowhere", "stockturn init")
    assert "Traceback" not in output, output


def assert_names(output: str, *words: str) -> None:
    """The message names each of these."""
    missing = [word for word in words if word not in output]
    assert not missing, f"{missing} not in: {output}"
