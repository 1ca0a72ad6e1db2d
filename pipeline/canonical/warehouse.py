"""Warehouses: where stock stands."""

from pipeline.canonical.spec import Column, ColumnType, TableSpec
from pipeline.canonical.surrogate_keys import number_of

WAREHOUSE = TableSpec(
    name="warehouse",
    about="One place of a company that keeps stock.",
    key=("warehouse",),
    columns=(
        Column("warehouse", ColumnType.CODE, "the warehouse's code", required=True),
        Column("name", ColumnType.TEXT, "what people call it", required=True),
        Column(
            "kind",
            ColumnType.CHOICE,
            "what it is for",
            choices=("store", "dc", "plant", "in_transit", "quarantine", "consigned"),
        ),
    ),
    numbers={"warehouse_no": number_of("warehouse", "warehouse")},
)
