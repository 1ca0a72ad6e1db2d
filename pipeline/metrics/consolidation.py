"""The group's rows, out of the rows of its companies: the one step that makes them.

    a row of the group = the sum of its companies' rows under the group's member

Codes are a company's own: the group calls supplier V001 of north `north/V001`, and nothing meets
that only shares a code.  Where the policy `group_members` says that codes of companies are one and
the same, they meet under the member it names.  Categories, stages, classes and channels are names
and meet as they are, and so do members no company numbers itself, as `unattributed`.

    company | dimension | member        company | dimension | member     | mapped
    north   | supplier  | V001     ->   *       | supplier  | aurora     | V001 is aurora
    river   | supplier  | V001     ->   *       | supplier  | river/V001 |
    river   | category  | Seals    ->   *       | category  | Seals      |

Every row is a plain sum so far.  What differs between companies (currencies) or cancels between
them (sales to a sister) belongs here and nowhere else.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipeline.metrics.fixed_point import stacked
from pipeline.policy.group_members import RESERVED, GroupMembersRule
from pipeline.settings import GROUP

CODED = ("supplier", "warehouse", "sku", "customer")
"""Dimensions whose members are codes of one company."""
MAPPED: dict[str, Any] = dict.fromkeys(
    ("dimension", "company", "member", "group_member"), pl.String
)
_MEMBER = ["company", "dimension", "member"]


@dataclass(frozen=True)
class Group:
    """The companies of the group, and which of their codes mean one member."""

    companies: tuple[str, ...]
    mapped: pl.DataFrame
    """dimension, company, member (the company's code), group_member"""

    @property
    def is_one_company(self) -> bool:
        """Whether the group is one company, whose members are its own."""
        return len(self.companies) == 1


def group_of(companies: Iterable[str], rule: GroupMembersRule) -> Group:
    """The group of some companies under a policy."""
    rows = [
        (each.dimension, company, code, each.member)
        for each in rule.members
        for company, code in each.pairs
    ]
    return Group(tuple(sorted(set(companies))), pl.DataFrame(rows, schema=MAPPED, orient="row"))


def group_members(rows: pl.DataFrame, group: Group) -> pl.DataFrame:
    """Every company, dimension and member of the rows once, with its `group_member`."""
    is_code = pl.col("dimension").is_in(CODED) & ~pl.col("member").is_in(RESERVED)
    code = pl.coalesce("group_member", pl.format("{}/{}", "company", "member"))
    return (
        rows.select(_MEMBER)
        .unique()
        .join(group.mapped, on=_MEMBER, how="left")
        .with_columns(
            group_member=pl.when(pl.col("dimension") == "company")
            .then(pl.lit(GROUP))
            .when(is_code if not group.is_one_company else pl.lit(value=False))
            .then(code)
            .otherwise("member")
        )
    )


def consolidated(rows: pl.DataFrame, group: Group, numbers: Sequence[str]) -> pl.DataFrame:
    """The group's rows: those of its companies added up under its members.

    `rows`: company, dimension, member and whatever else tells rows apart; all `numbers` are summed.
    """
    keys = [name for name in rows.columns if name not in numbers]
    return (
        rows.join(group_members(rows, group), on=_MEMBER)
        .with_columns(company=pl.lit(GROUP), member="group_member")
        .group_by(keys, maintain_order=False)
        .agg(pl.col(numbers).sum())
        .select(rows.columns)
    )


def with_group(rows: pl.DataFrame, group: Group, numbers: Sequence[str]) -> pl.DataFrame:
    """The companies' rows and the group's."""
    return stacked([rows, consolidated(rows, group, numbers)])


def with_group_known(companies: pl.DataFrame) -> pl.DataFrame:
    """What is known of the companies, and of the group: as little as of the least known one.

    `companies`: company, first_day and covered_to.
    """
    known = companies.select("company", "first_day", "covered_to")
    group = known.select(
        pl.lit(GROUP).alias("company"), pl.col("first_day").max(), pl.col("covered_to").min()
    )
    return stacked([known, group])
