"""A few rows as the UI shows them."""

import dagster as dg
import polars as pl


def preview(rows: pl.DataFrame) -> dg.MarkdownMetadataValue:
    """A few rows as a table; cells are data, so bars and line ends are taken out of them."""
    if rows.is_empty():
        return dg.MetadataValue.md("no rows")
    head = "| " + " | ".join(rows.columns) + " |"
    rule = "|" + " --- |" * rows.width
    cell = str.maketrans({"|": "/", "\n": " ", "<": "‹", ">": "›"})
    body = (
        "| " + " | ".join("" if v is None else str(v).translate(cell) for v in row) + " |"
        for row in rows.iter_rows()
    )
    return dg.MetadataValue.md("\n".join((head, rule, *body)))
