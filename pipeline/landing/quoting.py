"""Names and texts inside SQL: quoted, never pasted."""

from collections.abc import Iterable


def literal(text: str | None) -> str:
    """A text as an SQL literal, or NULL."""
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def listed(items: Iterable[str]) -> str:
    """SQL expressions with commas between them."""
    return ", ".join(items)
