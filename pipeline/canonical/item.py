"""Items: what is bought, made, kept and sold."""

from pipeline.canonical.rules import is_no_placeholder
from pipeline.canonical.spec import Column, ColumnType, Rule, TableSpec
from pipeline.canonical.surrogate_keys import number_of

ITEM = TableSpec(
    name="item",
    about="One item (SKU) of a company, as its master data describe it.",
    key=("sku",),
    columns=(
        Column("sku", ColumnType.CODE, "the item's code", required=True),
        Column("name", ColumnType.TEXT, "what people call it", required=True),
        Column("category", ColumnType.TEXT, "path from the top, parts divided by ' / '"),
        Column("base_uom", ColumnType.CODE, "the unit every quantity of the item is in"),
        Column(
            "stage",
            ColumnType.CHOICE,
            "how far the item is made",
            choices=("raw", "wip", "finished", "trading"),
        ),
        Column(
            "status",
            ColumnType.CHOICE,
            "whether the item is still traded",
            choices=("active", "inactive", "obsolete"),
        ),
        Column("variant_group", ColumnType.CODE, "what sizes and colours of one model share"),
        Column("created_on", ColumnType.DATE, "the day the item was created"),
        Column("brand", ColumnType.TEXT, "the brand it is sold under"),
    ),
    rules=(
        Rule(
            "category_path_has_no_empty_part",
            r"NOT regexp_matches(category, '(^|/)\s*(/|$)')",
            "no part of the category's path is empty",
        ),
        is_no_placeholder("created_on"),
    ),
    numbers={"item_no": number_of("item", "sku")},
)
