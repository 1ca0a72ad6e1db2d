"""Copies a database file; run as a program of its own, with nothing but the standard library.

The lock on an open DuckDB file is lost when its process opens and closes the file once more.  So
the process that holds the warehouse open has it copied by another.  Ends with the number of the
error where the system refused.
"""

import errno
import os
import shutil
import sys
from pathlib import Path

AT_ONCE = 1 << 26
NOT_BY_THE_KERNEL = {errno.EXDEV, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}


def copy(source: Path, target: Path) -> None:
    """A copy that is on the disk: by the kernel, where both lie on a file system that lets it."""
    with source.open("rb", buffering=0) as original, target.open("wb") as made:
        try:
            while os.copy_file_range(original.fileno(), made.fileno(), AT_ONCE):
                pass
        except OSError as refused:
            if refused.errno not in NOT_BY_THE_KERNEL:
                raise
        shutil.copyfileobj(original, made, AT_ONCE)  # what the kernel left, if anything
        made.flush()
        os.fsync(made.fileno())


if __name__ == "__main__":
    try:
        copy(Path(sys.argv[1]), Path(sys.argv[2]))
    except OSError as refused:
        sys.exit(refused.errno)
