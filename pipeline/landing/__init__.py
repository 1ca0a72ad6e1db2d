"""Extracts as they are delivered, up to tables of text that say where each record stood.

What others call, in the order they call it:

    contract = read_contract(erp, TABLES.values(), site.mappings)
    with Raw(site.raw) as raw:
        ledger = DeliveryRegister(rows)                       # rows: state.sqlite, see `Rows`
        seen = survey(site, contracts, first, last, ledger=ledger, raw=raw)
        raise_for(seen.problems)                    # one error that lists all days
        register(seen.new, ledger, raw)
        chunk = chunk_of(company, seen.new[:31], contract, raw)    # for the warehouse

`refuse` records a delivery that is not taken in; `registered_deliveries` gives back what belongs
into the ledger, `kept_deliveries` and `restore_ledger` the same from `raw/` alone.
"""

from pipeline.landing.deliveries import delivered_at, discover, expects, newest_lying
from pipeline.landing.delivery_register import DeliveryRegister, Rows
from pipeline.landing.erp import read_contract
from pipeline.landing.problems import Problem, raise_for, told_once
from pipeline.landing.raw import Raw
from pipeline.landing.registration import (
    kept_deliveries,
    mend_records,
    refuse,
    register,
    registered_deliveries,
    restore_ledger,
    withdrawn,
)
from pipeline.landing.survey import Arrival, Refusal, Survey, chunk_of, survey

__all__ = [
    "Arrival",
    "DeliveryRegister",
    "Problem",
    "Raw",
    "Refusal",
    "Rows",
    "Survey",
    "chunk_of",
    "delivered_at",
    "discover",
    "expects",
    "kept_deliveries",
    "mend_records",
    "newest_lying",
    "raise_for",
    "read_contract",
    "refuse",
    "register",
    "registered_deliveries",
    "restore_ledger",
    "survey",
    "told_once",
    "withdrawn",
]
