"""Stock books of one company: quantities and values at moving-average cost, exact to the cent.

Every posting changes the balance of its item and warehouse and is remembered, many at a time.
"""

from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipeline.canonical.movement_kinds import Kind

Integers = NDArray[np.int64]
SETTLED_AT = 1380  # minute of the day


@dataclass
class Books:
    """Balances by warehouse and item, and the postings that led to them."""

    quantity: Integers
    cents: Integers
    unit_cents: Integers  # of the last receipt: what an issue costs that finds nothing
    postings: list[dict[str, Integers]] = field(default_factory=list[dict[str, Integers]])

    @classmethod
    def empty(cls, places: int, unit_cents: Integers) -> "Books":
        """Books without stock."""
        shape = (places, len(unit_cents))
        zero = np.zeros(shape, np.int64)
        return cls(zero, zero.copy(), np.broadcast_to(unit_cents, shape).copy())

    def receive(  # noqa: PLR0913, PLR0917 - a posting has that many sides
        self,
        day: int,
        minute: int,
        kind: Kind,
        place: int,
        items: Integers,
        quantity: Integers,
        cents: Integers,
        **links: Integers,
    ) -> None:
        """Add stock at a stated value; an item may come in several lines."""
        if not len(items):
            return
        was_short = self.quantity[place, items] < 0
        np.add.at(self.quantity[place], items, quantity)
        np.add.at(self.cents[place], items, cents)
        self._post(day, minute, kind, place, items, quantity, cents, links)
        self._learn_cost(place, items)
        if was_short.any():
            self._settle(day, place, np.unique(items[was_short]))

    def issue(  # noqa: PLR0913, PLR0917
        self,
        day: int,
        minute: int,
        kind: Kind,
        place: int,
        items: Integers,
        quantity: Integers,
        **links: Integers,
    ) -> Integers:
        """Take stock at moving average, one line an item, and give what it cost."""
        on_hand, value = self.quantity[place, items], self.cents[place, items]
        unit = self.unit_cents[place, items]
        average = (value * quantity + on_hand // 2) // np.maximum(on_hand, 1)
        cents = np.select(
            [on_hand <= 0, quantity >= on_hand],
            [quantity * unit, value + (quantity - on_hand) * unit],
            average,
        )
        self.quantity[place, items] -= quantity
        self.cents[place, items] -= cents
        self._post(day, minute, kind, place, items, -quantity, -cents, links)
        return cents

    def revalue(  # noqa: PLR0913, PLR0917
        self,
        day: int,
        minute: int,
        kind: Kind,
        place: int,
        items: Integers,
        cents: Integers,
        **links: Integers,
    ) -> None:
        """Change value without quantity, one line an item."""
        self.cents[place, items] += cents
        self._post(day, minute, kind, place, items, np.zeros_like(cents), cents, links)
        self._learn_cost(place, items)

    def _learn_cost(self, place: int, items: Integers) -> None:
        on_hand = self.quantity[place, items]
        known = on_hand > 0
        average = np.maximum(self.cents[place, items] // np.maximum(on_hand, 1), 1)
        self.unit_cents[place, items] = np.where(known, average, self.unit_cents[place, items])

    def _settle(self, day: int, place: int, items: Integers) -> None:
        """After negative stock the books correct what was issued at a guessed cost."""
        on_hand, value = self.quantity[place, items], self.cents[place, items]
        difference = np.where(on_hand == 0, -value, 0)
        changed = difference != 0
        if changed.any():
            self.revalue(
                day, SETTLED_AT, Kind.REVALUATION, place, items[changed], difference[changed]
            )

    def _post(  # noqa: PLR0913, PLR0917
        self,
        day: int,
        minute: int,
        kind: Kind,
        place: int,
        items: Integers,
        quantity: Integers,
        cents: Integers,
        links: dict[str, Integers],
    ) -> None:
        count = len(items)
        self.postings.append(
            {
                "day": np.full(count, day),
                "minute": minute + items % 60,
                "kind": np.full(count, int(kind)),
                "place": np.full(count, place),
                "item": items,
                "quantity": quantity,
                "cents": cents,
                **{name: links.get(name, np.full(count, -1)) for name in LINKS},
            }
        )

    def journal(self) -> pl.DataFrame:
        """All postings in the order of their time."""
        columns = {
            name: np.concatenate([posting[name] for posting in self.postings])
            for name in self.postings[0]
        }
        return pl.DataFrame(columns).sort("day", "minute", maintain_order=True)


LINKS = ("order", "sale", "transfer", "source")
"""What a posting may refer to: purchase order line, sales order line, transfer, supplier."""
