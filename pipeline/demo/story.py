"""The sample group's story, written into a site: first every delivery, then two corrections.

Writing it again changes no byte: a file that already says the same is left alone, and so is the
folder of a delivery that was already sent again.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from pipeline.demo.generic import CORRECTED_EXTRACT, GenericExtracts
from pipeline.demo.group import FIRST_EXTRACT, GROUP, LAST_EXTRACT, NIGHTS, Trader
from pipeline.demo.mark import claim
from pipeline.demo.sap_b1 import SapB1Extracts
from pipeline.demo.sheets import Extracts, Sheet, written
from pipeline.demo.site import site_files
from pipeline.demo.trade import Trade, trade
from pipeline.demo.u8 import U8Extracts

MANIFEST = "manifest.json"
CORRECTIONS = (("north", LAST_EXTRACT), ("coast", CORRECTED_EXTRACT))
WRITERS = {"sap_b1": SapB1Extracts, "u8": U8Extracts, "generic": GenericExtracts}


@dataclass(frozen=True)
class DemoStory:
    """What was written and what it tells."""

    folder: Path
    first: date
    last: date
    companies: tuple[str, ...]
    items: int
    suppliers: int
    warehouses: int
    movements: int
    deliveries: int
    files_written: int  # 0: everything was there already


def write_demo(folder: Path) -> DemoStory:
    """Write the sample site and every delivery as it was first sent.

    Raises:
        ConfigurationError: the folder is no demo site, and not empty.
    """
    files = site_files()
    claim(folder, files)
    written_files = sum(_put(folder / name, text.encode()) for name, text in files.items())
    for trader in GROUP:
        for on in (FIRST_EXTRACT, *NIGHTS):
            if not _is_corrected(folder, trader, on):
                written_files += _deliver(folder, trader, on, is_corrected=False)
    return _story(folder, written_files)


def write_corrections(folder: Path) -> int:
    """Send the two corrected deliveries; how many files that changed."""
    return sum(
        _deliver(folder, _trader(company), on, is_corrected=True) for company, on in CORRECTIONS
    )


def _story(folder: Path, files_written: int) -> DemoStory:
    trades = [_trade(trader) for trader in GROUP]
    return DemoStory(
        folder=folder,
        first=FIRST_EXTRACT,
        last=LAST_EXTRACT,
        companies=tuple(trader.code for trader in GROUP),
        items=sum(each.catalogue.size for each in trades),
        suppliers=sum(len(trader.sources) for trader in GROUP),
        warehouses=sum(len(trader.places) for trader in GROUP),
        movements=sum(each.journal.height for each in trades),
        deliveries=len(GROUP) * (len(NIGHTS) + 1) + len(CORRECTIONS),
        files_written=files_written,
    )


def _trader(code: str) -> Trader:
    return next(trader for trader in GROUP if trader.code == code)


@cache
def _trade(trader: Trader) -> Trade:
    return trade(trader)


@cache
def _extracts(trader: Trader) -> Extracts:
    return WRITERS[trader.erp](_trade(trader))


def _is_corrected(folder: Path, trader: Trader, on: date) -> bool:
    """Whether this delivery was already sent again: its first version is history."""
    if (trader.code, on) not in CORRECTIONS:
        return False
    manifest = _place(folder, trader, on) / MANIFEST
    return (
        manifest.is_file()
        and manifest.read_bytes() == _delivery(trader, on, is_corrected=True)[MANIFEST]
    )


def _deliver(folder: Path, trader: Trader, on: date, *, is_corrected: bool) -> int:
    place = _place(folder, trader, on)
    return sum(
        _put(place / name, content)
        for name, content in _delivery(trader, on, is_corrected=is_corrected).items()
    )


def _place(folder: Path, trader: Trader, on: date) -> Path:
    return folder / "landing" / trader.code / on.isoformat()


def _delivery(trader: Trader, on: date, *, is_corrected: bool) -> dict[str, bytes]:
    """The files of one delivery by name; the manifest comes last, as the sender's word."""
    extracts = _extracts(trader)
    sheets = extracts.sheets(on, is_corrected=is_corrected)
    files = {sheet.file: written(sheet, extracts.form) for sheet in sheets}
    return {**files, MANIFEST: _manifest(sheets, files)}


def _manifest(sheets: list[Sheet], files: dict[str, bytes]) -> bytes:
    tables: dict[str, dict[str, object]] = {
        states.table: {
            "mode": "window",
            "from": states.first.isoformat(),
            "to": states.last.isoformat(),
        }
        for states in (sheet.window for sheet in sheets)
        if states
    }
    for native, entry in _entries(sheets, files):
        tables[native] = tables.get(native, {}) | entry
    return (json.dumps({"tables": tables}, indent=2) + "\n").encode()


def _entries(
    sheets: list[Sheet], files: dict[str, bytes]
) -> Iterator[tuple[str, dict[str, object]]]:
    for sheet in sheets:
        content = files[sheet.file]
        yield (
            sheet.native,
            {
                "file": sheet.file,
                "rows": sheet.rows.height,
                "sha256": hashlib.sha256(content).hexdigest(),
            },
        )


def _put(path: Path, content: bytes) -> int:
    """Write a file unless it already says the same; 1 if it was written."""
    if path.is_file() and path.read_bytes() == content:
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return 1
