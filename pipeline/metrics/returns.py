"""Which issue a returned unit goes back to.

    linked (same order line):  the line's issues, last unit first
    not linked:                the SKU's latest issue in the company, last unit first

Sales take sales returns back; consumption takes back what the floor returns.
"""

from typing import Any

import narwhals as nw
import numpy as np
import polars as pl

from pipeline.canonical.movement_kinds import Kind
from pipeline.metrics.in_transit import pairs
from pipeline.metrics.intervals import Ints, ints, repeats
from pipeline.metrics.layer_origins import NOWHERE

Pair = tuple[int, int, int, int, int]
"""Row of the receipt, row of the issue, where in either, length."""

SALES = (Kind.SALE.value, Kind.SALE_RETURN.value)
CONSUMPTION = (Kind.PRODUCTION_ISSUE.value,)
RETURNABLE = (*SALES, *CONSUMPTION)

_LINE = ("item_no", "family", "order_line_key")
_QUANTITY = nw.col("quantity_e6")
_RETURNED = _QUANTITY > 0
_FAMILY = nw.when(nw.col("kind_no").is_in(list(SALES))).then(1).otherwise(0)


def returnable(movements: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Issues that can be given back, and what was given back."""
    return movements.filter(nw.col("kind_no").is_in(list(RETURNABLE)), _QUANTITY != 0).with_columns(
        family=_FAMILY
    )


def returned_lines(movements: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Issues and returns of the order lines on which something was returned."""
    rows = returnable(movements).select(*_LINE, "row", "day", "seq", "movement_no", "quantity_e6")
    lines = rows.filter(_RETURNED).select("order_line_key").unique()
    return rows.join(lines, on="order_line_key", how="semi")


def return_pairs(lines: nw.LazyFrame[Any], stacked: list[int]) -> nw.LazyFrame[Any]:
    """Linked returns of order lines whose issues all came first, leaving out the given items.

    The returns walk the line's issues from the end: both axes begin at the last unit issued.
    """
    rows = lines.filter(~nw.col("item_no").is_in(stacked))
    returned = rows.filter(_RETURNED).select(
        *_LINE, "row", first="seq", second="movement_no", size=_QUANTITY
    )
    issued = rows.filter(~_RETURNED).select(
        *_LINE, "row", first=-nw.col("seq"), second=-nw.col("movement_no"), size=-_QUANTITY
    )
    return pairs(returned, issued, _LINE, ("first", "second"))


def items_to_stack(movements: nw.LazyFrame[Any], lines: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Items with a return that is not linked, or posted between the issues of its order line."""
    unlinked = returnable(movements).filter(_RETURNED, nw.col("order_line_key").is_null())
    first_return = lines.filter(_RETURNED).group_by(_LINE).agg(first=nw.col("day").min())
    last_issue = lines.filter(~_RETURNED).group_by(_LINE).agg(last=nw.col("day").max())
    between = first_return.join(last_issue, on=list(_LINE), how="inner").filter(
        nw.col("first") < nw.col("last")
    )
    return nw.concat([unlinked.select("item_no"), between.select("item_no")]).unique()


def stacked_pairs(rows: pl.DataFrame) -> list[Pair]:
    """Returns of items that need it, one after the other: issues are put on, returns taken off.

    Takes `row`, `family`, `item_no`, `order_line_key`, `size`, `is_return` in the order of posting,
    linked returns after the issues of their day; `issue_at` counts from the issue's last unit, as
    it does in `return_pairs`.
    """
    stack = _Stack(ints(rows["row"]), ints(rows["size"]), _issue_before(rows))
    of_line = _issues_of_lines(rows)
    returns = rows.with_row_index("now").filter("is_return")
    for now, *line in returns.select("now", *_LINE).iter_rows():
        if line[-1] is None:
            stack.give_back(now)
        else:
            stack.give_back_to(now, of_line.get(tuple(line), []))
    return stack.found


def _issue_before(rows: pl.DataFrame) -> Ints:
    """Where the latest issue before each row stands, of the same item and family."""
    place = np.arange(len(rows), dtype=np.int64)
    is_return = rows["is_return"].to_numpy()
    group = ints(rows["item_no"]) * 2 + ints(rows["family"])
    begin = np.maximum.accumulate(np.where(repeats(group), 0, place))
    latest = np.maximum.accumulate(np.where(is_return, NOWHERE, place))
    before = np.full(len(rows), NOWHERE, dtype=np.int64)
    before[1:] = latest[:-1]
    return np.where(before < begin, NOWHERE, before)


def _issues_of_lines(rows: pl.DataFrame) -> dict[tuple[int, ...], list[int]]:
    """Where the issues of every order line stand that something was returned on."""
    returned = rows.filter("is_return").select("order_line_key")
    issued = (
        rows.with_row_index("now")
        .filter(~pl.col("is_return"))
        .join(returned, on="order_line_key", how="semi")
    )
    found: dict[tuple[int, ...], list[int]] = {}
    for *line, now in issued.select(*_LINE, "now").iter_rows():
        found.setdefault(tuple(line), []).append(now)
    return found


class _Stack:
    """Issues by place, the one posted before each, and how much of them was given back."""

    def __init__(self, row: Ints, size: Ints, before: Ints) -> None:
        self.row = row
        self.size = size
        self.before = before
        self.given: dict[int, int] = {}
        self.below: dict[int, int] = {}
        self.found: list[Pair] = []

    def give_back(self, now: int) -> None:
        """Gives a return to the latest issues that have something left."""
        at, size, place = 0, int(self.size[now]), int(self.before[now])
        passed: list[int] = []
        while at < size and place != NOWHERE:
            if place in self.below:
                passed.append(place)
                place = self.below[place]
                continue
            at += self._take(now, at, size - at, place)
            if self.given[place] == self.size[place]:
                passed.append(place)
                place = int(self.before[place])
        self.below.update(dict.fromkeys(passed, place))

    def give_back_to(self, now: int, issues: list[int]) -> None:
        """Gives a return to the issues of its own order line, the latest first."""
        at, size = 0, int(self.size[now])
        for place in reversed(issues):
            if place < now and at < size:
                at += self._take(now, at, size - at, place)

    def _take(self, now: int, at: int, wanted: int, place: int) -> int:
        given = self.given.setdefault(place, 0)
        length = min(wanted, int(self.size[place]) - given)
        if length:
            self.found.append((int(self.row[now]), int(self.row[place]), at, given, length))
            self.given[place] = given + length
        return length
