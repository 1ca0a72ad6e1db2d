"""All canonical tables, masters first, and what every one of them has beside its own columns."""

from pipeline.canonical.exchange_rate import EXCHANGE_RATE
from pipeline.canonical.item import ITEM
from pipeline.canonical.item_supplier import ITEM_SUPPLIER
from pipeline.canonical.plan import PLAN
from pipeline.canonical.purchase_order_line import PURCHASE_ORDER_LINE
from pipeline.canonical.sales_order_line import SALES_ORDER_LINE
from pipeline.canonical.spec import TableSpec
from pipeline.canonical.stock_balance import STOCK_BALANCE
from pipeline.canonical.stock_count import STOCK_COUNT
from pipeline.canonical.stock_movement import STOCK_MOVEMENT
from pipeline.canonical.stock_rule import STOCK_RULE
from pipeline.canonical.supplier import SUPPLIER
from pipeline.canonical.warehouse import WAREHOUSE

TABLES: dict[str, TableSpec] = {
    spec.name: spec
    for spec in (
        ITEM,
        SUPPLIER,
        WAREHOUSE,
        ITEM_SUPPLIER,
        STOCK_RULE,
        EXCHANGE_RATE,
        PLAN,
        STOCK_BALANCE,
        STOCK_MOVEMENT,
        SALES_ORDER_LINE,
        PURCHASE_ORDER_LINE,
        STOCK_COUNT,
    )
}

MASTERS: dict[str, str] = {"item": "sku", "warehouse": "warehouse", "supplier": "supplier"}
"""Tables whose members others refer to, and the column they are referred to by."""

PROVENANCE: dict[str, tuple[str, str]] = {
    "known_on": ("DATE", "when the delivery came that gave this content"),
    "stated_on": ("DATE", "newest extract date that stated the row"),
    "delivery_no": ("BIGINT", "the delivery that gave this content"),
    "source_file": ("VARCHAR", "the file it stood in"),
    "source_row": ("BIGINT", "its record number after the header"),
    "content_no": ("BIGINT", "a hash of the row as delivered"),
}

CLOSURE: dict[str, tuple[str, str]] = {
    "closed_on": ("DATE", "when the delivery came that ended this version"),
    "closed_by": ("BIGINT", "that delivery"),
    "why": ("VARCHAR", "corrected, or absent from a delivery that states its whole window"),
}


def identity(spec: TableSpec) -> str:
    """The integer that stands for the key: the first of a table's surrogates."""
    return next(iter(spec.surrogates))
