"""What a delivery says about each canonical table: what the absence of a row means, and where."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from pipeline.canonical.erp_contract import ErpContract
from pipeline.canonical.load_contract import Statement
from pipeline.landing.deliveries import Folder
from pipeline.landing.manifest import NAME as MANIFEST
from pipeline.landing.manifest import TableSent
from pipeline.landing.problems import FileRefused
from pipeline.settings import Company, DeliveryMode


def statements(folder: Folder, contract: ErpContract, company: Company) -> tuple[Statement, ...]:
    """What a delivery states, a statement for each canonical table of which it has a file.

    The manifest speaks first, then the site's settings, then the ERP's contract.  A table whose
    window nobody states is taken as an increment: nothing is closed on a guess.

    Raises:
        FileRefused: the manifest states different windows for the files of one table.
    """
    delivered = {file.native for file in folder.files}
    return tuple(
        _statement(table, folder, contract, company)
        for table, terms in contract.tables.items()
        if delivered.intersection(terms.driving)
    )


def said_by_sender(
    folder: Folder, contract: ErpContract, stated: Iterable[Statement]
) -> tuple[Statement, ...]:
    """The statements that the manifest makes, not those that follow from agreement."""
    entries = [(statement, _sent(statement.table, folder, contract)) for statement in stated]
    return tuple(
        statement for statement, sent in entries if sent and (sent.mode or sent.first is not None)
    )


def window_warnings(
    folder: Folder,
    contract: ErpContract,
    company: Company,
    stated: tuple[Statement, ...],
) -> Iterator[str]:
    """Tables that are delivered as windows by agreement, where nobody says which window."""
    for statement in stated:
        agreed = company.tables.get(statement.table)
        mode = agreed.mode if agreed else contract.tables[statement.table].mode
        sent = _sent(statement.table, folder, contract)
        is_meant = mode is DeliveryMode.WINDOW and (sent is None or sent.mode is None)
        if is_meant and statement.mode is DeliveryMode.INCREMENT:
            yield (
                f"{folder.title}: {statement.table} is delivered as a window, but neither"
                " manifest.json nor [company.tables] says which: no row is closed"
            )


def _statement(
    table: str,
    folder: Folder,
    contract: ErpContract,
    company: Company,
) -> Statement:
    sent = _sent(table, folder, contract)
    agreed = company.tables.get(table)
    days = agreed.days if agreed else None
    if sent and sent.first and sent.last:
        return Statement(table, DeliveryMode.WINDOW, sent.first, sent.last)
    mode = contract.tables[table].mode
    if agreed:
        mode = agreed.mode
    if sent and sent.mode:
        mode = sent.mode
    if mode is not DeliveryMode.WINDOW:
        return Statement(table, mode)
    if days is None:
        if sent and sent.mode:
            message = f"states a window of '{table}' without from and to: state them"
            raise FileRefused(message)
        return Statement(table, DeliveryMode.INCREMENT)
    return Statement(table, mode, _first_day(folder.extract_on, days), folder.extract_on)


def _first_day(last: date, days: int) -> date:
    """The first of so many days that end on a day, that day included."""
    return last - timedelta(days=days - 1)


def _sent(table: str, folder: Folder, contract: ErpContract) -> TableSent | None:
    """The manifest's entry for a canonical table, under its own name or that of its files."""
    entries = folder.manifest.tables if folder.manifest else {}
    if table in entries:
        return entries[table]
    names = {
        name
        for driving in contract.tables[table].driving
        for name in (driving, contract.file(driving).file.casefold())
    }
    named = [entry for key, entry in entries.items() if key.casefold() in names]
    if len({(entry.mode, entry.first, entry.last) for entry in named}) > 1:
        message = f"{MANIFEST} states different windows for the files of '{table}': state one"
        raise FileRefused(message)
    return named[0] if named else None
