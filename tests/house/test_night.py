"""What lies in landing is taken in, one run at a time, and the record says how far a night came."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.settings import Site, load_site
from pipeline.stages import release_gate
from pipeline.stages.night_record import NightRecord, NightRow, Stage
from pipeline.stages.site_lock import site_lock
from pipeline.warehouse import SiteState, Warehouse
from tests.house.contents import all_of, assert_same, metrics_of
from tests.house.plain_documents import make_plain_documents
from tests.house.processes import PATIENCE, start, stockturn
from tests.house.sites import MASTERS, deliver, movements, published, turnover, write_site

PATIENT = f"\n[engine]\nlock_wait_seconds = {PATIENCE}\n"
OPENING = "1|2025-03-01|opening|100|1000"
BETA = '\n[[company]]\nname = "beta"\n'


def run(site: Path, *options: str, expect: int = 0) -> str:
    """What `stockturn run` says, without documents."""
    result = CliRunner().invoke(app, ["run", "--site", str(site), "--no-report", *options])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == expect, result.output
    return result.output


def hand_over(site: Path, day: str, *rows: str, company: str = "acme") -> Path:
    return deliver(site, day, MASTERS | {"stock_movement": movements(*rows)}, company=company)


def stock(site: Path, day: str, company: str = "acme") -> float | None:
    """The closing value of a company on a day, as it was published for that day."""
    row = turnover(site, day, company=company, time_window="month", basis="two_point")
    value = row["closing_value"]
    return None if value is None else float(str(value))


def nights(site: Path) -> list[NightRow]:
    with SiteState(load_site(site)) as state:
        return NightRecord(state).nights(10)


@pytest.fixture(scope="module")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site that delivered 1 March and took it in."""
    site = write_site(tmp_path_factory.mktemp("first") / "site")
    hand_over(site, "2025-03-01", OPENING)
    run(site)
    return site


@pytest.fixture
def begun(first_night: Path, tmp_path: Path) -> Path:
    """The same, for one test alone."""
    return shutil.copytree(first_night, tmp_path / "site")


# ---------------------------------------------------------------- what lies there counts


def test_a_first_run_takes_in_every_day_that_lies_there(tmp_path: Path) -> None:
    """1,000 opened, 500 bought, 10 sold: 1,490, although only the newest day was asked for."""
    site = write_site(tmp_path / "site")
    hand_over(site, "2025-03-01", OPENING)
    hand_over(site, "2025-03-02", "2|2025-03-02|purchase|50|500|S1")
    hand_over(site, "2025-03-03", "3|2025-03-03|sale|-1|-10")

    output = run(site)

    assert "2025-03-01 to 2025-03-03: 3 movements in = 3 new" in output
    assert stock(site, "2025-03-03") == 1490


def test_a_late_delivery_is_taken_in_and_later_figures_are_made_again(begun: Path) -> None:
    site = begun
    hand_over(site, "2025-03-03", "3|2025-03-03|sale|-1|-10")
    run(site)
    hand_over(site, "2025-03-04", "4|2025-03-04|sale|-1|-10")
    run(site)
    assert stock(site, "2025-03-04") == 980

    hand_over(site, "2025-03-02", "2|2025-03-02|purchase|50|500|S1")
    output = run(site)

    assert "2025-03-02: 1 movement in = 1 new" in output
    assert "late or corrected: acme/2025-03-02" in output
    assert "figures of 1 day, 2025-03-03 to 2025-03-03, computed again" in output
    assert [stock(site, f"2025-03-0{day}") for day in (1, 3, 4)] == [1000, 1490, 1480]


def test_a_corrected_delivery_of_an_earlier_day_is_taken_in(tmp_path: Path) -> None:
    """The sale of 2 March was two pieces, not one: 1,000 - 20 - 10."""
    site = write_site(tmp_path / "site")
    hand_over(site, "2025-03-01", OPENING)
    hand_over(site, "2025-03-02", "2|2025-03-02|sale|-1|-10")
    hand_over(site, "2025-03-03", "3|2025-03-03|sale|-1|-10")
    run(site, "--from", "2025-03-01", "--to", "2025-03-03")
    hand_over(site, "2025-03-02", "2|2025-03-02|sale|-2|-20")

    output = run(site)

    assert "1 movement in = 0 new + 1 corrected" in output
    assert [stock(site, f"2025-03-0{day}") for day in (1, 2, 3)] == [1000, 980, 970]


