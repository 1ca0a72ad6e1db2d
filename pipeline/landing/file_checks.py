"""Every delivered file against its contract, before anything of a range is loaded.

Each file is copied into `raw/` while it is hashed, then looked at once: encoding, header, quotes,
line ends, number of cells.  What is found is returned, never raised, so that all days of a range
are told at once.
"""

import errno
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.canonical.erp_contract import ErpContract, NativeFile
from pipeline.landing.decoding import UTF8, text_chunks
from pipeline.landing.deliveries import Folder, extension, sent_files
from pipeline.landing.header import cells_of, extra_columns, header_faults, matched
from pipeline.landing.manifest import TableSent
from pipeline.landing.problems import FileRefused, Problem
from pipeline.landing.raw import CHUNK, Raw
from pipeline.landing.record_shape import shape_of
from pipeline.landing.records import (
    PIECE,
    Records,
    RefusedRecord,
    header_record,
    regular_records,
    repaired_records,
)
from pipeline.landing.sheets import Sheet, parquet_sheet
from pipeline.settings import TryAgainLater
from pipeline.wording import are, counted

PACKED = ".gz"


@dataclass(frozen=True)
class KeptFile:
    """A delivered file as it stands in `raw/`."""

    native: str
    name: str  # in the delivery's folder
    sha256: str
    size: int
    path: Path


@dataclass(frozen=True)
class Readable:
    """A file as SQL can read it: where, how its columns are ordered, which records are no rows."""

    native: str
    source_file: str
    path: Path
    is_parquet: bool
    is_packed: bool
    columns: tuple[str | None, ...]  # the contract's names in the file's order; None: extra
    spelled: tuple[str, ...]  # the names inside a Parquet file
    kinds: tuple[str, ...]
    count: int
    size: int = 0
    refused: tuple[RefusedRecord, ...] = ()
    warnings: tuple[str, ...] = ()
    is_plain: bool = False  # every cell is printable ASCII without tabs and line ends
    is_bare: bool = False  # and none is quoted, or begins or ends with a blank

    @property
    def first_column(self) -> str:
        """The first of the contract's columns in the file's order."""
        return next(column for column in self.columns if column is not None)


def keep_files(
    folder: Folder,
    raw: Raw,
    *,
    was_delivered: bool,
) -> tuple[list[KeptFile], list[Problem]]:
    """Copies of a delivery's files; the same content twice in one table is kept once.

    Where the date was delivered before, most likely nothing needs to be copied again.
    """
    kept: dict[tuple[str, str], KeptFile] = {}
    problems: list[Problem] = []
    for file in sorted(folder.files, key=lambda file: (file.native, file.name)):
        try:
            copy = (raw.find(file.path) if was_delivered else None) or raw.keep(file.path)
        except (TryAgainLater, FileNotFoundError):
            message = "changed or vanished while it was read: run again when it is complete"
            problems.append(folder.problem(file.name, message, is_unsettled=True))
        except OSError as broken:
            if _is_of_our_disk(broken, file.path):
                raise
            problems.append(folder.problem(file.name, _unreadable(broken)))
        else:
            entry = KeptFile(file.native, file.name, copy.sha256, copy.size, copy.path)
            kept.setdefault((file.native, copy.sha256), entry)
    return list(kept.values()), problems


OUR_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}


def _is_of_our_disk(broken: OSError, source: Path) -> bool:
    """Whether the copy could not be written, for which nobody need deliver anything again."""
    return broken.errno in OUR_DISK or broken.filename not in {None, source, str(source)}


def _unreadable(broken: OSError) -> str:
    if isinstance(broken, PermissionError):
        return "may not be read by the user the pipeline runs as: let that user read it"
    return f"cannot be read ({broken.strerror or broken}): deliver it again"


def check_files(
    folder: Folder,
    kept: Iterable[KeptFile],
    contract: ErpContract,
    raw: Raw,
) -> tuple[list[Readable], list[Problem]]:
    """The files of a delivery as they can be read, and all that is wrong with them."""
    readable: list[Readable] = []
    problems: list[Problem] = []
    files = list(kept)
    for file in files:
        try:
            found = read_file(file, contract.file(file.native), folder.title, raw)
        except FileFaults as faults:
            problems.extend(folder.faulty(file.name, fault) for fault in faults.faults)
        else:
            readable.append(found)
    sent = sent_files(contract, folder.manifest)
    problems.extend(_against_manifest(folder, files, readable, sent))
    if folder.manifest is None:
        problems.extend(_cut_off(folder, readable))
    return readable, problems


class FileFaults(Exception):
    """All that is wrong with one file."""

    def __init__(self, faults: Iterable[FileRefused]) -> None:
        """Keep the faults."""
        self.faults = tuple(faults)
        super().__init__("; ".join(str(fault) for fault in self.faults))


def read_file(file: KeptFile, native: NativeFile, title: str, raw: Raw) -> Readable:
    """A kept file as SQL can read it.

    Raises:
        FileFaults: the file is not as its contract says.
    """
    if file.size == 0:
        message = "is empty (0 bytes): deliver it again, at least with its header row"
        raise FileFaults([FileRefused(message)])
    reader = READERS.get(extension(file.name) or "", _read_text)
    try:
        return reader(file, native, f"{title}/{file.name}", raw)
    except FileRefused as fault:
        raise FileFaults([fault]) from fault


