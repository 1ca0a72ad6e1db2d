"""Surrogate integers: hashes of what identifies a row, so that arrival order never shows."""


def number_of(*columns: str) -> str:
    """SQL of the integer that stands for a key within its company."""
    return f"(hash(company, {', '.join(columns)}) >> 1)::BIGINT"


def number_if_known(*columns: str) -> str:
    """SQL of the integer that stands for an optional key; null where part of it is."""
    known = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    return f"CASE WHEN {known} THEN {number_of(*columns)} END"


def day_of(moment: str) -> str:
    """SQL of the days from 1970-01-01 to the date of a moment."""
    return f"({moment}::DATE - DATE '1970-01-01')::INTEGER"
