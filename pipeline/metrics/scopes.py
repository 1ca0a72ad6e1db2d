"""Which stock counts: `all` of it, or `normal`, without what policy calls abnormal.

Most members have nothing abnormal, so both scopes say the same of them.  Such rows stand once,
under the scope `both`, and are read as a row of either.
"""

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import polars as pl

from pipeline.metrics.fixed_point import stacked
from pipeline.policy.rules import AbnormalRule

SCOPES = ("all", "normal")
BOTH = "both"
SCOPES_OF = {"all": ("all", BOTH), "normal": ("normal", BOTH)}
"""The scopes of kept rows that hold in each scope."""


def is_abnormal_item(rule: AbnormalRule) -> pl.Expr:
    """Whether an item of that `status` is left out of `normal`."""
    return pl.col("status").is_in(rule.item_statuses).fill_null(value=False)


def is_abnormal_place(rule: AbnormalRule) -> pl.Expr:
    """Whether a `warehouse` of that `kind` is left out of `normal`."""
    is_kind = pl.col("kind").is_in(rule.warehouse_kinds).fill_null(value=False)
    return is_kind | pl.col("warehouse").is_in(rule.warehouses)


def judged(
    rows: nw.LazyFrame[Any], items: nw.LazyFrame[Any], places: nw.LazyFrame[Any]
) -> nw.LazyFrame[Any]:
    """Rows with what `daily.Members` say of item and warehouse, and whether they are abnormal."""
    return (
        rows.join(items, on="item_no", how="left")
        .join(places, on="warehouse_no", how="left")
        .with_columns(is_abnormal=nw.col("is_abnormal_item") | nw.col("is_abnormal_place"))
    )


def in_scopes(
    parts: pl.DataFrame, series: Sequence[str], per: str, numbers: Sequence[str]
) -> pl.DataFrame:
    """Sums of each series and day (or edge) by scope, out of those of normal and abnormal stock.

    A series without anything abnormal stands once, under `both`.
    """
    keys = [*series, per]
    split = parts.filter("is_abnormal").select(series).unique()
    if split.is_empty():
        return parts.select(*keys, *numbers, scope=pl.lit(BOTH))
    in_parts = parts.join(split, on=series, how="semi", nulls_equal=True)
    scopes = {
        BOTH: parts.join(split, on=series, how="anti", nulls_equal=True),
        "all": in_parts.group_by(keys).agg(pl.col(numbers).sum()),
        "normal": in_parts.filter(~pl.col("is_abnormal")),
    }
    return stacked(
        frame.select(*keys, *numbers, scope=pl.lit(scope)) for scope, frame in scopes.items()
    )


def in_both_scopes(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows as they are published: what holds in either scope once in each."""
    return stacked(in_scope(rows, scope).with_columns(scope=pl.lit(scope)) for scope in SCOPES)


def in_scope(rows: pl.DataFrame, scope: str) -> pl.DataFrame:
    """The rows that hold in a scope."""
    return rows.filter(pl.col("scope").is_in(SCOPES_OF[scope]))


def is_split() -> pl.Expr:
    """Whether a row holds in one scope only."""
    return pl.col("scope") != BOTH


def split_like(rows: pl.DataFrame, others: pl.DataFrame, series: Sequence[str]) -> pl.DataFrame:
    """Rows in the scopes that the same series have in other rows."""
    split = others.filter(is_split()).select(series).unique()
    in_parts = rows.join(split, on=series, how="semi", nulls_equal=True)
    in_one = rows.join(split, on=series, how="anti", nulls_equal=True)
    return stacked([in_one, in_both_scopes(in_parts)])
