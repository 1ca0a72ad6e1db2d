"""Making: what is due is made, as far as its components suffice."""

import numpy as np

from pipeline.canonical.movement_kinds import Kind
from pipeline.demo.books import Integers
from pipeline.demo.business import REVIEW_DAYS, SAFETY_DAYS, SUNDAY, Business, weekday
from pipeline.demo.catalogue import CONVERSION

CONSUMED_AT = 600
MADE_AT = 660


def make(business: Business, day: int) -> None:
    """Make what is due, and value it at its components' cost and the conversion."""
    items = business.catalogue
    if not items.is_made.any() or weekday(day) == SUNDAY:
        return
    wanted = items.demand.sum(axis=0) * business.ahead(day)
    position = business.owned + business.under_way.sum(axis=0)
    is_due = (np.arange(items.size) % 6 == weekday(day)) & items.is_made
    is_due &= (items.begins <= day + 20) & (day < items.ends - 5)
    is_due &= position < wanted * (2 * SAFETY_DAYS + REVIEW_DAYS) + 4 * items.lot_size
    amount = np.ceil(wanted * (items.cover_days * 0.6 + REVIEW_DAYS)).astype(np.int64)
    amount = _possible(business, np.flatnonzero(is_due & (amount > 0)), amount)
    made = np.flatnonzero(amount)
    if not len(made):
        return
    needs = _needs(business, made, amount)
    used = np.flatnonzero(needs)
    cents = business.books.issue(day, CONSUMED_AT, Kind.PRODUCTION_ISSUE, 0, used, needs[used])
    unit = np.zeros(items.size)
    unit[used] = cents / needs[used]
    material = (unit[items.components[made]] * items.units_each[made]).sum(axis=1)
    value = np.rint(material * amount[made] * (1 + CONVERSION)).astype(np.int64)
    business.books.receive(day, MADE_AT, Kind.PRODUCTION_RECEIPT, 1, made, amount[made], value)


def _needs(business: Business, made: Integers, amount: Integers) -> Integers:
    needs = np.zeros(business.catalogue.size, np.int64)
    units = business.catalogue.units_each[made] * amount[made][:, None]
    np.add.at(needs, business.catalogue.components[made], units)
    return needs


def _possible(business: Business, made: Integers, amount: Integers) -> Integers:
    """How much of what is due the components on hand suffice for, shared out evenly."""
    needs = np.maximum(_needs(business, made, amount), 1)
    share = np.clip(business.books.quantity[0] / needs, 0, 1)
    possible = np.zeros(business.catalogue.size, np.int64)
    least = share[business.catalogue.components[made]].min(axis=1)
    possible[made] = np.floor(amount[made] * least).astype(np.int64)
    return possible
