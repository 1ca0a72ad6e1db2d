"""Which issue a returned unit goes back to.

    linked (same order line):  the line's issues, last unit first
    reversal, not linked:      the issue of the same document, quantity and value; else the latest
                               of the same kind, quantity and value; else as a return
    return, not linked:        the SKU's latest issue in the company, last unit first

Sales take sales returns back; consumption takes back what the floor returns.  A return sees the
issues up to its moment; where no hour is known, those of its whole day, also if the order puts
inflow first.  Of such a later issue it takes only what that did not take from the return itself:

    came   |--- bought 7 ---|-- returned 3 --|
    went   |- issue 5 -|---- issue 5 of the same day ----|
                       |take|  2 of the later issue lay there before; the third unit
                               goes back to the issue before
"""

from collections.abc import Sequence
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
_WHOLE_DAY = 2**62
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
    first_return = lines.filter(_RETURNED).group_by(_LINE).agg(first=nw.col("seq").min())
    last_issue = lines.filter(~_RETURNED).group_by(_LINE).agg(last=nw.col("seq").max())
    between = first_return.join(last_issue, on=list(_LINE), how="inner").filter(
        nw.col("first") < nw.col("last")
    )
    return nw.concat([unlinked.select("item_no"), between.select("item_no")]).unique()


def in_turn(rows: pl.LazyFrame) -> pl.DataFrame:
    """Issues and returns of items and families, each return after the issues it may go back to.

    Adds `is_return` and, as positive numbers, `size`.
    """
    is_return = pl.col("quantity_e6") > 0
    linked = pl.col("order_line_key").is_not_null()
    until = pl.when(~linked).then("until_seq").fill_null(_WHOLE_DAY)
    return (
        rows.with_columns(
            is_return=is_return,
            size=pl.col("quantity_e6").abs(),
            until=pl.when(is_return).then(until).otherwise("seq"),
            turn=pl.when(~is_return)
            .then(0)
            .when(linked)
            .then(1)
            .when("is_reversal")
            .then(2)
            .otherwise(3),
        )
        .sort("item_no", "family", "day", "until", "turn", "seq", "movement_no")
        .collect()
    )


def stacked_pairs(rows: pl.DataFrame) -> list[Pair]:
    """Returns of items that need it, one after the other: issues are put on, returns taken off.

    Takes the rows `in_turn`, with `queue`, `came_before` and `went_before` of each in its queue;
    `issue_at` counts from the issue's last unit, as it does in `return_pairs`.
    """
    stack = _Stack(rows)
    of_line, same = _issues_of_lines(rows), _same_issues(rows)
    returns = rows.with_row_index("now").filter("is_return")
    for now, *line in returns.select("now", *_LINE).iter_rows():
        if line[-1] is not None:
            stack.give_back_to(now, of_line.get(tuple(line), []))
        elif not stack.take_back(now, same.get(now, ())):
            stack.give_back(now)
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


def _same_issues(rows: pl.DataFrame) -> dict[int, list[int]]:
    """Where the issues stand that say what a reversal says, by where that stands.

    Those of the same document come first, then those of the same kind; of either the latest first.
    """
    numbered = rows.with_row_index("now").with_columns(pl.col("now").cast(pl.Int64))
    value = pl.col("value_e4")
    same = ["item_no", "family", "size", "said"]
    reversals = numbered.filter(
        pl.col("is_return") & pl.col("is_reversal") & pl.col("order_line_key").is_null()
    ).with_columns(said=value)
    issues = numbered.filter(~pl.col("is_return")).with_columns(said=-value)
    met = reversals.join(issues, on=same, how="inner", suffix="_issue", nulls_equal=True).filter(
        pl.col("now_issue") < pl.col("now")
    )
    of_document = met.filter(pl.col("document_key") == pl.col("document_key_issue"))
    of_kind = met.filter(pl.col("kind_no") == pl.col("kind_no_issue"), pl.col("said").is_not_null())
    found: dict[int, list[int]] = {}
    for part in (of_document, of_kind):
        ordered = part.sort("now", "now_issue", descending=[False, True])
        for now, issue in ordered.select("now", "now_issue").iter_rows():
            found.setdefault(now, []).append(issue)
    return found


class _Stack:
    """Issues by place, the one posted before each, and how much of them was given back."""

    def __init__(self, rows: pl.DataFrame) -> None:
        self.row = ints(rows["row"])
        self.size = ints(rows["size"])
        self.before = _issue_before(rows)
        self.queue = ints(rows["queue"])
        self.came_before = ints(rows["came_before"])
        self.went_before = ints(rows["went_before"])
        self.given: dict[int, int] = {}
        self.below: dict[int, int] = {}
        self.found: list[Pair] = []

    def take_back(self, now: int, issues: Sequence[int]) -> bool:
        """Gives a reversal to the first of the issues that is still there whole, if any is."""
        size = int(self.size[now])
        for place in issues:
            if not self.given.get(place, 0) and self._not_of(now, place) == size:
                self._take(now, 0, size, place)
                return True
        return False

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
            elif at < size:  # it has something left, but only for others
                self.below.update(dict.fromkeys(passed, place))
                passed = []
            else:
                break
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
        passed_over = int(self.size[place]) - self._not_of(now, place)
        begin = max(given, passed_over)
        length = min(wanted, int(self.size[place]) - begin)
        if length > 0:
            self.found.append((int(self.row[now]), int(self.row[place]), at, begin, length))
            self.given[place] = begin + length
        return max(length, 0)

    def _not_of(self, now: int, place: int) -> int:
        """How many units of an issue cannot be of the return, since they lay there before it."""
        size, is_later = int(self.size[place]), self.row[place] > self.row[now]
        if self.queue[place] != self.queue[now] or not is_later:
            return size
        return max(0, min(size, int(self.came_before[now] - self.went_before[place])))
