"""How long the stock on hand has been there, by quantity and by value.

    age = D - day of receipt of the layer; a transfer does not change it

What costing left behind has no quantity and no age: it stands under `unattributed` in the bucket
`valuation`.  Stock below zero has no age either, and no bucket.

Most positions are of one age.  Their bucket is kept with their `stock_status`, which says quantity
and value already; rows of their own have only those whose stock lies in several buckets.
"""

from datetime import date
from typing import Any

import narwhals as nw
import polars as pl

from pipeline.metrics.deliverers import UNATTRIBUTED_MEMBER, deliverers
from pipeline.metrics.fixed_point import collected, money, quantity
from pipeline.metrics.on_hand import QUANTITY, VALUE, WITHOUT_COST, is_on_hand
from pipeline.metrics.spec import (
    ATTRIBUTED_WITH_MASTERS,
    BASE_UNIT,
    COMPANY,
    CURRENCY,
    SKU,
    SUPPLIER,
    WAREHOUSE,
    Column,
    Kept,
    Metric,
    Type,
)
from pipeline.metrics.stock_status import POSITION, STOCK_STATUS, Masters
from pipeline.metrics.time_windows import day_number

VALUATION = "valuation"
UPPER_EDGES = {"0-30": 30, "31-60": 60, "61-90": 90, "91-180": 180, "181-365": 365}
OLDEST = ">365"
BUCKETS = (*UPPER_EDGES, OLDEST, VALUATION)

LAYER = ("item_no", "warehouse_no", "supplier_no", "received_day", "is_value_only")


def layers_on(rows: nw.LazyFrame[Any], until_day: int) -> nw.LazyFrame[Any]:
    """What lies in each warehouse at the end of a day, by supplier and day of receipt.

    `is_value_only` tells values nobody's quantity carries from what a hole is worth; `without_cost`
    counts the postings without value, also of layers that are gone.
    """
    has_day = ~nw.col("received_day").is_null()
    return (
        rows.filter(nw.col("day") <= until_day)
        .with_columns(is_value_only=~has_day & (nw.col("quantity_e6") == 0))
        .group_by(*LAYER)
        .agg(
            quantity_e6=QUANTITY,
            value_e4=VALUE,
            without_cost=WITHOUT_COST,
        )
        .filter(is_on_hand(nw.col) | (nw.col("without_cost") != 0))
    )


def stock_age(rows: nw.LazyFrame[Any], masters: Masters, as_of: date) -> pl.DataFrame:
    """Every item's stock in every warehouse by supplier and bucket of age."""
    today = day_number(as_of)
    return named_ages(bucketed(collected(layers_on(rows, today)), today), masters)


def named_ages(buckets: pl.DataFrame, masters: Masters) -> pl.DataFrame:
    """Rows of `bucketed` with their codes instead of numbers."""
    named = (
        buckets.join(masters.items.select("item_no", "company", "sku"), on="item_no", how="left")
        .join(masters.warehouses.select("warehouse_no", "warehouse"), on="warehouse_no", how="left")
        .join(deliverers(masters.suppliers), on="supplier_no", how="left")
    )
    return named.select(
        "company",
        "sku",
        "warehouse",
        pl.col("supplier").fill_null(UNATTRIBUTED_MEMBER),
        "bucket",
        quantity=quantity(pl.col("quantity_e6")),
        value=money(pl.col("value_e4")),
    ).sort("company", "sku", "warehouse", "supplier", "bucket")


def of_one_age(buckets: pl.DataFrame) -> pl.DataFrame:
    """Positions whose stock lies in one bucket, and in which; of rows of `bucketed`."""
    counted = buckets.group_by(POSITION).agg(pl.col("bucket").first(), count=pl.len())
    return counted.filter(pl.col("count") == 1).select(*POSITION, "bucket", is_of_one_age=True)


def of_several_ages(buckets: pl.DataFrame) -> pl.DataFrame:
    """The rows of all other positions."""
    return buckets.join(of_one_age(buckets), on=POSITION, how="anti", nulls_equal=True)


def bucketed(layers: pl.DataFrame, today: int) -> pl.DataFrame:
    """Layers added up by bucket; a row that adds up to nothing is left out."""
    lacking = pl.col("received_day").is_null()
    below_zero = lacking & ~pl.col("is_value_only") & (pl.col("quantity_e6") != 0)
    age = today - pl.col("received_day")
    bucket = pl.lit(OLDEST)
    for name, edge in reversed(UPPER_EDGES.items()):
        bucket = pl.when(age <= edge).then(pl.lit(name)).otherwise(bucket)
    return (
        layers.with_columns(
            bucket=pl.when(below_zero)
            .then(None)
            .when(lacking)
            .then(pl.lit(VALUATION))
            .otherwise(bucket)
        )
        .group_by(*POSITION, "bucket")
        .agg(pl.col("quantity_e6", "value_e4").sum())
        .filter(is_on_hand(pl.col))
    )


_SHOWN = "company, as_of, sku, warehouse, supplier, bucket, quantity, value"
KEPT = (
    f"SELECT {_SHOWN} FROM {STOCK_STATUS.table} WHERE is_of_one_age "
    f"UNION ALL SELECT {_SHOWN} FROM facts.stock_age"
)
STOCK_AGE = Metric(
    name="stock_age",
    about="How long the stock on hand has been there, by quantity and by value.",
    key=("company", "as_of", "sku", "warehouse", "supplier", "bucket"),
    columns=(
        COMPANY,
        SKU,
        WAREHOUSE,
        SUPPLIER,
        Column(
            "bucket",
            Type.CODE,
            f"days since receipt of the layer: {', '.join(UPPER_EDGES)} or {OLDEST}; {VALUATION}: "
            "what costing left behind, without quantity and age",
            nulls="stock below zero, or that nobody dated",
        ),
        Column("quantity", Type.QUANTITY, "on hand", BASE_UNIT),
        Column("value", Type.TOTAL, "at cost", CURRENCY),
    ),
    of_date=lambda given: named_ages(of_several_ages(given.ages), given.masters),
    rows=KEPT,
    needs=ATTRIBUTED_WITH_MASTERS,
    kept=Kept.DETAIL,
    version="1",
    notes=("All rows of a position add up to what is on hand. A transfer changes no age.",),
)
