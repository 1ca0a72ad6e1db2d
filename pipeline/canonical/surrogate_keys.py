"""Surrogate integers: what identifies a row as a number that no pattern of codes makes collide.

A number is cut from the MD5 of the key, so that arrival order and DuckDB's version never show.
DuckDB's own hash will not do: it multiplies blocks of eight bytes without carrying between them,
and ids that differ in bytes 8, 16, 24 … share a hash with chance 1 in 256 (findings/).  Two keys
that share a number all the same are told apart: pipeline/warehouse/key_numbers.py.
"""

from dataclasses import dataclass

BITS = 62
"""How many bits of the digest make a number; given numbers begin above them."""


@dataclass(frozen=True)
class KeyNumber:
    """The integer that stands for a key; keys are compared within one space."""

    space: str
    key: str  # SQL of the key's text within its company, no two keys alike; null: no number

    @property
    def sql(self) -> str:
        """SQL of the number, unless the key was given another one."""
        # The company is one value for all rows of a vector: its digest costs nothing.
        return f"xor({_digest('company')}, {_digest(self.key)})"


def _digest(text: str) -> str:
    return f"(md5_number({text}) >> {128 - BITS})::BIGINT"


def first_given() -> int:
    """The first of the numbers that are given to keys whose own number is taken."""
    return 1 << BITS


def number_of(space: str, *columns: str) -> KeyNumber:
    """The integer that stands for a key; columns of it may be empty, if there are several."""
    if len(columns) == 1:
        return KeyNumber(space, columns[0])
    parts = (f"coalesce({_measured(column)}, '-')" for column in columns)
    return KeyNumber(space, f"({' || '.join(parts)})")


def number_if_known(space: str, *columns: str, when: str = "true") -> KeyNumber:
    """The integer that stands for an optional key; null where part of it is, or not `when`."""
    if len(columns) == 1:
        key = columns[0]
    else:
        # Put together at once, of the rows that have all parts: half as dear as part by part.
        parts = (f"length({column}::VARCHAR), ':', {column}" for column in columns)
        key = f"concat({', '.join(parts)})"
        when = " AND ".join((when, *(f"{column} IS NOT NULL" for column in columns)))
    return KeyNumber(space, f"({key})" if when == "true" else f"CASE WHEN {when} THEN {key} END")


def day_of(moment: str) -> str:
    """SQL of the days from 1970-01-01 to the date of a moment."""
    return f"({moment}::DATE - DATE '1970-01-01')::INTEGER"


def _measured(column: str) -> str:
    """A part of a key with its length: no other parts give the same text."""
    return f"length({column}::VARCHAR) || ':' || {column}::VARCHAR"


def content_of(columns: tuple[str, ...], texts: tuple[str, ...]) -> str:
    """SQL of a hash that tells two contents of one key apart: the key itself need not be in it.

    DuckDB's hash is cheap and good enough for two rows at a time, once its blocks are cut twice:
    texts it confuses in one place it tells apart four bytes further on.
    """
    moved = f", concat('....', {', '.join(texts)})" if texts else ""
    return f"(hash({', '.join(columns)}{moved}) >> 1)::BIGINT"


def numbering() -> str:
    """SELECT of one value that changes when this engine would number keys or contents otherwise."""
    number = KeyNumber("", "name").sql
    content = content_of(("company", "name"), ("name",))
    return (
        f"SELECT concat({number}, '/', {content}) "
        "FROM (SELECT 'stockturn' AS company, '20260120-0000000006' AS name)"
    )
