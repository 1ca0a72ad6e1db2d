"""Whether a delivery brings what a delivery must: its ledger, masters at least once, no less."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from pipeline.canonical.erp_contract import ErpContract
from pipeline.canonical.load_contract import Statement
from pipeline.landing.deliveries import Folder, expects, sent_files
from pipeline.landing.file_checks import Readable
from pipeline.landing.problems import Problem
from pipeline.settings import Company, DeliveryMode

LEDGER = "stock_movement"
MASTERS = ("item", "warehouse")
USUAL_MASTERS = ("supplier",)


def missing(
    folder: Folder,
    contract: ErpContract,
    company: Company,
    stated: Iterable[Statement],
    first_seen: Mapping[str, date],
) -> Iterator[Problem]:
    """What a delivery lacks; `first_seen` gives the extract date each native file is known from."""
    delivered = {file.native for file in folder.files}
    yield from _ledger(folder, contract, delivered)
    for file in contract.files:
        if file.required and file.name not in delivered and not _drives_ledger(file.name, contract):
            message = f"lacks '{file.file}', which every delivery has: {company.name} must add it"
            yield folder.problem(None, message)
    known = delivered | {name for name, day in first_seen.items() if day <= folder.extract_on}
    for table in MASTERS:
        if table in contract.tables and not known.intersection(contract.tables[table].driving):
            yield folder.problem(None, _never(table, contract, company))
    for statement in stated:
        if statement.mode is not DeliveryMode.INCREMENT:
            yield from _companions(folder, contract, statement.table, known - delivered)


def master_warnings(
    folder: Folder,
    contract: ErpContract,
    company: Company,
    first_seen: Mapping[str, date],
) -> Iterator[str]:
    """Masters that are usual but can be done without."""
    known = {file.native for file in folder.files} | set(first_seen)
    for table in USUAL_MASTERS:
        if table in contract.tables and not known.intersection(contract.tables[table].driving):
            yield f"{folder.title}: {_never(table, contract, company)}"


def empty_ledger(
    folder: Folder,
    contract: ErpContract,
    company: Company,
    readable: Iterable[Readable],
) -> Iterator[Problem]:
    """A ledger without a record, on a day that must have one and that nobody vouches for."""
    driving = contract.tables[LEDGER].driving if LEDGER in contract.tables else ()
    files = [file for file in readable if file.native in driving]
    is_vouched = folder.manifest is not None or folder.is_done
    if not files or is_vouched or not expects(company, folder.extract_on):
        return
    if sum(file.count for file in files) == 0:
        name = files[0].source_file.removeprefix(f"{folder.title}/")
        message = (
            f"holds no record on a day {company.name} is expected to deliver: deliver it again, or"
            " confirm with manifest.json or .done that nothing moved"
        )
        yield folder.problem(name, message)


def empty_warnings(
    folder: Folder,
    contract: ErpContract,
    readable: Iterable[Readable],
) -> Iterator[str]:
    """Files with a header only, unless the manifest says that this is all."""
    sent = sent_files(contract, folder.manifest)
    for file in readable:
        is_stated = file.native in sent and sent[file.native].rows is not None
        if file.count == 0 and not is_stated:
            yield f"{file.source_file}: holds a header and no record"


def _ledger(folder: Folder, contract: ErpContract, delivered: set[str]) -> Iterator[Problem]:
    if LEDGER not in contract.tables:
        return
    driving = contract.tables[LEDGER].driving
    if not delivered.intersection(driving):
        names = " or ".join(contract.file(name).file for name in driving)
        message = (
            f"lacks its stock movements: {folder.company} must deliver {names} (with its header"
            " only, and manifest.json or .done, if nothing moved)"
        )
        yield folder.problem(None, message)


def _drives_ledger(file: str, contract: ErpContract) -> bool:
    return LEDGER in contract.tables and file in contract.tables[LEDGER].driving


def _companions(
    folder: Folder,
    contract: ErpContract,
    table: str,
    absent: set[str],
) -> Iterator[Problem]:
    """Files a table is also read from, without which its rows would be taken as gone."""
    for file in contract.files:
        if table in file.feeds and file.name in absent:
            message = (
                f"lacks '{file.file}', from which '{table}' is also read and which was delivered"
                " before: without it rows would be taken as deleted; add it, with its header only"
                " if it has no record"
            )
            yield folder.problem(None, message)


def _never(table: str, contract: ErpContract, company: Company) -> str:
    names = " or ".join(contract.file(name).file for name in contract.tables[table].driving)
    return f"the master data '{table}' were never delivered: {company.name} must deliver {names}"
