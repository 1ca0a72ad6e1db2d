"""What the UI shows is what happened: days, counts, documents, deliveries and checks."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.defs.automation import failure_sensor
from pipeline.defs.events import metadata_of
from pipeline.defs.graph import definitions
from pipeline.defs.installation import Installation
from pipeline.settings import load_site
from pipeline.stages.verdicts import GATE
from tests.house.plain_documents import make_plain_documents
from tests.house.sites import MASTERS, deliver, movements, published, write_site

OPENING = "1|2025-03-01|opening|100|1000"
BETA = '\n[[company]]\nname = "beta"\n'
BALANCE = "balance_on,warehouse,sku,quantity,value\n2025-03-03,MAIN,B-100,99,1005\n"
RANGE = ("2025-03-01", "2025-03-03")
LEDGER, SNAPSHOT, MAIL = "canonical/stock_movement", "published/snapshot", "delivery/mail"
PDF, TURNOVER, RECONCILIATION = "report/pdf_en", "metrics/turnover", "metrics/reconciliation"
ADDS_UP, AGREES = "ledger_adds_up", "agrees_with_the_erp"


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """A real one, on the disk."""
    home = tmp_path / "home"
    home.mkdir()
    with dg.instance_for_test(temp_dir=str(home)) as made:
        yield made


@pytest.fixture(autouse=True)
def plain_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    make_plain_documents(monkeypatch)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return delivered(tmp_path / "site")


@pytest.fixture(scope="module")
def run_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same site after a command over the three days, without documents."""
    made = delivered(tmp_path_factory.mktemp("ran") / "site")
    command(made, "--from", RANGE[0], "--to", RANGE[1], "--no-report")
    return made


@pytest.fixture
def ran(run_once: Path, tmp_path: Path) -> Path:
    """The same, for one test alone."""
    return shutil.copytree(run_once, tmp_path / "site").resolve()


def delivered(folder: Path) -> Path:
    """One company that delivered 1 to 3 March: 100 pieces at ten, one sold each day after."""
    made = write_site(folder).resolve()
    for day, row in (
        ("2025-03-01", OPENING),
        ("2025-03-02", "2|2025-03-02|sale|-1|-10"),
        ("2025-03-03", "3|2025-03-03|sale|-1|-10"),
    ):
        deliver(made, day, MASTERS | {"stock_movement": movements(row)})
    return made


def command(site: Path, *more: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["run", "--site", str(site), *more])
    assert result.exit_code == code, result.output
    return result.output


def run(
    site: Path, instance: dg.DagsterInstance, first: str, last: str, **tags: str
) -> dg.ExecuteInProcessResult:
    """A run of the UI, of a range of days."""
    asked = {
        "dagster/asset_partition_range_start": first,
        "dagster/asset_partition_range_end": last,
    }
    job = definitions(load_site(site)).resolve_job_def("nightly")
    return job.execute_in_process(instance=instance, tags=asked | tags, raise_on_error=False)


def tick(site: Path, instance: dg.DagsterInstance, cursor: str | None) -> tuple[int, str | None]:
    """How many events the sensor reports, as its daemon does, and its next cursor."""
    sensor = definitions(load_site(site)).resolve_sensor_def("command_line_nights")
    with dg.build_sensor_context(
        instance=instance,
        cursor=cursor,
        resources={"installation": Installation(folder=str(site))},
    ) as context:
        found = sensor.evaluate_tick(context)
    for event in found.asset_events:
        instance.report_runless_asset_event(event)
    return len(found.asset_events), found.cursor or cursor


def days_of(instance: dg.DagsterInstance, asset: str) -> list[str]:
    """The days of every materialization there ever was."""
    wanted = dg.AssetKey(asset.split("/"))
    found = instance.fetch_materializations(wanted, limit=1000).records
    return sorted(str(record.partition_key) for record in found)


def said(instance: dg.DagsterInstance, asset: str, day: str) -> dict[str, object]:
    """What the newest materialization of a day says."""
    wanted = dg.AssetRecordsFilter(asset_key=dg.AssetKey(asset.split("/")), asset_partitions=[day])
    event = instance.fetch_materializations(wanted, limit=1).records[0].asset_materialization
    assert event is not None
    return {name: value.value for name, value in event.metadata.items()}


def check(instance: dg.DagsterInstance, asset: str, name: str) -> dg.AssetCheckEvaluation:
    """The newest evaluation of a check."""
    key = dg.AssetCheckKey(dg.AssetKey(asset.split("/")), name)
    record = instance.event_log_storage.get_latest_asset_check_execution_by_key([key])[key]
    assert record.evaluation is not None
    return record.evaluation


