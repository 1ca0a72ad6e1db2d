"""The data dictionary: what every column of the canonical tables means, from their specs."""

from collections.abc import Iterable, Iterator

from pipeline.canonical.described import (
    COMPANY,
    DELIVERY,
    INTERNAL,
    REFUSAL,
    Columns,
    tables_of,
)
from pipeline.canonical.spec import STORED_AS, Column, TableSpec
from pipeline.canonical.tables import CLOSURE, PROVENANCE, TABLES


def markdown(specs: Iterable[TableSpec] = tuple(TABLES.values())) -> str:
    """The dictionary as a document."""
    parts = ["# Data dictionary", "", "Made from `pipeline/canonical/`; do not edit.", ""]
    for spec in specs:
        parts.extend(_table(spec))
    for title, columns in (
        ("Every table also has", {**COMPANY, **PROVENANCE}),
        ("Every `canonical.<table>_history` also has", CLOSURE),
        ("Every `quarantine.<table>` has beside the table's own columns", REFUSAL),
    ):
        parts.extend((f"## {title}", "", *_rows(columns), ""))
    for table in (DELIVERY, *INTERNAL):
        parts.extend((f"## {table.name}", "", table.about, "", *_rows(table.columns), ""))
    return "\n".join(parts)


def _table(spec: TableSpec) -> Iterator[str]:
    yield from (f"## {spec.name}", "", spec.about, "")
    yield f"Key: {', '.join(f'`{name}`' for name in spec.key)}. Delivered as {spec.mode.value}."
    yield from ("", *_heading())
    for column in spec.columns:
        yield f"| `{column.name}` | {STORED_AS[column.type]} | {_about(column)} |"
    current, *beside = tables_of(spec)
    own = {column.name for column in spec.columns}
    every = {*COMPANY, *PROVENANCE}
    added = {name: text for name, text in current.columns.items() if name not in own | every}
    yield from _lines(added)
    yield from ("", *(f"- `{table.name}`: {table.about}" for table in beside))
    if spec.rules:
        yield from ("", "A row is refused unless:", "")
        yield from (f"- `{rule.name}`: {rule.about}" for rule in spec.rules)
    yield ""


def _rows(columns: Columns) -> Iterator[str]:
    yield from _heading()
    yield from _lines(columns)


def _lines(columns: Columns) -> Iterator[str]:
    for name, (kind, about) in columns.items():
        yield f"| `{name}` | {kind} | {about} |"


def _heading() -> tuple[str, str]:
    return "| column | type | meaning |", "|---|---|---|"


def _about(column: Column) -> str:
    choices = ", ".join(f"`{choice}`" for choice in column.choices)
    about = column.about + (f": {choices}" if choices else "")
    return f"{about} (required)" if column.required else about
