"""Looking after stock: counts and what they find, damage and scrap, write-downs."""

import numpy as np

from pipeline.canonical.movement_kinds import Kind
from pipeline.demo.books import Integers
from pipeline.demo.business import Business
from pipeline.demo.moving import send

COUNTED_AT = 1200
SCRAPPED_AT = 1260
REVALUED_AT = 1320
WRITTEN_DOWN_ON = 455  # the end of December 2025
COUNTED = 0.05  # positions, every tenth day
MISCOUNTED = 0.35  # of them
DAMAGED = 0.02  # positions, twice a month
DISPOSED = 0.08  # blocked positions, twice a month
WORTH_A_LOOK = 20  # units


def count(business: Business, day: int) -> None:
    """Now and then some positions are counted; what was found is booked."""
    if day % 10:
        return
    for place in range(len(business.trader.places)):
        held = np.flatnonzero(business.books.quantity[place] > 0)
        lines = held[business.random.random(len(held)) < COUNTED]
        if not len(lines):
            continue
        book = business.books.quantity[place, lines]
        off = np.rint(business.random.normal(-0.004, 0.03, len(lines)) * book).astype(np.int64)
        off = np.where(business.random.random(len(lines)) < MISCOUNTED, np.maximum(off, -book), 0)
        business.counts.add(
            day=np.full(len(lines), day),
            place=np.full(len(lines), place),
            item=lines,
            book=book,
            counted=book + off,
        )
        _adjust(business, day, place, lines, off)


def _adjust(business: Business, day: int, place: int, lines: Integers, off: Integers) -> None:
    more, less = off > 0, off < 0
    cents = off[more] * business.books.unit_cents[place, lines[more]]
    business.books.receive(day, COUNTED_AT, Kind.ADJUSTMENT, place, lines[more], off[more], cents)
    business.books.issue(day, COUNTED_AT, Kind.ADJUSTMENT, place, lines[less], -off[less])


def scrap(business: Business, day: int) -> None:
    """Damaged goods go to blocked stock where there is one, and are scrapped in time."""
    if day % 15 != 7:  # noqa: PLR2004
        return
    held = np.flatnonzero(business.books.quantity[0] > WORTH_A_LOOK)
    lines = held[business.random.random(len(held)) < DAMAGED]
    amount = business.books.quantity[0, lines] // 30 + 1
    for place in business.blocked:
        send(business, day, 0, place, lines, amount)
        kept = business.books.quantity[place]
        old = np.flatnonzero(kept > 0)
        old = old[business.random.random(len(old)) < DISPOSED]
        business.books.issue(day, SCRAPPED_AT, Kind.SCRAP, place, old, kept[old])
    if not business.blocked:
        business.books.issue(day, SCRAPPED_AT, Kind.SCRAP, 0, lines, amount)


def write_down(business: Business, day: int) -> None:
    """At the end of 2025 some of what has died is written down by a fifth."""
    if day != WRITTEN_DOWN_ON:
        return
    items = business.catalogue
    for place in np.unique(business.home):
        old = np.flatnonzero((items.ends < day - 200) & (business.books.cents[place] > 0))
        business.books.revalue(
            day,
            REVALUED_AT,
            Kind.REVALUATION,
            int(place),
            old[::3],
            -(business.books.cents[place, old[::3]] // 5),
        )
