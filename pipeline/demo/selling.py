"""Selling: what customers ask for, what they get, and what they bring back."""

from datetime import timedelta

import numpy as np

from pipeline.canonical.movement_kinds import Kind
from pipeline.demo.books import Integers
from pipeline.demo.business import Business, Parcel
from pipeline.demo.group import DAYS, OPENING_ON

TAKEN_BACK_AT = 720
SOLD_AT = 780
UNHAPPY = 0.012  # sold, and taken back in part


def sell(business: Business, day: int) -> None:
    """Sell in every warehouse what customers ask for, as far as it is there."""
    items = business.catalogue
    today = OPENING_ON + timedelta(days=day)
    factor = business.season[:, today.month - 1] * business.trader.weekday[today.weekday()]
    factor = factor * (1 + 0.0001 * day) * np.where(day > DAYS - 190, business.slump, 1.0)
    is_alive = (items.begins <= day) & (day < items.ends)
    for place in range(len(business.trader.places)):
        chance = items.sales_a_day[place] * factor * is_alive
        asked = np.flatnonzero(business.random.random(items.size) < chance)
        extra = business.random.poisson(items.lot_size[asked] - 0.999)
        if len(asked):
            _deliver(business, day, place, asked, (1 + extra).astype(np.int64))


def _deliver(business: Business, day: int, place: int, asked: Integers, wanted: Integers) -> None:
    """Sell what is there; items that go short are sold before their receipt is booked."""
    on_hand = np.maximum(business.books.quantity[place, asked], 0)
    sold = np.minimum(wanted, on_hand)
    rush = business.catalogue.goes_short[asked] & (business.on_order[asked] > 0)
    sold = np.where(rush, wanted, sold)
    numbers = business.sales.add(
        day=np.full(len(asked), day),
        place=np.full(len(asked), place),
        item=asked,
        wanted=wanted,
        sold=sold,
    )
    some = sold > 0
    cents = business.books.issue(
        day,
        SOLD_AT + 80 * place,
        Kind.SALE,
        place,
        asked[some],
        sold[some],
        sale=numbers[some],
    )
    _plan_take_backs(business, day, Parcel(place, asked[some], sold[some], cents, numbers[some]))


def _plan_take_backs(business: Business, day: int, sold: Parcel) -> None:
    unhappy = np.flatnonzero(business.random.random(len(sold.items)) < UNHAPPY)
    if len(unhappy):
        quantity = (sold.quantity[unhappy] + 1) // 2
        cents = sold.cents[unhappy] * quantity // sold.quantity[unhappy]
        back = Parcel(sold.place, sold.items[unhappy], quantity, cents, sold.link[unhappy])
        business.taken_back[day + 2 + day % 9].append(back)


def take_back(business: Business, day: int) -> None:
    """Take back what customers bring today, at the cost it was sold for."""
    for back in business.taken_back.pop(day, []):
        business.books.receive(
            day,
            TAKEN_BACK_AT,
            Kind.SALE_RETURN,
            back.place,
            back.items,
            back.quantity,
            back.cents,
            sale=back.link,
        )
