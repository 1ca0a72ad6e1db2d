"""What the machine refuses is told in words that say who must do what."""

import errno
import os

import duckdb
import pytest

from pipeline.settings import DataRefused
from pipeline.stages.failure_messages import refusal_in

FULL = duckdb.IOException(
    'IO Error: Could not write all bytes to file "/site/warehouse.duckdb.wal": wanted=14 wrote=-1: '
    "No space left on device"
)


def wrapped(failure: BaseException, *, around: BaseException) -> BaseException:
    """A failure as somebody else raised it on."""
    around.__cause__ = failure
    return around


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (FULL, "/site/warehouse.duckdb.wal cannot be written: No space left on device"),
        (OSError(errno.ENOSPC, "full", "/site/raw/1"), "/site/raw/1 cannot be written"),
        (
            OSError(errno.EDQUOT, "quota", "/a", None, "/site/x.tmp"),
            "/site/x.tmp cannot be written",
        ),
        (PermissionError(errno.EACCES, "no", "/site/raw"), "/site/raw cannot be used"),
        (OSError(errno.EROFS, "read-only", "/site/raw"), "/site/raw cannot be used: Read-only"),
        (duckdb.OutOfMemoryException("Out of Memory Error: 2.0 GiB used"), "memory_limit_mb"),
        (
            duckdb.OutOfMemoryException("failed to offload: max_temp_directory_size"),
            "make room on that disk",
        ),
    ],
)
def test_the_machine_refuses_with_a_remedy(failure: BaseException, words: str) -> None:
    refusal = refusal_in(wrapped(failure, around=RuntimeError("step failed")))

    assert refusal is not None
    assert refusal.exit_code == 78
    assert words in str(refusal)


def test_a_stage_has_the_first_word() -> None:
    refused = DataRefused("acme: deliver again")

    assert refusal_in(wrapped(wrapped(FULL, around=refused), around=RuntimeError())) is refused


@pytest.mark.parametrize(
    "fault", [ValueError("x"), KeyError(1), OSError(errno.EIO, os.strerror(5))]
)
def test_a_fault_of_the_pipeline_stays_one(fault: Exception) -> None:
    assert refusal_in(fault) is None
