"""The published snapshot: what analysts see."""

from collections.abc import Collection
from pathlib import Path

from pipeline.stages.published_views import DAILY, make_views
from pipeline.warehouse import Warehouse


def publish(warehouse: Warehouse, held: Collection[str]) -> Path | None:
    """Replace the snapshot; of held companies it keeps saying what it said, refused rows apart."""
    if not warehouse.has(DAILY):
        return None
    make_views(warehouse)
    return warehouse.publish(held)
