"""`stockturn ui`: the Dagster UI, daemon and code server of one site, on loopback only."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import dagster as dg

from pipeline.resources import resource_folder
from pipeline.settings import Site

_UNFINISHED = [
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def instance_home(site: Site) -> Path:
    """The site's DAGSTER_HOME, with the settings this pipeline needs laid into it once."""
    home = site.folder / ".dagster"
    home.mkdir(exist_ok=True)
    settings = home / "dagster.yaml"
    if not settings.exists():
        shutil.copyfile(resource_folder("deploy") / "dagster.yaml", settings)
    return home


def reap_orphans(home: Path) -> list[str]:
    """End the runs a restart left unfinished, free what they held; their identities.

    Open source Dagster never notices that a run worker died with its host: such a run stays
    STARTED for ever and keeps the writer's pool slot.  Call it before the daemon starts.
    """
    if not (home / "dagster.yaml").exists():
        return []
    reaped: list[str] = []
    with dg.DagsterInstance.from_config(str(home)) as instance:
        for run in instance.get_runs(dg.RunsFilter(statuses=_UNFINISHED)):
            instance.report_run_failed(run, "orphaned by a restart of the host")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
            reaped.append(run.run_id)
    return reaped


def serve(site: Site, port: int) -> None:
    """Serve the UI of a site until interrupted."""
    home = instance_home(site)
    reap_orphans(home)
    environment = os.environ | {
        "DAGSTER_HOME": str(home),
        "DAGSTER_DISABLE_TELEMETRY": "yes",
        "STOCKTURN_SITE": str(site.folder),
        "PYTHONWARNINGS": "ignore",
    }
    command = [
        *(sys.executable, "-m", "dagster", "dev"),
        *("-m", "pipeline.definitions", "-h", "127.0.0.1", "-p", str(port)),
    ]
    # A shell's `&` leaves SIGINT ignored, and Dagster then ignores SIGTERM too.
    server = subprocess.Popen(  # noqa: S603 - our own interpreter, no text from outside
        command,
        env=environment,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    signal.signal(signal.SIGTERM, lambda _number, _frame: server.terminate())
    try:
        server.wait()
    except KeyboardInterrupt:
        server.terminate()
        server.wait()
