"""`stockturn ui`: the Dagster UI, daemon and code server of one site, on loopback only."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from pipeline.resources import PYTHON, SAFE_PATH, resource_folder
from pipeline.settings import Site, StockturnError, TryAgainLater
from pipeline.stages.doctor import Finding

SETTINGS = "dagster.yaml"
PAUSE_SECONDS, PATIENCE_SECONDS = 0.5, 20
_UNFINISHED = [
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
# In /proc/<pid>/stat, behind the name: state, …, start in clock ticks since boot.
_ENDED, _START_FIELD = "Z", 19


def instance_home(site: Site) -> Path:
    """The site's DAGSTER_HOME, with the settings this pipeline needs laid into it once."""
    home = site.folder / ".dagster"
    home.mkdir(exist_ok=True)
    settings = home / SETTINGS
    if not settings.exists():
        shutil.copyfile(resource_folder("deploy") / SETTINGS, settings)
    return home


def orphans(home: Path) -> list[str]:
    """The runs a restart left unfinished: no process works on them any more."""
    if not (home / SETTINGS).exists():
        return []
    with dg.DagsterInstance.from_config(str(home)) as instance:
        return [run.run_id for run in _orphans(instance)]


def reap_orphans(home: Path) -> list[str]:
    """End the runs a restart left unfinished, free what they held; their identities.

    Open source Dagster never notices that a run worker died with its host: such a run stays
    STARTED for ever and keeps the writer's pool slot.  Call it before the daemon starts.
    """
    if not (home / SETTINGS).exists():
        return []
    with dg.DagsterInstance.from_config(str(home)) as instance:
        reaped = _orphans(instance)
        for run in reaped:
            instance.report_run_failed(run, "orphaned by a restart of the host")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
        return [run.run_id for run in reaped]


def orphaned_runs(folder: Path, *, reap: bool) -> Iterator[Finding]:
    """What doctor says of the runs a restart left unfinished, where it may read of them."""
    home = folder.resolve() / ".dagster"
    if not os.access(folder, os.W_OK):
        return
    if reap:
        yield Finding("orphaned runs", f"{len(reap_orphans(home))} ended")
        return
    left = orphans(home)
    remedy = f"stockturn doctor --site {folder} --reap: they hold the writer's place in the queue"
    yield Finding("orphaned runs", str(len(left)), remedy if left else None)


def _orphans(instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
    unfinished = instance.get_runs(dg.RunsFilter(statuses=_UNFINISHED))
    return [run for run in unfinished if not _is_worked_on(instance, run)]


def _is_worked_on(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Whether a process that wrote into a run's log is still the one of that number."""
    for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT):
        event = entry.dagster_event
        said = event.engine_event_data.metadata.get("pid") if event else None
        started = _started_at(str(said.value)) if said else None
        if started is not None and started <= entry.timestamp:
            return True
    return False


def _started_at(process: str) -> float | None:
    """Since when a process runs, None if there is none of that number."""
    try:
        stat = Path("/proc", process, "stat").read_text(encoding="utf-8")
        state, *_ = fields = stat.rpartition(")")[2].split()
        boot = Path("/proc/stat").read_text(encoding="utf-8").partition("btime ")[2].split()[0]
    except OSError:
        return None
    if state == _ENDED:
        return None
    return float(boot) + float(fields[_START_FIELD]) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _alone(home: Path) -> Generator[int]:
    """The lock of a site's UI, held as long as one serves it.

    Raises:
        TryAgainLater: one does already; two daemons would start every night twice.
    """
    with (home / "ui.lock").open("a", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            message = (
                f"The UI of {home.parent} is served already: use that one, or end it and start "
                "this one again"
            )
            raise TryAgainLater(message) from held
        yield lock.fileno()


def serve(site: Site, port: int) -> None:
    """Serve the UI of a site until interrupted.

    Raises:
        TryAgainLater: it is served already, or something else listens on the port.
    """
    _require_free(port)
    home = instance_home(site)
    with _alone(home) as lock:
        reap_orphans(home)
        _serve(site, home, port, lock)


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as taken:
            message = (
                f"Port {port} cannot be listened on ({taken.strerror}): end what does, or choose "
                "another with --port"
            )
            raise TryAgainLater(message) from taken


def _serve(site: Site, home: Path, port: int, lock: int) -> None:
    """Run web server and daemon until one of them ends, or somebody ends this process."""
    # Else the code server puts the current folder before everything that is installed.
    code = ("-m", "pipeline.definitions", "-d", str(Path(__file__).parents[2]))
    web = ("-m", "pipeline.defs.guarded_webserver", "-h", "127.0.0.1", "-p", str(port), *code)
    daemon = ("-m", "dagster._daemon", "run", *code)
    started = [_started((*PYTHON, *each), site, home, lock) for each in (web, daemon)]
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        while all(each.poll() is None for each in started):
            time.sleep(PAUSE_SECONDS)
    except KeyboardInterrupt:
        return
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _end(started)
    message = "A process of the UI ended by itself; what it said stands above. Start it again"
    raise StockturnError(message)


def _started(
    command: tuple[str, ...], site: Site, home: Path, lock: int
) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "DAGSTER_HOME": str(home),
        "DAGSTER_DISABLE_TELEMETRY": "yes",
        "STOCKTURN_SITE": str(site.folder),
        "PYTHONWARNINGS": "ignore",
        SAFE_PATH: "1",
    }
    # A shell's `&` leaves SIGINT ignored, and Dagster then ignores SIGTERM too.
    return subprocess.Popen(  # noqa: S603 - our own interpreter, no text from outside
        command,
        env=environment,
        pass_fds=(lock,),  # it is served as long as this process or one of those lives
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )


def _end(started: list[subprocess.Popen[bytes]]) -> None:
    for each in started:
        each.terminate()
    for each in started:
        try:
            each.wait(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            each.kill()
            each.wait()
