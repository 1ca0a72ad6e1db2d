"""Rows of the facts, read where they lie: the stock ledger, and the attributed one."""

from typing import Any

import narwhals as nw

from pipeline.canonical.movement_kinds import IN_TRANSIT
from pipeline.stages.attribute import ANNULLED
from pipeline.stages.published_views import ATTRIBUTED
from pipeline.warehouse import Warehouse

LEDGER = f"""
FROM ({{ledger}})
LEFT JOIN (SELECT movement_no AS annulled_no, annulled_day FROM {ANNULLED})
    ON movement_no = annulled_no
WHERE {{where}}
"""
UNBROKEN_LEDGER = """
SELECT *, NULL::INTEGER AS annulled_day FROM ({ledger}) WHERE {where}
"""
"""The same where nothing was annulled: many ledgers, and it saves a join of every row."""
STOCK = f"""
SELECT item_no, warehouse_no, day, kind_no, quantity_e6, value_e4 FROM ({{ledger}}) WHERE {{where}}
UNION ALL
SELECT item_no, warehouse_no, day, kind_no, quantity_e6, value_e4 FROM {ATTRIBUTED}
WHERE {{where}} AND warehouse_no IN (
    SELECT warehouse_no FROM canonical.warehouse WHERE warehouse = '{IN_TRANSIT}'
)
"""
SOLD = """
SELECT item_no, warehouse_no, day, kind_no, channel,
    (value::DECIMAL(38,4) * 10000)::BIGINT AS value_e4
FROM canonical.stock_movement WHERE channel IS NOT NULL AND {where}
"""


class FactRows:
    """The rows of each fact table that a condition describes; nothing is read before it is used."""

    def __init__(self, warehouse: Warehouse) -> None:
        """Rows of the warehouse as it stands when they are read."""
        self._warehouse = warehouse
        self._ledger = warehouse.text("canonical/ledger")

    def attributed(self, where: str) -> nw.LazyFrame[Any]:
        """The attributed ledger."""
        return self._rows(f"FROM {ATTRIBUTED} WHERE {where}")

    def ledger(self, where: str) -> nw.LazyFrame[Any]:
        """The stock ledger, its annulled outflows marked."""
        rows = LEDGER if self._warehouse.any(ANNULLED) else UNBROKEN_LEDGER
        return self._rows(rows.format(ledger=self._ledger, where=where))

    def stock(self, where: str) -> nw.LazyFrame[Any]:
        """The stock ledger with the goods in transit: all stock there is, in the fewest rows."""
        return self._rows(STOCK.format(ledger=self._ledger, where=where))

    def sold(self, where: str) -> nw.LazyFrame[Any]:
        """What went through a sales channel, which only the stock ledger knows."""
        return self._rows(SOLD.format(where=where))

    def _rows(self, sql: str) -> nw.LazyFrame[Any]:
        return nw.from_native(self._warehouse.relation(sql))


def until(day: int) -> str:
    """The condition that a row was posted up to a day."""
    return f"day <= {day}"
