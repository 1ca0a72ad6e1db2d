"""An ERP's mappings tried on empty files, in memory: what is wrong with them before data comes."""

from datetime import date
from pathlib import Path

from pipeline.canonical.erp_contract import ErpContract
from pipeline.canonical.load_contract import Chunk, Delivery, Statement
from pipeline.canonical.tables import TABLES
from pipeline.settings import ConfigurationError, Site
from pipeline.warehouse.landed_text import LandedText
from pipeline.warehouse.mapping import check_mappings
from pipeline.warehouse.store import Warehouse

A_DAY = date(2000, 1, 1)


class _InMemory(Site):
    """A site whose warehouse is nowhere: a night that has the live one open is not disturbed."""

    @property
    def warehouse(self) -> Path:
        """The name DuckDB gives a database that is no file."""
        return Path(":memory:")


def mapping_faults_of(site: Site, contract: ErpContract, company: str) -> str | None:
    """What is wrong with the SQL of an ERP as a company uses it, None if it can be used."""
    stated = tuple(Statement(name, terms.mode) for name, terms in contract.tables.items())
    chunk = Chunk(company, (Delivery(company, A_DAY, 1, A_DAY, stated),), ())
    zone = site.zone(site.company(company)).key
    with Warehouse(_InMemory(site.folder, site.settings)) as warehouse:
        try:
            LandedText(warehouse).land(contract, chunk, zone)
            check_mappings(warehouse, contract.name, (TABLES[name] for name in contract.tables))
        except ConfigurationError as fault:
            return str(fault)
    return None
