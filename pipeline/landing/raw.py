"""`raw/`: every delivered byte once, under the name of its content.

A copy is made while its content is hashed and is never written again, so that what is read later
is what was checked, whatever happens to the delivered file.  `working/` beside it holds readable
forms (transcoded, repaired) for the time of a run; it can be deleted at any moment.
"""

import contextlib
import io
import os
import shutil
import stat
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.landing.deliveries import extension
from pipeline.landing.workbooks import Workbooks
from pipeline.settings import TryAgainLater

CHUNK = 1 << 20
WORKING = "working"


@dataclass(frozen=True)
class Kept:
    """A copy in `raw/`."""

    sha256: str
    size: int
    path: Path


class Raw:
    """The store of one site; use it as a context, which removes the working copies at its end."""

    def __init__(self, folder: Path) -> None:
        """Keep where the store is; nothing is written yet."""
        self.folder = folder
        self.workbooks = Workbooks()
        self._working = folder / WORKING / str(os.getpid())
        self._numbers = count()
        self._written: list[Path] = []
        self._flushing = ThreadPoolExecutor(max_workers=2, thread_name_prefix="flush")
        self._flushed: list[Future[None]] = []

    def __enter__(self) -> Self:
        """The store, its leftovers of killed runs removed."""
        _remove_leftovers(self.folder / WORKING)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait for the disk and remove the working copies."""
        self.workbooks.close()
        self.durable()
        self._flushing.shutdown()
        shutil.rmtree(self._working, ignore_errors=True)

    def keep(self, source: Path) -> Kept:
        """A copy of a delivered file, made while hashing it.

        Raises:
            TryAgainLater: the file changed while it was read.
        """
        arriving = self.working_path(".arriving")
        with arriving.open("wb", buffering=0) as copy:
            kept = self._read(source, lambda chunk: _write_all(copy, chunk))
        self._file(arriving, kept)
        return kept

    def find(self, source: Path) -> Kept | None:
        """The copy of a delivered file that was kept before, if its content is still the same.

        Raises:
            TryAgainLater: the file changed while it was read.
        """
        kept = self._read(source, len)
        return kept if _is_there(kept) else None

    def path(self, digest: str, name: str) -> Path:
        """Where content stands, or would stand; the extension is that of the delivered name."""
        return self.folder / digest[:2] / f"{digest}{extension(name) or ''}"

    def working_path(self, suffix: str) -> Path:
        """A new name for a working copy."""
        self._working.mkdir(parents=True, exist_ok=True)
        return self._working / f"{next(self._numbers)}{suffix}"

    def write(self, path: Path, content: bytes) -> None:
        """A file beside the copies that is there whole or, until `durable`, perhaps not at all."""
        arriving = self.working_path(path.suffix)
        arriving.write_bytes(content)
        path.parent.mkdir(parents=True, exist_ok=True)
        arriving.replace(path)
        self._written.append(path)

    def flush(self) -> None:
        """Begin to bring to the disk what was kept, while others go on.

        Not before all is copied: flushing would hold every further copy up.  Until it is done a
        loss of power may cost copies; their files still lie in `landing/` and are copied again.
        """
        written, self._written = self._written, []
        self._flushed += [self._flushing.submit(_flush, path) for path in written]

    def durable(self) -> None:
        """Wait until all that was kept would survive a loss of power."""
        self.flush()
        waiting, self._flushed = self._flushed, []
        for done in waiting:
            done.result()

    def _read(self, source: Path, write: Callable[[bytes], object]) -> Kept:
        with _opened(source) as descriptor:
            before = os.fstat(descriptor)
            digest, size = sha256(), 0
            while chunk := os.read(descriptor, CHUNK):
                digest.update(chunk)
                write(chunk)
                size += len(chunk)
            if not _is_unchanged(before, source.stat(), size):
                message = f"{source} changed while it was read: run again when it is complete"
                raise TryAgainLater(message)
        return Kept(digest.hexdigest(), size, self.path(digest.hexdigest(), source.name))

    def _file(self, arriving: Path, kept: Kept) -> None:
        if _is_there(kept):
            arriving.unlink()
            return
        kept.path.parent.mkdir(parents=True, exist_ok=True)
        arriving.replace(kept.path)
        self._written.append(kept.path)


@contextlib.contextmanager
def _opened(source: Path) -> Generator[int]:
    """A regular file, open for reading; a link or device is not followed."""
    descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            message = f"{source} is no regular file"
            raise OSError(message)
        yield descriptor
    finally:
        os.close(descriptor)


def _write_all(copy: io.FileIO, chunk: bytes) -> None:
    """Write a chunk to its end: a disk that is nearly full takes a part of it without an error."""
    rest = memoryview(chunk)
    while rest:
        rest = rest[copy.write(rest) :]


def _is_there(kept: Kept) -> bool:
    """Whether a copy stands, and whole: a loss of power may have cut it short."""
    try:
        return kept.path.stat().st_size == kept.size
    except FileNotFoundError:
        return False


def _is_unchanged(before: os.stat_result, after: os.stat_result, size: int) -> bool:
    """Whether what was read is what lay there before and after, size and time of change alike."""
    return (before.st_ino, before.st_mtime_ns, before.st_size, size) == (
        after.st_ino,
        after.st_mtime_ns,
        after.st_size,
        after.st_size,
    )


def _remove_leftovers(working: Path) -> None:
    """Remove what killed runs left behind; the folder of a living process stays."""
    for folder in working.glob("*"):
        if not (folder.name.isdecimal() and Path("/proc", folder.name).exists()):
            shutil.rmtree(folder, ignore_errors=True)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
