"""Stock takes: what the books said and what was found."""

from pipeline.canonical.rules import is_not_far_ahead, is_not_negative
from pipeline.canonical.spec import Column, ColumnType, Rule, TableSpec
from pipeline.canonical.surrogate_keys import number_of
from pipeline.settings import DeliveryMode

STOCK_COUNT = TableSpec(
    name="stock_count",
    about="One counted line of a stock take.",
    key=("count_no", "line_no"),
    columns=(
        Column("count_no", ColumnType.CODE, "the stock take", required=True),
        Column("line_no", ColumnType.CODE, "its line", required=True),
        Column("counted_at", ColumnType.DATETIME, "when it was counted", required=True),
        Column("sku", ColumnType.CODE, "the item", required=True),
        Column("warehouse", ColumnType.CODE, "where it was counted", required=True),
        Column("lot", ColumnType.CODE, "batch or serial number"),
        Column("book_quantity", ColumnType.QUANTITY, "what the books said", required=True),
        Column("counted_quantity", ColumnType.QUANTITY, "what was found", required=True),
    ),
    rules=(
        Rule(
            "counted_in_1990_or_later",
            "counted_at >= DATE '1990-01-01'",
            "nothing was counted before 1990",
        ),
        is_not_far_ahead("counted_at"),
        *is_not_negative("counted_quantity"),
    ),
    mode=DeliveryMode.INCREMENT,
    dated_by="counted_at",
    numbers={
        "row_no": number_of("stock_count", "count_no", "line_no"),
        "item_no": number_of("item", "sku"),
        "warehouse_no": number_of("warehouse", "warehouse"),
    },
)
