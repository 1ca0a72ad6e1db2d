"""Which codes of companies mean one member of the group: entries with dates, and what holds when.

Unlike the other policies an entry stands for itself: a new partner is one entry more, and a later
entry of the same member takes the place of the earlier one.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from pipeline.settings import Strict

ALWAYS = date(1970, 1, 1)
CodedDimension = Literal["supplier", "warehouse", "sku", "customer"]
"""Dimensions whose members are codes of a company; all others are names, which meet as they are."""
RESERVED = frozenset({"unattributed", "own_production", "in_transit"})
"""Members that no company numbers itself: they are the same everywhere."""
Codes = str | tuple[str, ...]


class GroupMember(Strict):
    """Codes of companies that are one member of the group, since a day.

    A later entry of the same member takes the place of the earlier one.
    """

    dimension: CodedDimension
    """What kind of member it is."""
    member: Annotated[str, Field(pattern=r"^[^/*\s][^/]*$", max_length=120)]
    """What it is called in the tables of the group; no company's code."""
    name: Annotated[str, Field(min_length=1, max_length=200)]
    """What it is called on pages."""
    name_zh: str | None = None
    """The same on Chinese pages."""
    valid_from: date = ALWAYS
    """Since when it holds."""
    reason: str = ""
    """Who found that they are one, and how."""
    codes: dict[str, Codes]
    """The codes of each company that mean it: `{ north = "V001", river = ["S-88", "S-91"] }`; `{}`
    ends it."""

    @field_validator("member")
    @classmethod
    def _is_not_reserved(cls, member: str) -> str:
        if member in RESERVED:
            message = f"'{member}' means stock of nobody's own code everywhere; call it otherwise"
            raise ValueError(message)
        return member

    @property
    def pairs(self) -> Iterator[tuple[str, str]]:
        """Every company and code that is this member."""
        for company, codes in self.codes.items():
            for code in (codes,) if isinstance(codes, str) else codes:
                yield company, code


class GroupMembersRule(BaseModel):
    """The members of the group that hold from one date until the next."""

    model_config = ConfigDict(frozen=True)

    valid_from: date = ALWAYS
    members: tuple[GroupMember, ...] = ()

    @property
    def said(self) -> list[list[object]]:
        """What holds, whatever date or reason stands beside it."""
        return sorted(
            [each.dimension, each.member, each.name, each.name_zh or "", *sorted(each.pairs)]
            for each in self.members
        )


def rules_of(entries: Sequence[GroupMember]) -> tuple[GroupMembersRule, ...]:
    """What holds from each date on which some entry begins, the oldest first.

    Raises:
        ValueError: a code is two members at once, or a member begins twice on one day.
    """
    dates = sorted({ALWAYS, *(entry.valid_from for entry in entries)})
    rules = tuple(GroupMembersRule(valid_from=day, members=_on(entries, day)) for day in dates)
    for rule in rules:
        _refuse_two_members(rule)
    return rules


def _on(entries: Sequence[GroupMember], day: date) -> tuple[GroupMember, ...]:
    newest: dict[tuple[str, str], GroupMember] = {}
    for entry in sorted(entries, key=lambda each: each.valid_from):
        key = (entry.dimension, entry.member)
        earlier = newest.get(key)
        if earlier is not None and earlier.valid_from == entry.valid_from:
            message = (
                f"{entry.dimension} '{entry.member}' begins twice on {entry.valid_from}: "
                "put its codes into one entry"
            )
            raise ValueError(message)
        if entry.valid_from <= day:
            newest[key] = entry
    return tuple(entry for entry in newest.values() if entry.codes)


def _refuse_two_members(rule: GroupMembersRule) -> None:
    found: dict[tuple[str, str, str], str] = {}
    for entry in rule.members:
        for company, code in entry.pairs:
            other = found.setdefault((entry.dimension, company, code), entry.member)
            if other != entry.member:
                message = (
                    f"{entry.dimension} {code} of {company} is mapped to '{other}' and to "
                    f"'{entry.member}' from {rule.valid_from} on: leave it in one of them"
                )
                raise ValueError(message)
