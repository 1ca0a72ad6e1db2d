"""What the warehouse keeps of rows that say the same: a group of one company is not repeated.

The published views read it back.
"""

from collections.abc import Sequence

import polars as pl

from pipeline.metrics.consolidation import Group, with_group
from pipeline.metrics.daily import (
    OWNER,
    Grain,
    Members,
    company_rows,
    numbers_in,
    with_balances,
)
from pipeline.metrics.scopes import in_scopes, is_split, split_like
from pipeline.settings import GROUP


def kept_with_group(rows: pl.DataFrame, group: Group, numbers: Sequence[str]) -> pl.DataFrame:
    """Rows of companies with those of the group, as they are kept."""
    return rows if group.is_one_company else with_group(rows, group, numbers)


def kept(rows: pl.DataFrame, group: Group) -> pl.DataFrame:
    """Rows of companies and the group, as they are kept."""
    return rows.filter(pl.col("company") != GROUP) if group.is_one_company else rows


def packed_daily(
    sums: dict[Grain, pl.DataFrame],
    members: Members,
    closings_before: pl.DataFrame | None = None,
) -> pl.DataFrame | None:
    """The daily table as it is kept; None where these days do not fit into the series kept before.

    They do not if a member had no abnormal stock so far and has some now, or if the group was one
    company and is more now.
    """
    own = company_rows(sums, members)
    numbers = numbers_in(own)
    flows = in_scopes(kept_with_group(own, members.group, numbers), OWNER, "day", numbers)
    if closings_before is None:
        return with_balances(flows)
    fitting = _fitted(flows, closings_before, members.group)
    return None if fitting is None else with_balances(fitting, closings_before)


def _fitted(flows: pl.DataFrame, before: pl.DataFrame, group: Group) -> pl.DataFrame | None:
    """Flows in the scopes that their series have already."""
    if group.is_one_company == (before["company"] == GROUP).any():
        return None
    whole = before.filter(~is_split()).select(OWNER)
    if flows.filter(is_split()).join(whole, on=OWNER, how="semi", nulls_equal=True).height:
        return None
    return split_like(flows, before, OWNER)
