"""Balances the ERP states itself: for proof, not for computing."""

from pipeline.canonical.rules import is_no_placeholder, is_not_far_ahead
from pipeline.canonical.spec import Column, ColumnType, TableSpec
from pipeline.canonical.surrogate_keys import number_of
from pipeline.settings import DeliveryMode

STOCK_BALANCE = TableSpec(
    name="stock_balance",
    about="What the ERP says stood in one warehouse at the end of a day.",
    key=("balance_on", "sku", "warehouse"),
    columns=(
        Column("balance_on", ColumnType.DATE, "the day at whose end it stood", required=True),
        Column("sku", ColumnType.CODE, "the item", required=True),
        Column("warehouse", ColumnType.CODE, "where it stood", required=True),
        Column("quantity", ColumnType.QUANTITY, "base units", required=True),
        Column("value", ColumnType.MONEY, "at cost, company currency"),
    ),
    rules=(is_no_placeholder("balance_on"), is_not_far_ahead("balance_on")),
    mode=DeliveryMode.INCREMENT,
    dated_by="balance_on",
    numbers={
        "row_no": number_of("stock_balance", "balance_on", "sku", "warehouse"),
        "item_no": number_of("item", "sku"),
        "warehouse_no": number_of("warehouse", "warehouse"),
    },
)