def _read_text(file: KeptFile, native: NativeFile, source_file: str, raw: Raw) -> Readable:
    path, is_packed = file.path, file.name.casefold().endswith(PACKED)
    encoding = native.style.encoding
    if encoding not in UTF8:
        path = raw.working_path(".csv")
        _write(path, text_chunks(file.path, encoding, is_packed=is_packed))
        encoding, is_packed = "utf-8", False

    def chunks(size: int = CHUNK) -> Iterator[bytes]:
        return text_chunks(path, encoding, is_packed=is_packed, size=size)

    cells = cells_of(header_record(chunks(PIECE), native.style), native.style)
    _refuse_header(cells, native)
    columns = matched(cells, native)
    records, repaired = _records(chunks, native, columns, raw)
    warnings = list(_warnings(cells, native, records, source_file))
    return Readable(
        native=native.name,
        source_file=source_file,
        path=repaired or path,
        is_parquet=False,
        is_packed=is_packed and repaired is None,
        columns=columns,
        spelled=(),
        kinds=(),
        count=records.count,
        size=(repaired or path).stat().st_size,
        refused=records.refused,
        warnings=tuple(warnings),
        is_plain=records.is_plain,
        is_bare=records.is_bare,
    )


def _records(
    chunks: Callable[[], Iterator[bytes]],
    native: NativeFile,
    columns: Sequence[str | None],
    raw: Raw,
) -> tuple[Records, Path | None]:
    """The records of a text, and its rewritten form if it had to be rewritten."""
    shape = shape_of(native.style, len(columns))
    records = regular_records(chunks(), shape)
    if records is not None:
        return records, None
    path = raw.working_path(".csv")
    with path.open("wb") as copy:
        marked = next(place for place, column in enumerate(columns) if column is not None)
        return repaired_records(chunks(), shape, copy, marked=marked), path


def _read_parquet(file: KeptFile, native: NativeFile, source_file: str, raw: Raw) -> Readable:
    del raw
    return _read_sheet(file.path, parquet_sheet(file.path), native, source_file)


def _read_excel(file: KeptFile, native: NativeFile, source_file: str, raw: Raw) -> Readable:
    path = raw.working_path(".parquet")
    sheet = raw.workbooks.sheet(file.path, native.file, path)
    readable = _read_sheet(path, sheet, native, source_file)
    named = tuple(f"c{number}" for number in range(len(sheet.columns)))
    return replace(readable, spelled=named)


def _read_sheet(path: Path, sheet: Sheet, native: NativeFile, source_file: str) -> Readable:
    _refuse_header(sheet.columns, native)
    columns = matched(sheet.columns, native)
    for spelled, column, kind in zip(sheet.columns, columns, sheet.kinds, strict=True):
        if column is not None and kind == "nested":
            message = "holds lists, records or bytes: deliver text, numbers, dates or truth values"
            raise FileRefused(message, column=spelled)
    records = Records(sheet.count)
    return Readable(
        native=native.name,
        source_file=source_file,
        path=path,
        is_parquet=True,
        is_packed=False,
        columns=columns,
        spelled=sheet.columns,
        kinds=sheet.kinds,
        count=sheet.count,
        warnings=tuple(_warnings(sheet.columns, native, records, source_file)),
    )


READERS: dict[str, Callable[[KeptFile, NativeFile, str, Raw], Readable]] = {
    ".parquet": _read_parquet,
    ".xlsx": _read_excel,
}


def _refuse_header(cells: Iterable[str], native: NativeFile) -> None:
    faults = list(header_faults(tuple(cells), native))
    if faults:
        raise FileFaults(faults)


def _warnings(
    cells: Iterable[str],
    native: NativeFile,
    records: Records,
    source_file: str,
) -> Iterator[str]:
    extra = extra_columns(tuple(cells), native)
    if extra:
        yield f"{source_file}: column {', '.join(extra)} is not in the contract and is ignored"
    if not records.ends_in_newline:
        yield f"{source_file}: {UNFINISHED}"
    if records.refused:
        told = f": {records.ragged}" if records.ragged else ""
        many = len(records.refused)
        what = f"{counted(many, 'record')} without the shape of a row {are(many)} quarantined"
        yield f"{source_file}: {what}{told}"


UNFINISHED = "the last line does not end in a line end"


def _write(path: Path, chunks: Iterable[bytes]) -> None:
    with path.open("wb") as copy:
        for chunk in chunks:
            copy.write(chunk)


def _against_manifest(
    folder: Folder,
    kept: Iterable[KeptFile],
    readable: Iterable[Readable],
    sent: dict[str, TableSent],
) -> Iterator[Problem]:
    """What the manifest counts and hashes, against what is there."""
    counts: dict[str, int] = {}
    for file in readable:
        counts[file.native] = counts.get(file.native, 0) + file.count
    files = list(kept)
    for native, entry in sent.items():
        names = [file.name for file in files if file.native == native]
        is_fresh = not folder.is_done and any(file.is_fresh for file in folder.of(native))
        shown = names[0] if len(names) == 1 else None
        count = counts.get(native, 0)
        if entry.rows is not None and names and native in counts and count != entry.rows:
            message = (
                f"holds {counted(count, 'record')} of '{native}' where manifest.json states "
                f"{entry.rows:,}: it was cut off or is another file; deliver it again"
            )
            yield folder.problem(shown, message, is_unsettled=is_fresh)
        digests = {file.sha256 for file in files if file.native == native}
        if entry.sha256 and digests and digests != {entry.sha256.casefold()}:
            message = "is not the file whose sha256 manifest.json states: deliver it again"
            yield folder.problem(shown, message, is_unsettled=is_fresh)


def _cut_off(folder: Folder, readable: Iterable[Readable]) -> Iterator[Problem]:
    """A last record that is short and has no line end was cut off, manifest or not."""
    for file in readable:
        last = file.refused[-1] if file.refused else None
        if last and last.number == file.count and any(UNFINISHED in w for w in file.warnings):
            message = "ends in the middle of a line: it was cut off; deliver it again"
            name = file.source_file.removeprefix(f"{folder.title}/")
            yield folder.problem(name, message, record=last.number)
