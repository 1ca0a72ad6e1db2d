"""The ERP contract each company's deliveries were last told by: its lists, styles, mappings' SQL.

What was refused is tried again when that changes.  Once tried, it waits for the next change.
"""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from datetime import date

from pipeline.canonical.erp_contract import ErpContract
from pipeline.settings import ConfigurationError, Site
from pipeline.stages.night_record import NightRecord
from pipeline.warehouse import SiteState, sql_text

WAITING = """
SELECT company, max(extract_on) FROM delivered
WHERE company IN (SELECT company FROM refused_row)
    OR company IN (SELECT company FROM delivered WHERE status = 'refused')
    OR company NOT IN (SELECT company FROM tried_contract WHERE is_told)
GROUP BY company ORDER BY company
"""
"""Companies of which something is refused or could not be told, and their newest extract."""


def digest_of(site: Site, contract: ErpContract) -> str:
    """All that decides how an ERP's rows are read, as one short text."""
    mappings: dict[str, str] = {}
    for name in contract.tables:
        with suppress(ConfigurationError):  # whoever loads the table says that it is missing
            mappings[name] = sql_text(site, f"erp/{contract.name}/{name}")
    return hashlib.sha256(repr((contract, mappings)).encode()).hexdigest()


class TriedContracts:
    """The digests of the contracts that were tried."""

    def __init__(self, state: SiteState) -> None:
        """Keep where they stand."""
        self.state = state

    @property
    def by_company(self) -> dict[str, str]:
        """Company -> digest of the contract that its deliveries were told by, or began to be."""
        rows = self.state.query("SELECT company, digest FROM tried_contract")
        return {str(company): str(digest) for company, digest in rows}

    def note(self, company: str, digest: str, *, is_told: bool) -> None:
        """A company's deliveries are told by it from now on; `is_told`: all of them were."""
        self.state.execute(
            "INSERT OR REPLACE INTO tried_contract VALUES (?, ?, ?)", (company, digest, is_told)
        )


def mended_contracts(
    site: Site, contracts: Mapping[str, ErpContract], asked: Mapping[str, str]
) -> tuple[dict[date, str], dict[str, str]]:
    """A run key for each day on which a contract that had refused something was changed.

    Given too is what is asked for now: a contract is asked to be tried once, whatever comes of it.

    Raises:
        TryAgainLater: the state is only now being made.
    """
    if not site.state.exists():
        return {}, {}
    with SiteState(site) as state:
        waiting = {str(company): str(newest) for company, newest in state.query(WAITING)}
        tried = TriedContracts(state).by_company
        nights = [each.run_id for each in NightRecord(state).nights(1)]
    keys: dict[date, list[str]] = {}
    asks: dict[str, str] = {}
    for company in waiting.keys() & contracts.keys():
        digest = digest_of(site, contracts[company])
        name = f"contract of {company}"
        if digest == tried.get(company):
            continue
        asks[name] = digest
        if asked.get(name) != digest:
            # A list may be changed to and fro: each change is another run's.
            key = f"{name}/{digest[:16]} after {''.join(nights)}"
            keys.setdefault(date.fromisoformat(waiting[company]), []).append(key)
    return {day: " ".join(sorted(parts)) for day, parts in keys.items()}, asks
