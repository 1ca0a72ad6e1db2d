"""Two years of trade of one sample company, day by day: buying, making, moving, selling, counting.

Every day works on all items at once.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.demo import buying, keeping, making, moving, selling
from pipeline.demo.business import Business
from pipeline.demo.catalogue import Catalogue, draw_catalogue
from pipeline.demo.group import DAYS, Trader


@dataclass(frozen=True)
class Trade:
    """What one company did: its postings, orders and counts; `item`, `place` … are positions."""

    trader: Trader
    catalogue: Catalogue
    journal: pl.DataFrame
    purchases: pl.DataFrame
    sales: pl.DataFrame
    counts: pl.DataFrame


def trade(trader: Trader) -> Trade:
    """All that happened in one company; the same every time."""
    random = np.random.Generator(np.random.PCG64(trader.seed))
    business = Business(trader, draw_catalogue(trader, random), random)
    business.open()
    for day in range(DAYS):
        _live(business, day)
    return Trade(
        trader,
        business.catalogue,
        business.books.journal().with_row_index("row"),
        business.purchases.frame(),
        business.sales.frame(),
        business.counts.frame(),
    )


def _live(business: Business, day: int) -> None:
    """One day, in the order things happen."""
    buying.receive(business, day)
    moving.arrive(business, day)
    buying.pay_freight(business, day)
    making.make(business, day)
    selling.take_back(business, day)
    selling.sell(business, day)
    buying.send_back(business, day)
    moving.transfer(business, day)
    keeping.count(business, day)
    keeping.scrap(business, day)
    keeping.write_down(business, day)
    buying.order(business, day)
