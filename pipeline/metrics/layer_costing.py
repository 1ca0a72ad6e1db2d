"""What the posted values mean layer by layer.

    an issue's value = its share per piece, in proportion to what the layers are worth then
    a layer's worth  = what came in with it, less what issues took, plus what was added

The worth of a layer depends on every issue before.  An issue that takes from one layer only
needs no worth; the others wait for one another, and all that are ready are split at once.

    layers worth    S1 50 units at 500      S2 50 units at 600
    issue of 60     takes 50 (cost 500)     and 10 (cost 120): 620 in all
    posted 660      660 x 500 / 620         660 x 120 / 620
    left            500 - 532.26 = -32.26   600 - 127.74 for 40 units
"""

from dataclasses import dataclass

import numpy as np

from pipeline.metrics.intervals import (
    Flags,
    Ints,
    before,
    cut,
    part_half_up,
    repeats,
    shares,
    totals,
    two_shares,
    within,
)
from pipeline.metrics.layer_origins import NOWHERE, Layers, Movements


@dataclass(frozen=True)
class Pieces:
    """What issues took from layers, ordered by issue; what an issue lacked comes last in it."""

    issue: Ints
    issue_at: Ints
    layer: Ints
    quantity: Ints


@dataclass(frozen=True)
class Added:
    """Values put on layers without quantity: revaluations and landed cost."""

    movement: Ints
    layer: Ints
    value: Ints


@dataclass(frozen=True)
class Valued:
    """Every value of the attribution; signs as posted."""

    piece: Ints
    """Of each piece."""
    layer: Ints
    """Of each layer as it came."""
    filled: Ints
    """Of the part of each layer that filled a hole when it came."""
    left: Ints
    """Of each layer at the end, the difference of a used-up one included."""


def valued(
    movements: Movements, layers: Layers, pieces: Pieces, added: Added, filled: Ints
) -> Valued:
    """The posted values of all movements, split over layers and pieces."""
    return _Split(movements, layers, pieces, added, filled).run()


