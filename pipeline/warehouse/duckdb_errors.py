"""What the system refuses a database, told from DuckDB's own words: it names no error number."""

import errno
import os

import duckdb

REFUSALS = (
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOMEM,
)
NO_ROOM_TO_SPILL = "max_temp_directory_size"


def refusal_number(failure: BaseException) -> int | None:
    """The system's error number behind a database error, None if it was something else."""
    if not isinstance(failure, duckdb.Error):
        return None
    words = str(failure)
    if isinstance(failure, duckdb.OutOfMemoryException):
        return errno.ENOSPC if NO_ROOM_TO_SPILL in words else errno.ENOMEM
    return next((number for number in REFUSALS if os.strerror(number) in words), None)