def test_a_command_shows_the_days_it_was_asked_for_with_its_own_counts(
    site: Path, instance: dg.DagsterInstance
) -> None:
    """One row a day; what an analyst counts in metrics.turnover, per day and in all."""
    command(site, "--from", RANGE[0], "--to", RANGE[1])

    count, cursor = tick(site, instance, None)

    three = ["2025-03-01", "2025-03-02", "2025-03-03"]
    for asset in (LEDGER, TURNOVER, SNAPSHOT, "metrics/attributed_movement", "metrics/daily"):
        assert days_of(instance, asset) == three, asset
    assert days_of(instance, PDF) == three[2:]
    assert days_of(instance, MAIL) == []
    assert count > 60
    assert tick(site, instance, cursor) == (0, cursor)
    ledger, metric = (said(instance, each, "2025-03-02") for each in (LEDGER, TURNOVER))
    assert (ledger["dagster/row_count"], ledger["rows_in"], ledger["rows_new"]) == (3, 1, 1)
    assert ledger["night"] == "stockturn run"
    assert metric["dagster/partition_row_count"] == rows_of(site, "2025-03-02")
    assert metric["dagster/row_count"] == sum(rows_of(site, day) for day in three)


def rows_of(site: Path, day: str) -> int:
    counted = published(site, "select count(*) from metrics.turnover where as_of = ?", [day])
    return int(str(counted[0][0]))


def test_a_night_that_is_told_twice_shows_each_day_once(
    ran: Path, instance: dg.DagsterInstance
) -> None:
    """The daemon died before it kept the sensor's place; then a second night makes one day anew."""
    site = ran
    _, cursor = tick(site, instance, None)
    tick(site, instance, None)
    assert days_of(instance, TURNOVER) == ["2025-03-01", "2025-03-02", "2025-03-03"]

    command(site, "--date", "2025-03-03")
    tick(site, instance, cursor)

    assert days_of(instance, TURNOVER) == ["2025-03-01", "2025-03-02", *["2025-03-03"] * 2]
    assert days_of(instance, PDF) == ["2025-03-03"]


