"""What the schedule asks for after what kind of night, and that assets do what the command does."""

import shutil
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.defs.graph import definitions
from pipeline.defs.installation import Installation
from pipeline.settings import load_site
from pipeline.stages.night_record import NightRecord, NightRow, Stage
from pipeline.warehouse import SiteState, Warehouse
from tests.house.contents import assert_same, metrics_of
from tests.house.plain_documents import make_plain_documents
from tests.house.sites import MASTERS, deliver, movements, turnover, write_site

OPENING = "1|2025-03-01|opening|100|1000"
BETA = '\n[[company]]\nname = "beta"\n'
SCHEDULED = {"dagster/schedule_name": "nightly_schedule"}


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


@pytest.fixture
def plain_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    make_plain_documents(monkeypatch)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return delivered(tmp_path / "site")


def delivered(folder: Path) -> Path:
    """Two companies that delivered 1 March."""
    made = write_site(folder, extra=BETA).resolve()
    settings = made / "site.toml"
    settings.write_text(settings.read_text().replace("today = 2026-12-31\n", ""))
    for company in ("acme", "beta"):
        hand_over(made, "2025-03-01", OPENING, company=company)
    return made


@pytest.fixture(scope="module")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same after the night of 2 March, which was mailed."""
    made = delivered(tmp_path_factory.mktemp("first") / "site")
    with pytest.MonkeyPatch.context() as patch, dg.DagsterInstance.ephemeral() as memory:
        make_plain_documents(patch)
        assert days(tick(made, "2025-03-02", memory)) == ("2025-03-01", "2025-03-01")
        assert night(made, "2025-03-02", memory).success
    return made


@pytest.fixture
def begun(first_night: Path, tmp_path: Path) -> Path:
    """The same, for one test alone."""
    return shutil.copytree(first_night, tmp_path / "site").resolve()


def hand_over(site: Path, day: str, *rows: str, company: str = "acme") -> Path:
    return deliver(site, day, MASTERS | {"stock_movement": movements(*rows)}, company=company)


def spoil(site: Path, day: str, company: str = "acme") -> None:
    (hand_over(site, day, company=company) / "stock_movement.csv").write_text("no,header\n1,2\n")


def tick(site: Path, morning: str, instance: dg.DagsterInstance) -> Mapping[str, str] | None:
    """The tags of the run that the schedule asks for at half past four; None where it skips."""
    at = datetime.fromisoformat(f"{morning}T04:30").replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    schedule = definitions(load_site(site)).resolve_schedule_def("nightly_schedule")
    with dg.build_schedule_context(
        instance=instance,
        scheduled_execution_time=at,
        resources={"installation": Installation(folder=str(site))},
    ) as context:
        asked = schedule.evaluate_tick(context).run_requests
    return dict(asked[0].tags) if asked else None


def days(tags: Mapping[str, str] | None) -> tuple[str, str] | None:
    if tags is None:
        return None
    start, end = (f"dagster/asset_partition_range_{part}" for part in ("start", "end"))
    return tags[start], tags[end]


def night(site: Path, morning: str, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    """What Dagster does of what the schedule asks for."""
    tags = tick(site, morning, instance)
    assert tags is not None
    job = definitions(load_site(site)).resolve_job_def("nightly")
    return job.execute_in_process(
        tags={**tags, **SCHEDULED}, instance=instance, raise_on_error=False
    )


def record(site: Path) -> NightRow:
    """The newest night."""
    with SiteState(load_site(site)) as state:
        return NightRecord(state).nights(1)[0]


def test_a_night_that_was_mailed_is_not_asked_for_again(
    first_night: Path, instance: dg.DagsterInstance
) -> None:
    site = first_night

    assert record(site).reached == set(Stage)
    assert tick(site, "2025-03-02", instance) is None
    assert days(tick(site, "2025-03-03", instance)) == ("2025-03-02", "2025-03-02")
    assert days(tick(site, "2025-03-05", instance)) == ("2025-03-02", "2025-03-04")


@pytest.mark.usefixtures("plain_documents")
def test_a_folder_of_documents_and_a_run_by_hand_are_no_mailed_night(
    site: Path, instance: dg.DagsterInstance
) -> None:
    (site / "reports" / "2025-03-01").mkdir(parents=True)
    result = CliRunner().invoke(app, ["run", "--site", str(site)])
    assert result.exit_code == 0, result.output
    assert (site / "reports" / "2025-03-01" / "group.en.pdf").exists()

    assert days(tick(site, "2025-03-02", instance)) == ("2025-03-01", "2025-03-01")


@pytest.mark.usefixtures("plain_documents")
def test_a_run_by_hand_that_mails_is_one(site: Path, instance: dg.DagsterInstance) -> None:
    result = CliRunner().invoke(app, ["run", "--site", str(site), "--mail"])
    assert result.exit_code == 0, result.output

    assert tick(site, "2025-03-02", instance) is None


def test_a_night_whose_documents_failed_is_asked_for_again(
    site: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        message = "no document"
        raise RuntimeError(message)

    with monkeypatch.context() as patch:
        patch.setattr("pipeline.stages.render.render", fail)
        assert not night(site, "2025-03-02", instance).success

    assert "no document" in str(record(site).failure)
    assert days(tick(site, "2025-03-03", instance)) == ("2025-03-01", "2025-03-02")


WRONG_POLICY = """
[[rule]]
valid_from = 2024-01-01
slow = 90
deed = 365
reason = "a slip of the key"
"""


@pytest.mark.parametrize(
    ("file", "text", "settings"),
    [
        ("policy/thresholds.toml", WRONG_POLICY, ""),
        ("sql/erp/own/erp.toml", 'name = "own"\nstile = {}\n', 'erp = "own"\n'),
        ("sql/erp/own/readme.txt", "nothing yet", 'erp = "own"\n'),
    ],
)
def test_a_wrong_file_ends_a_run_of_the_ui_as_it_ends_the_command(
    site: Path, instance: dg.DagsterInstance, file: str, text: str, settings: str
) -> None:
    """Before anything is written: not even that there was a night."""
    (site / "site.toml").write_text((site / "site.toml").read_text() + settings)
    (site / file).parent.mkdir(parents=True)
    (site / file).write_text(text)
    tick(site, "2025-03-02", instance)
    there = {*site.rglob("*")}

    command = CliRunner().invoke(app, ["run", "--site", str(site)])
    result = night(site, "2025-03-02", instance)

    assert (command.exit_code, result.success) == (78, False)
    for failed in (event.step_failure_data for event in result.get_step_failure_events()):
        assert failed.user_failure_data is not None
        words = str(failed.user_failure_data.description)
        assert "".join(words.split()) in "".join(command.output.split())
    assert result.get_step_failure_events()
    assert {*site.rglob("*")} == there


# Of nights of the command this and the next are told in test_night.py with every change.
@pytest.mark.acceptance
@pytest.mark.usefixtures("plain_documents")
def test_a_bad_company_does_not_block_the_other_on_the_second_night(
    begun: Path, instance: dg.DagsterInstance
) -> None:
    site = begun
    spoil(site, "2025-03-02")
    hand_over(site, "2025-03-02", "2|2025-03-02|sale|-1|-10", company="beta")
    night(site, "2025-03-03", instance)
    assert set(record(site).held) == {"acme", "*"}
    assert Stage.MAILED in record(site).reached  # that there is no report is told by mail too
    hand_over(site, "2025-03-03", "3|2025-03-03|sale|-1|-10", company="beta")

    night(site, "2025-03-04", instance)

    closing = turnover(site, "2025-03-03", company="beta", time_window="month", basis="two_point")[
        "closing_value"
    ]
    assert float(str(closing)) == 980


@pytest.mark.acceptance
@pytest.mark.usefixtures("plain_documents")
def test_late_and_corrected_deliveries_are_taken_in_by_the_next_night(
    begun: Path, instance: dg.DagsterInstance
) -> None:
    """2 March of acme comes after 3 March; beta's 1 March comes again with 900 in stock."""
    site = begun
    hand_over(site, "2025-03-03", "3|2025-03-03|sale|-1|-10")
    night(site, "2025-03-04", instance)
    hand_over(site, "2025-03-02", "2|2025-03-02|sale|-1|-10")
    hand_over(site, "2025-03-01", "1|2025-03-01|opening|90|900", company="beta")

    assert night(site, "2025-03-05", instance).success

    def closing(day: str, company: str) -> float:
        where = {"company": company, "time_window": "month", "basis": "two_point"}
        return float(str(turnover(site, day, **where)["closing_value"]))

    assert [closing(f"2025-03-0{day}", "acme") for day in (1, 2, 3, 4)] == [1000, 990, 980, 980]
    assert [closing(f"2025-03-0{day}", "beta") for day in (1, 2, 3, 4)] == [900] * 4


