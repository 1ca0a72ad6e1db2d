"""Moving: stores are filled up from their home warehouse; some transfers never arrive."""

import numpy as np

from pipeline.canonical.movement_kinds import Kind
from pipeline.demo.books import Integers
from pipeline.demo.business import SUNDAY, Business, Parcel, weekday
from pipeline.demo.group import DAYS

TRANSFER_ARRIVED_AT = 480
TRANSFERRED_AT = 1080
NEVER = DAYS + 10**4
LOST = 0.002  # transfers that never arrive


def transfer(business: Business, day: int) -> None:
    """Stores are filled up every third day with what their home warehouse can spare."""
    items = business.catalogue
    ahead = business.ahead(day) * (items.begins - 10 <= day) * (day < items.ends - 5)
    for place, shop in enumerate(business.trader.places):
        homes = np.unique(business.home[items.sales_a_day[place] > 0])
        if not shop.demand or place in homes or (day + place) % 3 or weekday(day) == SUNDAY:
            continue
        a_day = items.sales_a_day[place] * items.lot_size * ahead
        here = business.books.quantity[place] + business.under_way[place]
        missing = np.ceil(a_day * 14 + 2 * items.lot_size - here).astype(np.int64)
        spare = business.books.quantity[business.home, np.arange(items.size)]
        amount = np.minimum(missing, spare)
        lines = np.flatnonzero((a_day > 0) & (here < a_day * 6 + items.lot_size) & (amount > 0))
        if len(lines):
            send(business, day, int(homes[0]), place, lines, amount[lines])


def send(  # noqa: PLR0913, PLR0917 - what, when, from where and to where
    business: Business, day: int, home: int, place: int, lines: Integers, amount: Integers
) -> None:
    """Send stock to another warehouse, where it arrives some days later or never."""
    numbers = np.arange(business.transfers, business.transfers + len(lines))
    business.transfers += len(lines)
    cents = business.books.issue(
        day, TRANSFERRED_AT, Kind.TRANSFER_OUT, home, lines, amount, transfer=numbers
    )
    parcel = Parcel(place, lines, amount, cents, numbers)
    business.under_way[place, lines] += amount
    if business.trader.transfer_days == 0:
        _unload(business, day, TRANSFERRED_AT, parcel)
        return
    lost = business.random.random() < LOST and day < DAYS - 40
    business.arrivals[NEVER if lost else day + business.trader.transfer_days].append(parcel)


def arrive(business: Business, day: int) -> None:
    """Book what arrives from other warehouses today."""
    for parcel in business.arrivals.pop(day, []):
        _unload(business, day, TRANSFER_ARRIVED_AT, parcel)


def _unload(business: Business, day: int, minute: int, parcel: Parcel) -> None:
    business.under_way[parcel.place, parcel.items] -= parcel.quantity
    business.books.receive(
        day,
        minute,
        Kind.TRANSFER_IN,
        parcel.place,
        parcel.items,
        parcel.quantity,
        parcel.cents,
        transfer=parcel.link,
    )