class _Split:
    """One pass over the movements; `piece` and `layer` fill up as their turn comes."""

    def __init__(
        self, movements: Movements, layers: Layers, pieces: Pieces, added: Added, filled: Ints
    ) -> None:
        self.movements = movements
        self.layers = layers
        self.pieces = pieces
        self.filled = filled
        size = len(movements)
        self.taken = pieces.layer != NOWHERE
        rows = np.flatnonzero(self.taken)
        self.takes = np.bincount(pieces.issue[rows], minlength=size)
        self.missing = np.zeros(size, dtype=np.int64)
        lacking = np.flatnonzero(~self.taken)
        self.missing[pieces.issue[lacking]] = pieces.quantity[lacking]
        self.sign = np.where(movements.value < 0, -1, 1)
        self.posted = np.abs(movements.value)
        self.present = self._present(rows, lacking)
        self._know_layers()
        self._know_what_was_before(rows, added)

    def _present(self, rows: Ints, lacking: Ints) -> Ints:
        """The posted value without the share, by quantity, of what was not there."""
        present = self.posted.copy()
        self.piece = np.zeros(len(self.pieces.issue), dtype=np.int64)
        issue = self.pieces.issue[lacking]
        went, missing = self.movements.went[issue], self.missing[issue]
        present[issue] = two_shares(self.posted[issue], went - missing, missing)
        self.piece[lacking] = self.sign[issue] * (self.posted[issue] - present[issue])
        alone = rows[self.takes[self.pieces.issue[rows]] == 1]
        issue = self.pieces.issue[alone]
        self.piece[alone] = self.sign[issue] * present[issue]
        return present

    def _know_layers(self) -> None:
        layers, movements = self.layers, self.movements
        alone = layers.count[layers.receipt] == 1
        self.layer = np.where(alone, movements.value[layers.receipt], 0)
        self.fill_value = np.zeros(len(self.layer), dtype=np.int64)
        self.given = np.zeros(len(self.layer), dtype=np.int64)
        self._fill(np.flatnonzero(alone & (self.filled > 0)))

    def _fill(self, index: Ints) -> None:
        value = self.layer[index]
        part = part_half_up(np.abs(value), self.filled[index], self.layers.quantity[index])
        self.fill_value[index] = np.where(value < 0, -part, part)

    def _know_what_was_before(self, rows: Ints, added: Added) -> None:
        """What is known of each layer when a piece of it is taken: quantity, values, last taker."""
        pieces, layers = self.pieces, self.layers
        size = len(self.movements)
        layer = np.concatenate([pieces.layer[rows], added.layer])
        when = np.concatenate([pieces.issue[rows], added.movement])
        order = np.argsort(layer * size + when, kind="stable")
        layer = layer[order]
        nothing = np.zeros(len(added.layer), dtype=np.int64)
        quantity = np.concatenate([pieces.quantity[rows], nothing])[order]
        shared = self.takes[pieces.issue[rows]] > 1
        value = np.concatenate([self.piece[rows], added.value])[order]
        which = np.concatenate([rows, np.full(len(added.layer), NOWHERE)])[order]
        first = np.maximum.accumulate(np.where(repeats(layer), 0, np.arange(len(layer))))

        def earlier(numbers: Ints) -> Ints:
            sums = before(numbers)
            return sums - sums[first]

        self.left_before = np.zeros(len(pieces.issue), dtype=np.int64)
        self.known_before = np.zeros(len(pieces.issue), dtype=np.int64)
        is_piece = np.flatnonzero(which != NOWHERE)
        there = layers.quantity[layer] - self.filled[layer] - earlier(quantity)
        self.left_before[which[is_piece]] = there[is_piece]
        self.known_before[which[is_piece]] = earlier(value)[is_piece]
        self.known = totals(layer, value, len(layers.receipt))

        # Who shared out this layer last before: only those pieces wait.
        waits = np.concatenate([shared, np.zeros(len(added.layer), dtype=np.bool_)])[order]
        at = np.flatnonzero(waits)
        later = np.flatnonzero(repeats(layer[at]))
        self.waiting_pieces = which[at[later]]
        self.waited_for = which[at[later - 1]]

    # ------------------------------------------------------------------ in turn

    def run(self) -> Valued:
        layers = self.layers
        many = np.flatnonzero(self.takes > 1)
        mixed = np.flatnonzero(layers.count > 1)
        if len(many) + len(mixed):
            self._plan(many, mixed)
            self._take_turns()
        worth = self.layer - self.fill_value
        return Valued(
            piece=self.piece,
            layer=self.layer,
            filled=self.fill_value,
            left=worth + self.known + self.given,
        )

    def _plan(self, many: Ints, mixed: Ints) -> None:
        """Who waits for whom: nodes are issues of several layers, then receipts of several."""
        pieces, layers = self.pieces, self.layers
        size = len(self.movements)
        node = np.full(size, NOWHERE, dtype=np.int64)
        node[many] = np.arange(len(many))
        node[mixed] = np.arange(len(mixed)) + len(many)
        self.rows = np.concatenate([many, mixed])
        self.issues = len(many)
        first_piece = before(np.bincount(pieces.issue, minlength=size).astype(np.int64))
        self.part_first = np.concatenate([first_piece[many], layers.first[mixed]])
        self.part_count = np.concatenate([self.takes[many], layers.count[mixed]]).astype(np.int64)

        self._find_sources(mixed)
        shared = np.flatnonzero(self.taken & (self.takes[pieces.issue] > 1))
        brought = shared[layers.count[layers.receipt[pieces.layer[shared]]] > 1]
        come = self.mixed_layers[self.source >= 0]
        from_piece = self.source[self.source >= 0]
        from_shared = self.taken[from_piece] & (self.takes[pieces.issue[from_piece]] > 1)
        source = np.concatenate(
            [
                node[layers.receipt[pieces.layer[brought]]],
                node[pieces.issue[self.waited_for]],
                node[pieces.issue[from_piece[from_shared]]],
            ]
        )
        target = np.concatenate(
            [
                node[pieces.issue[brought]],
                node[pieces.issue[self.waiting_pieces]],
                node[layers.receipt[come[from_shared]]],
            ]
        )
        order = np.argsort(source, kind="stable")
        self.then = target[order]
        self.then_count = np.bincount(source, minlength=len(self.rows)).astype(np.int64)
        self.then_first = before(self.then_count)
        self.waiting = np.bincount(target, minlength=len(self.rows)).astype(np.int64)

    def _find_sources(self, mixed: Ints) -> None:
        """The piece each layer of a mixed receipt was in before, and how far into it."""
        pieces, layers = self.pieces, self.layers
        counts = layers.count[mixed]
        index = np.repeat(layers.first[mixed], counts) + within(counts)
        self.mixed_layers = index
        self.source = np.full(len(index), NOWHERE, dtype=np.int64)
        self.source_at = np.zeros(len(index), dtype=np.int64)
        self.source_of = np.full(len(layers.receipt), NOWHERE, dtype=np.int64)
        known = np.flatnonzero(layers.issue[index] != NOWHERE)
        went_start = before(self.movements.went)
        tile_start = went_start[pieces.issue] + pieces.issue_at
        start = went_start[layers.issue[index[known]]] + layers.issue_at[index[known]]
        end = start + layers.quantity[index[known]]
        cuts = cut(tile_start, int(self.movements.went.sum()), start, end)
        self.source[known] = cuts.tile
        self.source_at[known] = cuts.start - tile_start[cuts.tile]
        self.source_of[index] = np.arange(len(index))

    def _take_turns(self) -> None:
        done = np.zeros(len(self.rows), dtype=np.bool_)
        ready = np.flatnonzero(self.waiting == 0)
        remaining = len(self.rows)
        while remaining:
            in_circle = not len(ready)
            if in_circle:
                ready = self._first_of_a_circle(done)
            self._split_issues(ready[ready < self.issues])
            self._split_receipts(ready[ready >= self.issues], by_quantity=in_circle)
            done[ready] = True
            remaining -= len(ready)
            counts = self.then_count[ready]
            after = self.then[np.repeat(self.then_first[ready], counts) + within(counts)]
            np.subtract.at(self.waiting, after, 1)
            after = np.unique(after)
            ready = after[(self.waiting[after] == 0) & ~done[after]]

    def _first_of_a_circle(self, done: Flags) -> Ints:
        """Values that wait for one another: per item, the first receipt goes by quantity."""
        movements = self.movements
        stuck = np.flatnonzero(~done)
        stuck = stuck[stuck >= self.issues]
        row = self.rows[stuck]
        order = np.lexsort((movements.movement[row], movements.seq[row], movements.item[row]))
        return stuck[order[~repeats(movements.item[row[order]])]]

    def _parts(self, nodes: Ints) -> tuple[Ints, Ints]:
        counts = self.part_count[nodes]
        return np.repeat(self.part_first[nodes], counts) + within(counts), counts

    def _split_issues(self, nodes: Ints) -> None:
        if not len(nodes):
            return
        part, counts = self._parts(nodes)
        row = self.rows[nodes]
        layer, quantity = self.pieces.layer[part], self.pieces.quantity[part]
        worth = self.layer[layer] - self.fill_value[layer] + self.known_before[part]
        worth = np.maximum(worth + self.given[layer], 0)
        weights = part_half_up(worth, quantity, self.left_before[part])
        split = _in_proportion(self.present[row], weights, quantity, counts)
        split *= np.repeat(self.sign[row], counts)
        self.piece[part] = split
        np.add.at(self.given, layer, split)

    def _split_receipts(self, nodes: Ints, *, by_quantity: bool) -> None:
        if not len(nodes):
            return
        part, counts = self._parts(nodes)
        row = np.repeat(self.rows[nodes], counts)
        quantity = self.layers.quantity[part]
        at = self.source_of[part]
        source = self.source[at]
        lost = source == NOWHERE
        start, worth = self.source_at[at], np.abs(self.piece[source])
        size = self.pieces.quantity[source]
        weights = part_half_up(worth, start + quantity, size) - part_half_up(worth, start, size)
        weights[lost | by_quantity] = 0
        known = np.add.reduceat(np.where(lost, 0, quantity), before(counts))
        unknown = np.add.reduceat(np.where(lost, quantity, 0), before(counts))
        posted = self.posted[self.rows[nodes]]
        there = two_shares(posted, known, unknown)
        split = _in_proportion(there, weights, np.where(lost, 0, quantity), counts)
        split += shares(posted - there, np.where(lost, quantity, 0), counts)
        self.layer[part] = split * self.sign[row]
        self._fill(part[self.filled[part] > 0])


def _in_proportion(total: Ints, weights: Ints, quantity: Ints, counts: Ints) -> Ints:
    """The totals in proportion to the weights; where all of those are 0, to the quantities."""
    worthless = np.repeat(np.add.reduceat(weights, before(counts)) == 0, counts)
    return shares(total, np.where(worthless, quantity, weights), counts)
