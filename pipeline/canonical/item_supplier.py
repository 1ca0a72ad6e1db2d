"""Who can deliver an item, and on which terms."""

from pipeline.canonical.rules import is_not_negative
from pipeline.canonical.spec import Column, ColumnType, TableSpec
from pipeline.canonical.surrogate_keys import number_of

ITEM_SUPPLIER = TableSpec(
    name="item_supplier",
    about="The terms on which one supplier delivers one item.",
    key=("sku", "supplier"),
    columns=(
        Column("sku", ColumnType.CODE, "the item", required=True),
        Column("supplier", ColumnType.CODE, "who delivers it", required=True),
        Column("is_primary", ColumnType.BOOLEAN, "whether orders go there first"),
        Column("lead_time_days", ColumnType.INTEGER, "days from order to receipt, as agreed"),
        Column("moq", ColumnType.QUANTITY, "smallest quantity of an order, base units"),
        Column("pack_size", ColumnType.QUANTITY, "base units in a pack"),
        Column("unit_price", ColumnType.MONEY, "price of one base unit", rounds=True),
        Column("currency", ColumnType.CODE, "of the price; the company's where none is given"),
        Column("return_window_days", ColumnType.INTEGER, "days in which goods may go back"),
    ),
    rules=is_not_negative("lead_time_days", "moq", "pack_size", "unit_price", "return_window_days"),
    numbers={
        "row_no": number_of("item_supplier", "sku", "supplier"),
        "item_no": number_of("item", "sku"),
        "supplier_no": number_of("supplier", "supplier"),
    },
)
