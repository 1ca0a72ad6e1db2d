"""Which issue a returned unit goes back to.

    linked (same order line):  the line's issues, last unit first
    not linked:                the SKU's latest issue in the company, last unit first

Sales take sales returns back; consumption takes back what the floor returns.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import narwhals as nw

from pipeline.canonical.kinds import Kind
from pipeline.metrics.in_transit import pairs

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


def stacked_pairs(rows: Iterable[tuple[Any, ...]]) -> list[tuple[int, int, int, int, int]]:
    """Returns of items that need it, one after the other: issues are put on, returns taken off.

    Takes (row, item, family, order line, size, is a return) in the order of posting, linked
    returns after the issues of their day; gives (receipt, issue, at, issue_at, length) with
    `issue_at` counted from the issue's last unit, as `return_pairs` does.
    """
    issued: dict[tuple[int, int], list[list[int]]] = defaultdict(list)
    of_line: dict[tuple[int, int, int], list[list[int]]] = defaultdict(list)
    found: list[tuple[int, int, int, int, int]] = []
    for row, item, family, line, size, returned in rows:
        if not returned:
            entry = [row, 0, size]
            issued[item, family].append(entry)
            if line is not None:
                of_line[item, family, line].append(entry)
            continue
        stack = issued[item, family] if line is None else of_line[item, family, line]
        at = 0
        while at < size and stack:
            entry = stack[-1]
            length = min(size - at, entry[2] - entry[1])
            if length:
                found.append((row, entry[0], at, entry[1], length))
                at += length
                entry[1] += length
            if entry[1] == entry[2]:
                stack.pop()
    return found
