"""Sentences before they have a language: a message of the catalogue and the values it names.

A model holds these, so that English and Chinese say the same thing about the same figures.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Label:
    """What a member is called: a name from the data, or a term of the catalogue.

    `owner` is the company that a name is printed with, where others may have the same.
    """

    text: str
    text_zh: str | None = None
    is_term: bool = False
    owner: str | None = None


@dataclass(frozen=True)
class Money:
    """An amount in the report's currency."""

    value: Decimal
    signed: bool = False


@dataclass(frozen=True)
class Turns:
    """A turnover, or a change of it."""

    value: float
    signed: bool = False


@dataclass(frozen=True)
class Days:
    """A number of days, or a change of it."""

    value: float
    signed: bool = False


@dataclass(frozen=True)
class Share:
    """A share, shown in percent."""

    value: float
    decimals: int = 1
    signed: bool = False


@dataclass(frozen=True)
class Points:
    """A difference of two shares, shown in percentage points."""

    value: float


@dataclass(frozen=True)
class Count:
    """A count; small ones are words in English text."""

    value: int
    as_word: bool = False


@dataclass(frozen=True)
class Names:
    """Names in the order they are listed."""

    values: tuple[Label, ...]


@dataclass(frozen=True)
class Page:
    """A page of the report, shown as its number."""

    anchor: str


Value = (
    Money | Turns | Days | Share | Points | Count | Names | Page | Label | date | str
)  # a str is a code and stands as it is


@dataclass(frozen=True)
class Sentence:
    """A message, its values by name and, where it is counted, its plural."""

    text: str
    values: Mapping[str, Value] = field(default_factory=dict[str, Value])
    plural: str | None = None
    count: int = 1


def say(text: str, **values: Value) -> Sentence:
    """A sentence that does not change with a count."""
    return Sentence(text, values)


def say_counted(text: str, plural: str, count: int, **values: Value) -> Sentence:
    """A sentence whose English depends on a count, which it may show as %(count)s."""
    return Sentence(text, {"count": Count(count, as_word=True), **values}, plural, count)


def term(text: str) -> Label:
    """A label that is a term of the catalogue."""
    return Label(text, is_term=True)


def message(text: str) -> str:
    """Mark a message of the catalogue that is said elsewhere."""
    return text
