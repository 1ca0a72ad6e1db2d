"""ABC classes: the few items most of the outflow goes through, and the many it does not.

    class = A while the items before this one hold less than 80 % of the outflow, B below 95 %

The outflow is that of twelve months at cost (cogs + consumption) per company, largest first, ties
by SKU.  The biggest item is always A; an item without outflow is always C.
"""

import polars as pl

from pipeline.policy.rules import AbcRule


def abc_classes(outflow: pl.DataFrame, items: pl.DataFrame, cuts: AbcRule) -> pl.DataFrame:
    """The class of every item of the masters, as of one date.

    `outflow`: company, sku, outflow (see `Flows.outflow_of_year`); `items`: item_no,
    company, sku.
    """
    return classified(items.join(outflow, on=["company", "sku"], how="left"), cuts)


def classified(items: pl.DataFrame, cuts: AbcRule) -> pl.DataFrame:
    """Items with their class; `items`: item_no, company, sku, outflow (null: none)."""
    outflow = pl.max_horizontal(pl.col("outflow").fill_null(0), pl.lit(0, pl.Decimal(38, 4)))
    ranked = items.with_columns(outflow=outflow.cast(pl.Decimal(38, 4))).sort(
        "company", "outflow", "sku", descending=[False, True, False]
    )
    running = pl.col("outflow").cum_sum().over("company")
    before, total = running - pl.col("outflow"), pl.col("outflow").sum().over("company")
    return (
        ranked.with_columns(_before=before * 100, _total=total)
        .with_columns(
            abc_class=pl.when(pl.col("outflow") == 0)
            .then(pl.lit("C"))
            .when(pl.col("_before") < pl.col("_total") * cuts.a_up_to)
            .then(pl.lit("A"))
            .when(pl.col("_before") < pl.col("_total") * cuts.b_up_to)
            .then(pl.lit("B"))
            .otherwise(pl.lit("C"))
        )
        .select("item_no", "company", "sku", "outflow", "abc_class")
    )
