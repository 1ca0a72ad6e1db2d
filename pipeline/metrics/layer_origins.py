"""Where the units of a receipt come from: its layers.

A receipt from outside is one layer.  A transfer or a return brings the layers its units had
before: they are looked up at the same position of the source's axis, again and again, until
no piece came from inside.

    W1 came   |-- 6 of S1 --|-- 4 of S2 --|
    W1 went         |--- transfer of 8 ---|     from unit 2 to unit 10
    W2 came         |-- 4 ---|---- 4 -----|     its layers: 4 of S1, then 4 of S2

A return goes backwards: its first unit is the last one of the issue.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.canonical.movement_kinds import OWN_PRODUCTION, UNATTRIBUTED, Kind
from pipeline.metrics.fact_schemas import GIVEN
from pipeline.metrics.intervals import Flags, Ints, before, cut, ints

NOWHERE = -1
NO_DAY = -(2**31)
NO_LOT = 0


@dataclass(frozen=True)
class Movements:
    """The columns of the ledger, ordered by queue and then as posted."""

    item: Ints
    queue: Ints
    kind: Ints
    day: Ints
    seq: Ints
    movement: Ints
    quantity: Ints
    value: Ints
    has_value: Flags
    supplier: Ints
    received: Ints
    lot: Ints
    order_line: Ints
    came: Ints
    came_before: Ints
    went: Ints
    went_before: Ints

    def __len__(self) -> int:
        """How many movements there are."""
        return len(self.item)


@dataclass(frozen=True)
class Links:
    """Stretches of a receipt and the stretch of an issue whose units it brings back or along.

    `at` and `issue_at` are distances from the first unit of either; backwards: the first unit
    of the receipt is the last one of the issue's stretch.
    """

    receipt: Ints
    at: Ints
    length: Ints
    issue: Ints
    issue_at: Ints
    backwards: Flags


@dataclass(frozen=True)
class Taken:
    """What issues took from receipts of their own queue, ordered by issue and position."""

    issue: Ints
    issue_at: Ints
    receipt: Ints
    at: Ints
    length: Ints

    @classmethod
    def of(cls, rows: list[tuple[int, int, int, int, int]]) -> "Taken":
        """The rows, column by column."""
        return cls(*ints(rows).reshape(-1, 5).T)

    def rows(self, keep: Flags) -> "Taken":
        """The rows to keep."""
        if keep.all():
            return self
        return Taken(
            self.issue[keep],
            self.issue_at[keep],
            self.receipt[keep],
            self.at[keep],
            self.length[keep],
        )

    def followed_by(self, other: "Taken") -> "Taken":
        """Both, one after the other."""
        return Taken(
            np.concatenate([self.issue, other.issue]),
            np.concatenate([self.issue_at, other.issue_at]),
            np.concatenate([self.receipt, other.receipt]),
            np.concatenate([self.at, other.at]),
            np.concatenate([self.length, other.length]),
        )


@dataclass(frozen=True)
class Layers:
    """The layers receipts bring, in order of receipts; together they cover every receipt."""

    receipt: Ints
    quantity: Ints
    start: Ints
    root: Ints
    supplier: Ints
    received: Ints
    issue: Ints
    issue_at: Ints
    first: Ints
    count: Ints
    axis_end: int


def layers_of(movements: Movements, links: Links, taken: Taken) -> Layers:
    """All layers of all receipts, with the issue each of them was in before, if any."""
    size = len(movements)
    inside = np.zeros(size, dtype=np.bool_)
    inside[links.receipt] = True
    pieces = _resolved(_first_step(movements, links, taken), movements, inside)

    outside = np.flatnonzero((movements.came > 0) & ~inside)
    nothing = np.full(len(outside), NOWHERE, dtype=np.int64)
    receipt = np.concatenate([outside, pieces.receipt])
    order = np.argsort(receipt, kind="stable")
    receipt = receipt[order]
    quantity = np.concatenate([movements.came[outside], pieces.length])[order]
    root = np.concatenate([outside, pieces.target])[order]
    found = np.concatenate([movements.day[outside], pieces.found])[order]
    supplier, received = _deliverer(movements, root, found)
    count = np.bincount(receipt, minlength=size).astype(np.int64)
    return Layers(
        receipt=receipt,
        quantity=quantity,
        start=before(quantity),
        root=root,
        supplier=supplier,
        received=received,
        issue=np.concatenate([nothing, pieces.issue])[order],
        issue_at=np.concatenate([nothing, pieces.issue_at])[order],
        first=before(count),
        count=count,
        axis_end=int(quantity.sum()),
    )


def _deliverer(movements: Movements, root: Ints, found: Ints) -> tuple[Ints, Ints]:
    """Supplier and day of receipt of each layer, from the receipt it began with."""
    kind = movements.kind[root]
    bought = np.isin(kind, (Kind.PURCHASE, Kind.PURCHASE_RETURN, *GIVEN))
    made = kind == Kind.PRODUCTION_RECEIPT
    supplier = np.where(bought, movements.supplier[root], UNATTRIBUTED)
    supplier = np.where(made, OWN_PRODUCTION, supplier)
    day, known = movements.day[root], movements.received[root]
    # An opening dated d states what stood there when d began, and is posted on the day before.
    received = np.where(kind == Kind.OPENING, np.where(known == NO_DAY, day + 1, known), day)
    received = np.where(np.isin(kind, GIVEN), known, received)
    lost = root == NOWHERE
    return np.where(lost, UNATTRIBUTED, supplier), np.where(lost, found, received)


@dataclass(frozen=True)
class _Pieces:
    """Stretches of receipts and where each was before: `target` is a receipt, or nowhere.

    `found` is the day on which units of unknown origin came to light.
    """

    receipt: Ints
    at: Ints
    length: Ints
    issue: Ints
    issue_at: Ints
    issue_backwards: Flags
    target: Ints
    target_at: Ints
    backwards: Flags
    found: Ints

    def rows(self, index: Ints) -> "_Pieces":
        return _Pieces(
            self.receipt[index],
            self.at[index],
            self.length[index],
            self.issue[index],
            self.issue_at[index],
            self.issue_backwards[index],
            self.target[index],
            self.target_at[index],
            self.backwards[index],
            self.found[index],
        )

    def followed_by(self, other: "_Pieces") -> "_Pieces":
        """Both, ordered along the receipts."""
        both = _Pieces(
            np.concatenate([self.receipt, other.receipt]),
            np.concatenate([self.at, other.at]),
            np.concatenate([self.length, other.length]),
            np.concatenate([self.issue, other.issue]),
            np.concatenate([self.issue_at, other.issue_at]),
            np.concatenate([self.issue_backwards, other.issue_backwards]),
            np.concatenate([self.target, other.target]),
            np.concatenate([self.target_at, other.target_at]),
            np.concatenate([self.backwards, other.backwards]),
            np.concatenate([self.found, other.found]),
        )
        return both.rows(np.lexsort((both.at, both.receipt)))


def _first_step(movements: Movements, links: Links, taken: Taken) -> _Pieces:
    """The linked stretches, cut where the issue passed from one receipt to the next."""
    went_start = before(movements.went)
    tile_issue, tile_at = taken.issue, taken.issue_at
    tile_start = went_start[tile_issue] + tile_at
    start = went_start[links.issue] + links.issue_at
    cuts = cut(tile_start, int(movements.went.sum()), start, start + links.length)
    link, length = cuts.stretch, cuts.end - cuts.start
    backwards = links.backwards[link]
    from_start = cuts.start - start[link]
    from_end = start[link] + links.length[link] - cuts.end
    issue = links.issue[link]
    target = taken.receipt[cuts.tile]
    known = _Pieces(
        receipt=links.receipt[link],
        at=links.at[link] + np.where(backwards, from_end, from_start),
        length=length,
        issue=issue,
        issue_at=cuts.start - went_start[issue],
        issue_backwards=backwards,
        target=target,
        target_at=taken.at[cuts.tile] + cuts.start - tile_start[cuts.tile],
        backwards=backwards,
        found=movements.day[issue],
    )
    receipts = np.unique(links.receipt)
    linked = np.zeros(len(movements), dtype=np.int64)
    np.add.at(linked, links.receipt, links.length)
    short = receipts[linked[receipts] < movements.came[receipts]]
    nothing = np.full(len(short), NOWHERE, dtype=np.int64)
    never = np.zeros(len(short), dtype=np.bool_)
    rest = _Pieces(
        receipt=short,
        at=linked[short],
        length=movements.came[short] - linked[short],
        issue=nothing,
        issue_at=nothing,
        issue_backwards=never,
        target=nothing,
        target_at=nothing,
        backwards=never,
        found=movements.day[short],
    )
    return known.followed_by(rest)


def _resolved(pieces: _Pieces, movements: Movements, inside: Flags) -> _Pieces:
    """The pieces, followed until each began outside; every round looks twice as far.

    Units that go round in a circle (transfers of one moment) began nowhere.
    """
    left = -1
    while True:
        is_open = (pieces.target != NOWHERE) & inside[pieces.target]
        still = int(pieces.length[is_open].sum())
        if still == 0:
            return pieces
        if still == left:
            return _lost(pieces, is_open, movements)
        left = still
        done, going = pieces.rows(np.flatnonzero(~is_open)), pieces.rows(np.flatnonzero(is_open))
        pieces = done.followed_by(_next_step(going, pieces, movements, inside))


def _next_step(going: _Pieces, known: _Pieces, movements: Movements, inside: Flags) -> _Pieces:
    axis = before(np.where(inside, movements.came, 0))
    tile_start = axis[known.receipt] + known.at
    start = axis[going.target] + going.target_at
    cuts = cut(tile_start, int(known.length.sum()), start, start + going.length)
    row, tile, length = cuts.stretch, cuts.tile, cuts.end - cuts.start
    from_start = cuts.start - start[row]
    from_end = start[row] + going.length[row] - cuts.end
    forth = np.where(going.backwards[row], from_end, from_start)
    back_first = going.backwards[row] != going.issue_backwards[row]
    issue_forth = np.where(back_first, from_end, from_start)
    in_tile = cuts.start - tile_start[tile]
    in_tile_back = tile_start[tile] + known.length[tile] - cuts.end
    return _Pieces(
        receipt=going.receipt[row],
        at=going.at[row] + forth,
        length=length,
        issue=going.issue[row],
        issue_at=going.issue_at[row] + issue_forth,
        issue_backwards=going.issue_backwards[row],
        target=known.target[tile],
        target_at=known.target_at[tile] + np.where(known.backwards[tile], in_tile_back, in_tile),
        backwards=going.backwards[row] != known.backwards[tile],
        found=known.found[tile],
    )


def _lost(pieces: _Pieces, is_open: Flags, movements: Movements) -> _Pieces:
    """Pieces of a circle, as units whose origin nobody knows."""
    return _Pieces(
        pieces.receipt,
        pieces.at,
        pieces.length,
        np.where(is_open, NOWHERE, pieces.issue),
        np.where(is_open, NOWHERE, pieces.issue_at),
        pieces.issue_backwards,
        np.where(is_open, NOWHERE, pieces.target),
        pieces.target_at,
        pieces.backwards,
        np.where(is_open, movements.day[pieces.receipt], pieces.found),
    )
