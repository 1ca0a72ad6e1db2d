"""What is planned to be sold and bought."""

from pipeline.canonical.rules import is_no_placeholder
from pipeline.canonical.spec import Column, ColumnType, Rule, TableSpec
from pipeline.canonical.surrogate_keys import number_of
from pipeline.settings import DeliveryMode

PLAN = TableSpec(
    name="plan",
    about="What is planned for one item or category in one period.",
    key=("period_start", "period_end", "kind", "sku", "category"),
    columns=(
        Column("period_start", ColumnType.DATE, "first day of the period", required=True),
        Column("period_end", ColumnType.DATE, "last day of the period", required=True),
        Column(
            "kind",
            ColumnType.CHOICE,
            "what is planned",
            required=True,
            choices=("sales", "purchase"),
        ),
        Column("sku", ColumnType.CODE, "the item planned, if it is one"),
        Column("category", ColumnType.TEXT, "the category planned, if it is one"),
        Column("quantity", ColumnType.QUANTITY, "base units"),
        Column("value", ColumnType.MONEY, "company currency"),
    ),
    rules=(
        Rule(
            "plans_either_an_item_or_a_category",
            "(sku IS NULL) <> (category IS NULL)",
            "a line plans one item or one category",
        ),
        Rule("period_starts_before_it_ends", "period_start <= period_end", "start ≤ end"),
        is_no_placeholder("period_start"),
        is_no_placeholder("period_end"),
        Rule(
            "plans_a_quantity_or_a_value",
            "quantity IS NOT NULL OR value IS NOT NULL",
            "a line plans something",
        ),
    ),
    mode=DeliveryMode.INCREMENT,
    dated_by="period_start",
    numbers={"row_no": number_of("plan", "period_start", "period_end", "kind", "sku", "category")},
)