def test_a_day_that_has_not_come_is_refused_in_the_ui_too(
    site: Path, instance: dg.DagsterInstance
) -> None:
    job = definitions(load_site(site)).resolve_job_def("nightly")
    far = "2999-01-01"
    tags = {f"dagster/asset_partition_range_{part}": far for part in ("start", "end")}

    result = job.execute_in_process(tags=tags, instance=instance, raise_on_error=False)

    failed = [event for event in result.all_events if event.is_step_failure]
    assert "has not come" in str(failed[0].step_failure_data.user_failure_data)


@pytest.mark.usefixtures("plain_documents")
def test_the_assets_do_what_the_command_does(
    tmp_path: Path, site: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = write_site(tmp_path / "other", extra=BETA).resolve()
    for company in ("acme", "beta"):
        hand_over(other, "2025-03-01", OPENING, company=company)
    assert CliRunner().invoke(app, ["run", "--site", str(other)]).exit_code == 0
    opened: list[object] = []
    opening = Warehouse.__init__

    def open_it(self: Warehouse, where: object) -> None:
        opened.append(where)
        opening(self, where)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(Warehouse, "__init__", open_it)

    assert night(site, "2025-03-02", instance).success

    assert_same(metrics_of(other), metrics_of(site))
    assert len(opened) == 1
