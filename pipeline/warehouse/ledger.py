"""What only the stock ledger needs: order inside item and warehouse, touched items, cost."""

from pipeline.warehouse.store import Warehouse

NAME = "stock_movement"


def rank_ties(warehouse: Warehouse) -> str:
    """STUB."""
    return ""


def touch(warehouse: Warehouse, company: str) -> None:
    """STUB."""


def estimate_cost(warehouse: Warehouse, company: str) -> None:
    """STUB."""
