"""What the published views make of packed rows, said once more for frames."""

import polars as pl

from pipeline.metrics.consolidation import Group
from pipeline.metrics.fixed_point import stacked
from pipeline.metrics.scopes import in_both_scopes
from pipeline.settings import GROUP


def unpacked(rows: pl.DataFrame, group: Group) -> pl.DataFrame:
    """Kept rows as they are published: in both scopes, and of the group."""
    whole = in_both_scopes(rows)
    if not group.is_one_company:
        return whole
    is_company = pl.col("dimension") == "company"
    member = pl.when(is_company).then(pl.lit(GROUP)).otherwise("member")
    return stacked([whole, whole.with_columns(company=pl.lit(GROUP), member=member)])
