"""The attributed ledger, kept up with the stock ledger: new rows extend it, old ones rebuild items.

What a load touched stands in `canonical.touched` until this has made its facts, in the same
transaction that forgets it: a killed run makes them again.  Whether an item's earlier rows are
still those that were attributed is not trusted but summed up: `facts.attributed_item` keeps a
checksum of each item's rows, `facts.attributed_until` the delivery they reach to.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import polars as pl

from pipeline.canonical.movement_kinds import IN_TRANSIT
from pipeline.canonical.typing_sql import literal
from pipeline.metrics import annulled, fact_schemas
from pipeline.metrics.attribution import Attribution, attributed_in_turn
from pipeline.metrics.conversions import attributed_conversions, items_that_meet
from pipeline.metrics.fact_schemas import LEDGER
from pipeline.metrics.fixed_point import refuse_overflow, stacked
from pipeline.metrics.incremental import Rebuilding, extend, items_to_rebuild
from pipeline.metrics.open_layers import OPEN_LAYERS
from pipeline.stages.progress import Say
from pipeline.stages.published_views import ATTRIBUTED
from pipeline.warehouse import Warehouse, tell_links_apart
from pipeline.wording import counted

OPEN_LAYER = "facts.open_layer"
ANNULLED = "facts.annulled"
"""Outflows that are none: taken back whole, or never out of their warehouse."""
STALE = "facts.stale"
"""From which day on the daily table does not yet say what the attributed ledger says."""
ITEM = "facts.attributed_item"
UNTIL = "facts.attributed_until"
STORED = {name: kind for name, kind in fact_schemas.ATTRIBUTED.items() if name != "company"}
"""What is kept of an attributed row: its item says the company."""
CONVERSIONS = """
SELECT movement_no, item_no, conversion_key FROM {table} WHERE conversion_key IS NOT NULL
"""
CONVERTED = "(SELECT item_no FROM canonical.stock_movement WHERE conversion_key IS NOT NULL)"
ROWS_A_PART = 700_000
"""Movements attributed at once: bounds the memory of a full build."""
PARTS_READ_AT_ONCE = 4
"""So many parts of the ledger are held beside the one that is attributed."""

MOST_REBUILT = 0.5
"""From this share of movements in items to rebuild on, building everything again is quicker."""

MAGNITUDE = """
SELECT sum(abs(value))::DOUBLE, sum(abs(quantity))::DOUBLE FROM canonical.stock_movement
"""
# Of integers only, which DuckDB's hash spreads well (unlike text).
CHECKSUM = """
SELECT item_no, count(*) AS rows, sum(hash(movement_no, content_no, seq, value)) AS checksum
FROM canonical.stock_movement
"""
REACHED = "SELECT company, max(delivery_no) AS delivery_no FROM canonical.delivery GROUP BY company"


@dataclass(frozen=True)
class Changed:
    """What the facts stage did."""

    rows: int
    first_day: int | None  # the smallest day on which anything changed; None: nothing did
    rebuilt_items: int | None = 0  # None: all


def keep_up(warehouse: Warehouse, say: Say) -> Changed:
    """Bring the attributed ledger up to the stock ledger.

    Raises:
        DataRefused: the ledger's sums might not fit into 64 bits.
    """
    is_there = warehouse.has(ATTRIBUTED)
    if not is_there:
        _make(warehouse)
    tell_links_apart(warehouse)
    first_day = warehouse.value("SELECT min(first_day) FROM canonical.touched")
    if first_day is None:
        say("attribution: nothing changed")
        return Changed(0, None)
    refuse_overflow(*warehouse.rows(MAGNITUDE)[0])
    keeping = _KeepingUp(warehouse, say)
    return keeping.extend(first_day) if is_there else keeping.build(first_day)


class _KeepingUp:
    """One pass of the facts stage, in one transaction."""

    def __init__(self, warehouse: Warehouse, say: Say) -> None:
        self.warehouse, self.say = warehouse, say
        self.ledger = warehouse.text("canonical/ledger")
        self.conversions = warehouse.frame(CONVERSIONS.format(table="canonical.stock_movement"))
        self.in_transit: dict[str, int] = dict(
            warehouse.rows(
                "SELECT company, warehouse_no FROM canonical.warehouse WHERE warehouse = $code",
                {"code": IN_TRANSIT},
            )
        )

    def build(self, first_day: int) -> Changed:
        """Everything, from the whole ledger."""
        movements = self.warehouse.value("SELECT count(*) FROM canonical.stock_movement")
        written = 0
        with self.warehouse.transaction():
            for table in (ATTRIBUTED, OPEN_LAYER, ANNULLED, ITEM):
                self.warehouse.execute(f"DELETE FROM {table}")
            for part in self._attributed(1 + movements // ROWS_A_PART):
                written += self.warehouse.insert(ATTRIBUTED, part.attributed.select(*STORED))
                self.warehouse.insert(OPEN_LAYER, part.open_layers)
                self.warehouse.insert(ANNULLED, part.annulled)
            self._remember("true")
        self.say(f"attribution: {counted(movements, 'movement')} in {counted(written, 'piece')}")
        return Changed(written, first_day, None)

    def _attributed(self, parts: int) -> Iterator[Attribution]:
        """The whole ledger attributed, one part of the items after the other."""
        yield from attributed_in_turn(self._in_parts(parts), self.in_transit)
        if self.conversions.height:
            converted = self.warehouse.frame(f"{self.ledger} WHERE item_no IN {CONVERTED}")
            yield attributed_conversions(converted, self.conversions, self.in_transit, parts)

    def _in_parts(self, parts: int) -> Iterator[pl.DataFrame]:
        """The ledger of all items without conversions, cut by item; some parts are read at once."""
        columns = f"{', '.join(LEDGER)}, (hash(item_no) % {parts})::INTEGER AS part"
        plain = f"item_no NOT IN {CONVERTED}" if self.conversions.height else "true"
        for first in range(0, parts, PARTS_READ_AT_ONCE):
            numbers = range(first, min(first + PARTS_READ_AT_ONCE, parts))
            rows = self.warehouse.frame(
                f"SELECT {columns} FROM ({self.ledger}) "
                f"WHERE part BETWEEN {numbers[0]} AND {numbers[-1]} AND {plain}"
            )
            for number in numbers:
                yield rows.filter(part=number)
            del rows  # before the next ones are read: the memory of both is the peak of a build

    def extend(self, first_day: int) -> Changed:
        """New rows on top of what is open; items whose history changed, whole."""
        is_new = self._is_new()
        rows = self.warehouse.frame(f"{self.ledger} WHERE {TOUCHED} AND {is_new}")
        changed = self._changed_items(is_new)
        layers = self.warehouse.frame(f"FROM {OPEN_LAYER} WHERE {TOUCHED}")
        again = self._with_what_they_became(items_to_rebuild(layers, rows, changed), rows)
        if self._share(again) > MOST_REBUILT:
            return self.build(first_day)
        whole = Rebuilding(again, self._whole(again), self.conversions)
        done = extend(layers, rows, whole, self.in_transit)
        with self.warehouse.transaction():
            self._delete(ATTRIBUTED, done.rebuilt_items)
            self._delete(ANNULLED, done.rebuilt_items)
            self._delete(OPEN_LAYER, done.touched_items)
            written = self.warehouse.insert(ATTRIBUTED, done.attributed.select(*STORED))
            self.warehouse.insert(OPEN_LAYER, done.open_layers)
            self.warehouse.insert(ANNULLED, done.annulled)
            self.warehouse.execute(f"DELETE FROM {ITEM} WHERE {TOUCHED}")
            self._remember(TOUCHED)
        self.say(
            f"attribution: {counted(rows.height, 'new movement')}, "
            f"{counted(len(done.rebuilt_items), 'item')} rebuilt, {counted(written, 'piece')}"
        )
        return Changed(written, first_day, len(done.rebuilt_items))

    def _is_new(self) -> str:
        """SQL of whether a row came after what is attributed.

        Written out company by company: to look it up for every row would cost more than the rest.
        """
        reached = self.warehouse.rows(f"SELECT company, delivery_no FROM {UNTIL} ORDER BY company")
        cases = [f"WHEN {literal(name)} THEN delivery_no > {number}" for name, number in reached]
        return f"(CASE company {' '.join(cases)} ELSE true END)" if cases else "true"

    def _changed_items(self, is_new: str) -> list[int]:
        """Items whose attributed rows are no longer what they were, or are gone."""
        now = f"{CHECKSUM} WHERE {TOUCHED} AND NOT {is_new} GROUP BY item_no"
        found = self.warehouse.rows(
            f"SELECT item_no FROM (FROM {ITEM} WHERE {TOUCHED}) AS was "
            f"FULL JOIN ({now}) AS is_now USING (item_no) "
            "WHERE was.rows IS DISTINCT FROM is_now.rows "
            "OR was.checksum IS DISTINCT FROM is_now.checksum"
        )
        return [row[0] for row in found]

    def _with_what_they_became(self, items: list[int], new_rows: pl.DataFrame) -> list[int]:
        """The items, those of new conversions, and all that any conversion connects with them."""
        known = CONVERSIONS.format(table="canonical.stock_movement_history")
        once = stacked([self.conversions, self.warehouse.frame(known)])
        new = self.conversions.join(new_rows, on="movement_no", how="semi")["item_no"]
        return sorted(items_that_meet({*items, *new}, once))

    def _share(self, items: Collection[int]) -> float:
        """The share of the ledger's movements that lie in some items."""
        if not items:
            return 0.0
        self._name("rebuilding", items)
        return self.warehouse.value(
            "SELECT count(*) FILTER (item_no IN (FROM temp.rebuilding)) / greatest(count(*), 1) "
            "FROM canonical.stock_movement"
        )

    def _whole(self, items: Collection[int]) -> pl.DataFrame:
        self._name("rebuilding", items)
        return self.warehouse.frame(f"{self.ledger} WHERE item_no IN (FROM temp.rebuilding)")

    def _delete(self, table: str, items: Collection[int]) -> None:
        self._name("leaving", items)
        self.warehouse.execute(f"DELETE FROM {table} WHERE item_no IN (FROM temp.leaving)")

    def _name(self, table: str, items: Collection[int]) -> None:
        self.warehouse.hold(table, pl.DataFrame({"item_no": list(items)}, {"item_no": pl.Int64}))

    def _remember(self, where: str) -> None:
        """Write down what is attributed now, and from which day on the daily table is stale."""
        for statement in (
            f"INSERT INTO {ITEM} {CHECKSUM} WHERE {where} GROUP BY item_no",
            f"DELETE FROM {UNTIL}",
            f"INSERT INTO {UNTIL} {REACHED}",
            f"INSERT INTO {STALE} SELECT min(first_day) FROM canonical.touched",
            "DELETE FROM canonical.touched",
        ):
            self.warehouse.execute(statement)


TOUCHED = "item_no IN (SELECT item_no FROM canonical.touched)"


def _make(warehouse: Warehouse) -> None:
    """The tables of the facts, empty: all of them or none."""
    with warehouse.transaction():
        for table, columns in (
            (ATTRIBUTED, STORED),
            (OPEN_LAYER, OPEN_LAYERS),
            (ANNULLED, annulled.ANNULLED),
            (STALE, {"first_day": pl.Int32}),
        ):
            warehouse.replace(table, pl.DataFrame(schema=columns))
        for table, rows in ((ITEM, f"{CHECKSUM} GROUP BY item_no"), (UNTIL, REACHED)):
            warehouse.execute(f"CREATE TABLE {table} AS {rows} LIMIT 0")
