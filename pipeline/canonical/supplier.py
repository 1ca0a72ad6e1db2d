"""Suppliers: who delivers."""

from pipeline.canonical.spec import Column, ColumnType, TableSpec
from pipeline.canonical.surrogate_keys import number_of

SUPPLIER = TableSpec(
    name="supplier",
    about="One supplier of a company.",
    key=("supplier",),
    columns=(
        Column("supplier", ColumnType.CODE, "the supplier's code", required=True),
        Column("name", ColumnType.TEXT, "the supplier's name", required=True),
    ),
    numbers={"supplier_no": number_of("supplier", "supplier")},
)
