"""One run at a time works on a site, whoever starts it: the command line, a schedule, the UI.

The lock is the kernel's (`flock` on `run.lock` in the site's folder): it ends with the process that
holds it, however that ends.  What stands in the file only tells who that is.
"""

import fcntl
import json
import os
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path

from pipeline.settings import Site, TryAgainLater

NAME = "run.lock"
PAUSE_SECONDS = 0.2


@contextmanager
def site_lock(site: Site, who: str) -> Generator[None]:
    """The site for this run alone; `who` is told to whoever waits for it.

    Raises:
        TryAgainLater: another run still works on it after the configured time.
    """
    site.folder.mkdir(parents=True, exist_ok=True)
    with (site.folder / NAME).open("a+", encoding="utf-8") as lock:
        _wait_for(lock, site)
        _write(lock, {"pid": os.getpid(), "who": who, "since": _now()})
        try:
            yield
        finally:
            _write(lock, {})


def holder_of(site: Site) -> str | None:
    """Who works on the site and since when, in words; None: nobody says so."""
    try:
        told = json.loads((site.folder / NAME).read_text(encoding="utf-8") or "{}")
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return f"{told['who']} (process {told['pid']}), since {told['since']}" if told else None


def _wait_for(lock: TextIOWrapper, site: Site) -> None:
    seconds = site.settings.engine.lock_wait_seconds
    deadline = time.monotonic() + seconds
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        if time.monotonic() >= deadline:
            raise TryAgainLater(_taken(site.folder, holder_of(site), seconds))
        time.sleep(PAUSE_SECONDS)


def _taken(folder: Path, holder: str | None, seconds: float) -> str:
    return (
        f"{folder} is worked on by {holder or 'another run'}, and was for the {seconds:g} s this "
        "one waited: let it end, or end it, then run again"
    )


def _write(lock: TextIOWrapper, told: dict[str, object]) -> None:
    lock.seek(0)
    lock.truncate()
    lock.write(json.dumps(told) if told else "")
    lock.flush()


def _now() -> str:
    return datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
