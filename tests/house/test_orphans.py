"""A UI killed in the middle of a run: its next start, or `doctor --reap`, lets the nights go on.

The run that was executing stays STARTED in Dagster's memory and keeps the writer's only slot.
"""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pipeline.defs.assets import POOL
from tests.house.processes import PATIENCE, held, stockturn
from tests.house.served import Served, serving
from tests.house.sites import MASTERS, deliver, movements, write_site

DAY = "2025-01-31"
STARTED, QUEUED, FAILURE, SUCCESS = (
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.FAILURE,
    dg.DagsterRunStatus.SUCCESS,
)
UNDER_WAY = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTING, STARTED])
LAUNCH = """
mutation ($given: ExecutionParams!) { launchRun(executionParams: $given) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }
"""
GRAPH = """
{ assetNodes { assetKey { path } groupName repository { name location { name } } } }
"""


@dataclass(frozen=True)
class PowerCut:
    """What is left of a UI that was killed while one run was executing and another waited."""

    site: Path
    running: str
    waiting: str
    said_before: str  # by `doctor --reap`, while all was well


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> PowerCut:
    """A run, asked for or begun by the sensor, is held in its middle by an open warehouse."""
    site = write_site(
        tmp_path_factory.mktemp("cut") / "site", extra="\n[engine]\nlock_wait_seconds = 900\n"
    )
    deliver(site, DAY, MASTERS | {"stock_movement": movements("1|2025-01-01|opening|9|90")})
    with held(site / "warehouse.duckdb"), serving(site) as ui:
        launch(ui)
        with memory(site) as instance:
            until(lambda: slots(instance))
            (running,) = slots(instance)
            waiting = launch(ui)
            until(lambda: status(instance, waiting) is QUEUED)
            # Inside, it would spin on a whole core.
            assert [run.run_id for run in instance.get_runs(UNDER_WAY)] == [running]
        _, said = stockturn("doctor", "--site", site, "--reap")
        ui.kill()
    with memory(site) as instance:
        assert (status(instance, running), slots(instance)) == (STARTED, {running})
    return PowerCut(site, running, waiting, said)


def test_a_run_that_is_worked_on_is_no_orphan(cut: PowerCut) -> None:
    """An engineer who types `doctor --reap` at night does not end the night."""
    assert "orphaned runs: 0 ended" in cut.said_before


def test_the_next_ui_ends_the_orphan_and_the_waiting_run_goes_through(
    cut: PowerCut, tmp_path: Path
) -> None:
    site = shutil.copytree(cut.site, tmp_path / "site")

    with serving(site), memory(site) as instance:
        until(lambda: status(instance, cut.waiting) in {SUCCESS, FAILURE})

        assert status(instance, cut.waiting) is SUCCESS
        assert status(instance, cut.running) is FAILURE
        code, output = stockturn("ui", "--site", site)
    assert code == 75, output
    assert "is served already" in output


def test_doctor_names_the_orphan_and_ends_it_when_asked_to(cut: PowerCut, tmp_path: Path) -> None:
    site = shutil.copytree(cut.site, tmp_path / "site")

    code, output = stockturn("doctor", "--site", site)
    assert code == 78, output
    assert "orphaned runs: 1" in output
    assert f"stockturn doctor --site {site} --reap" in output

    _, output = stockturn("doctor", "--site", site, "--reap")
    assert "orphaned runs: 1 ended" in output
    with memory(site) as instance:
        assert (status(instance, cut.running), slots(instance)) == (FAILURE, set())


def launch(ui: Served) -> str:
    """Ask for a run of the canonical tables, as a click does; its identity."""
    nodes = [node for node in ui.ask(GRAPH)["assetNodes"] if node["groupName"] == "canonical"]
    repository = nodes[0]["repository"]
    given = {
        "selector": {
            "repositoryName": repository["name"],
            "repositoryLocationName": repository["location"]["name"],
            "jobName": "__ASSET_JOB",
            "assetSelection": [{"path": node["assetKey"]["path"]} for node in nodes],
        },
        "mode": "default",
        "runConfigData": {},
        "executionMetadata": {"tags": [{"key": "dagster/partition", "value": DAY}]},
    }
    answer = ui.ask(LAUNCH, given=given)["launchRun"]
    assert answer["__typename"] == "LaunchRunSuccess", answer
    return answer["run"]["runId"]


@contextmanager
def memory(site: Path) -> Iterator[dg.DagsterInstance]:
    """What Dagster remembers of a site."""
    with dg.DagsterInstance.from_config(str(site / ".dagster")) as instance:
        yield instance


def status(instance: dg.DagsterInstance, run: str) -> dg.DagsterRunStatus:
    found = instance.get_run_by_id(run)
    assert found is not None
    return found.status


def slots(instance: dg.DagsterInstance) -> set[str]:
    """The runs that hold the writer's slot."""
    return instance.event_log_storage.get_concurrency_info(POOL).active_run_ids


def until(holds: Callable[[], Any]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.2)
