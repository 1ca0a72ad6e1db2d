"""Which complete deliveries the ledger does not know yet, told apart by content and not by time.

A file that is only touched is no new delivery: the run key is made of what the files say.  Files
are hashed once; after that their size and time of change vouch for them.
"""

import hashlib
from collections.abc import Mapping
from datetime import date

from pipeline.landing import DeliveryRegister, discover
from pipeline.landing.deliveries import Folder
from pipeline.landing.delivery_register import RegisteredDelivery, standing
from pipeline.settings import Site
from pipeline.stages.ingest import contracts_of
from pipeline.warehouse import SiteState

Seen = dict[str, str]
"""Title of a delivery -> what its files looked like when they were last hashed."""


def new_deliveries(site: Site, seen: Mapping[str, str]) -> tuple[dict[date, str], Seen]:
    """A run key for each day with new content, and what was looked at.

    Raises:
        TryAgainLater: a run holds the file ledger; the next tick looks again.
    """
    found = discover(site, contracts_of(site), date.min, date.max)
    looks = {folder.title: _look(folder) for folder in found.folders if not folder.problems}
    fresh = [f for f in found.folders if f.title in looks and seen.get(f.title) != looks[f.title]]
    if not fresh:
        return {}, looks
    histories = _histories(site)
    keys: dict[date, list[str]] = {}
    for folder in fresh:
        content = _content(folder)
        stands = standing(folder.extract_on, content, histories[folder.company], folder.extract_on)
        if not stands.is_known:
            digest = hashlib.sha256(repr(sorted(content)).encode()).hexdigest()[:16]
            keys.setdefault(folder.extract_on, []).append(f"{folder.title}/{digest}")
    return {day: " ".join(sorted(parts)) for day, parts in sorted(keys.items())}, looks


def _look(folder: Folder) -> str:
    """Names, sizes and times of change, as one short text."""
    stats = [
        (file.name, stat.st_size, stat.st_mtime_ns)
        for file in folder.files
        for stat in (file.path.stat(),)
    ]
    return hashlib.sha256(repr(sorted(stats)).encode()).hexdigest()[:16]


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
