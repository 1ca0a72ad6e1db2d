"""What every series had in every window: whole sums that can be added up, then divided once."""

from dataclasses import dataclass

import polars as pl

from pipeline.metrics.averages import kept_sums, with_reasons
from pipeline.metrics.consolidation import Group, with_group
from pipeline.metrics.fixed_point import money
from pipeline.metrics.scopes import in_both_scopes, in_scope

TAKEN = (
    "opening",
    "closing",
    "inventory_days",
    "month_end_value",
    "quarter_end_value",
    "cogs",
    "consumption",
    "without_cost",
)
"""What a window takes from the running sums."""


@dataclass(frozen=True)
class Flows:
    """What every series had in every window it is present in: whole numbers, nothing divided."""

    rows: pl.DataFrame
    """company, dimension, member, scope, consumes, window (a number), and the sums"""
    asked: pl.DataFrame
    """what each window is"""

    def by_class(self, classes: pl.DataFrame, group: Group) -> "Flows":
        """The same per ABC class, of the companies and the group; `classes`: company, sku, class.

        These are flows of SKUs as of the classes' one date.
        """
        codes = classes.select("company", "abc_class", member="sku")
        of_company = (
            in_both_scopes(self.rows.join(codes, on=["company", "member"]))
            .group_by("company", "scope", "window", member="abc_class")
            .agg(pl.col(TAKEN).sum())
            .with_columns(dimension=pl.lit("abc_class"), consumes=pl.lit(False))  # noqa: FBT003
        )
        rows = with_group(of_company.select(self.rows.columns), group, TAKEN)
        return Flows(rows.sort("company", "member", "scope", "window"), self.asked)

    def outflow_of_year(self) -> pl.DataFrame:
        """Cost of goods sold and consumption of twelve months: company, sku, outflow."""
        year = self.asked.filter(time_window="trailing_12_months").select("window")
        return in_scope(self.rows.join(year, on="window", how="semi"), "all").select(
            "company", sku="member", outflow=money(pl.col("cogs") + pl.col("consumption"))
        )

    def kept(self, companies: pl.DataFrame) -> pl.DataFrame:
        """One row for all bases, money in ten-thousandths; packed where the series are.

        `companies`: company, first_day (see `item_sums.history`), and covered_to.
        """
        return kept_sums(with_reasons(self.rows, self.asked, companies))
