"""Which members a sentence names, and which it can compare with a year ago."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.report.sentences import Names

if TYPE_CHECKING:  # pages are built with these rules
    from pipeline.report.pages.members import MemberLine

MOST_NAMES = 3
MOSTLY, ALL = 0.6, 0.99
"""Three members that hold less of something are not worth naming, nor three that are all of it."""


def comparable(lines: Sequence["MemberLine"]) -> list["MemberLine"]:
    """The lines that can be compared with a year ago: what never sells turns no slower."""
    return [line for line in lines if line.is_slower is not None]


def names_of(lines: Sequence["MemberLine"]) -> Names:
    """What the members of the lines are called, for a sentence."""
    return Names(tuple(line.label for line in lines))
