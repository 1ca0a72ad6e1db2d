"""The DuckDB file: loaded, read, replaced and published; nothing else imports duckdb."""

from pipeline.warehouse.connection import Damaged
from pipeline.warehouse.loading import load
from pipeline.warehouse.obstacles import refusal_number
from pipeline.warehouse.publishing import publish
from pipeline.warehouse.rewinding import loaded, rewind
from pipeline.warehouse.space import require_space
from pipeline.warehouse.state import State
from pipeline.warehouse.store import Warehouse
from pipeline.warehouse.table_fold import ClosuresRefused

__all__ = [
    "ClosuresRefused",
    "Damaged",
    "State",
    "Warehouse",
    "load",
    "loaded",
    "publish",
    "refusal_number",
    "require_space",
    "rewind",
]
