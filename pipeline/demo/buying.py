"""Buying: orders to suppliers, what arrives of them, what goes back, what freight costs."""

import numpy as np

from pipeline.canonical.movement_kinds import Kind
from pipeline.demo.books import Integers
from pipeline.demo.business import REVIEW_DAYS, SAFETY_DAYS, Business, Parcel, weekday

RECEIVED_AT = 420
LANDED_AT = 540
SENT_BACK_AT = 1020
FAULTY = 0.012  # received, and sent back in part
SPLIT = 0.06  # received in two parts


def receive(business: Business, day: int) -> None:
    """Book what suppliers deliver today."""
    for parcel in business.deliveries.pop(day, []):
        business.books.receive(
            day,
            RECEIVED_AT,
            Kind.PURCHASE,
            0,
            parcel.items,
            parcel.quantity,
            parcel.cents,
            order=parcel.link,
            source=business.catalogue.source[parcel.items],
        )
        np.subtract.at(business.on_order, parcel.items, parcel.quantity)
        _plan_returns(business, day, parcel)
        _plan_freight(business, day, parcel)


def _plan_returns(business: Business, day: int, parcel: Parcel) -> None:
    faulty = np.flatnonzero(business.random.random(len(parcel.items)) < FAULTY)
    if len(faulty):
        back = Parcel(
            0,
            parcel.items[faulty],
            parcel.quantity[faulty] // 12 + 1,
            parcel.cents[faulty],
            parcel.link[faulty],
        )
        business.sent_back[day + 3].append(back)


def _plan_freight(business: Business, day: int, parcel: Parcel) -> None:
    pays = np.array([source.landed_cost for source in business.trader.sources])
    imported = np.flatnonzero(pays[business.catalogue.source[parcel.items]])
    if len(imported):
        bill = Parcel(
            0,
            parcel.items[imported],
            parcel.quantity[imported],
            parcel.cents[imported] // 25,
            parcel.link[imported],
        )
        business.landing[day + 2].append(bill)


def pay_freight(business: Business, day: int) -> None:
    """Add the freight of imported goods to their value, as far as they are still there."""
    for bill in business.landing.pop(day, []):
        items, first = np.unique(bill.items, return_index=True)
        held = business.books.quantity[0, items] > 0
        business.books.revalue(
            day,
            LANDED_AT,
            Kind.LANDED_COST,
            0,
            items[held],
            bill.cents[first][held],
            order=bill.link[first][held],
            source=business.catalogue.source[items[held]],
        )


def send_back(business: Business, day: int) -> None:
    """Send faulty goods back to their supplier."""
    for parcel in business.sent_back.pop(day, []):
        items, first = np.unique(parcel.items, return_index=True)
        quantity = np.minimum(parcel.quantity[first], business.books.quantity[0, items])
        some = quantity > 0
        business.books.issue(
            day,
            SENT_BACK_AT,
            Kind.PURCHASE_RETURN,
            0,
            items[some],
            quantity[some],
            order=parcel.link[first][some],
            source=business.catalogue.source[items[some]],
        )


def order(business: Business, day: int) -> None:
    """Order what falls below its level; of what is about to die, far too much."""
    items = business.catalogue
    ahead = business.ahead(day)
    lead = np.array([source.lead_days for source in business.trader.sources])[items.source]
    wanted = items.demand.sum(axis=0) * ahead
    position = business.owned + business.under_way.sum(axis=0) + business.on_order
    level = wanted * (lead + REVIEW_DAYS + SAFETY_DAYS) + 2 * items.lot_size
    needed = level + wanted * items.cover_days - position
    is_sold = (items.begins - 45 <= day) & (day < items.ends - 20)
    is_due = (np.arange(items.size) % 5 == weekday(day)) & is_sold & (position < level)
    last_buy = day == items.ends - 30
    amount = np.where(last_buy, needed + wanted * 60, np.maximum(needed, items.minimum))
    amount = (np.ceil(amount / items.pack) * items.pack).astype(np.int64)
    lines = np.flatnonzero((is_due | last_buy) & ~items.is_made & (amount > 0))
    if len(lines):
        _place(business, day, lines, amount[lines], lead[lines])


def _place(business: Business, day: int, lines: Integers, amount: Integers, lead: Integers) -> None:
    items, random, size = business.catalogue, business.random, len(lines)
    late_share = np.array([source.late_share for source in business.trader.sources])
    is_late = random.random(size) < late_share[items.source[lines]]
    delay = random.integers(-3, 3, size) + is_late * random.integers(6, 26, size)
    drift = (1 + 0.00008 * day) * random.uniform(0.985, 1.015, size)
    price = np.maximum(np.rint(items.unit_cents[lines] * drift), 1).astype(np.int64)
    numbers = business.purchases.add(
        day=np.full(size, day),
        item=lines,
        quantity=amount,
        price=price,
        promised=day + lead,
        source=items.source[lines],
    )
    business.on_order[lines] += amount
    is_split = (random.random(size) < SPLIT) & (amount > 1)
    first = np.where(is_split, amount * 3 // 5, amount)
    _expect(business, day + np.maximum(lead + delay, 2), lines, first, price, numbers)
    rest = is_split & (amount > first)
    late = day + np.maximum(lead + delay, 2) + 6
    _expect(business, late[rest], lines[rest], (amount - first)[rest], price[rest], numbers[rest])


def _expect(  # noqa: PLR0913, PLR0917 - an order line has that many sides
    business: Business,
    days: Integers,
    lines: Integers,
    amount: Integers,
    price: Integers,
    numbers: Integers,
) -> None:
    for day in np.unique(days):
        due = np.flatnonzero((days == day) & (amount > 0))
        quantity = amount[due]
        parcel = Parcel(0, lines[due], quantity, quantity * price[due], numbers[due])
        business.deliveries[int(day)].append(parcel)
