"""The state file: kept, read beside a writer, and never lost for an older one."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from pipeline.delivery.message import Letter
from pipeline.delivery.outbox import MailState, Outbox, Plan
from pipeline.settings import Site, TryAgainLater
from pipeline.warehouse import Damaged, SiteState
from tests.warehouse.deliveries import site_in

ROOT = Path(__file__).parents[2]
DAY = date(2025, 3, 5)
NOW = datetime(2025, 3, 6, 4, 30, tzinfo=UTC)
DELIVERED = "INSERT INTO delivered VALUES ('acme', ?, 1, 'accepted', ?, 0, '')"
WRITER = """
import signal, sys
from pathlib import Path
from pipeline.settings import Site
from pipeline.warehouse import SiteState
from tests.warehouse.deliveries import site_in

with SiteState(site_in(Path(sys.argv[1]))) as state, state.transaction():
    state.execute("INSERT INTO delivered VALUES ('beta', '2025-03-05', 1, 'accepted', '', 0, '')")
    print("writing", flush=True)
    signal.pause()
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return site_in(tmp_path / "site")


@contextmanager
def writing(site: Site) -> Iterator[None]:
    """Another process stands in the middle of a transaction."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(site.folder)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == b"writing\n"
            yield
        finally:
            process.kill()


def companies(site: Site) -> list[str]:
    with SiteState(site) as state:
        return [row[0] for row in state.query("SELECT company FROM delivered ORDER BY company")]


def test_what_is_written_is_there_when_it_is_opened_again(site: Site) -> None:
    with SiteState(site) as state:
        assert state.execute(DELIVERED, (DAY, DAY)) == 1
    with SiteState(site) as state:
        kept = state.query(
            "SELECT extract_on FROM delivered WHERE problems >= :since", {"since": DAY}
        )
    assert kept == [("2025-03-05",)]


def test_a_reader_beside_a_writer_sees_what_was_committed(site: Site) -> None:
    with SiteState(site) as state:
        state.execute(DELIVERED, (DAY, DAY))
    with writing(site):
        assert companies(site) == ["acme"]
    # Killed in the middle of its transaction: nothing of it stands.
    assert companies(site) == ["acme"]


def test_a_second_writer_is_told_to_come_again(site: Site) -> None:
    with writing(site), SiteState(site) as state:
        with pytest.raises(TryAgainLater, match="is written to by another process"):
            state.execute(DELIVERED, (DAY, DAY))
        with pytest.raises(TryAgainLater), state.transaction():
            pass  # pragma: no cover - never entered


def test_a_transaction_that_fails_leaves_nothing(site: Site) -> None:
    with SiteState(site) as state:
        with pytest.raises(sqlite3.IntegrityError), state.transaction():
            state.execute_many(DELIVERED, [(DAY, DAY), (DAY, DAY)])
        state.execute(DELIVERED, (DAY, DAY))
    assert companies(site) == ["acme"]


@pytest.mark.parametrize("processes", [3, pytest.param(10, marks=pytest.mark.acceptance)])
def test_many_processes_may_make_the_file_at_once(site: Site, processes: int) -> None:
    script = "import sys; from tests.warehouse.test_state import *; make(sys.argv[1])"
    makers = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(site.folder)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        for _ in range(processes)
    ]
    assert [maker.wait(timeout=900) for maker in makers] == [0] * processes
    assert companies(site) == ["acme"] * processes


def make(folder: str) -> None:
    """One of them."""
    settings = site_in(Path(folder)).settings
    engine = settings.engine.model_copy(update={"lock_wait_seconds": 30})
    patient = Site(Path(folder), settings.model_copy(update={"engine": engine}))
    with SiteState(patient) as state:
        state.execute(
            "INSERT INTO delivered "
            "SELECT 'acme', ?, count(*), 'accepted', '', 0, '' FROM delivered",
            (DAY,),
        )


@pytest.mark.parametrize("content", [b"no database at all, only words " * 40, b"SQLite format 3\0"])
def test_a_file_that_is_no_state_is_told(site: Site, content: bytes) -> None:
    site.state.write_bytes(content)
    with pytest.raises(Damaged, match="restore it from a backup"):
        SiteState(site)


def test_the_state_of_a_newer_version_is_not_touched(site: Site) -> None:
    with SiteState(site) as state:
        state.execute("PRAGMA user_version = 99")
    with pytest.raises(Damaged, match="written by a newer Stockturn"):
        SiteState(site)


def test_only_one_process_mails_at_a_time(site: Site) -> None:
    one, other = SiteState(site), SiteState(site)
    with one.alone_in_mailing(), pytest.raises(TryAgainLater, match="sends mail"):
        other.alone_in_mailing().__enter__()
    with other.alone_in_mailing():
        pass
    one.close()
    other.close()


EARLIER_OUTBOX = """
CREATE TABLE outbox (
    message_id VARCHAR PRIMARY KEY, site VARCHAR, report VARCHAR, company VARCHAR, as_of DATE,
    revision INTEGER, audience VARCHAR, language VARCHAR, recipients VARCHAR[], subject VARCHAR,
    content VARCHAR, state VARCHAR, refused VARCHAR, note VARCHAR, run_id VARCHAR,
    planned_at TIMESTAMP, changed_at TIMESTAMP
)
"""


def test_a_mail_sent_by_an_earlier_version_is_not_sent_again(site: Site) -> None:
    """State was a DuckDB file: who got which report cannot be told from anything else."""
    with duckdb.connect(str(site.folder / "state.duckdb")) as earlier:
        earlier.execute(EARLIER_OUTBOX)
        earlier.execute(
            "INSERT INTO outbox VALUES ('<1@x>', 'Group', 'inventory', '*', '2025-03-05', 1,"
            " 'executives', 'zh', ['cfo@example.com', 'a@example.com'], '周转', 'digest', 'sent',"
            " '{}', '', 'run', '2025-03-06 04:30:00', '2025-03-06 04:31:00')"
        )
    letter = Letter(
        "Group", "inventory", "*", DAY, "executives", "zh",
        ("a@example.com", "cfo@example.com"), "周转", "正文", 1,
    )  # fmt: skip
    for _ in range(2):  # the second time there is nothing to take over any more
        with SiteState(site) as state:
            outbox = Outbox(state)
            plan = Plan("<1@x>", letter, "digest", MailState.PLANNED, "run-2")
            assert outbox.revision(letter, "digest") == 1
            assert outbox.record(plan, NOW) is MailState.SENT
            assert not outbox.claim("<1@x>", NOW)
            assert outbox.entries(DAY)[0].recipients == ("cfo@example.com", "a@example.com")
    assert sorted(path.name for path in site.folder.glob("state.duckdb*")) == ["state.duckdb.old"]
