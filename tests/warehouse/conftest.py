"""A warehouse in a folder of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.warehouse.store import Warehouse
from tests.warehouse.deliveries import new_warehouse


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    """An empty warehouse."""
    with new_warehouse(tmp_path / "site") as opened:
        yield opened
