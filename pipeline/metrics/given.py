"""What a metric is given: facts of many dates at once, or of one date in detail.

Whoever computes decides where the facts come from; each is made when it is first asked for.
"""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Protocol

import polars as pl

from pipeline.metrics.time_windows import FiscalCalendar
from pipeline.policy import Policy

if TYPE_CHECKING:  # each of them describes its metric, and with it what it is given
    from pipeline.metrics.daily import Members
    from pipeline.metrics.running_positions import Standing
    from pipeline.metrics.stock_status import Masters
    from pipeline.metrics.window_flows import Flows


class Dates(Protocol):
    """Some dates that share masters and policy."""

    @property
    def dates(self) -> Sequence[date]:
        """The dates, ascending."""
        ...

    @property
    def detailed(self) -> Sequence[date]:
        """Those of them that keep detail."""
        ...

    @property
    def fiscal(self) -> FiscalCalendar:
        """The calendar of the policy."""
        ...

    @property
    def policy(self) -> Policy:
        """The policy of the dates."""
        ...

    @property
    def companies(self) -> pl.DataFrame:
        """company, first_day of its ledger, covered_to."""
        ...

    @property
    def daily(self) -> pl.DataFrame:
        """The daily table under those masters, as it is kept."""
        ...

    def turnover_on(self, dates: Sequence[date]) -> pl.DataFrame:
        """`turnover` of twelve months as of months before the detailed dates, as kept."""
        ...

    def dead_stock_on(self, dates: Sequence[date]) -> pl.DataFrame:
        """`dead_stock` as of some of the dates, or of months before the detailed ones, as kept."""
        ...


class OneDate(Protocol):
    """One date in detail."""

    @property
    def as_of(self) -> date:
        """The date."""
        ...

    @property
    def policy(self) -> Policy:
        """Its policy."""
        ...

    @property
    def companies(self) -> pl.DataFrame:
        """company, first_day of its ledger, covered_to."""
        ...

    @property
    def members(self) -> "Members":
        """Who belongs where."""
        ...

    @property
    def masters(self) -> "Masters":
        """Items with their classes, warehouses and suppliers."""
        ...

    @property
    def item_flows(self) -> "Flows":
        """What every item had in every window that ends on the date."""
        ...

    @property
    def stands(self) -> "Standing":
        """Positions, layers, last movements and the month's roll-forward."""
        ...

    @property
    def status(self) -> pl.DataFrame:
        """`stock_status` of the date."""
        ...

    @property
    def ages(self) -> pl.DataFrame:
        """The layers of the date, `stock_age.bucketed`."""
        ...

    @property
    def balances(self) -> pl.DataFrame:
        """company, sku, warehouse, quantity, value as ERPs delivered them for the day."""
        ...

    @property
    def quarantined(self) -> pl.DataFrame:
        """company, sku, warehouse, value of refused rows."""
        ...

    @property
    def order_costs(self) -> pl.DataFrame:
        """Cost of sales by order line, as `cost_plausibility.cost_of_lines` gives it."""
        ...

    @property
    def order_lines(self) -> pl.DataFrame:
        """company, order_line_key, revenue of the lines ordered in the twelve months."""
        ...
