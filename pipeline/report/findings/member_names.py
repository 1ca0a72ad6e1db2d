"""Which members a sentence names, and which it can compare with a year ago."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from pipeline.report.lookup import Facts
from pipeline.report.member_figures import NOUGHT
from pipeline.report.sentences import Names

if TYPE_CHECKING:  # pages are built with these rules
    from pipeline.report.pages.members import MemberLine

MOST_NAMES = 3
MOSTLY, ALL = 0.6, 0.99
"""Three members that hold less of something are not worth naming, nor three that are all of it."""
CLEARLY = Decimal("0.9")
"""Who is left out of a ranking holds less than this part of the last who is named."""


def comparable(lines: Sequence["MemberLine"]) -> list["MemberLine"]:
    """The lines that can be compared with a year ago."""
    return [line for line in lines if line.is_slower is not None]


def slower_lines(facts: Facts, lines: Sequence["MemberLine"]) -> list["MemberLine"]:
    """The lines that turn slower than a year ago, if what they hold together is worth a word.

    Of them, those with too small a part of the stock are left out.
    """
    least = facts.policy.material_share
    slower = [line for line in lines if line.is_slower and (line.stock_share or 0.0) >= least]
    return slower if facts.is_material(stock_of(slower)) else []


def stock_of(lines: Sequence["MemberLine"]) -> Decimal:
    """What these lines hold together."""
    return sum((line.stock for line in lines), NOUGHT)


def largest(
    ranked: Sequence["MemberLine"], most: int, *, stock: bool = False
) -> Sequence["MemberLine"]:
    """As many of the first as are clearly larger than who follows them; none among equals.

    By dead stock, or by all of it; what holds nothing is no part.
    """
    held = [line.stock if stock else line.dead.dead for line in ranked]
    for count in range(min(most, len(ranked)), 0, -1):
        following = held[count] if count < len(held) else NOUGHT
        if held[count - 1] > 0 and following <= CLEARLY * held[count - 1]:
            return ranked[:count]
    return ()


def names_of(lines: Sequence["MemberLine"]) -> Names:
    """What the members of the lines are called, for a sentence."""
    return Names(tuple(line.label for line in lines))
