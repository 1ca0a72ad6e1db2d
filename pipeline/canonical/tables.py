"""All canonical tables, masters first, and what every one of them has beside its own columns."""

from dataclasses import dataclass

from pipeline.canonical.exchange_rate import EXCHANGE_RATE
from pipeline.canonical.item import ITEM
from pipeline.canonical.item_supplier import ITEM_SUPPLIER
from pipeline.canonical.ordering import DAY, SEQ
from pipeline.canonical.plan import PLAN
from pipeline.canonical.purchase_order_line import PURCHASE_ORDER_LINE
from pipeline.canonical.sales_order_line import SALES_ORDER_LINE
from pipeline.canonical.spec import TableSpec
from pipeline.canonical.stock_balance import STOCK_BALANCE
from pipeline.canonical.stock_count import STOCK_COUNT
from pipeline.canonical.stock_movement import NUMBERED, STOCK_MOVEMENT
from pipeline.canonical.stock_rule import STOCK_RULE
from pipeline.canonical.supplier import SUPPLIER
from pipeline.canonical.surrogate_keys import day_of
from pipeline.canonical.warehouse import WAREHOUSE

TABLES: dict[str, TableSpec] = {
    spec.name: spec
    for spec in (
        ITEM,
        SUPPLIER,
        WAREHOUSE,
        ITEM_SUPPLIER,
        STOCK_RULE,
        EXCHANGE_RATE,
        PLAN,
        STOCK_BALANCE,
        STOCK_MOVEMENT,
        SALES_ORDER_LINE,
        PURCHASE_ORDER_LINE,
        STOCK_COUNT,
    )
}

MASTERS: dict[str, str] = {"item": "sku", "warehouse": "warehouse", "supplier": "supplier"}
"""Tables whose members others refer to, and the column they are referred to by."""

PROVENANCE: dict[str, tuple[str, str]] = {
    "source_file": ("VARCHAR", "the file it stood in"),
    "source_row": ("BIGINT", "its record number after the header"),
    "delivery_no": ("BIGINT", "the delivery that gave this content"),
    "known_on": ("DATE", "when that delivery came"),
    "stated_on": ("DATE", "newest extract date that stated the row"),
    "content_no": ("BIGINT", "a hash of the row as delivered"),
}

CLOSURE: dict[str, tuple[str, str]] = {
    "closed_on": ("DATE", "when the delivery came that ended this version"),
    "closed_by": ("BIGINT", "that delivery"),
    "why": ("VARCHAR", "corrected, or absent from a delivery that states its whole window"),
}


@dataclass(frozen=True)
class Extra:
    """A column the pipeline adds; `sql` gives it for a delivered row."""

    name: str
    type: str
    sql: str
    about: str


IS_STUB = Extra("is_stub", "BOOLEAN", "false", "others refer to it, no delivery describes it")

EXTRAS: dict[str, tuple[Extra, ...]] = {
    "item": (IS_STUB,),
    "supplier": (IS_STUB,),
    "warehouse": (IS_STUB,),
    "stock_movement": (
        Extra("day", "INTEGER", DAY, "the day it counts on, in days since 1970-01-01"),
        Extra("kind_no", "TINYINT", f"CASE kind {NUMBERED} END", "the kind as a number"),
        Extra(
            "received_day",
            "INTEGER",
            day_of("received_on"),
            "received_on in days since 1970-01-01",
        ),
        Extra(
            "seq",
            "BIGINT",
            SEQ,
            "order inside the item: day, booking order or moment, direction, id",
        ),
        Extra("has_estimated_cost", "BOOLEAN", "false", "the value is this pipeline's estimate"),
    ),
}


def extras(spec: TableSpec) -> tuple[Extra, ...]:
    """The columns the pipeline adds to a table's own."""
    return EXTRAS.get(spec.name, ())


def identity(spec: TableSpec) -> str:
    """The integer that stands for the key: the first of a table's numbers."""
    return next(iter(spec.numbers))


def business(spec: TableSpec) -> tuple[str, ...]:
    """The names of a table's own columns."""
    return tuple(column.name for column in spec.columns)


def stored(spec: TableSpec) -> tuple[str, ...]:
    """The names of all columns of a canonical table, in their order."""
    return (
        "company",
        *business(spec),
        *spec.numbers,
        *(extra.name for extra in extras(spec)),
        *PROVENANCE,
    )
