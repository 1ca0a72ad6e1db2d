"""The data dictionary: what every column of the canonical tables means, from their specs."""

from collections.abc import Iterable, Iterator

from pipeline.canonical.spec import STORED_AS, Column, TableSpec
from pipeline.canonical.tables import CLOSURE, EXTRAS, PROVENANCE, TABLES


def markdown(specs: Iterable[TableSpec] = tuple(TABLES.values())) -> str:
    """The dictionary as a document."""
    parts = ["# Data dictionary", "", "Made from `pipeline/canonical/`; do not edit.", ""]
    for spec in specs:
        parts.extend(_table(spec))
    parts.extend(("## Every table also has", "", *_heading()))
    for name, (kind, about) in {**PROVENANCE, **CLOSURE}.items():
        kept = " (history only)" if name in CLOSURE else ""
        parts.append(f"| `{name}` | {kind} | {about}{kept} |")
    return "\n".join((*parts, ""))


def _table(spec: TableSpec) -> Iterator[str]:
    yield from (f"## {spec.name}", "", spec.about, "")
    yield f"Key: {', '.join(f'`{name}`' for name in spec.key)}. Delivered as {spec.mode.value}."
    yield from ("", *_heading())
    for column in spec.columns:
        yield f"| `{column.name}` | {STORED_AS[column.type]} | {_about(column)} |"
    for extra in EXTRAS.get(spec.name, ()):
        yield f"| `{extra.name}` | {extra.type} | {extra.about} |"
    if spec.rules:
        yield from ("", "A row is refused unless:", "")
        yield from (f"- `{rule.name}`: {rule.about}" for rule in spec.rules)
    yield ""


def _heading() -> tuple[str, str]:
    return "| column | type | meaning |", "|---|---|---|"


def _about(column: Column) -> str:
    choices = ", ".join(f"`{choice}`" for choice in column.choices)
    about = column.about + (f": {choices}" if choices else "")
    return f"{about} (required)" if column.required else about
