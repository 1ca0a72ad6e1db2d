"""Every table of the schemas `canonical` and `quarantine`: what it is, and what each column means.

The comments in the published database and `stockturn dictionary` are made from it.  What a table
spec says is taken from there; said here is only what no spec can know.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipeline.canonical.spec import STORED_AS, TableSpec
from pipeline.canonical.tables import CLOSURE, PROVENANCE, TABLES, extras, identity

Columns = Mapping[str, tuple[str, str]]
"""Name -> type and meaning."""

COMPANY: Columns = {"company": ("VARCHAR", "whose row it is")}
REFUSAL: Columns = {
    "delivered": ("VARCHAR", "the record as delivered: its cells as JSON, or its bare text"),
    "reasons": ("VARCHAR[]", "everything it is refused for"),
    "source_file": PROVENANCE["source_file"],
    "source_row": PROVENANCE["source_row"],
    "seen_on": ("DATE", "when its delivery came"),
    "delivery_no": ("BIGINT", "that delivery"),
    "ended_by": ("BIGINT", "the delivery that admitted, repeated or withdrew it; null: none"),
    "ended_on": ("DATE", "when that delivery came"),
    "ended_from": ("DATE", "first extract date on which it stood no longer"),
    "forgiven_on": ("DATE", "from when on it is left out by decision (policy/forgiven_rows.toml)"),
    "forgiven_by": ("VARCHAR", "the role that decided so"),
    "forgiven_why": ("VARCHAR", "and why"),
}

WRITTEN_AS = {
    # Ids that hardly repeat: half as dear as the dictionary DuckDB would take, and as short.
    **dict.fromkeys(("movement_id", "order_no"), "zstd"),
    # Digests are as good as random: nothing shortens them, unless many are null or alike.
    **dict.fromkeys(("movement_no", "item_no", "content_no", "lot_no"), "uncompressed"),
    # Of openings only: whatever is said, a part in which all are null is written as one constant.
    **dict.fromkeys(("received_on", "received_day"), "uncompressed"),
    # What stays the same for many rows.
    **dict.fromkeys(("value_is_estimated", "is_reversal", "has_estimated_cost"), "rle"),
    **dict.fromkeys(("delivery_no", "known_on", "stated_on"), "rle"),
    **dict.fromkeys(("transfer_key", "conversion_key"), "rle"),
}
"""How columns are written whose best form is known beforehand: of any other DuckDB tries every way
on every part.  A fifth of what it costs to write the ledger, 0.4 s of processor a million rows."""


@dataclass(frozen=True)
class Table:
    """One table of the database."""

    name: str
    about: str
    columns: Columns

    @property
    def create(self) -> str:
        """The statement that makes it."""
        columns = (f"{name} {kind}{_written(name)}" for name, (kind, _) in self.columns.items())
        return f"CREATE TABLE {self.name} ({', '.join(columns)})"


def _written(column: str) -> str:
    way = WRITTEN_AS.get(column)
    return f" USING COMPRESSION {way}" if way else ""


DELIVERY = Table(
    "canonical.delivery",
    "What became of the rows that a delivery stated for a table.",
    {
        "company": ("VARCHAR", "who delivered"),
        "extract_on": ("DATE", "the day the extract states"),
        "version": ("INTEGER", "1, or more where the day was delivered again with other content"),
        "table_name": ("VARCHAR", "the canonical table"),
        "delivery_no": ("BIGINT", "the delivery's place in the order they are folded in"),
        "known_on": ("DATE", "when it came"),
        "mode": ("VARCHAR", "what absence of a row means: increment, window or snapshot"),
        "window_from": ("DATE", "first posting day that a window states"),
        "window_to": ("DATE", "the last"),
        "rows_in": ("BIGINT", "rows delivered: the sum of the five that follow"),
        "rows_new": ("BIGINT", "rows whose key was not known"),
        "rows_corrected": ("BIGINT", "rows whose key was known with other content"),
        "rows_unchanged": ("BIGINT", "rows known as they are, or by a newer extract"),
        "rows_quarantined": ("BIGINT", "rows refused"),
        "rows_duplicate": ("BIGINT", "rows that repeat another one of the delivery"),
        "rows_closed": ("BIGINT", "rows that ended because a window or snapshot leaves them out"),
        "rows_left_out": ("BIGINT", "records the mapping passes over; they are in no sum"),
        "warnings": ("VARCHAR[]", "what was odd about its files"),
    },
)
_OF_DELIVERIES: Columns = {
    **COMPANY,
    "first": ("BIGINT", "the first of some deliveries"),
    "last": ("BIGINT", "the last of them"),
}
INTERNAL = (
    Table(
        "canonical.unsettled",
        "Of the pipeline: deliveries whose order and costs are still to be settled.",
        {
            **_OF_DELIVERIES,
            "before": ("BIGINT", "highest seq of the ledger before them"),
            "estimate": ("BOOLEAN", "whether missing costs are estimated"),
        },
    ),
    Table(
        "canonical.uncompared",
        "Of the pipeline: deliveries whose links are still to be told apart.",
        _OF_DELIVERIES,
    ),
    Table(
        "canonical.touched",
        "Of the pipeline: items whose facts are to be made again.",
        {
            **COMPANY,
            "item_no": ("BIGINT", "the item"),
            "first_day": ("INTEGER", "from which day on, in days since 1970-01-01"),
        },
    ),
    Table(
        "canonical.key_number",
        "Keys whose own number another key holds, and the number they were given.",
        {
            "space": ("VARCHAR", "what kind of key it is"),
            **COMPANY,
            "key": ("VARCHAR", "the key's text"),
            "number": ("BIGINT", "the number it was given"),
        },
    ),
)


def tables_of(spec: TableSpec) -> tuple[Table, Table, Table]:
    """What is stored of a canonical table: its rows, their earlier versions, what was refused."""
    own = {column.name: (STORED_AS[column.type], column.about) for column in spec.columns}
    numbers = {
        name: ("BIGINT", f"the {number.space.replace('_', ' ')} as a number, for joins")
        for name, number in spec.numbers.items()
    }
    more = {extra.name: (extra.type, extra.about) for extra in extras(spec)}
    current = {**COMPANY, **own, **numbers, **more, **PROVENANCE}
    key = identity(spec)
    about = f"{spec.about[0].lower()}{spec.about[1:]}"
    return (
        Table(f"canonical.{spec.name}", spec.about, current),
        Table(
            f"canonical.{spec.name}_history",
            f"Versions that were corrected or left out since, of: {about}",
            {**current, **CLOSURE},
        ),
        Table(
            f"quarantine.{spec.name}",
            f"Rows that were refused, as far as they could be read, of: {about}",
            {**COMPANY, **own, key: numbers[key], **REFUSAL},
        ),
    )


def all_tables() -> Iterator[Table]:
    """Every table of the two schemas."""
    for spec in TABLES.values():
        yield from tables_of(spec)
    yield from (DELIVERY, *INTERNAL)
