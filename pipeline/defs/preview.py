"""A few rows as the UI shows them."""

from collections.abc import Sequence
from typing import Any

import dagster as dg
import polars as pl


def preview(rows: pl.DataFrame) -> dg.MarkdownMetadataValue:
    """A few rows as a table."""
    return table_of(rows.to_dicts())


def table_of(rows: Sequence[dict[str, Any]]) -> dg.MarkdownMetadataValue:
    """Rows as a table; cells are data, so bars and line ends are taken out of them."""
    if not rows:
        return dg.MetadataValue.md("no rows")
    head = "| " + " | ".join(rows[0]) + " |"
    rule = "|" + " --- |" * len(rows[0])
    cell = str.maketrans({"|": "/", "\n": " ", "<": "‹", ">": "›"})
    body = (
        "| " + " | ".join("" if v is None else str(v).translate(cell) for v in row.values()) + " |"
        for row in rows
    )
    return dg.MetadataValue.md("\n".join((head, rule, *body)))
