"""What members are called on the pages of one audience, and whose they are.

A name comes from the master of the company whose code it is.  In a group of several companies it
goes with its company, unless the policy `group_members` made it a member of the group itself.
"""

from collections.abc import Sequence

import polars as pl

from pipeline.metrics.consolidation import Group, group_members
from pipeline.metrics.fixed_point import stacked
from pipeline.metrics.stock_status import Masters
from pipeline.policy.group_members import RESERVED, GroupMembersRule
from pipeline.report.inputs import MEMBERS
from pipeline.settings import GROUP

_OWN = ["company", "dimension", "member"]


def member_names(
    masters: Masters,
    group: Group,
    rule: GroupMembersRule,
    company: str,
    companies: Sequence[str],
) -> pl.DataFrame:
    """Names of suppliers and warehouses: those of each company, and the audience's own."""
    own = stacked(
        frame.filter(pl.col("company").is_in(companies)).select(
            "company", pl.lit(code).alias("dimension"), pl.col(code).alias("member"), "name"
        )
        for code, frame in (("supplier", masters.suppliers), ("warehouse", masters.warehouses))
    ).unique(_OWN, keep="first", maintain_order=True)
    rows = own.with_columns(name_zh=pl.lit(None, pl.String), owner=pl.lit(None, pl.String))
    if company == GROUP:
        rows = pl.concat([rows, _of_group(own, group, rule)], how="diagonal_relaxed")
    return rows.select(pl.col(name).cast(kind) for name, kind in MEMBERS.items())


def unknown_codes(masters: Masters, group: Group) -> list[str]:
    """Codes that the policy maps and no master has, in words; customers have no master."""
    frames = {"supplier": masters.suppliers, "warehouse": masters.warehouses, "sku": masters.items}
    known = stacked(
        frame.select("company", pl.lit(code).alias("dimension"), pl.col(code).alias("member"))
        for code, frame in frames.items()
    )
    unknown = group.mapped.filter(pl.col("dimension").is_in(list(frames))).join(
        known, on=_OWN, how="anti"
    )
    return [
        f"{dimension} {member} of {company}"
        for company, dimension, member in unknown.select(_OWN).sort(_OWN).iter_rows()
    ]


def _of_group(own: pl.DataFrame, group: Group, rule: GroupMembersRule) -> pl.DataFrame:
    """The names of the group's members, one each."""
    said = pl.DataFrame(
        [(each.dimension, each.member, each.name, each.name_zh) for each in rule.members],
        schema=dict.fromkeys(("dimension", "member", "said", "name_zh"), pl.String),
        orient="row",
    )
    is_owned = (pl.col("group_member") != pl.col("member")) & pl.col("said").is_null()
    return (
        own.join(group_members(own, group), on=_OWN)
        .join(
            said,
            left_on=["dimension", "group_member"],
            right_on=["dimension", "member"],
            how="left",
        )
        .with_columns(
            owner=pl.when(is_owned & ~pl.col("member").is_in(RESERVED)).then("company"),
            name=pl.coalesce("said", "name"),
        )
        .sort("dimension", "group_member", "company", "member")
        .select(pl.lit(GROUP).alias("company"), "dimension", member="group_member", name="name",
                name_zh="name_zh", owner="owner")
        .unique(_OWN, keep="first", maintain_order=True)
    )  # fmt: skip