def test_many_days_are_told_in_turns_and_the_newest_last(
    ran: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = ran
    monkeypatch.setattr("pipeline.defs.automation.DAYS_AT_ONCE", 2)

    _, cursor = tick(site, instance, None)
    assert days_of(instance, TURNOVER) == ["2025-03-01", "2025-03-02"]
    _, cursor = tick(site, instance, cursor)

    assert days_of(instance, TURNOVER) == ["2025-03-01", "2025-03-02", "2025-03-03"]
    assert tick(site, instance, cursor)[0] == 0
    newest = instance.get_latest_materialization_event(dg.AssetKey(TURNOVER.split("/")))
    assert newest is not None
    assert newest.asset_materialization is not None
    assert newest.asset_materialization.partition == "2025-03-03"


def test_a_range_of_the_ui_has_a_report_of_its_last_day_only(
    site: Path, instance: dg.DagsterInstance
) -> None:
    assert run(site, instance, *RANGE).success

    assert days_of(instance, TURNOVER) == ["2025-03-01", "2025-03-02", "2025-03-03"]
    assert days_of(instance, PDF) == ["2025-03-03"]
    assert days_of(instance, MAIL) == []
    assert said(instance, PDF, "2025-03-03")["group.en.pdf"] == "/reports/2025-03-03/group.en.pdf"
    rows = [said(instance, LEDGER, f"2025-03-0{n}")["rows_in"] for n in (1, 2, 3)]
    assert rows == [1, 1, 1]
    assert tick(site, instance, None)[0] == 0  # it showed itself


def test_a_site_with_an_address_links_there(site: Path) -> None:
    settings = site / "site.toml"
    settings.write_text(
        settings.read_text().replace(
            "today =", 'report_url = "https://reports.example.com/stock/"\ntoday ='
        )
    )

    said_of_it = metadata_of(load_site(site), {"pages": 8, "documents": ["2025-03-03/acme.en.pdf"]})

    link = "https://reports.example.com/stock/2025-03-03/acme.en.pdf"
    assert said_of_it == {"pages": 8, "acme.en.pdf": dg.MetadataValue.url(link)}


def test_deliveries_are_observed_and_a_check_without_data_says_so(
    site: Path, instance: dg.DagsterInstance
) -> None:
    """By a night of the command line and by a run of the UI alike."""
    command(site, "--date", "2025-03-03")
    tick(site, instance, None)
    balance, gaps = (check(instance, RECONCILIATION, name) for name in (AGREES, ADDS_UP))
    expected = check(instance, LEDGER, "expected_deliveries_arrived")
    assert gaps.passed
    assert "all 1" in str(gaps.description)
    for blind in (balance, expected):
        assert not blind.passed
        assert blind.severity == dg.AssetCheckSeverity.WARN
        assert str(blind.description).startswith("Not judged: ")
    deliver(site, "2025-03-04", MASTERS | {"stock_movement": "no,header\n1,2\n"})
    run(site, instance, "2025-03-04", "2025-03-04")

    records = instance.fetch_observations(dg.AssetKey(["landing", "acme"]), limit=9).records
    seen = {
        str(record.partition_key): {
            name: value.value for name, value in record.asset_observation.metadata.items()
        }
        for record in records
        if record.asset_observation
    }

    assert sorted(seen) == [f"2025-03-0{n}" for n in (1, 2, 3, 4)]
    assert seen["2025-03-01"]["rows"] == 1 + sum(text.count("\n") - 1 for text in MASTERS.values())
    files = seen["2025-03-01"]["files"]
    assert isinstance(files, dict)
    assert len(files["stock_movement.csv"]["sha256"]) == 64
    assert seen["2025-03-01"]["status"] == "accepted"
    assert seen["2025-03-04"]["status"] == "refused"


# ---------------------------------------------------------------- checks


@pytest.mark.parametrize("by_command", [True, False])
def test_a_difference_to_the_erp_fails_the_check_of_it(
    site: Path, instance: dg.DagsterInstance, by_command: bool
) -> None:
    """98 pieces worth 980 are 99 worth 1,005 in the ERP; the site holds its report for that."""
    deliver(site, "2025-03-03", {"stock_balance": BALANCE})
    settings = site / "site.toml"
    settings.write_text(
        settings.read_text().replace("today =", "reconciliation_blocks = true\ntoday =")
    )

    if by_command:
        command(site, "--from", RANGE[0], "--to", RANGE[1], code=65)
        tick(site, instance, None)
    else:
        assert not run(site, instance, *RANGE).success

    differs, gaps = (check(instance, RECONCILIATION, name) for name in (AGREES, ADDS_UP))
    gate = check(instance, RECONCILIATION, GATE)
    assert gaps.passed
    for failed in (differs, gate):
        assert not failed.passed
        assert failed.metadata["day"].value == "2025-03-03"
        assert failed.partition == (None if by_command else "2025-03-03")
        assert "B-100 in MAIN differs from the ERP by -1.000000 units" in str(failed.description)
    assert "1 position, by CNY 25.00 in all" in str(differs.description)
    assert "1 of 1 position with 100.0% of the stock's value" in str(differs.description)
    assert days_of(instance, SNAPSHOT) == days_of(instance, PDF) == []


def test_the_page_of_a_held_run_says_why(
    site: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(site, "2025-03-04", MASTERS | {"stock_movement": "no,header\n1,2\n"})
    deliver(site, "2025-03-05", MASTERS | {"stock_movement": movements("9|2025-03-05|sale|-1|-1")})

    result = run(site, instance, "2025-03-05", "2025-03-05")

    (failed,) = result.get_step_failure_events()
    said_there = failed.step_failure_data.user_failure_data
    assert said_there is not None
    assert "Of 2025-03-05 no report may go out" in str(said_there.description)
    assert "2025-03-04" in str(said_there.description)
    assert not check(instance, LEDGER, "no_delivery_is_refused").passed
    assert check(instance, LEDGER, "few_rows_are_refused").passed
    assert told_of(site, instance, result, monkeypatch) == str(said_there.description)


def told_of(
    site: Path,
    instance: dg.DagsterInstance,
    result: dg.ExecuteInProcessResult,
    patch: pytest.MonkeyPatch,
) -> str:
    """What the engineers are mailed of a run that failed."""
    told: list[str] = []
    patch.setattr("pipeline.defs.automation.tell_engineers", lambda *words: told.append(words[-1]))
    (event,) = (event for event in result.all_events if event.is_run_failure)
    with dg.build_run_status_sensor_context(
        sensor_name="failed_runs",
        dagster_event=event,
        dagster_instance=instance,
        dagster_run=result.dagster_run,
        resources={"installation": Installation(folder=str(site))},
    ) as context:
        failure_sensor()(context.for_run_failure())
    return "\n".join(told)


def test_refused_rows_are_counted_with_their_money(
    site: Path, instance: dg.DagsterInstance
) -> None:
    """One of four rows has a kind nobody knows; it is worth -30."""
    deliver(
        site,
        "2025-03-04",
        MASTERS | {"stock_movement": movements("4|2025-03-04|gift|-3|-30")},
    )
    command(site, "--date", "2025-03-04")
    tick(site, instance, None)

    words = str(check(instance, LEDGER, "few_rows_are_refused").description)

    assert "Refused rows that stand: 1 of" in words
    assert "worth CNY -30.00" in words


# ---------------------------------------------------------------- catalogue


def test_every_asset_says_whose_it_is(site: Path) -> None:
    """And a site whose clock runs says until when it is made anew."""
    settings = site / "site.toml"
    settings.write_text(settings.read_text().replace("today = 2026-12-31\n", ""))

    specs = list(definitions(load_site(site)).resolve_all_asset_specs())

    assert [spec.key for spec in specs if not (spec.owners and spec.kinds and spec.tags)] == []
    unfresh = {spec.key.path[0] for spec in specs if spec.freshness_policy is None}
    assert unfresh == {"landing", "delivery"}  # nobody is subscribed
    tables = [spec for spec in specs if spec.key.path[0] in {"canonical", "metrics"}]
    assert len(tables) > 15
    assert all("dagster/column_schema" in spec.metadata for spec in tables)


def test_whatever_starts_runs_is_described(site: Path) -> None:
    made = definitions(load_site(site)).get_repository_def()

    described = [*made.schedule_defs, *made.sensor_defs, made.get_job("nightly")]
    assert [each.name for each in described if len(each.description or "") < 20] == []
