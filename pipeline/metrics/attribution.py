"""The attributed ledger: whose stock moved, and since when it had been there.

    every receipt and every issue of a queue is an interval on a cumulative axis;
    where an issue overlaps a receipt that came before it, it took that receipt's layers;
    where the receipt came after it, nothing was there: the issue is `unattributed`,
    and that part of the receipt passes from its supplier to `unattributed`

    came   |---- 50 of S1, day 1 ----|---- 50 of S2, day 10 ----|
    went   |------- sale of 60, day 20 -------|
           |    50 of S1             | 10 of S2|   40 of S2 are left

Units that came by transfer or return are followed to the issue they were in before.
Sums per company, item, warehouse, day and kind are those of the ledger and of the legs
in the virtual warehouse `in_transit`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl

from pipeline.canonical.movement_kinds import UNATTRIBUTED
from pipeline.metrics.annulled import annulled
from pipeline.metrics.attributed_rows import rows_of
from pipeline.metrics.fact_schemas import LEDGER, FactKind, collected, pinned
from pipeline.metrics.in_transit import transfer_legs, transfer_pairs
from pipeline.metrics.intervals import Flags, Ints, before, cut, ints, repeats, totals
from pipeline.metrics.layer_costing import Pieces, valued
from pipeline.metrics.layer_origins import (
    NO_DAY,
    NO_LOT,
    NOWHERE,
    Layers,
    Links,
    Movements,
    Taken,
    layers_of,
)
from pipeline.metrics.lots import POSITION, QUEUE, names_lots, queued
from pipeline.metrics.open_layers import State, open_layers
from pipeline.metrics.posted_values import added_values
from pipeline.metrics.replay import replayed, replayed_items
from pipeline.metrics.returns import (
    in_turn,
    items_to_stack,
    return_pairs,
    returnable,
    returned_lines,
    stacked_pairs,
)

_POSTED = ("seq", "movement_no")


@dataclass(frozen=True)
class Attribution:
    """The attributed ledger, what is left at the ends of its axes, and which outflows are none."""

    attributed: pl.DataFrame
    open_layers: pl.DataFrame
    annulled: pl.DataFrame

    def leaving_out(self, items: Collection[int]) -> "Attribution":
        """The same without some items."""
        others = ~pl.col("item_no").is_in(list(items))
        return Attribution(
            self.attributed.filter(others),
            self.open_layers.filter(others),
            self.annulled.filter(others),
        )


def together(parts: Iterable[Attribution]) -> Attribution:
    """Attributions of different items as one."""
    done = list(parts)
    return Attribution(
        pl.concat([part.attributed for part in done]),
        pl.concat([part.open_layers for part in done]),
        pl.concat([part.annulled for part in done]),
    )


def attribute(ledger: Any, in_transit: Mapping[str, int], parts: int = 1) -> Attribution:
    """The whole ledger attributed; `in_transit` gives each company's virtual warehouse.

    `parts` cuts the work by item, which bounds memory and is faster on large ledgers.
    """
    return together(attributed_parts(ledger, in_transit, parts))


def attributed_parts(
    ledger: Any, in_transit: Mapping[str, int], parts: int
) -> Iterator[Attribution]:
    """The same, one part of the items after the other."""
    frame: Any = nw.from_native(ledger).lazy()
    mine = (frame.filter(nw.col("item_no") % parts == part) for part in range(parts))
    if parts == 1 or not frame.implementation.is_polars():
        yield from (_attributed(part if parts > 1 else frame, in_transit) for part in mine)
        return
    yield from attributed_in_turn(mine, in_transit)


def attributed_in_turn(
    ledgers: Iterable[Any], in_transit: Mapping[str, int]
) -> Iterator[Attribution]:
    """Ledgers of different items, held in memory, one attributed after the other.

    The next one is worked out while the caller writes the last and brings the one after.
    """
    with ThreadPoolExecutor(max_workers=1) as ahead:
        coming: Future[Attribution] | None = None
        for ledger in ledgers:
            done, coming = (
                coming,
                ahead.submit(_attributed, nw.from_native(ledger).lazy(), in_transit),
            )
            del ledger
            if done is not None:
                yield done.result()
            del done
        if coming is not None:
            yield coming.result()


def _attributed(ledger: nw.LazyFrame[Any], in_transit: Mapping[str, int]) -> Attribution:
    has_lots = names_lots(ledger)
    queue = QUEUE if has_lots else POSITION
    numbered, table = _numbered(queued(ledger) if has_lots else ledger, queue)
    movements = _movements(table, queue)
    links = _links(numbered, table, movements, has_lots=has_lots)
    again = replayed_items(movements)
    taken, filled, standing = _taken(movements, links, again)
    layers = layers_of(movements, links, taken)
    pieces = _pieces(movements, layers, taken)
    fills = _fills(movements, layers, filled)
    added, nobodys = added_values(movements, layers, standing, pieces)
    values = valued(movements, layers, pieces, added, fills)
    state = State(movements, layers, pieces, links, filled, fills, values)
    return Attribution(
        rows_of(state, added, nobodys, table, in_transit),
        open_layers(state, table, in_transit),
        annulled(movements, links, table),
    )


# ---------------------------------------------------------------- what the engine does


def _numbered(
    ledger: nw.LazyFrame[Any], queue: tuple[str, ...]
) -> tuple[nw.LazyFrame[Any], pl.DataFrame]:
    """The ledger in order of queues and posting, with row numbers; where it lives and here."""
    types = {**LEDGER, **dict.fromkeys(queue, pl.Int64)}
    columns = ledger.select(*types)
    if columns.implementation.is_polars():
        table = _in_order(collected(columns), queue).with_columns(
            row=pl.int_range(pl.len(), dtype=pl.Int64)
        )
        return nw.from_native(table.lazy()), table
    numbered = columns.with_row_index("row", order_by=(*queue, *_POSTED)).with_columns(
        row=nw.col("row").cast(nw.Int64)
    )
    types["row"] = pl.Int64
    return numbered, collected(numbered).sort("row").select(
        pl.col(name).cast(kind) for name, kind in types.items()
    )


def _in_order(table: pl.DataFrame, queue: tuple[str, ...]) -> pl.DataFrame:
    """The rows in order of queues and posting."""
    if (table["kind_no"] == FactKind.CONVERTED).any():
        # Conversions make several rows of one movement.
        return table.sort(*queue, *_POSTED, "received_day", "supplier_no")
    # numpy sorts integers one column after the other, in a third of the time that a sort by all
    # of them takes; and of many chunks rows are gathered ten times as slowly as of one.
    *first, last = (ints(table[name]) for name in (*queue, *_POSTED))
    places = np.lexsort(first[::-1])
    if np.logical_and.reduce([repeats(key[places]) for key in first]).any():
        places = np.lexsort([last, *first[::-1]])
    return table.rechunk()[places]


def _links(
    numbered: nw.LazyFrame[Any], table: pl.DataFrame, movements: Movements, *, has_lots: bool
) -> Links:
    """Where transfers and returns come from."""
    legs = pinned(transfer_legs(numbered))
    transfers = _integers(collected(transfer_pairs(legs, has_lots=has_lots)))
    lines = pinned(returned_lines(numbered))
    items = collected(items_to_stack(numbered, lines))["item_no"].to_list()
    linked = _integers(collected(return_pairs(lines, items)))
    stacked = _stacked(table, items, movements)
    returns = pl.concat([linked, stacked])
    # Returns count from the last unit of an issue, everything else from its first.
    size = -table["quantity_e6"].gather(returns["issue"])
    returns = returns.with_columns(issue_at=size - pl.col("issue_at") - pl.col("length"))
    both = pl.concat([transfers, returns])
    return Links(
        receipt=ints(both["receipt"]),
        at=ints(both["at"]),
        length=ints(both["length"]),
        issue=ints(both["issue"]),
        issue_at=ints(both["issue_at"]),
        backwards=np.arange(len(both)) >= len(transfers),
    )


_PAIR = ("receipt", "issue", "at", "issue_at", "length")


def _integers(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(pl.col(*_PAIR).cast(pl.Int64))


def _stacked(table: pl.DataFrame, items: list[int], movements: Movements) -> pl.DataFrame:
    if not items:
        return pl.DataFrame(schema=dict.fromkeys(_PAIR, pl.Int64))
    first = movements.queue
    placed = table.with_columns(
        queue=first,
        came_before=movements.came_before - movements.came_before[first],
        went_before=movements.went_before - movements.went_before[first],
    )
    mine: Any = returnable(
        nw.from_native(placed.lazy().filter(pl.col("item_no").is_in(items)))
    ).to_native()
    found = stacked_pairs(in_turn(mine))
    return pl.DataFrame(found, schema=dict.fromkeys(_PAIR, pl.Int64), orient="row")


def _movements(table: pl.DataFrame, queue: tuple[str, ...]) -> Movements:
    item, quantity = ints(table["item_no"]), ints(table["quantity_e6"])
    goes_on = np.ones(len(item), dtype=np.bool_)
    for name in queue:
        goes_on &= repeats(ints(table[name]))
    begin = np.maximum.accumulate(np.where(goes_on, 0, np.arange(len(item))))
    came, went = np.maximum(quantity, 0), np.maximum(-quantity, 0)
    came_before, went_before = before(came), before(went)
    return Movements(
        item=item,
        queue=begin,
        kind=ints(table["kind_no"]),
        day=ints(table["day"]),
        seq=ints(table["seq"]),
        movement=ints(table["movement_no"]),
        quantity=quantity,
        value=ints(table["value_e4"].fill_null(0)),
        has_value=table["value_e4"].is_not_null().to_numpy(),
        supplier=ints(table["supplier_no"].fill_null(UNATTRIBUTED)),
        received=ints(table["received_day"].cast(pl.Int64).fill_null(NO_DAY)),
        lot=ints(table["lot_no"].fill_null(NO_LOT)),
        order_line=ints(table["order_line_key"].fill_null(0)),
        came=came,
        came_before=came_before,
        went=went,
        went_before=went_before,
    )


# ---------------------------------------------------------------- quantities, queue by queue


def _taken(movements: Movements, links: Links, again: Flags) -> tuple[Taken, Taken, Taken]:
    """What issues took or lacked; what filled their holes; what stood there at revaluations."""
    met, standing = _on_axes(movements), _standing(movements, again)
    if again.any():
        more = replayed(movements, np.flatnonzero(again), links)
        met = met.rows(~again[met.issue]).followed_by(Taken.of(more.taken))
        seen = Taken.of(more.standing)
        standing = standing.followed_by(seen.rows(movements.value[seen.issue] != 0))
    is_late = met.receipt > met.issue
    return _with_holes(movements, met.rows(~is_late)), met.rows(is_late), standing


def _on_axes(movements: Movements) -> Taken:
    """Where receipts and issues meet, counted from the first unit of either."""
    issues = np.flatnonzero(movements.went > 0)
    low = _on_receipts(movements, issues)
    came = np.append(movements.came_before, movements.came.sum())
    end = came[np.searchsorted(movements.queue, movements.queue[issues], side="right")]
    return _receipts_at(movements, issues, low, np.minimum(low + movements.went[issues], end))


def _on_receipts(movements: Movements, rows: Ints) -> Ints:
    """How far the issues before each row reach on the axis of all receipts."""
    begin = movements.queue[rows]
    gone = movements.went_before[rows] - movements.went_before[begin]
    return movements.came_before[begin] + gone


def _receipts_at(movements: Movements, rows: Ints, low: Ints, high: Ints) -> Taken:
    """What lies between two places of the axis of all receipts, for each row that names them."""
    keep = low < high
    rows, low, high = rows[keep], low[keep], high[keep]
    receipts = np.flatnonzero(movements.came > 0)
    tile = movements.came_before[receipts]
    cuts = cut(tile, int(movements.came.sum()), low, high)
    return Taken(
        issue=rows[cuts.stretch],
        issue_at=cuts.start - low[cuts.stretch],
        receipt=receipts[cuts.tile],
        at=cuts.start - tile[cuts.tile],
        length=cuts.end - cuts.start,
    )


def _with_holes(movements: Movements, taken: Taken) -> Taken:
    """The takings and, last of each issue, what it lacked, ordered along the issues."""
    there = totals(taken.issue, taken.length, len(movements))
    short = np.flatnonzero(there < movements.went)
    issue = np.concatenate([taken.issue, short])
    issue_at = np.concatenate([taken.issue_at, there[short]])
    order = np.argsort(movements.went_before[issue] + issue_at, kind="stable")
    nothing = np.full(len(short), NOWHERE, dtype=np.int64)
    return Taken(
        issue=issue[order],
        issue_at=issue_at[order],
        receipt=np.concatenate([taken.receipt, nothing])[order],
        at=np.concatenate([taken.at, np.zeros(len(short), dtype=np.int64)])[order],
        length=np.concatenate([taken.length, (movements.went - there)[short]])[order],
    )


def _standing(movements: Movements, again: Flags) -> Taken:
    """Stretches of receipts that lay in the queue when a value was posted without quantity."""
    rows = np.flatnonzero((movements.quantity == 0) & (movements.value != 0) & ~again)
    return _receipts_at(movements, rows, _on_receipts(movements, rows), movements.came_before[rows])


# ---------------------------------------------------------------- quantities, layer by layer


def _pieces(movements: Movements, layers: Layers, taken: Taken) -> Pieces:
    """The takings, cut where a receipt passes from one layer to the next."""
    known = np.maximum(taken.receipt, 0)
    simple = (taken.receipt == NOWHERE) | (layers.count[known] == 1)
    mixed = np.flatnonzero(~simple)
    start = movements.came_before[taken.receipt[mixed]] + taken.at[mixed]
    cuts = cut(layers.start, layers.axis_end, start, start + taken.length[mixed])
    counts = np.ones(len(simple), dtype=np.int64)
    counts[mixed] = np.bincount(cuts.stretch, minlength=len(mixed))
    index = np.repeat(np.arange(len(simple), dtype=np.int64), counts)
    layer = np.where(taken.receipt == NOWHERE, NOWHERE, layers.first[known])[index]
    quantity, issue_at = taken.length[index], taken.issue_at[index]
    inner = np.flatnonzero(~simple[index])
    layer[inner] = cuts.tile
    quantity[inner] = cuts.end - cuts.start
    issue_at[inner] += cuts.start - start[cuts.stretch]
    return Pieces(taken.issue[index], issue_at, layer, quantity)


def _fills(movements: Movements, layers: Layers, filled: Taken) -> Ints:
    """How much of each layer filled a hole when it came."""
    start = movements.came_before[filled.receipt] + filled.at
    cuts = cut(layers.start, layers.axis_end, start, start + filled.length)
    return totals(cuts.tile, cuts.end - cuts.start, len(layers.receipt))
