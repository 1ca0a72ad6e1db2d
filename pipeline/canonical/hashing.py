"""Surrogate integers: hashes of what identifies a row, so that arrival order never shows."""


def number_of(*columns: str) -> str:
    """SQL of the integer that stands for a key within its company."""
    return f"(hash(company, {', '.join(columns)}) >> 1)::BIGINT"


def number_if(column: str, *columns: str) -> str:
    """SQL of the integer that stands for an optional key; null where its first column is."""
    return f"CASE WHEN {column} IS NOT NULL THEN {number_of(column, *columns)} END"


def day_of(moment: str) -> str:
    """SQL of the days from 1970-01-01 to the date of a moment."""
    return f"({moment}::DATE - DATE '1970-01-01')::INTEGER"
