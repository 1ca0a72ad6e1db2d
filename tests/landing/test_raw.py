"""The store of delivered bytes."""

import hashlib
import os
import resource
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.landing.raw import Raw
from pipeline.settings import TryAgainLater
from tests.landing.room import ONE, Room


def test_a_copy_stands_under_the_hash_of_its_content(tmp_path: Path) -> None:
    source = tmp_path / "Item.CSV.GZ"
    source.write_bytes(b"abc")
    digest = hashlib.sha256(b"abc").hexdigest()
    with Raw(tmp_path / "raw") as raw:
        kept = raw.keep(source)
        raw.durable()
    assert kept.sha256 == digest
    assert kept.path == tmp_path / "raw" / digest[:2] / f"{digest}.csv.gz"
    assert kept.path.read_bytes() == b"abc"


def test_a_copy_does_not_follow_its_source(tmp_path: Path) -> None:
    source = tmp_path / "item.csv"
    source.write_bytes(b"abc")
    with Raw(tmp_path / "raw") as raw:
        kept = raw.keep(source)
        source.write_bytes(b"xyz")
        assert kept.path.read_bytes() == b"abc"


def test_a_copy_that_does_not_fit_is_no_copy(tmp_path: Path) -> None:
    """The system takes 1000 bytes of 1500 without complaint, and refuses only the next ones."""
    source = tmp_path / "item.csv"
    source.write_bytes(b"x" * 1500)
    with Raw(tmp_path / "raw") as raw, files_up_to(1000), pytest.raises(OSError, match="large"):
        raw.keep(source)
    assert not list((tmp_path / "raw").rglob("*.csv"))


def test_a_full_disk_is_no_fault_of_the_delivery(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.deliver_ledger(ONE + "x" * 1500)
    with files_up_to(1000), pytest.raises(OSError, match="large"):
        room.survey()


@contextmanager
def files_up_to(size: int) -> Generator[None]:
    """As on a disk with so much room."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


def test_a_copy_cut_short_by_a_crash_is_made_again(tmp_path: Path) -> None:
    source = tmp_path / "item.csv"
    source.write_bytes(b"abc")
    with Raw(tmp_path / "raw") as raw:
        path = raw.keep(source).path
        path.write_bytes(b"")
        assert raw.keep(source).path.read_bytes() == b"abc"


def test_a_file_that_changes_under_our_hands_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "item.csv"
    source.write_bytes(b"abc")
    read = os.read

    def read_and_change(descriptor: int, size: int) -> bytes:
        chunk = read(descriptor, size)
        if chunk:
            source.write_bytes(b"abcdef")
        return chunk

    monkeypatch.setattr(os, "read", read_and_change)
    with Raw(tmp_path / "raw") as raw, pytest.raises(TryAgainLater, match="changed while"):
        raw.keep(source)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"abc")
    (tmp_path / "item.csv").symlink_to(tmp_path / "secret")
    with Raw(tmp_path / "raw") as raw, pytest.raises(OSError, match="symbolic links"):
        raw.keep(tmp_path / "item.csv")


def test_working_copies_go_with_the_run_and_with_dead_ones(tmp_path: Path) -> None:
    dead = tmp_path / "raw" / "working" / "999999999"
    dead.mkdir(parents=True)
    with Raw(tmp_path / "raw") as raw:
        path = raw.working_path(".csv")
        path.write_bytes(b"abc")
        assert not dead.exists()
    assert not path.exists()


def test_a_record_is_whole_or_not_there(tmp_path: Path) -> None:
    with Raw(tmp_path / "raw") as raw:
        raw.write(tmp_path / "a" / "v1.json", b"{}")
        raw.durable()
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["v1.json"]
