"""How much of the stock is dead, slow, new or stranded, by every dimension.

    dead_share = value of dead stock / value of all stock

Values by status include negative positions and valuation differences, so that the parts of every
dimension and scope add up to the stock.
"""

import polars as pl

from pipeline.metrics.daily import GROUP

DIMENSIONS = ("company", "category", "subcategory", "supplier", "warehouse", "stage")
VALUES = ("value", "slow_value", "dead_value", "new_value", "stranded_value")
COLUMNS = ("company", "dimension", "member", "scope", *VALUES, "dead_share", "reason")


def dead_stock(status: pl.DataFrame) -> pl.DataFrame:
    """The summary of `stock_status` rows for every dimension, scope, company and the group."""
    with_classes = status["abc_class"].count() > 0
    dimensions = (*DIMENSIONS, "abc_class") if with_classes else DIMENSIONS
    amounts = _amounts(status, dimensions)
    both = pl.concat([amounts, _as_group(amounts)])
    return pl.concat(_summary(both, dimension) for dimension in dimensions).sort(COLUMNS[:4])


def with_share(sums: pl.DataFrame) -> pl.DataFrame:
    """Sums of values with the share that is dead, or the reason why there is none.

    Beside the values stands `without_cost`, how many postings of the stock have no value.
    """
    value = pl.col("value")
    reason = (
        pl.when(pl.col("without_cost") > 0)
        .then(pl.lit("no_cost"))
        .when(value < 0)
        .then(pl.lit("negative_stock"))
        .when(value == 0)
        .then(pl.lit("no_stock"))
    )
    share = pl.col("dead_value").cast(pl.Float64) / value.cast(pl.Float64)
    return sums.with_columns(
        dead_share=pl.when(reason.is_null()).then(share),
        reason=reason,
    ).select(COLUMNS)


def _amounts(status: pl.DataFrame, dimensions: tuple[str, ...]) -> pl.DataFrame:
    """Positions with their value under each status; added up at once to the finest grain."""
    nothing = pl.lit(0, pl.Decimal(38, 4))

    def where(condition: pl.Expr) -> pl.Expr:
        return pl.when(condition).then(pl.col("value")).otherwise(nothing)

    keys = [name for name in dimensions if name != "company"]
    return (
        status.with_columns(
            slow_value=where(pl.col("status") == "slow"),
            dead_value=where(pl.col("status") == "dead"),
            new_value=where(pl.col("status") == "new"),
            stranded_value=where(pl.col("is_stranded")),
        )
        .group_by("company", *keys, "is_abnormal")
        .agg(pl.col(*VALUES, "without_cost").sum())
        .with_columns(company_member=pl.col("company"))
    )


def _as_group(amounts: pl.DataFrame) -> pl.DataFrame:
    return amounts.with_columns(company=pl.lit(GROUP), company_member=pl.lit(GROUP))


def _summary(amounts: pl.DataFrame, dimension: str) -> pl.DataFrame:
    member = pl.col("company_member" if dimension == "company" else dimension)
    scopes = {"all": amounts, "normal": amounts.filter(~pl.col("is_abnormal"))}
    sums = [
        frame.group_by("company", member.alias("member"))
        .agg(pl.col(*VALUES, "without_cost").sum())
        .with_columns(dimension=pl.lit(dimension), scope=pl.lit(scope))
        for scope, frame in scopes.items()
    ]
    return with_share(pl.concat(sums))
