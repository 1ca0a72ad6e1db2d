"""Two published databases, table by table: what a change of the code did to the figures.

    python -m benchmarks.compare_figures before.duckdb after.duckdb [metrics.daily …]

Rows are paired by the keys that the specs state, and their cells compared exactly; rows that no
key names are counted (or, where they only add up, summed) by all they say.  Left out are versions,
numbers that only stand for keys, and columns of one side, which are named.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from pipeline.canonical.tables import TABLES
from pipeline.canonical.typing_sql import literal
from pipeline.metrics.tables import METRICS
from pipeline.settings import GROUP

SIDES = ("before", "after")
SCHEMAS = ("canonical", "metrics", "quarantine")
SAYS_NO_FIGURE = {
    *("content_no", "delivery_no", "closed_by", "ended_by", "seq"),
    *("definition_version", "policy_version"),
    *(name for spec in TABLES.values() for name in spec.numbers),
}
KEYS = {
    **{f"canonical.{spec.name}": ("company", *spec.key) for spec in TABLES.values()},
    **{f"metrics.{metric.name}": metric.key for metric in METRICS.values()},
}
ADDED_UP = {"metrics.attributed_movement": ("quantity", "value")}
# As members of the group were said before codes were told apart by company.
CODE_ALONE = (
    f"CASE WHEN company = '{GROUP}' AND dimension IN ('supplier', 'warehouse') "
    "THEN regexp_replace(member, '^[^/]*/', '') ELSE member END"
)
EXAMPLES = 3


@dataclass(frozen=True)
class Comparison:
    """One table of two databases that a connection knows as `before` and `after`."""

    connection: duckdb.DuckDBPyConnection
    table: str

    @cached_property
    def columns(self) -> dict[str, tuple[str, ...]]:
        """What each side has."""
        schema, name = self.table.split(".")
        found = self.connection.execute(
            "SELECT database_name, list(column_name ORDER BY column_index) FROM duckdb_columns() "
            "WHERE schema_name = $schema AND table_name = $name GROUP BY database_name",
            {"schema": schema, "name": name},
        )
        return {side: tuple(names) for side, names in found.fetchall()}

    @cached_property
    def shared(self) -> tuple[str, ...]:
        """What is compared of a row."""
        before, after = (self.columns[side] for side in SIDES)
        left_out = SAYS_NO_FIGURE - set(KEYS.get(self.table, ()))
        return tuple(name for name in before if name in after and name not in left_out)

    @cached_property
    def key(self) -> tuple[str, ...]:
        """What names one row of either side; nothing where rows are told by all they say."""
        key = KEYS.get(self.table, ())
        is_there = bool(key) and set(key) <= set(self.shared)
        return key if is_there and all(self._names_one_row(key, side) for side in SIDES) else ()

    @cached_property
    def cells(self) -> dict[str, str]:
        """What is compared of a pair, as SQL by name."""
        if self.key:
            return {name: f'"{name}"' for name in self.shared if name not in self.key}
        sums = ADDED_UP.get(self.table, ())
        return {name: f"sum({name})" for name in sums} or {"rows": "count(*)"}

    def lines(self) -> Iterator[str]:
        """What differs, in words; the first line counts."""
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE pairs AS {self._pairs()}")
        any_changed = " OR ".join(map(_changed, self.cells)) or "false"
        only_before, only_after, equal, changed = self._counts(
            "key_after IS NULL",
            "key_before IS NULL",
            f"{BOTH} AND NOT ({any_changed})",
            any_changed,
        )
        yield (
            f"{self.table}: {equal:,} rows equal, {changed:,} changed, "
            f"{only_before:,} only before, {only_after:,} only after"
        )
        if one_sided := {*self.columns["before"]} ^ {*self.columns["after"]}:
            yield f"  not on both sides: {', '.join(sorted(one_sided))}"
        yield from self._alone("before", "key_after IS NULL")
        yield from self._alone("after", "key_before IS NULL")
        for name in self.cells:
            yield from self._cells(name)

    def _alone(self, side: str, where: str) -> Iterator[str]:
        for row in self._rows(f"SELECT key_{side} FROM pairs WHERE {where} LIMIT {EXAMPLES}"):
            yield f"  only {side}: {_said(row[0])}"

    def _cells(self, name: str) -> Iterator[str]:
        count = self._counts(_changed(name))[0]
        if count:
            yield f"  {name}: {count:,} cells changed"
        for key, before, after in self._rows(
            f'SELECT key_before, before."{name}", after."{name}" FROM pairs '
            f"WHERE {_changed(name)} ORDER BY key_before LIMIT {EXAMPLES}"
        ):
            yield f"    {_said(key)}: {before} -> {after}"

    def _pairs(self) -> str:
        before, after = (self._side(side) for side in SIDES)
        return (
            "SELECT b.key AS key_before, a.key AS key_after, b.cells AS before, a.cells AS after "
            f"FROM ({before}) AS b FULL JOIN ({after}) AS a ON b.key IS NOT DISTINCT FROM a.key"
        )

    def _side(self, side: str) -> str:
        names = self.key or [name for name in self.shared if name not in self.cells]
        key = ", ".join(f'"{name}" := {self._name(name)}' for name in names)
        cells = ", ".join(f'"{name}" := {sql}' for name, sql in self.cells.items())
        grouped = "" if self.key else "GROUP BY ALL"
        return (
            f"SELECT struct_pack({key}) AS key, struct_pack({cells}) AS cells "
            f"FROM {side}.{self.table} {grouped}"
        )

    def _name(self, column: str) -> str:
        is_member = column == "member" and "dimension" in self.shared
        return CODE_ALONE if is_member else f'"{column}"'

    def _names_one_row(self, key: tuple[str, ...], side: str) -> bool:
        columns = ", ".join(map(self._name, key))
        query = f"SELECT 1 FROM {side}.{self.table} GROUP BY {columns} HAVING count(*) > 1 LIMIT 1"
        return not self._rows(query)

    def _counts(self, *conditions: str) -> tuple[int, ...]:
        counts = ", ".join(f"count(*) FILTER ({condition})" for condition in conditions)
        return self._rows(f"SELECT {counts} FROM pairs")[0]

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()


BOTH = "key_before IS NOT NULL AND key_after IS NOT NULL"


def _changed(name: str) -> str:
    return f'({BOTH} AND before."{name}" IS DISTINCT FROM after."{name}")'


def _said(key: dict[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in key.items())


def compared(before: Path, after: Path, tables: list[str]) -> Iterator[str]:
    """What differs between two databases: of the given tables, or of all both have."""
    with duckdb.connect() as connection:
        for side, path in zip(SIDES, (before, after), strict=True):
            connection.execute(f"ATTACH {literal(str(path))} AS {side} (READ_ONLY)")
        found = connection.execute(
            "SELECT table_schema || '.' || table_name AS name, list(table_catalog) "
            "FROM information_schema.tables WHERE list_contains($schemas, table_schema) "
            "GROUP BY name ORDER BY name",
            {"schemas": list(SCHEMAS)},
        )
        for table, sides in found.fetchall():
            if tables and table not in tables:
                continue
            if len(sides) < len(SIDES):
                yield f"{table}: only {sides[0]}"
                continue
            yield from Comparison(connection, table).lines()


def main() -> None:
    """Print what differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("tables", nargs="*")
    given = parser.parse_args()
    for line in compared(given.before, given.after, given.tables):
        print(line, flush=True)


if __name__ == "__main__":
    main()
