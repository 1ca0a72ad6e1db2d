"""Stock that became another item: what came out keeps the age and the suppliers of what went in.

    went in     4 of A from S1, day 1, worth 40      6 of B from S2, day 9, worth 60
    came out    20 of C, worth 110:
                8 from S1, day 1, worth 44           12 from S2, day 9, worth 66

Quantities of different items have no common measure, so what went in counts by its value; by its
quantity only where none of it has a value.  What came out is split by the same shares, oldest
first, whatever its lines are called; a line whose conversion lacks the other side stays what its
kind says.

What an issue takes depends on what was posted before it, so the items of conversions are
attributed again until no layer changes: once more for every conversion of converted goods.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import narwhals as nw
import polars as pl

from pipeline.canonical.movement_kinds import UNATTRIBUTED
from pipeline.metrics.attribution import Attribution, attribute, attributed_parts, together
from pipeline.metrics.fact_schemas import LEDGER, FactKind, collected
from pipeline.metrics.fixed_point import stacked
from pipeline.metrics.intervals import ints, shares

CONVERSIONS: dict[str, Any] = {
    "movement_no": pl.Int64,
    "item_no": pl.Int64,
    "conversion_key": pl.Int64,
}
"""Which movements are lines of one conversion."""
NO_CONVERSIONS = pl.DataFrame(schema=CONVERSIONS)

_LAYER = ("movement_no", "supplier_no", "received_day", "quantity_e6", "value_e4")
_IS_LINE = pl.col("kind_no") == FactKind.CONVERTED


def attributed_with_conversions(
    ledger: Any, conversions: pl.DataFrame, in_transit: Mapping[str, int], parts: int = 1
) -> Iterator[Attribution]:
    """The ledger attributed, one part of the items after the other; converted items come last."""
    if conversions.is_empty():
        yield from attributed_parts(ledger, in_transit, parts)
        return
    frame: Any = nw.from_native(ledger).lazy()
    converted = nw.col("item_no").is_in(conversions["item_no"].unique().to_list())
    yield from attributed_parts(frame.filter(~converted), in_transit, parts)
    yield attributed_conversions(collected(frame.filter(converted)), conversions, in_transit, parts)


def items_that_meet(items: Collection[int], conversions: pl.DataFrame) -> set[int]:
    """The items and all that conversions connect with them, directly or through others."""
    met = set(items)
    while True:
        lines = conversions.filter(pl.col("item_no").is_in(list(met))).select("conversion_key")
        more = conversions.join(lines, on="conversion_key", how="semi")["item_no"]
        if met.issuperset(more):
            return met
        met.update(more)


def attributed_conversions(
    ledger: pl.DataFrame, conversions: pl.DataFrame, in_transit: Mapping[str, int], parts: int = 1
) -> Attribution:
    """The ledger of the items of conversions attributed."""
    rows = ledger.select(pl.col(name).cast(kind) for name, kind in LEDGER.items())
    lines = _lines(rows, conversions)
    kinds = rows.join(lines, on="movement_no", how="semi").select("movement_no", "kind_no")
    is_line = pl.col("movement_no").is_in(kinds["movement_no"].implode())
    kind = pl.when(is_line).then(pl.lit(FactKind.CONVERTED.value, pl.Int8)).otherwise("kind_no")
    rows = rows.with_columns(kind.alias("kind_no"))
    layers = _of_nobody(rows)
    found = attribute(_in_layers(rows, layers), in_transit, parts)
    for _ in range(lines["conversion_key"].n_unique()):
        now = _layers(rows, lines, found.attributed)
        changed = _items_of(rows, now, layers)
        if not changed:
            break
        layers = now
        again = _in_layers(rows.filter(pl.col("item_no").is_in(changed)), layers)
        found = together([found.leaving_out(changed), attribute(again, in_transit)])
    return Attribution(_named(found.attributed, kinds), found.open_layers, found.annulled)


def _lines(rows: pl.DataFrame, conversions: pl.DataFrame) -> pl.DataFrame:
    """movement_no, conversion_key of all lines that move stock and have another side."""
    moved = rows.filter(pl.col("quantity_e6") != 0).select("movement_no", "quantity_e6")
    came = pl.col("quantity_e6") > 0
    return (
        conversions.join(moved, on="movement_no", how="inner")
        .filter((came.any() & ~came.all()).over("conversion_key"))
        .select("movement_no", "conversion_key")
    )


def _of_nobody(rows: pl.DataFrame) -> pl.DataFrame:
    """What came out of conversions, as long as nobody knows what it was before."""
    return rows.filter(_IS_LINE, pl.col("quantity_e6") > 0).select(
        "movement_no",
        pl.lit(UNATTRIBUTED, pl.Int64).alias("supplier_no"),
        pl.col("day").alias("received_day"),
        "quantity_e6",
        "value_e4",
    )


def _layers(rows: pl.DataFrame, lines: pl.DataFrame, attributed: pl.DataFrame) -> pl.DataFrame:
    """What came out of conversions, split as what went in was made up."""
    origin = ("conversion_key", "supplier_no", "received_day")
    went = (
        attributed.filter(_IS_LINE, pl.col("quantity_e6") < 0)
        .join(lines, on="movement_no")
        .group_by(origin)
        .agg(-pl.col("quantity_e6").sum(), (-pl.col("value_e4").sum()).clip(lower_bound=0))
        .rename({"quantity_e6": "went", "value_e4": "worth"})
    )
    weight = pl.when(pl.col("worth").sum().over("conversion_key") > 0).then("worth")
    went = went.with_columns(weight.otherwise("went").alias("weight")).select(*origin, "weight")
    came = rows.filter(_IS_LINE, pl.col("quantity_e6") > 0).join(lines, on="movement_no")
    split = (
        came.select("movement_no", "conversion_key", "day", "quantity_e6", "value_e4")
        .join(went, on="conversion_key")
        # Of what was not there when it went in, nothing is known but the day it came out.
        .with_columns(pl.col("received_day").fill_null(pl.col("day")))
        .group_by("movement_no", "supplier_no", "received_day", "quantity_e6", "value_e4")
        .agg(pl.col("weight").sum())
        .sort("movement_no", "received_day", "supplier_no")
    )
    split = _shared(split, "quantity_e6", "weight").filter(pl.col("quantity_e6") > 0)
    return _shared(split, "value_e4", "quantity_e6").select(_LAYER)


def _shared(split: pl.DataFrame, total: str, weight: str) -> pl.DataFrame:
    """The total of each movement, which all its rows repeat, split by the weights of the rows."""
    if split.is_empty():
        return split
    movements = split.group_by("movement_no", maintain_order=True).agg(pl.len(), pl.first(total))
    whole = movements[total].fill_null(0)
    counts = ints(movements["len"])
    parts = shares(ints(whole.abs()), ints(split[weight]), counts)
    signed = pl.lit(pl.Series(parts)) * pl.col(total).sign()
    return split.with_columns(signed.cast(pl.Int64).alias(total))


def _items_of(rows: pl.DataFrame, now: pl.DataFrame, before: pl.DataFrame) -> list[int]:
    """Items that something of another layer came out as than was thought."""
    other = [
        one.join(two, on=_LAYER, how="anti", nulls_equal=True).select("movement_no")
        for one, two in ((now, before), (before, now))
    ]
    return rows.join(stacked(other), on="movement_no", how="semi")["item_no"].unique().to_list()


def _in_layers(rows: pl.DataFrame, layers: pl.DataFrame) -> pl.DataFrame:
    """The ledger with what came out of conversions said layer by layer, the oldest first."""
    said = rows.join(layers.select("movement_no"), on="movement_no", how="anti")
    whole = rows.drop("supplier_no", "received_day", "quantity_e6", "value_e4")
    return stacked([said, layers.join(whole, on="movement_no").select(*LEDGER)])


def _named(attributed: pl.DataFrame, kinds: pl.DataFrame) -> pl.DataFrame:
    """The rows with the lines of conversions under the kinds they were posted as."""
    own = kinds.rename({"kind_no": "own"})
    named = attributed.join(own, on="movement_no", how="left", maintain_order="left")
    return named.with_columns(
        pl.when(_IS_LINE).then("own").otherwise("kind_no").alias("kind_no")
    ).drop("own")
