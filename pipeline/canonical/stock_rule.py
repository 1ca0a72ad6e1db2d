"""Planning parameters: when and how much to reorder."""

from pipeline.canonical.rules import is_no_placeholder, is_not_negative
from pipeline.canonical.spec import Column, ColumnType, Rule, TableSpec
from pipeline.canonical.surrogate_keys import number_of

STOCK_RULE = TableSpec(
    name="stock_rule",
    about="How one item's stock in one warehouse is planned.",
    key=("sku", "warehouse"),
    columns=(
        Column("sku", ColumnType.CODE, "the item", required=True),
        Column("warehouse", ColumnType.CODE, "where it is planned", required=True),
        Column("reorder_point", ColumnType.QUANTITY, "stock at which an order is due"),
        Column("safety_stock", ColumnType.QUANTITY, "stock kept against surprises"),
        Column("min_quantity", ColumnType.QUANTITY, "smallest stock wanted"),
        Column("max_quantity", ColumnType.QUANTITY, "largest stock wanted"),
        Column("changed_on", ColumnType.DATE, "when somebody last looked at it"),
    ),
    rules=(
        *is_not_negative("reorder_point", "safety_stock", "min_quantity", "max_quantity"),
        Rule("minimum_is_below_maximum", "min_quantity <= max_quantity", "minimum ≤ maximum"),
        is_no_placeholder("changed_on"),
    ),
    numbers={
        "row_no": number_of("stock_rule", "sku", "warehouse"),
        "item_no": number_of("item", "sku"),
        "warehouse_no": number_of("warehouse", "warehouse"),
    },
)
