"""Which extracts lie in `landing/`: a folder per company and extract date, and nothing else."""

import os
import re
import time
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from pipeline.canonical.erp_contract import ErpContract, NativeFile
from pipeline.canonical.printable import printable
from pipeline.landing.manifest import NAME as MANIFEST
from pipeline.landing.manifest import Manifest, TableSent, read_manifest
from pipeline.landing.problems import FileRefused, Problem
from pipeline.settings import Company, Site

EXTENSIONS = (".csv.gz", ".csv", ".txt", ".parquet", ".xlsx")
DONE = ".done"
CLUTTER = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class DeliveredFile:
    """One file of a delivery and the native file it is, or is a part of."""

    native: str
    path: Path
    name: str  # in the delivery's folder, parts divided by /
    is_fresh: bool = False  # changed a moment ago


@dataclass(frozen=True)
class Folder:
    """One company's extract of one date, as it lies in `landing/`."""

    company: str
    extract_on: date
    path: Path
    files: tuple[DeliveredFile, ...] = ()
    manifest: Manifest | None = None
    is_done: bool = False
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """How messages name it."""
        return f"{self.company}/{self.extract_on}"

    def of(self, native: str) -> list[DeliveredFile]:
        """The files that are this native file, or its parts."""
        return [file for file in self.files if file.native == native]

    def problem(self, file: str | None, message: str, **where: object) -> Problem:
        """A problem of this delivery."""
        return Problem(self.company, self.extract_on, file, message, **where)  # pyright: ignore[reportArgumentType]

    def faulty(self, file: str | None, fault: FileRefused) -> Problem:
        """A problem of this delivery, from what is wrong with one of its files."""
        return self.problem(
            file,
            str(fault),
            record=fault.record,
            column=fault.column,
            is_unsettled=fault.is_unsettled,
        )


@dataclass(frozen=True)
class Discovery:
    """All deliveries found, and what lies beside them."""

    folders: tuple[Folder, ...]
    warnings: tuple[str, ...] = ()


def discover(
    site: Site,
    contracts: Mapping[str, ErpContract],
    first: date,
    last: date,
    *,
    now: float | None = None,
) -> Discovery:
    """The deliveries of extract dates from first to last, by company and date.

    Nothing is opened but manifests.  A folder that is not as agreed is listed with its problems;
    names that can be no delivery at all are told as warnings.
    """
    settled_at = (time.time() if now is None else now) - site.settings.site.settle_seconds
    folders: list[Folder] = []
    warnings = list(_strangers(site))
    for company in site.companies:
        for entry in _entries(site.landing / company.name):
            day = _day(entry.name)
            if day is None:
                if entry.name.casefold() not in CLUTTER:
                    warnings.append(f"landing/{company.name}/{entry.name} is no extract date")
            elif first <= day <= last:
                folder = _folder(company, day, entry, contracts[company.name], settled_at)
                if folder.files or folder.problems or folder.manifest or folder.is_done:
                    folders.append(folder)
                else:
                    warnings.append(f"landing/{folder.title} is empty")
    return Discovery(tuple(folders), tuple(printable(warning) for warning in warnings))


def newest_lying(site: Site, contracts: Mapping[str, ErpContract]) -> Discovery:
    """The deliveries of the newest extract date that has any; all that was found where none has."""
    names = {entry.name for each in site.companies for entry in _entries(site.landing / each.name)}
    for day in sorted(filter(None, map(_day, names)), reverse=True):
        found = discover(site, contracts, day, day)
        if found.folders:
            return found
    return discover(site, contracts, date.min, date.max)


def delivered_at(site: Site, company: str, extract_on: date) -> datetime | None:
    """When the newest file of an extract was written, by the site's clock; None: it lies no more.

    Only what the file system says: senders may keep the times of their own disk.
    """
    folder = site.landing / company / extract_on.isoformat()
    times = [entry.stat().st_mtime for entry in _entries(folder) if entry.is_file()]
    return datetime.fromtimestamp(max(times), site.zone()) if times else None


def expects(company: Company, day: date) -> bool:
    """Whether the company is expected to deliver an extract of that day."""
    if company.expected == "weekdays":
        return day.isoweekday() <= 5  # noqa: PLR2004
    return company.expected == "daily"


