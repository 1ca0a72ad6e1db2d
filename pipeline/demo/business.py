"""What one sample company carries from day to day: stock, what is ordered, what is under way."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
import polars as pl

from pipeline.canonical.movement_kinds import Kind
from pipeline.demo.books import Books, Integers
from pipeline.demo.catalogue import Catalogue, Numbers
from pipeline.demo.group import OPENING_ON, Trader

OPENED_AT = 0  # minutes of the day
SAFETY_DAYS = 9
REVIEW_DAYS = 7
SUNDAY = 6
ENDS_SOON = 200  # days


@dataclass
class Parcel:
    """Lines that arrive together in one warehouse."""

    place: int
    items: Integers
    quantity: Integers
    cents: Integers
    link: Integers


@dataclass
class Records:
    """Rows of one kind, collected array by array."""

    parts: list[dict[str, Integers]] = field(default_factory=list[dict[str, Integers]])
    count: int = 0

    def add(self, **columns: Integers) -> Integers:
        """Append rows and give the numbers they have from now on."""
        size = len(next(iter(columns.values())))
        numbers = np.arange(self.count, self.count + size)
        self.parts.append(columns)
        self.count += size
        return numbers

    def frame(self) -> pl.DataFrame:
        """All rows, numbered by `row`."""
        names = self.parts[0]
        columns = {name: np.concatenate([part[name] for part in self.parts]) for name in names}
        return pl.DataFrame(columns).with_row_index("row")


class Business:
    """One company from day to day."""

    def __init__(self, trader: Trader, catalogue: Catalogue, random: np.random.Generator) -> None:
        self.trader, self.catalogue, self.random = trader, catalogue, random
        self.books = Books.empty(len(trader.places), catalogue.unit_cents)
        self.purchases, self.sales, self.counts = Records(), Records(), Records()
        self.transfers = 0
        self.on_order = np.zeros(catalogue.size, np.int64)
        self.under_way = np.zeros((len(trader.places), catalogue.size), np.int64)
        self.deliveries: dict[int, list[Parcel]] = defaultdict(list)
        self.arrivals: dict[int, list[Parcel]] = defaultdict(list)
        self.taken_back: dict[int, list[Parcel]] = defaultdict(list)
        self.sent_back: dict[int, list[Parcel]] = defaultdict(list)
        self.landing: dict[int, list[Parcel]] = defaultdict(list)
        self.blocked = [n for n, place in enumerate(trader.places) if place.kind == "quarantine"]
        self.home = np.where(catalogue.is_made, 1, 0)
        self.season = np.array([line.season for line in trader.lines])[catalogue.line]
        self.slump = np.array([line.recent_demand for line in trader.lines])[catalogue.line]

    @property
    def owned(self) -> Integers:
        """What stands in all warehouses it can be sold from."""
        free = [n for n in range(len(self.trader.places)) if n not in self.blocked]
        return self.books.quantity[free].sum(axis=0)

    def open(self) -> None:
        """Stock as it stood when the ledger begins; what will die soon was bought too much of."""
        items = self.catalogue
        days = items.cover_days * self.random.uniform(0.5, 1.2, items.size) + 14
        days = np.where(items.ends < ENDS_SOON, days + 90, days) * (items.begins < 0)
        at_home = items.demand.sum(axis=0) * days
        for place in range(len(self.trader.places)):
            here = items.demand[place] * SAFETY_DAYS
            here[self.home == place] = at_home[self.home == place]
            wanted = np.rint(here * (items.begins < 0)).astype(np.int64)
            some = np.flatnonzero(wanted)
            self.books.receive(
                0,
                OPENED_AT,
                Kind.OPENING,
                place,
                some,
                wanted[some],
                wanted[some] * items.unit_cents[some],
            )

    def ahead(self, day: int) -> Numbers:
        """Demand buyers expect against an average month: this month's and the next one's."""
        month = (OPENING_ON + timedelta(days=day)).month - 1
        return (self.season[:, month] + self.season[:, (month + 1) % 12]) / 2


def weekday(day: int) -> int:
    """The day of the week, Monday 0."""
    return (OPENING_ON + timedelta(days=day)).weekday()