def test_a_covered_day_before_the_only_delivery_is_computed_when_it_is_asked_for(
    tmp_path: Path,
) -> None:
    """Go-live is one delivery with everything in it."""
    site = write_site(tmp_path / "site")
    hand_over(site, "2025-03-31", OPENING, "2|2025-03-10|sale|-1|-10", "3|2025-03-20|sale|-1|-10")

    run(site, "--date", "2025-03-15")
    assert stock(site, "2025-03-15") == 990

    run(site, "--from", "2025-03-19", "--to", "2025-03-21")
    assert [stock(site, f"2025-03-{day}") for day in (19, 20, 21)] == [990, 980, 980]


def test_what_was_taken_in_is_not_read_again(begun: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that looks as it did is passed over; a touched one is read and found known."""
    site = begun
    folder = site / "landing" / "acme" / "2025-03-01"

    def read(*_: object, **__: object) -> None:
        message = "read again"
        raise AssertionError(message)

    with monkeypatch.context() as patch:
        patch.setattr("pipeline.landing.raw.Raw._read", read)
        assert "no delivery was new" in run(site)

    (folder / "stock_movement.csv").touch()
    assert "no delivery was new" in run(site)


def test_a_night_looks_for_its_own_days_first(begun: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To list all that ever lay there would cost more every night."""

    def look(*_: object) -> None:
        message = "everything in landing/ was listed"
        raise AssertionError(message)

    monkeypatch.setattr("pipeline.stages.asked_days.delivered", look)

    run(begun)


def test_an_expected_delivery_that_did_not_come_is_told_though_nothing_came_since(
    tmp_path: Path,
) -> None:
    site = write_site(tmp_path / "site", today="2025-03-05", extra='expected = "daily"\n')
    hand_over(site, "2025-03-02", OPENING)

    output = run(site, expect=65)

    missing = "acme delivered no extract of 2025-03-03, 2025-03-04, which is expected: ask its ERP"
    assert missing in output
    assert stock(site, "2025-03-02") == 1000


def test_what_lies_there_refused_is_never_called_missing(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", today="2025-03-02", extra='expected = "daily"\n')
    hand_over(site, "2025-03-01", OPENING)
    run(site)
    (hand_over(site, "2025-03-02") / "stock_movement.csv").write_text("nothing,here\n1,2\n")
    hand_over(site, "2025-03-03", "3|2025-03-03|sale|-1|-10")

    output = run(site, expect=65)

    assert "acme/2025-03-02/stock_movement.csv" in output
    assert "delivered no extract" not in output


def test_a_company_that_never_delivered_is_named(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", extra=BETA)
    hand_over(site, "2025-03-01", OPENING)

    assert "warning: beta has delivered nothing yet" in run(site)

    with (site / "site.toml").open("a") as settings:
        settings.write('expected = "daily"\n')
    assert "beta has delivered nothing yet, and is expected to" in run(site, expect=65)


def test_a_day_that_has_not_come_is_computed_by_nobody(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", today="2025-03-02")
    hand_over(site, "2025-03-01", OPENING)

    assert "2025-03-03 has not come" in run(site, "--date", "2025-03-03", expect=78)


def test_one_bad_company_holds_nobody_else_up_on_any_night(tmp_path: Path) -> None:
    """Acme's 2 March is bad and stays so; beta goes on that night and the next."""
    site = write_site(tmp_path / "site", extra=BETA)
    hand_over(site, "2025-03-01", OPENING)
    hand_over(site, "2025-03-01", OPENING, company="beta")
    run(site)
    (hand_over(site, "2025-03-02") / "stock_movement.csv").write_text("nothing,here\n1,2\n")
    hand_over(site, "2025-03-02", "2|2025-03-02|sale|-1|-10", company="beta")
    run(site, expect=65)
    hand_over(site, "2025-03-03", "3|2025-03-03|sale|-1|-10", company="beta")
    hand_over(site, "2025-03-03", "3|2025-03-03|sale|-1|-10")

    output = run(site, expect=65)

    assert stock(site, "2025-03-03", company="beta") == 980
    assert "acme/2025-03-02" in output


def test_a_difference_to_the_erp_is_warned_of(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site")
    balance = "balance_on,sku,warehouse,quantity,value\n2025-03-01,B-100,MAIN,100,1000.50\n"
    tables = MASTERS | {"stock_movement": movements(OPENING), "stock_balance": balance}
    deliver(site, "2025-03-01", tables)

    output = run(site)

    assert "warning: acme: the ledger differs from the ERP's own balance in 1 position" in output
    assert "CNY 0.50" in output


def test_a_backfilled_day_is_compared_with_the_balance_delivered_then(tmp_path: Path) -> None:
    """The ERP said 100 pieces on 1 March; one more sale of that day was posted on the 3rd."""
    site = write_site(tmp_path / "site")
    balance = "balance_on,sku,warehouse,quantity,value\n2025-03-01,B-100,MAIN,100,1000\n"
    tables = MASTERS | {"stock_movement": movements(OPENING), "stock_balance": balance}
    deliver(site, "2025-03-01", tables)
    assert "differs" not in run(site)
    hand_over(site, "2025-03-03", "2|2025-03-01|sale|-1|-10")
    run(site)

    output = run(site, "--date", "2025-03-01")

    assert "in 1 position, by CNY 10.00 in all" in output
    assert (
        "1 of them had postings of that time after the balance was delivered (2025-03-01" in output
    )


# ---------------------------------------------------------------- one night at a time


@pytest.mark.parametrize("times", [1, pytest.param(10, marks=pytest.mark.acceptance)])
def test_two_runs_started_together_do_as_one(tmp_path: Path, times: int) -> None:
    """Both end well, and every table says what a site says that only one run made."""
    alone = write_site(tmp_path / "alone")
    site = write_site(tmp_path / "site", extra=PATIENT)
    for day in range(1, times + 1):
        rows = [OPENING] if day == 1 else [f"{day}|2025-03-{day:02d}|sale|-1|-10"]
        for each in (alone, site):
            hand_over(each, f"2025-03-{day:02d}", *rows)
        run(alone)
        both = [start("run", "--site", site, "--no-report") for _ in range(2)]
        said = [process.communicate(timeout=PATIENCE)[0] for process in both]
        assert [process.returncode for process in both] == [0, 0], said
        assert sorted("no delivery was new" in text for text in said) == [False, True]

    assert_same(metrics_of(alone), metrics_of(site))


def test_who_waits_too_long_is_told_who_works_on_the_site(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", extra="\n[engine]\nlock_wait_seconds = 0.3\n")
    hand_over(site, "2025-03-01", OPENING)

    with site_lock(load_site(site), "the night before"):
        code, output = stockturn("run", "--site", site, "--no-report")

    assert code == 75, output
    assert "is worked on by the night before (process" in output
    assert "Traceback" not in output
    run(site)


def test_a_run_opens_the_warehouse_once_and_asks_the_gate_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = write_site(tmp_path / "site", extra=BETA)
    hand_over(site, "2025-03-01", OPENING)
    hand_over(site, "2025-03-01", OPENING, company="beta")
    opened: list[Site] = []
    asked: list[object] = []
    opening, gate = Warehouse.__init__, release_gate.blockers

    def open_it(self: Warehouse, where: Site) -> None:
        opened.append(where)
        opening(self, where)

    def ask(*args: object) -> object:
        asked.append(args)
        return gate(*args)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(Warehouse, "__init__", open_it)
    monkeypatch.setattr("pipeline.stages.night.release_gate.blockers", ask)
    make_plain_documents(monkeypatch)
    result = CliRunner().invoke(app, ["run", "--site", str(site)])

    assert result.exit_code == 0, result.output
    assert (len(opened), len(asked)) == (1, 1)


def test_the_record_says_how_far_a_night_came_and_what_was_held(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", extra=BETA)
    hand_over(site, "2025-03-01", OPENING)
    (hand_over(site, "2025-03-01", company="beta") / "stock_movement.csv").write_text("no,header\n")

    run(site, expect=65)

    night = nights(site)[0]
    assert night.reached == {Stage.TAKEN_IN, Stage.COMPUTED, Stage.PUBLISHED}
    assert set(night.held) == {"beta", "*"}
    assert "beta/2025-03-01/stock_movement.csv" in night.held["beta"][0]
    assert (night.failure, night.ended_at is None, night.mails) == (None, False, False)


def test_a_night_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = write_site(tmp_path / "site")
    hand_over(site, "2025-03-01", OPENING)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device", "/somewhere")

    monkeypatch.setattr("pipeline.stages.publish.publish", fail)
    run(site, expect=78)

    assert nights(site)[0].reached == {Stage.TAKEN_IN, Stage.COMPUTED}
    assert "No space left" in str(nights(site)[0].failure)


def test_the_snapshot_is_what_the_warehouse_holds(begun: Path) -> None:
    """It is copied while the warehouse stays open: nothing of the night is missing in it."""
    before = all_of(begun)

    run(begun)

    assert_same(before, all_of(begun))
    assert published(begun, "select count(*) from canonical.stock_movement") == [(1,)]
