"""Stub masters."""

from pipeline.canonical.chunk import TableLoad
from pipeline.canonical.spec import TableSpec
from pipeline.warehouse.store import Warehouse


def add_stubs(warehouse: Warehouse, spec: TableSpec) -> None:
    """STUB."""


def complete(warehouse: Warehouse, company: str, loads: list[TableLoad]) -> None:
    """STUB."""
