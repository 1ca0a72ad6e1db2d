"""The queues of a SKU in the order of posting, for what overlapping axes cannot say.

That is: issues that take from one supplier's layers (purchase returns and their like), since
they reach into the middle of a queue; and positions where some rows name a lot and an issue takes
of any.  Only SKUs that have such an issue or position come here, whole.

    lies there      |-- 4 of S1, day 1 --|-- 5 of S2 --|-- 3 of S1, day 3 --|
    return to S1: 4             1 <-----------------------------  3
    is left         |-- 3 of S1 --|-- 5 of S2 --|

Quantities only: values are split afterwards, the same way for everybody.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeGuard

import numpy as np

from pipeline.canonical.movement_kinds import OWN_PRODUCTION, UNATTRIBUTED, Kind
from pipeline.metrics.fact_schemas import GIVEN
from pipeline.metrics.intervals import Flags, Ints
from pipeline.metrics.layer_origins import NO_LOT, NOWHERE, Links, Movements

OWN_SUPPLIER_ISSUES = (
    Kind.PURCHASE.value,
    Kind.PURCHASE_RETURN.value,
    Kind.PRODUCTION_RECEIPT.value,
)

Entry = tuple[int, int, int]
"""Receipt, where the stretch begins in it, length."""
Taking = tuple[int, int, int, int, int]
"""Issue, where in it, receipt, where in it, length."""
Link = tuple[int, int, int, int, bool]
"""Where in the receipt, length, issue, where in it, backwards."""


@dataclass
class Replayed:
    """What issues took (or, once a later receipt filled it, lacked), and who stood there when."""

    taken: list[Taking] = field(default_factory=list[Taking])
    standing: list[Taking] = field(default_factory=list[Taking])


@dataclass
class _Queue:
    rows: list[int]
    done: int = 0
    busy: bool = False
    entries: list[Entry] = field(default_factory=list[Entry])
    head: int = 0
    holes: list[tuple[int, int, int]] = field(default_factory=list[tuple[int, int, int]])


def replayed_items(movements: Movements) -> Flags:
    """Rows of the items that have to be replayed."""
    own = np.isin(movements.kind, OWN_SUPPLIER_ISSUES) & (movements.went > 0)
    several_lots = movements.lot != movements.lot[movements.queue]
    return np.isin(movements.item, np.unique(movements.item[own | several_lots]))


def replayed(movements: Movements, rows: Ints, links: Links) -> Replayed:
    """The queues of all items among the rows, which hold every movement of theirs."""
    result = Replayed()
    of_receipt = _links_of(movements, links, rows)
    items = movements.item[rows]
    for mine in np.split(rows, np.flatnonzero(items[1:] != items[:-1]) + 1):
        if len(mine):
            _Item(movements, mine, of_receipt, result).run()
    return result


def _links_of(movements: Movements, links: Links, rows: Ints) -> dict[int, list[Link]]:
    wanted = np.zeros(len(movements), dtype=np.bool_)
    wanted[rows] = True
    index = np.flatnonzero(wanted[links.receipt])
    index = index[np.lexsort((links.at[index], links.receipt[index]))]
    found: dict[int, list[Link]] = {}
    columns: Iterable[tuple[int, int, int, int, int, bool]] = zip(
        links.receipt[index].tolist(),
        links.at[index].tolist(),
        links.length[index].tolist(),
        links.issue[index].tolist(),
        links.issue_at[index].tolist(),
        links.backwards[index].tolist(),
        strict=True,
    )
    for receipt, at, length, issue, issue_at, backwards in columns:
        found.setdefault(receipt, []).append((at, length, issue, issue_at, backwards))
    return found


class _Item:
    """One item: its queues, and what its issues took so far."""

    def __init__(
        self, movements: Movements, rows: Ints, links: dict[int, list[Link]], result: Replayed
    ) -> None:
        self.links = links
        self.result = result
        self.base = int(rows[0])
        block = slice(self.base, self.base + len(rows))
        self.quantity: list[int] = movements.quantity[block].tolist()
        self.kind: list[int] = movements.kind[block].tolist()
        self.supplier: list[int] = movements.supplier[block].tolist()
        self.queue_no: list[int] = movements.queue[block].tolist()
        self.lot: list[int] = movements.lot[block].tolist()
        self.order_line: list[int] = movements.order_line[block].tolist()
        order = np.lexsort((movements.movement[rows], movements.seq[rows]))
        self.order: list[int] = rows[order].tolist()
        self.queues: dict[int, _Queue] = {}
        for row, queue in zip(rows.tolist(), self.queue_no, strict=True):
            self.queues.setdefault(queue, _Queue([])).rows.append(row)
        self.took: dict[int, list[Taking]] = {}

    def run(self) -> None:
        for row in self.order:
            self._ensure(row)

    def _ensure(self, row: int) -> None:
        """Brings a queue up to the row, unless it is itself being waited for."""
        queue = self.queues[self.queue_no[row - self.base]]
        while not queue.busy and queue.done < len(queue.rows) and queue.rows[queue.done] <= row:
            now = queue.rows[queue.done]
            queue.busy = True
            quantity = self.quantity[now - self.base]
            if quantity > 0:
                self._receive(queue, now, quantity)
            elif quantity < 0:
                self._issue(queue, now, -quantity)
            else:
                for receipt, at, length in queue.entries[queue.head :]:
                    if self._is_of_lot(receipt, now):
                        self.result.standing.append((now, 0, receipt, at, length))
            queue.busy = False
            queue.done += 1

    def _receive(self, queue: _Queue, row: int, quantity: int) -> None:
        for _, _, issue, _, _ in self.links.get(row, ()):
            self._ensure(issue)
        at = self._fill_holes(queue, row, quantity) if queue.holes else 0
        if at < quantity:
            queue.entries.append((row, at, quantity - at))

    def _fill_holes(self, queue: _Queue, row: int, quantity: int) -> int:
        """Fills what issues of the receipt's lot lacked, then what issues of any lot did."""
        lot = self.lot[row - self.base]
        at = 0
        for mine in dict.fromkeys((lot, NO_LOT)):
            still: list[tuple[int, int, int]] = []
            for issue, issue_at, lacking in queue.holes:
                is_mine = self.lot[issue - self.base] == mine
                length = min(lacking, quantity - at) if is_mine else 0
                if length:
                    self.result.taken.append((issue, issue_at, row, at, length))
                    at += length
                if length < lacking:
                    still.append((issue, issue_at + length, lacking - length))
            queue.holes = still
        return at

    def _is_of_lot(self, receipt: int, asking: int) -> bool:
        """Whether a movement that may name a lot asks for what a receipt brought."""
        lot = self.lot[asking - self.base]
        return lot in (NO_LOT, self.lot[receipt - self.base])

    def _issue(self, queue: _Queue, row: int, wanted: int) -> None:
        took: list[Taking] = []
        self.took[row] = took
        if self.kind[row - self.base] in OWN_SUPPLIER_ISSUES:
            at = self._take_own(queue, row, wanted, took)
        elif self.lot[row - self.base] != NO_LOT:
            at = self._take_lot(queue, row, wanted, took)
        else:
            at = self._take_oldest(queue, row, wanted, took)
        self.result.taken.extend(took)
        if at < wanted:
            queue.holes.append((row, at, wanted - at))
            took.append((row, at, NOWHERE, 0, wanted - at))

    def _take_oldest(self, queue: _Queue, row: int, wanted: int, took: list[Taking]) -> int:
        entries, head, at = queue.entries, queue.head, 0
        while at < wanted and head < len(entries):
            receipt, begin, there = entries[head]
            length = min(there, wanted - at)
            took.append((row, at, receipt, begin, length))
            at += length
            if length == there:
                head += 1
            else:
                entries[head] = (receipt, begin + length, there - length)
        queue.head = head
        return at

    def _take_lot(self, queue: _Queue, row: int, wanted: int, took: list[Taking]) -> int:
        at = 0
        kept: list[Entry] = []
        for receipt, begin, there in queue.entries[queue.head :]:
            length = min(there, wanted - at) if self._is_of_lot(receipt, row) else 0
            if length:
                took.append((row, at, receipt, begin, length))
                at += length
            if length < there:
                kept.append((receipt, begin + length, there - length))
        queue.entries, queue.head = kept, 0
        return at

    def _take_own(self, queue: _Queue, row: int, wanted: int, took: list[Taking]) -> int:
        """Takes the layers of the receipt it names, then its supplier's; newest first."""
        own = self.supplier[row - self.base]
        if self.kind[row - self.base] == Kind.PRODUCTION_RECEIPT:
            own = OWN_PRODUCTION
        line = self.order_line[row - self.base]

        def is_of_receipt(root: int | None) -> bool:
            return self._is_purchase(root) and self.order_line[root - self.base] == line

        def is_own(root: int | None) -> bool:
            return root is not None and self._deliverer(root) == own

        at = self._take_newest(queue, row, (0, wanted), took, is_of_receipt) if line else 0
        return self._take_newest(queue, row, (at, wanted), took, is_own)

    def _is_purchase(self, root: int | None) -> TypeGuard[int]:
        if root is None or root == NOWHERE:
            return False
        return self.kind[root - self.base] == Kind.PURCHASE

    def _take_newest(
        self,
        queue: _Queue,
        row: int,
        stretch_wanted: tuple[int, int],
        took: list[Taking],
        is_mine: Callable[[int | None], bool],
    ) -> int:
        at, wanted = stretch_wanted
        kept: list[Entry] = []
        for receipt, begin, there in reversed(queue.entries[queue.head :]):
            if at == wanted or not self._is_of_lot(receipt, row):
                kept.append((receipt, begin, there))
                continue
            for start, stretch, root in reversed(self._roots(receipt, begin, there)):
                length = min(stretch, wanted - at) if is_mine(root) else 0
                if length:
                    took.append((row, at, receipt, start + stretch - length, length))
                    at += length
                if length < stretch:
                    kept.append((receipt, start, stretch - length))
        kept.reverse()
        queue.entries, queue.head = kept, 0
        return at

    def _roots(self, receipt: int, begin: int, there: int) -> list[tuple[int, int, int | None]]:
        """The receipt each stretch began with, as far as its issues have been posted."""
        links = self.links.get(receipt)
        if links is None:
            return [(begin, there, receipt)]
        found: list[tuple[int, int, int | None]] = []
        end = begin + there
        reached = begin
        for at, length, issue, issue_at, backwards in links:
            low, high = max(at, begin), min(at + length, end)
            if low >= high:
                continue
            reached = high
            first = issue_at + (at + length - high if backwards else low - at)
            parts = self._roots_of_issue(issue, first, first + high - low)
            place = low
            for stretch, root in reversed(parts) if backwards else parts:
                found.append((place, stretch, root))
                place += stretch
        if reached < end:
            found.append((reached, end - reached, NOWHERE))
        return found

    def _roots_of_issue(self, issue: int, low: int, high: int) -> list[tuple[int, int | None]]:
        if issue not in self.took:
            return [(high - low, None)]
        parts: list[tuple[int, int | None]] = []
        for _, issue_at, receipt, at, length in self.took[issue]:
            start, end = max(low, issue_at), min(high, issue_at + length)
            if start >= end:
                continue
            if receipt == NOWHERE:
                parts.append((end - start, NOWHERE))
                continue
            inner = self._roots(receipt, at + start - issue_at, end - start)
            parts.extend((stretch, root) for _, stretch, root in inner)
        return parts

    def _deliverer(self, receipt: int) -> int:
        if receipt == NOWHERE:
            return UNATTRIBUTED
        kind = self.kind[receipt - self.base]
        if kind in (Kind.PURCHASE, Kind.PURCHASE_RETURN, *GIVEN):
            return self.supplier[receipt - self.base]
        return OWN_PRODUCTION if kind == Kind.PRODUCTION_RECEIPT else UNATTRIBUTED