def sent_files(contract: ErpContract, manifest: Manifest | None) -> dict[str, TableSent]:
    """What a manifest says of each native file; a canonical table's entry means its only file."""
    entries = manifest.tables if manifest else {}
    sent: dict[str, TableSent] = {}
    for key, entry in entries.items():
        driving = contract.tables[key].driving if key in contract.tables else ()
        native = _native_named(contract, key) or (driving[0] if len(driving) == 1 else None)
        if native is not None:
            sent[native] = entry
    return sent


def extension(name: str) -> str | None:
    """The extension of a data file, None if it is none."""
    lower = name.casefold()
    return next((end for end in EXTENSIONS if lower.endswith(end)), None)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def _strangers(site: Site) -> Iterator[str]:
    companies = {company.name for company in site.companies}
    for entry in _entries(site.landing):
        if entry.name not in companies and not entry.name.startswith("."):
            yield f"landing/{entry.name} is no company of this site"


def _day(name: str) -> date | None:
    if not DAY.fullmatch(name):
        return None
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None


def _folder(
    company: Company,
    day: date,
    entry: os.DirEntry[str],
    contract: ErpContract,
    settled_at: float,
) -> Folder:
    folder = Folder(company.name, day, Path(entry.path))
    if entry.is_symlink() or not entry.is_dir():
        message = "is a link or no folder: deliver a folder with the files themselves"
        return replace(folder, problems=(folder.problem(None, message),))
    for found in _data_entries(folder.path):
        try:
            folder = _with_entry(folder, found, contract, settled_at)
        except FileRefused as fault:
            folder = replace(folder, problems=(*folder.problems, folder.faulty(found.name, fault)))
    problems = [*folder.problems, *_against_manifest(folder, contract)]
    if not folder.is_done:
        problems += _unsettled(folder, contract)
    return replace(folder, problems=tuple(problems))


def _with_entry(
    folder: Folder,
    entry: os.DirEntry[str],
    contract: ErpContract,
    settled_at: float,
) -> Folder:
    """A delivery with one more thing that lies in its folder."""
    if entry.name == DONE:
        return replace(folder, is_done=_is_plain_file(entry))
    if entry.name == MANIFEST:
        return replace(folder, manifest=_manifest(entry))
    if _is_clutter(entry, settled_at):
        warning = printable(f"{folder.title}/{entry.name} is passed over")
        return replace(folder, warnings=(*folder.warnings, warning))
    return replace(folder, files=(*folder.files, *_delivered(entry, contract, settled_at)))


def _data_entries(folder: Path) -> list[os.DirEntry[str]]:
    return [entry for entry in _entries(folder) if entry.name.casefold() not in CLUTTER]


def _is_plain_file(entry: os.DirEntry[str]) -> bool:
    if not entry.name.isprintable():
        message = "has characters in its name that nobody can print: give it a plain name"
        raise FileRefused(message)
    if entry.is_symlink():
        message = "is a link: deliver the file itself"
        raise FileRefused(message)
    if not entry.is_file(follow_symlinks=False):
        message = "is no regular file: deliver a file"
        raise FileRefused(message)
    return True


def _manifest(entry: os.DirEntry[str]) -> Manifest:
    _is_plain_file(entry)
    return read_manifest(Path(entry.path).read_bytes())


def _is_clutter(entry: os.DirEntry[str], settled_at: float) -> bool:
    """Whether a hidden file is left behind; a fresh one is an upload that still runs."""
    if not entry.name.startswith("."):
        return False
    if _is_fresh(entry.stat(follow_symlinks=False).st_mtime, settled_at):
        message = "is still being written"
        raise FileRefused(message, is_unsettled=True)
    return True


def _delivered(
    entry: os.DirEntry[str],
    contract: ErpContract,
    settled_at: float,
) -> Iterator[DeliveredFile]:
    if entry.is_dir(follow_symlinks=False):
        yield from _parts(entry, contract, settled_at)
        return
    _is_plain_file(entry)
    ending = extension(entry.name)
    native = _native_of(contract, entry.name[: -len(ending)]) if ending else None
    if native is None:
        raise _unknown(contract)
    is_fresh = _is_fresh(entry.stat().st_mtime, settled_at)
    yield DeliveredFile(native.name, Path(entry.path), entry.name, is_fresh)


