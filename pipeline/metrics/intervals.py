"""Whole-number arithmetic on stretches of cumulative axes.

An axis is covered without gaps by tiles; a tile is known by where it starts.

    tiles      0        4           9      12
               |---A----|-----B-----|--C---|
    stretch         |-------------|               from 2 to 8
    cut             |-A-|----B----|               A from 2 to 4, B from 4 to 8
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Cuts:
    """What is left when stretches are cut at the borders of tiles, in order of the stretches."""

    stretch: Ints
    tile: Ints
    start: Ints
    end: Ints


def ints(values: object) -> Ints:
    """The values as 64-bit integers."""
    return np.asarray(values, dtype=np.int64)


def before(sizes: Ints) -> Ints:
    """Where each of the sizes starts when they are laid end to end."""
    return np.cumsum(sizes) - sizes


def within(counts: Ints) -> Ints:
    """0, 1, 2 … inside each group of the given sizes."""
    return np.arange(int(counts.sum()), dtype=np.int64) - np.repeat(before(counts), counts)


def repeats(values: Ints) -> Flags:
    """Whether each value is the one before it."""
    same = np.zeros(len(values), dtype=np.bool_)
    same[1:] = values[1:] == values[:-1]
    return same


def cut(tile_start: Ints, axis_end: int, start: Ints, end: Ints) -> Cuts:
    """Stretches, none of them empty, cut at the borders of the tiles they lie on."""
    first = np.searchsorted(tile_start, start, side="right") - 1
    last = np.searchsorted(tile_start, end, side="left") - 1
    counts = last - first + 1
    stretch = np.repeat(np.arange(len(start), dtype=np.int64), counts)
    tile = ints(first[stretch] + within(counts))
    tile_end = np.append(tile_start, axis_end)[1:]
    return Cuts(
        stretch,
        tile,
        np.maximum(tile_start[tile], start[stretch]),
        np.minimum(tile_end[tile], end[stretch]),
    )


def totals(index: Ints, values: Ints, length: int) -> Ints:
    """Sums of the values by index, exactly."""
    sums = np.zeros(length, dtype=np.int64)
    np.add.at(sums, index, values)
    return sums


def _multiplied(left: Ints, right: Ints, divisor: Ints) -> tuple[Ints, Ints]:
    """Quotient and remainder of left × right ÷ divisor, none negative, the divisor positive.

    The product may exceed 64 bits; quotient and remainder may not.  A float guess is off by
    little, and the remainder that shows by how much is right modulo 2^64.
    """
    guess = ints(left.astype(np.float64) * right / divisor)
    rest = left * right - guess * divisor
    correction = rest // divisor
    return guess + correction, rest - correction * divisor


def part_half_up(value: Ints, part: Ints, whole: Ints) -> Ints:
    """The value × part ÷ whole to the nearest integer, halves up; none negative, whole > 0."""
    quotient, rest = _multiplied(value, part, whole)
    return quotient + (rest >= whole - rest)


def shares(total: Ints, weights: Ints, counts: Ints) -> Ints:
    """Each total in proportion to its group's weights, whole numbers by largest remainder.

    Nothing is negative; a group whose weights are all 0 gets nothing.  Equal remainders: the
    first in order gets the unit.
    """
    if not len(weights):
        return weights.copy()
    group = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    sums = totals(group, weights, len(counts))
    parts, rest = _multiplied(total[group], weights, np.maximum(sums[group], 1))
    parts[sums[group] == 0] = 0
    units = np.where(sums > 0, total - totals(group, parts, len(counts)), 0)
    open_parts = np.flatnonzero(units[group] > 0)
    if len(open_parts):
        ranked = open_parts[np.lexsort((open_parts, -rest[open_parts], group[open_parts]))]
        sizes = np.bincount(group[ranked], minlength=len(counts))
        rank = within(ints(sizes[sizes > 0]))
        parts[ranked] += rank < units[group[ranked]]
    return parts


def two_shares(total: Ints, first: Ints, second: Ints) -> Ints:
    """The first one's share of the total when it is split over two weights; ties to the first."""
    whole = np.maximum(first + second, 1)
    quotient, rest = _multiplied(total, first, whole)
    return quotient + ((rest > 0) & (rest >= whole - rest))
