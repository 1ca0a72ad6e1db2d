"""Which complete deliveries the ledger does not know yet, told apart by content and not by time.

A file that is only touched is no new delivery: the run key is made of what the files say.  Files
are hashed once; after that their size and time of change vouch for them.
"""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from datetime import date

from pipeline.canonical.erp_contract import ErpContract
from pipeline.canonical.load_contract import Statement
from pipeline.landing import DeliveryRegister, discover
from pipeline.landing.deliveries import Folder
from pipeline.landing.delivery_register import RegisteredDelivery, standing
from pipeline.landing.delivery_statements import said_by_sender, statements
from pipeline.landing.problems import FileRefused
from pipeline.landing.seen_folders import look_of
from pipeline.settings import Company, Site
from pipeline.stages.ingest import contracts_of
from pipeline.warehouse import SiteState

Seen = dict[str, str]
"""Title of a delivery -> what its files looked like when they were last hashed."""


def new_deliveries(site: Site, seen: Mapping[str, str]) -> tuple[dict[date, str], Seen]:
    """A run key for each day with new content, and what was looked at.

    Raises:
        TryAgainLater: the state is only now being made; the next tick looks again.
    """
    contracts = contracts_of(site)
    found = discover(site, contracts, date.min, date.max)
    looks = {folder.title: look_of(folder) for folder in found.folders if not folder.problems}
    fresh = [f for f in found.folders if f.title in looks and seen.get(f.title) != looks[f.title]]
    if not fresh:
        return {}, looks
    histories = _histories(site)
    keys: dict[date, list[str]] = {}
    for folder in fresh:
        content = _content(folder)
        said = _said(folder, contracts[folder.company], site.company(folder.company))
        history = histories[folder.company]
        stands = standing(folder.extract_on, content, history, folder.extract_on, said)
        if not stands.is_known:
            told = repr((sorted(content), said))
            digest = hashlib.sha256(told.encode()).hexdigest()[:16]
            keys.setdefault(folder.extract_on, []).append(f"{folder.title}/{digest}")
    return {day: " ".join(sorted(parts)) for day, parts in sorted(keys.items())}, looks


def _said(folder: Folder, contract: ErpContract, company: Company) -> tuple[Statement, ...]:
    """What the manifest states; a run says what is wrong with one that states nonsense."""
    with suppress(FileRefused):
        return said_by_sender(folder, contract, statements(folder, contract, company))
    return ()


def _content(folder: Folder) -> frozenset[tuple[str, str]]:
    pairs: set[tuple[str, str]] = set()
    for file in folder.files:
        with file.path.open("rb") as stream:
            pairs.add((file.native, hashlib.file_digest(stream, "sha256").hexdigest()))
    return frozenset(pairs)


def _histories(site: Site) -> dict[str, list[RegisteredDelivery]]:
    with SiteState(site) as state:
        ledger = DeliveryRegister(state)
        return {company.name: ledger.history(company.name) for company in site.companies}
