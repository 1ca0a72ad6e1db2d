"""What was ordered from suppliers; what arrived stands in the ledger."""

from pipeline.canonical.rules import is_no_placeholder, is_not_far_ahead, is_not_negative
from pipeline.canonical.spec import Column, ColumnType, TableSpec
from pipeline.canonical.surrogate_keys import number_of
from pipeline.settings import DeliveryMode

PURCHASE_ORDER_LINE = TableSpec(
    name="purchase_order_line",
    about="One line of an order to a supplier.",
    key=("order_no", "line_no"),
    columns=(
        Column("order_no", ColumnType.CODE, "the order", required=True),
        Column("line_no", ColumnType.CODE, "its line", required=True),
        Column("ordered_on", ColumnType.DATE, "when it was ordered", required=True),
        Column("promised_on", ColumnType.DATE, "when the supplier promised it"),
        Column("sku", ColumnType.CODE, "the item", required=True),
        Column("warehouse", ColumnType.CODE, "where it is to arrive"),
        Column("supplier", ColumnType.CODE, "who delivers it", required=True),
        Column("ordered_quantity", ColumnType.QUANTITY, "base units", required=True),
        Column("unit_price", ColumnType.MONEY, "price of one base unit", rounds=True),
        Column("currency", ColumnType.CODE, "of the price; the company's where none is given"),
        Column(
            "status",
            ColumnType.CHOICE,
            "whether more is to come",
            choices=("open", "closed", "cancelled"),
        ),
    ),
    rules=(
        is_no_placeholder("ordered_on"),
        is_not_far_ahead("ordered_on"),
        is_no_placeholder("promised_on"),
        *is_not_negative("ordered_quantity", "unit_price"),
    ),
    mode=DeliveryMode.INCREMENT,
    dated_by="ordered_on",
    numbers={
        "order_line_key": number_of("order_line", "order_no", "line_no"),
        "item_no": number_of("item", "sku"),
        "supplier_no": number_of("supplier", "supplier"),
    },
)