def _parts(
    entry: os.DirEntry[str],
    contract: ErpContract,
    settled_at: float,
) -> Iterator[DeliveredFile]:
    native = _native_named(contract, entry.name)
    if native is None:
        raise _unknown(contract)
    for part in _data_entries(Path(entry.path)):
        _is_plain_file(part)
        if extension(part.name) is None:
            message = f"holds {part.name!r}, which is none of {', '.join(EXTENSIONS)}: remove it"
            raise FileRefused(message)
        is_fresh = _is_fresh(part.stat().st_mtime, settled_at)
        yield DeliveredFile(native, Path(part.path), f"{entry.name}/{part.name}", is_fresh)


def _unknown(contract: ErpContract) -> FileRefused:
    names = ", ".join(sorted(file.file for file in contract.files))
    message = (
        f"is no file of an extract of ERP '{contract.name}': name it <file>.<ext>, <file>_….<ext>"
        f" or put it into a folder <file>/, with <file> one of {names} and <ext> one of"
        f" {', '.join(ending[1:] for ending in EXTENSIONS)}; or remove it"
    )
    return FileRefused(message)


@lru_cache(maxsize=4096)  # the same few names lie there every day
def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _native_named(contract: ErpContract, name: str) -> str | None:
    wanted = _plain(name)
    for file in contract.files:
        if wanted in {_plain(file.file), file.name}:
            return file.name
    return None


def _native_of(contract: ErpContract, stem: str) -> NativeFile | None:
    """The native file a stem names; the longest name wins: item_supplier is no part of item."""
    wanted = _plain(stem)
    fitting = [
        file
        for file in contract.files
        if wanted == _plain(file.file) or wanted.startswith(_plain(file.file) + "_")
    ]
    return max(fitting, key=lambda file: len(file.file), default=None)


def _against_manifest(folder: Folder, contract: ErpContract) -> Iterator[Problem]:
    """Files and manifest name the same things."""
    sent = sent_files(contract, folder.manifest)
    for key, entry in (folder.manifest.tables if folder.manifest else {}).items():
        native = next((name for name, value in sent.items() if value is entry), None)
        if native is None and key not in contract.tables:
            message = f"names the table '{key}', which ERP '{contract.name}' has not: correct it"
            yield folder.problem(MANIFEST, message)
        elif native is None and (entry.files or entry.rows is not None or entry.sha256):
            message = f"must state file, rows and sha256 of '{key}' for each of its files"
            yield folder.problem(MANIFEST, message)
    for native, entry in sent.items():
        delivered = {file.name for file in folder.of(native)}
        for name in sorted(set(entry.files) - delivered):
            yield folder.problem(name, "is named in manifest.json but is not there: deliver it")
        for name in sorted(delivered - set(entry.files)) if entry.files else ():
            message = f"is not named in manifest.json under '{native}': name it or remove it"
            yield folder.problem(name, message)
        if not delivered and not entry.files and (entry.rows or entry.sha256):
            message = f"states rows of '{native}', of which there is no file: deliver it"
            yield folder.problem(MANIFEST, message)


def _unsettled(folder: Folder, contract: ErpContract) -> Iterator[Problem]:
    """Files that changed a moment ago and that no manifest vouches for."""
    sent = sent_files(contract, folder.manifest)
    for file in folder.files:
        entry = sent.get(file.native)
        is_vouched = entry is not None and (entry.rows is not None or entry.sha256 is not None)
        if file.is_fresh and not is_vouched:
            message = (
                "is still being written (it changed a moment ago, and neither manifest.json nor"
                " .done says that it is complete)"
            )
            yield folder.problem(file.name, message, is_unsettled=True)


def _is_fresh(modified: float, settled_at: float) -> bool:
    """Whether a file changed after the moment from which it would count as settled.

    A time stamp far in the future comes from the sender's clock and says nothing.
    """
    return settled_at < modified < settled_at + 2 * 86400
