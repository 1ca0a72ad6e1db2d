"""Turnover of the items whose cost is posted, where that of others is missing or estimated."""

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from pipeline.report.inputs import COSTED
from pipeline.warehouse import Warehouse

HEADLINE = "time_window = 'trailing_12_months' AND basis = $basis AND scope = 'normal'"
OF_ITEMS = f"""
FROM metrics.turnover WHERE as_of = $day AND dimension = 'sku' AND {HEADLINE}
AND company IN (SELECT unnest($companies::VARCHAR[]))
"""
WITHOUT_MISSING = f"""
SELECT count(*) FILTER (is_lacking) AS lacking,
    sum(cogs) FILTER (NOT is_lacking) AS cogs,
    sum(average_inventory) FILTER (NOT is_lacking) AS average_inventory
FROM (
    SELECT *, coalesce(reason = 'no_cost', false) AS is_lacking {OF_ITEMS}
    AND EXISTS (SELECT 1 FROM metrics.turnover WHERE as_of = $day AND reason = 'no_cost'
        AND company = $company AND dimension = 'company' AND {HEADLINE})
) HAVING lacking > 0
"""


def without_missing(
    warehouse: Warehouse,
    company: str,
    companies: Sequence[str],
    headline: Mapping[str, str | date],
) -> pl.DataFrame:
    """Of the items whose cost is known, where the whole has no turnover for want of it.

    `headline`: the day and the basis.
    """
    values = {**headline, "companies": list(companies), "company": company}
    return warehouse.frame(WITHOUT_MISSING, values)


def without_estimated(
    warehouse: Warehouse,
    companies: Sequence[str],
    headline: Mapping[str, str | date],
    costs: pl.DataFrame,
) -> pl.DataFrame:
    """Of the items without an estimated movement, where others have some; `costs` says which."""
    estimated = costs.filter(pl.col("movements") > 0).select("company", member="sku")
    if estimated.is_empty():
        return pl.DataFrame(schema=COSTED)
    items = warehouse.frame(
        f"SELECT company, member, cogs, average_inventory {OF_ITEMS}",
        {**headline, "companies": list(companies)},
    )
    rest = items.join(estimated, on=["company", "member"], how="anti")
    sums = rest.select(pl.col("cogs", "average_inventory").sum())
    counted = pl.lit(items.height - rest.height, pl.Int64)
    return sums.select(lacking=counted, cogs="cogs", average_inventory="average_inventory")
