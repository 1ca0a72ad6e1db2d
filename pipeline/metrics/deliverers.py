"""Who stock came from: the suppliers of the masters, and those that stand for no supplier."""

import polars as pl

from pipeline.canonical.movement_kinds import SPECIAL_SUPPLIERS, UNATTRIBUTED
from pipeline.metrics.fixed_point import stacked

UNATTRIBUTED_MEMBER = SPECIAL_SUPPLIERS[UNATTRIBUTED]


def deliverers(suppliers: pl.DataFrame) -> pl.DataFrame:
    """Every number the facts know with its code: supplier_no, supplier."""
    special = pl.DataFrame(
        {"supplier_no": list(SPECIAL_SUPPLIERS), "supplier": list(SPECIAL_SUPPLIERS.values())},
        schema={"supplier_no": pl.Int64, "supplier": pl.String},
    )
    own = suppliers.select("supplier_no", "supplier")
    return stacked([own, special]).unique("supplier_no", keep="last")
