"""The published snapshot: what analysts see, and how it names what facts store as numbers."""

from collections.abc import Collection
from pathlib import Path

from pipeline.canonical.kinds import SPECIAL_SUPPLIERS
from pipeline.defs.facts import ATTRIBUTED
from pipeline.defs.figures import DAILY
from pipeline.metrics.daily import COUNTS, FLOWS
from pipeline.metrics.frames import KIND_WORDS
from pipeline.settings import Site
from pipeline.warehouse import Warehouse

_SPECIAL = " ".join(f"WHEN {number} THEN '{code}'" for number, code in SPECIAL_SUPPLIERS.items())
_KINDS = " ".join(f"WHEN {number} THEN '{word}'" for number, word in KIND_WORDS.items())
_MONEY = "* 0.0001::DECIMAL(5,4))::DECIMAL(18,4)"

ATTRIBUTED_VIEW = f"""
CREATE OR REPLACE VIEW metrics.attributed_movement AS
SELECT
    item.company,
    movement.movement_id AS movement,
    item.sku,
    place.warehouse,
    coalesce(CASE piece.supplier_no {_SPECIAL} END, supplier.supplier, 'unattributed') AS supplier,
    DATE '1970-01-01' + piece.received_day AS received_on,
    piece.received_day,
    piece.day,
    CASE piece.kind_no {_KINDS} END AS kind,
    (piece.quantity_e6 * 0.000001::DECIMAL(7,6))::DECIMAL(18,6) AS quantity,
    (piece.value_e4 {_MONEY} AS value
FROM {ATTRIBUTED} AS piece
JOIN canonical.stock_movement AS movement USING (movement_no)
JOIN canonical.item AS item ON item.item_no = piece.item_no
JOIN canonical.warehouse AS place ON place.warehouse_no = piece.warehouse_no
LEFT JOIN canonical.supplier AS supplier ON supplier.supplier_no = piece.supplier_no
"""

DAILY_VIEW = f"""
CREATE OR REPLACE VIEW metrics.daily AS
SELECT
    daily.company,
    stand.currency,
    DATE '1970-01-01' + daily.day AS "on",
    daily.day,
    dimension, member, scope,
    (opening_value {_MONEY} AS opening_value,
    {", ".join(f"({name} {_MONEY} AS {name}" for name in FLOWS)},
    (closing_value {_MONEY} AS closing_value,
    {", ".join(COUNTS)},
    stand.as_of, stand.known_on, stand.data_through
FROM {DAILY} AS daily
LEFT JOIN facts.stand AS stand ON stand.company = daily.company
"""


def publish(site: Site, held: Collection[str]) -> Path | None:
    """Replace the snapshot; of held companies it keeps saying what it said, None if of all."""
    with Warehouse(site) as warehouse:
        if not warehouse.has(DAILY):
            return None
        if set(held) >= {company.name for company in site.companies}:
            return None
        warehouse.execute(
            """
            CREATE OR REPLACE TABLE facts.stand AS
            SELECT company, currency, max(as_of) AS as_of, max(known_on) AS known_on,
                max(data_through) AS data_through
            FROM metrics.turnover GROUP BY ALL
            """
        )
        warehouse.execute(ATTRIBUTED_VIEW)
        warehouse.execute(DAILY_VIEW)
        return warehouse.publish(held)
