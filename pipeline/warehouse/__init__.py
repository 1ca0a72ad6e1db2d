"""The DuckDB file: loaded, read, replaced and published; nothing else imports duckdb."""

from pipeline.warehouse.connection import Damaged
from pipeline.warehouse.disk_space import require_space
from pipeline.warehouse.duckdb_errors import refusal_number
from pipeline.warehouse.fold_piece import ClosuresRefused, DeliveryRefused
from pipeline.warehouse.forgiving import forgive
from pipeline.warehouse.key_numbers import tell_links_apart
from pipeline.warehouse.loading import load
from pipeline.warehouse.mapping import MappingFault
from pipeline.warehouse.mapping_trial import mapping_faults_of
from pipeline.warehouse.publishing import publish
from pipeline.warehouse.refusals import FORGIVEN, STOOD, WAS_FORGIVEN, refused_rows
from pipeline.warehouse.state import SiteState
from pipeline.warehouse.store import Warehouse, sql_text
from pipeline.warehouse.undo import loaded, rewind

__all__ = [
    "FORGIVEN",
    "STOOD",
    "WAS_FORGIVEN",
    "ClosuresRefused",
    "Damaged",
    "DeliveryRefused",
    "MappingFault",
    "SiteState",
    "Warehouse",
    "forgive",
    "load",
    "loaded",
    "mapping_faults_of",
    "publish",
    "refusal_number",
    "refused_rows",
    "require_space",
    "rewind",
    "sql_text",
    "tell_links_apart",
]
