"""Two years of trade of one sample company, day by day: buying, making, moving, selling, counting.

Every day works on all items at once; the state carried from day to day is what stands on the
shelves, what is ordered and what is under way.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
import polars as pl

from pipeline.canonical.kinds import Kind
from pipeline.demo.books import Books, Integers
from pipeline.demo.catalogue import CONVERSION, Catalogue, Numbers, draw_catalogue
from pipeline.demo.group import DAYS, OPENING_ON, Trader

OPENED_AT = 0  # minutes of the day
RECEIVED_AT = 420
TRANSFER_ARRIVED_AT = 480
LANDED_AT = 540
CONSUMED_AT = 600
MADE_AT = 660
TAKEN_BACK_AT = 720
SOLD_AT = 780
SENT_BACK_AT = 1020
TRANSFERRED_AT = 1080
COUNTED_AT = 1200
SCRAPPED_AT = 1260
REVALUED_AT = 1320
NEVER = DAYS + 10**4
SAFETY_DAYS = 9
REVIEW_DAYS = 7
WRITTEN_DOWN_ON = 455  # the end of December 2025
SUNDAY = 6

# Shares of all lines, drawn at random.
FAULTY = 0.012  # received, and sent back in part
SPLIT = 0.06  # received in two parts
UNHAPPY = 0.012  # sold, and taken back in part
LOST = 0.002  # transfers that never arrive
COUNTED = 0.05  # positions, every tenth day
MISCOUNTED = 0.35  # of them
DAMAGED = 0.02  # positions, twice a month
DISPOSED = 0.08  # blocked positions, twice a month
ENDS_SOON = 200  # days
WORTH_A_LOOK = 20  # units


@dataclass(frozen=True)
class Trade:
    """What one company did: its postings, orders and counts; `item`, `place` … are positions."""

    trader: Trader
    catalogue: Catalogue
    journal: pl.DataFrame
    purchases: pl.DataFrame
    sales: pl.DataFrame
    counts: pl.DataFrame


@dataclass
class _Parcel:
    """Lines that arrive together in one warehouse."""

    place: int
    items: Integers
    quantity: Integers
    cents: Integers
    link: Integers


@dataclass
class _Records:
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


def trade(trader: Trader) -> Trade:
    """All that happened in one company; the same every time."""
    random = np.random.Generator(np.random.PCG64(trader.seed))
    business = _Business(trader, draw_catalogue(trader, random), random)
    business.open()
    for day in range(DAYS):
        business.live(day)
    return Trade(
        trader,
        business.catalogue,
        business.books.journal().with_row_index("row"),
        business.purchases.frame(),
        business.sales.frame(),
        business.counts.frame(),
    )


class _Business:
    """One company from day to day."""

    def __init__(self, trader: Trader, catalogue: Catalogue, random: np.random.Generator) -> None:
        self.trader, self.catalogue, self.random = trader, catalogue, random
        self.books = Books.empty(len(trader.places), catalogue.unit_cents)
        self.purchases, self.sales, self.counts = _Records(), _Records(), _Records()
        self.transfers = 0
        self.on_order = np.zeros(catalogue.size, np.int64)
        self.under_way = np.zeros((len(trader.places), catalogue.size), np.int64)
        self.deliveries: dict[int, list[_Parcel]] = defaultdict(list)
        self.arrivals: dict[int, list[_Parcel]] = defaultdict(list)
        self.taken_back: dict[int, list[_Parcel]] = defaultdict(list)
        self.sent_back: dict[int, list[_Parcel]] = defaultdict(list)
        self.landing: dict[int, list[_Parcel]] = defaultdict(list)
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

    def live(self, day: int) -> None:
        """One day, in the order things happen."""
        self._receive(day)
        self._arrive(day)
        self._pay_freight(day)
        self._make(day)
        self._take_back(day)
        self._sell(day)
        self._send_back(day)
        self._transfer(day)
        self._count(day)
        self._scrap(day)
        self._write_down(day)
        self._order(day)

    # ------------------------------------------------------------------ buying

    def _receive(self, day: int) -> None:
        for parcel in self.deliveries.pop(day, []):
            self.books.receive(
                day,
                RECEIVED_AT,
                Kind.PURCHASE,
                0,
                parcel.items,
                parcel.quantity,
                parcel.cents,
                order=parcel.link,
                source=self.catalogue.source[parcel.items],
            )
            np.subtract.at(self.on_order, parcel.items, parcel.quantity)
            self._plan_returns(day, parcel)
            self._plan_freight(day, parcel)

    def _plan_returns(self, day: int, parcel: _Parcel) -> None:
        faulty = np.flatnonzero(self.random.random(len(parcel.items)) < FAULTY)
        if len(faulty):
            back = _Parcel(
                0,
                parcel.items[faulty],
                parcel.quantity[faulty] // 12 + 1,
                parcel.cents[faulty],
                parcel.link[faulty],
            )
            self.sent_back[day + 3].append(back)

    def _plan_freight(self, day: int, parcel: _Parcel) -> None:
        pays = np.array([source.landed_cost for source in self.trader.sources])
        imported = np.flatnonzero(pays[self.catalogue.source[parcel.items]])
        if len(imported):
            bill = _Parcel(
                0,
                parcel.items[imported],
                parcel.quantity[imported],
                parcel.cents[imported] // 25,
                parcel.link[imported],
            )
            self.landing[day + 2].append(bill)

    def _pay_freight(self, day: int) -> None:
        for bill in self.landing.pop(day, []):
            items, first = np.unique(bill.items, return_index=True)
            held = self.books.quantity[0, items] > 0
            self.books.revalue(
                day,
                LANDED_AT,
                Kind.LANDED_COST,
                0,
                items[held],
                bill.cents[first][held],
                order=bill.link[first][held],
                source=self.catalogue.source[items[held]],
            )

    def _send_back(self, day: int) -> None:
        for parcel in self.sent_back.pop(day, []):
            items, first = np.unique(parcel.items, return_index=True)
            quantity = np.minimum(parcel.quantity[first], self.books.quantity[0, items])
            some = quantity > 0
            self.books.issue(
                day,
                SENT_BACK_AT,
                Kind.PURCHASE_RETURN,
                0,
                items[some],
                quantity[some],
                order=parcel.link[first][some],
                source=self.catalogue.source[items[some]],
            )

    def _order(self, day: int) -> None:
        items = self.catalogue
        ahead = self._ahead(day)
        lead = np.array([source.lead_days for source in self.trader.sources])[items.source]
        wanted = items.demand.sum(axis=0) * ahead
        position = self.owned + self.under_way.sum(axis=0) + self.on_order
        level = wanted * (lead + REVIEW_DAYS + SAFETY_DAYS) + 2 * items.lot_size
        needed = level + wanted * items.cover_days - position
        is_sold = (items.begins - 45 <= day) & (day < items.ends - 20)
        is_due = (np.arange(items.size) % 5 == _weekday(day)) & is_sold & (position < level)
        last_buy = day == items.ends - 30
        amount = np.where(last_buy, needed + wanted * 60, np.maximum(needed, items.minimum))
        amount = (np.ceil(amount / items.pack) * items.pack).astype(np.int64)
        lines = np.flatnonzero((is_due | last_buy) & ~items.is_made & (amount > 0))
        if len(lines):
            self._place(day, lines, amount[lines], lead[lines])

    def _place(self, day: int, lines: Integers, amount: Integers, lead: Integers) -> None:
        items, random, size = self.catalogue, self.random, len(lines)
        late_share = np.array([source.late_share for source in self.trader.sources])
        is_late = random.random(size) < late_share[items.source[lines]]
        delay = random.integers(-3, 3, size) + is_late * random.integers(6, 26, size)
        drift = (1 + 0.00008 * day) * random.uniform(0.985, 1.015, size)
        price = np.maximum(np.rint(items.unit_cents[lines] * drift), 1).astype(np.int64)
        numbers = self.purchases.add(
            day=np.full(size, day),
            item=lines,
            quantity=amount,
            price=price,
            promised=day + lead,
            source=items.source[lines],
        )
        self.on_order[lines] += amount
        is_split = (random.random(size) < SPLIT) & (amount > 1)
        first = np.where(is_split, amount * 3 // 5, amount)
        self._expect(day + np.maximum(lead + delay, 2), lines, first, price, numbers)
        rest = is_split & (amount > first)
        late = day + np.maximum(lead + delay, 2) + 6
        self._expect(late[rest], lines[rest], (amount - first)[rest], price[rest], numbers[rest])

    def _expect(
        self, days: Integers, lines: Integers, amount: Integers, price: Integers, numbers: Integers
    ) -> None:
        for day in np.unique(days):
            due = np.flatnonzero((days == day) & (amount > 0))
            quantity = amount[due]
            parcel = _Parcel(0, lines[due], quantity, quantity * price[due], numbers[due])
            self.deliveries[int(day)].append(parcel)

    # ------------------------------------------------------------------ making

    def _make(self, day: int) -> None:
        items = self.catalogue
        if not items.is_made.any() or _weekday(day) == SUNDAY:
            return
        wanted = items.demand.sum(axis=0) * self._ahead(day)
        position = self.owned + self.under_way.sum(axis=0)
        is_due = (np.arange(items.size) % 6 == _weekday(day)) & items.is_made
        is_due &= (items.begins <= day + 20) & (day < items.ends - 5)
        is_due &= position < wanted * (2 * SAFETY_DAYS + REVIEW_DAYS) + 4 * items.lot_size
        amount = np.ceil(wanted * (items.cover_days * 0.6 + REVIEW_DAYS)).astype(np.int64)
        amount = self._possible(np.flatnonzero(is_due & (amount > 0)), amount)
        made = np.flatnonzero(amount)
        if not len(made):
            return
        needs = self._needs(made, amount)
        used = np.flatnonzero(needs)
        cents = self.books.issue(day, CONSUMED_AT, Kind.PRODUCTION_ISSUE, 0, used, needs[used])
        unit = np.zeros(items.size)
        unit[used] = cents / needs[used]
        material = (unit[items.components[made]] * items.units_each[made]).sum(axis=1)
        value = np.rint(material * amount[made] * (1 + CONVERSION)).astype(np.int64)
        self.books.receive(day, MADE_AT, Kind.PRODUCTION_RECEIPT, 1, made, amount[made], value)

    def _needs(self, made: Integers, amount: Integers) -> Integers:
        needs = np.zeros(self.catalogue.size, np.int64)
        units = self.catalogue.units_each[made] * amount[made][:, None]
        np.add.at(needs, self.catalogue.components[made], units)
        return needs

    def _possible(self, made: Integers, amount: Integers) -> Integers:
        """How much of what is due the components on hand suffice for, shared out evenly."""
        needs = np.maximum(self._needs(made, amount), 1)
        share = np.clip(self.books.quantity[0] / needs, 0, 1)
        possible = np.zeros(self.catalogue.size, np.int64)
        least = share[self.catalogue.components[made]].min(axis=1)
        possible[made] = np.floor(amount[made] * least).astype(np.int64)
        return possible

    # ------------------------------------------------------------------ selling

    def _ahead(self, day: int) -> Numbers:
        """Demand buyers expect against an average month: this month's and the next one's."""
        month = (OPENING_ON + timedelta(days=day)).month - 1
        return (self.season[:, month] + self.season[:, (month + 1) % 12]) / 2

    def _sell(self, day: int) -> None:
        items = self.catalogue
        today = OPENING_ON + timedelta(days=day)
        factor = self.season[:, today.month - 1] * self.trader.weekday[today.weekday()]
        factor = factor * (1 + 0.0001 * day) * np.where(day > DAYS - 190, self.slump, 1.0)
        is_alive = (items.begins <= day) & (day < items.ends)
        for place in range(len(self.trader.places)):
            chance = items.sales_a_day[place] * factor * is_alive
            asked = np.flatnonzero(self.random.random(items.size) < chance)
            extra = self.random.poisson(items.lot_size[asked] - 0.999)
            if len(asked):
                self._deliver(day, place, asked, (1 + extra).astype(np.int64))

    def _deliver(self, day: int, place: int, asked: Integers, wanted: Integers) -> None:
        """Sell what is there; items that go short are sold before their receipt is booked."""
        on_hand = np.maximum(self.books.quantity[place, asked], 0)
        sold = np.minimum(wanted, on_hand)
        rush = self.catalogue.goes_short[asked] & (self.on_order[asked] > 0)
        sold = np.where(rush, wanted, sold)
        numbers = self.sales.add(
            day=np.full(len(asked), day),
            place=np.full(len(asked), place),
            item=asked,
            wanted=wanted,
            sold=sold,
        )
        some = sold > 0
        cents = self.books.issue(
            day,
            SOLD_AT + 80 * place,
            Kind.SALE,
            place,
            asked[some],
            sold[some],
            sale=numbers[some],
        )
        self._plan_take_backs(day, place, asked[some], sold[some], cents, numbers[some])

    def _plan_take_backs(  # noqa: PLR0913, PLR0917
        self,
        day: int,
        place: int,
        items: Integers,
        sold: Integers,
        cents: Integers,
        numbers: Integers,
    ) -> None:
        unhappy = np.flatnonzero(self.random.random(len(items)) < UNHAPPY)
        if len(unhappy):
            quantity = (sold[unhappy] + 1) // 2
            value = cents[unhappy] * quantity // sold[unhappy]
            back = _Parcel(place, items[unhappy], quantity, value, numbers[unhappy])
            self.taken_back[day + 2 + day % 9].append(back)

    def _take_back(self, day: int) -> None:
        for back in self.taken_back.pop(day, []):
            self.books.receive(
                day,
                TAKEN_BACK_AT,
                Kind.SALE_RETURN,
                back.place,
                back.items,
                back.quantity,
                back.cents,
                sale=back.link,
            )

    # ------------------------------------------------------------------ moving

    def _transfer(self, day: int) -> None:
        """Stores are filled up every third day with what their home warehouse can spare."""
        items = self.catalogue
        ahead = self._ahead(day) * (items.begins - 10 <= day) * (day < items.ends - 5)
        for place, shop in enumerate(self.trader.places):
            homes = np.unique(self.home[items.sales_a_day[place] > 0])
            if not shop.demand or place in homes or (day + place) % 3 or _weekday(day) == SUNDAY:
                continue
            a_day = items.sales_a_day[place] * items.lot_size * ahead
            here = self.books.quantity[place] + self.under_way[place]
            missing = np.ceil(a_day * 14 + 2 * items.lot_size - here).astype(np.int64)
            spare = self.books.quantity[self.home, np.arange(items.size)]
            amount = np.minimum(missing, spare)
            lines = np.flatnonzero((a_day > 0) & (here < a_day * 6 + items.lot_size) & (amount > 0))
            if len(lines):
                self._send(day, int(homes[0]), place, lines, amount[lines])

    def _send(self, day: int, home: int, place: int, lines: Integers, amount: Integers) -> None:
        numbers = np.arange(self.transfers, self.transfers + len(lines))
        self.transfers += len(lines)
        cents = self.books.issue(
            day, TRANSFERRED_AT, Kind.TRANSFER_OUT, home, lines, amount, transfer=numbers
        )
        parcel = _Parcel(place, lines, amount, cents, numbers)
        self.under_way[place, lines] += amount
        if self.trader.transfer_days == 0:
            self._unload(day, TRANSFERRED_AT, parcel)
            return
        lost = self.random.random() < LOST and day < DAYS - 40
        self.arrivals[NEVER if lost else day + self.trader.transfer_days].append(parcel)

    def _arrive(self, day: int) -> None:
        for parcel in self.arrivals.pop(day, []):
            self._unload(day, TRANSFER_ARRIVED_AT, parcel)

    def _unload(self, day: int, minute: int, parcel: _Parcel) -> None:
        self.under_way[parcel.place, parcel.items] -= parcel.quantity
        self.books.receive(
            day,
            minute,
            Kind.TRANSFER_IN,
            parcel.place,
            parcel.items,
            parcel.quantity,
            parcel.cents,
            transfer=parcel.link,
        )

    # ------------------------------------------------------------------ looking after

    def _count(self, day: int) -> None:
        """Now and then some positions are counted; what was found is booked."""
        if day % 10:
            return
        for place in range(len(self.trader.places)):
            held = np.flatnonzero(self.books.quantity[place] > 0)
            lines = held[self.random.random(len(held)) < COUNTED]
            if not len(lines):
                continue
            book = self.books.quantity[place, lines]
            off = np.rint(self.random.normal(-0.004, 0.03, len(lines)) * book).astype(np.int64)
            off = np.where(self.random.random(len(lines)) < MISCOUNTED, np.maximum(off, -book), 0)
            self.counts.add(
                day=np.full(len(lines), day),
                place=np.full(len(lines), place),
                item=lines,
                book=book,
                counted=book + off,
            )
            self._adjust(day, place, lines, off)

    def _adjust(self, day: int, place: int, lines: Integers, off: Integers) -> None:
        more, less = off > 0, off < 0
        cents = off[more] * self.books.unit_cents[place, lines[more]]
        self.books.receive(day, COUNTED_AT, Kind.ADJUSTMENT, place, lines[more], off[more], cents)
        self.books.issue(day, COUNTED_AT, Kind.ADJUSTMENT, place, lines[less], -off[less])

    def _scrap(self, day: int) -> None:
        """Damaged goods go to blocked stock where there is one, and are scrapped in time."""
        if day % 15 != 7:  # noqa: PLR2004
            return
        held = np.flatnonzero(self.books.quantity[0] > WORTH_A_LOOK)
        lines = held[self.random.random(len(held)) < DAMAGED]
        amount = self.books.quantity[0, lines] // 30 + 1
        for place in self.blocked:
            self._send(day, 0, place, lines, amount)
            kept = self.books.quantity[place]
            old = np.flatnonzero(kept > 0)
            old = old[self.random.random(len(old)) < DISPOSED]
            self.books.issue(day, SCRAPPED_AT, Kind.SCRAP, place, old, kept[old])
        if not self.blocked:
            self.books.issue(day, SCRAPPED_AT, Kind.SCRAP, 0, lines, amount)

    def _write_down(self, day: int) -> None:
        """At the end of 2025 some of what has died is written down by a fifth."""
        if day != WRITTEN_DOWN_ON:
            return
        items = self.catalogue
        for place in np.unique(self.home):
            old = np.flatnonzero((items.ends < day - 200) & (self.books.cents[place] > 0))
            self.books.revalue(
                day,
                REVALUED_AT,
                Kind.REVALUATION,
                int(place),
                old[::3],
                -(self.books.cents[place, old[::3]] // 5),
            )


def _weekday(day: int) -> int:
    return (OPENING_ON + timedelta(days=day)).weekday()
