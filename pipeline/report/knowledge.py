"""What a report may say: whether the ledger can know it, and whether it is worth a sentence.

Every rule of `findings` asks here first.  A year that the ledger has no history for, a supplier's
year in which opening stock was still sold, and sums nobody would decide about are not spoken of.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import polars as pl

from pipeline.report.inputs import ReportInput
from pipeline.report.member_figures import NOUGHT, decimal, share

UNATTRIBUTED = "unattributed"
HALF = 0.5
KNOWN_AT_LEAST = pl.col("history_from") & (pl.col("status") != "dead") & ~pl.col("is_abnormal")


def is_material(value: Decimal, stock: Decimal, given: ReportInput) -> bool:
    """Whether an amount is worth a sentence: by itself, and as a share of the stock."""
    policy = given.policy
    if abs(value) < Decimal(str(policy.material_amount)):
        return False
    part = share(abs(value), abs(stock))
    return part is None or part >= policy.material_share


def undated_stock(given: ReportInput) -> Mapping[tuple[str, str], Decimal]:
    """Stock that may have waited longer than the ledger shows, by dimension and member.

    Nobody said when it was received, and it was not taken since: it is counted from the opening.
    """
    rows = given.stock_status.filter(KNOWN_AT_LEAST, pl.col("value") > 0).join(
        given.items.select("company", "sku", "category"), ["company", "sku"], "left"
    )
    category = pl.col("category").fill_null("uncategorised")
    parts = rows.group_by(category).agg(pl.col("value").sum()).iter_rows()
    found = {("category", member): decimal(value) for member, value in parts}
    companies = rows.group_by("company").agg(pl.col("value").sum()).iter_rows()
    found |= {("company", member): decimal(value) for member, value in companies}
    return found | {("company", given.company): decimal(rows["value"].sum())}


def unattributed_shares(trend: pl.DataFrame) -> Mapping[date, float]:
    """By date, the part of the year's outflow or of its average stock without a known supplier.

    The larger of the two: opening stock first stands under nobody's name, then it is sold.
    """
    amounts = {"flow": pl.col("cogs") + pl.col("consumption"), "stock": pl.col("average_inventory")}
    sums = trend.group_by("as_of").agg(
        **{name: amount.sum().cast(pl.Float64) for name, amount in amounts.items()},
        **{
            f"loose_{name}": amount.filter(pl.col("member") == UNATTRIBUTED).sum().cast(pl.Float64)
            for name, amount in amounts.items()
        },
    )
    return {
        row["as_of"]: max(
            row[f"loose_{name}"] / row[name] if row[name] > 0 else 0.0 for name in amounts
        )
        for row in sums.iter_rows(named=True)
    }


def can_compare(then: float | None, now: float | None, limit: float) -> bool:
    """Whether suppliers' years can be compared, by what was unattributed in each.

    A year of which much more, or half, was unattributed shows only part of each supplier.
    """
    if then is None or now is None:
        return False
    return then - now <= limit and max(then, now) < HALF


def aged(ages: tuple[Decimal, ...]) -> Decimal:
    """What of these ages is older than 180 days."""
    return sum(ages[4:], NOUGHT)
