"""What customers ordered; what they got stands in the ledger."""

from pipeline.canonical.rules import is_no_placeholder, is_not_far_ahead, is_not_negative
from pipeline.canonical.spec import Column, ColumnType, TableSpec
from pipeline.canonical.surrogate_keys import number_of
from pipeline.settings import DeliveryMode

SALES_ORDER_LINE = TableSpec(
    name="sales_order_line",
    about="One line of a customer's order.",
    key=("order_no", "line_no"),
    columns=(
        Column("order_no", ColumnType.CODE, "the order", required=True),
        Column("line_no", ColumnType.CODE, "its line", required=True),
        Column("ordered_on", ColumnType.DATE, "when it was ordered", required=True),
        Column("requested_on", ColumnType.DATE, "when the customer wants it"),
        Column("sku", ColumnType.CODE, "the item", required=True),
        Column("warehouse", ColumnType.CODE, "where it leaves from"),
        Column("ordered_quantity", ColumnType.QUANTITY, "base units", required=True),
        Column("revenue", ColumnType.MONEY, "net of tax, company currency"),
        Column("customer", ColumnType.CODE, "who ordered it"),
        Column("channel", ColumnType.CODE, "how it was ordered"),
        Column("promotion", ColumnType.CODE, "the promotion it was ordered under"),
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
        is_no_placeholder("requested_on"),
        *is_not_negative("ordered_quantity"),
    ),
    mode=DeliveryMode.INCREMENT,
    dated_by="ordered_on",
    numbers={
        "order_line_key": number_of("order_line", "order_no", "line_no"),
        "item_no": number_of("item", "sku"),
    },
)
