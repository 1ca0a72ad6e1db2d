"""The facts a metric is given, each made when it is first asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import narwhals as nw
import polars as pl

from pipeline.metrics.abc import abc_classes
from pipeline.metrics.cost_plausibility import COSTS, cost_of_lines
from pipeline.metrics.daily import Members
from pipeline.metrics.dead_stock import packed_dead_stock
from pipeline.metrics.fixed_point import collected
from pipeline.metrics.running_positions import Standing
from pipeline.metrics.stock_age import bucketed, of_one_age
from pipeline.metrics.stock_status import Masters, stock_status
from pipeline.metrics.time_windows import FiscalCalendar, day_number, trailing_year_start, windows
from pipeline.metrics.trend import DIMENSIONS as IN_TREND
from pipeline.metrics.trend import trend_dates
from pipeline.metrics.turnover import turnover_sums
from pipeline.metrics.window_flows import Flows
from pipeline.policy import Policy
from pipeline.stages.as_of import AsOfPeriod
from pipeline.stages.fact_rows import FactRows, until
from pipeline.stages.read_ahead import Reader
from pipeline.warehouse import STOOD

ORDER_LINES = """
SELECT company, order_line_key, revenue FROM canonical.sales_order_line
WHERE ordered_on BETWEEN $first AND $last AND revenue IS NOT NULL
"""
QUARANTINED = f"""
SELECT company, sku, warehouse, sum(value) AS value FROM quarantine.stock_movement
WHERE {STOOD} AND sku IS NOT NULL AND warehouse IS NOT NULL GROUP BY ALL
"""


class FactsOfPeriod:
    """What all dates of a period share: masters and policy, the daily table, running sums."""

    def __init__(
        self,
        part: AsOfPeriod,
        companies: pl.DataFrame,
        detailed: Sequence[date],
        reader: Reader,
    ) -> None:
        """Begin to read; the daily table is given when it is brought up to the facts."""
        self.warehouse, self.part, self.companies = reader.beside, part, companies
        self.detailed, self.daily = detailed, pl.DataFrame()
        plain = {day for day in part.dates if day not in detailed}
        self._summed_up = sorted(plain | set(trend_dates(detailed)))
        self.ahead = reader.begin(part, detailed, self._summed_up)

    @cached_property
    def dead_stock(self) -> pl.DataFrame:
        """The summary on every date without detail and in every trend, in one pass."""
        flows, members = self.ahead.status_flows, self.part.members
        return packed_dead_stock(flows, self.daily, members, self._summed_up)

    @cached_property
    def turnover_trend(self) -> pl.DataFrame:
        """Sums of twelve months on every date of the trend of a detailed date, in one pass."""
        asked = windows(trend_dates(self.detailed), self.part.fiscal, ("trailing_12_months",))
        shown = self.daily.filter(pl.col("dimension").is_in(IN_TREND))
        return turnover_sums(shown, asked, self.companies)


@dataclass(frozen=True)
class FactsOfDates:
    """What a metric of many dates is given of some dates of a period."""

    period: FactsOfPeriod
    dates: Sequence[date]

    @property
    def detailed(self) -> Sequence[date]:
        """Those of them that keep detail."""
        return [day for day in self.dates if day in self.period.detailed]

    @property
    def fiscal(self) -> FiscalCalendar:
        """The calendar of the policy."""
        return self.period.part.fiscal

    @property
    def policy(self) -> Policy:
        """The policy of the dates."""
        return self.period.part.policy

    @property
    def companies(self) -> pl.DataFrame:
        """How far each company's ledger reaches."""
        return self.period.companies

    @property
    def daily(self) -> pl.DataFrame:
        """The daily table, as it is kept."""
        return self.period.daily

    def turnover_on(self, dates: Sequence[date]) -> pl.DataFrame:
        """Turnover of twelve months as of some dates of a trend."""
        return self.period.turnover_trend.filter(pl.col("as_of").is_in(dates))

    def dead_stock_on(self, dates: Sequence[date]) -> pl.DataFrame:
        """`dead_stock` as of some of the dates, or of their trend."""
        return self.period.dead_stock.filter(pl.col("as_of").is_in(dates))


class FactsOfDate:
    """What a metric is given of one detailed date; dates are asked for in their order."""

    def __init__(self, period: FactsOfPeriod, as_of: date) -> None:
        """Nothing of the date is asked for yet."""
        self.period, self.as_of = period, as_of

    @property
    def stands(self) -> Standing:
        """What stands at the end of the date."""
        return self._stands

    @cached_property
    def _stands(self) -> Standing:
        return self.period.ahead.standing(self.as_of)

    @property
    def policy(self) -> Policy:
        """The policy of the date."""
        return self.period.part.policy

    @property
    def companies(self) -> pl.DataFrame:
        """How far each company's ledger reaches."""
        return self.period.companies

    @property
    def members(self) -> Members:
        """Who belongs where on the date."""
        return self.period.part.members

    @property
    def item_flows(self) -> Flows:
        """What every item had in every window that ends on the date."""
        return self._flows

    @cached_property
    def _flows(self) -> Flows:
        return self.period.ahead.items_running.flows(windows([self.as_of], self.period.part.fiscal))

    @property
    def masters(self) -> Masters:
        """Items with their classes, warehouses and suppliers."""
        return self._masters

    @cached_property
    def _masters(self) -> Masters:
        known = self.period.part.masters
        classes = abc_classes(self.item_flows.outflow_of_year(), known.items, self.policy.abc)
        return Masters(known.items, known.warehouses, known.suppliers, classes)

    @property
    def status(self) -> pl.DataFrame:
        """`stock_status` of the date."""
        return self._status

    @cached_property
    def _status(self) -> pl.DataFrame:
        return stock_status(
            self.stands.held,
            self.stands.moved,
            self.masters,
            policy=self.policy,
            as_of=self.as_of,
            ages=of_one_age(self.ages),
        )

    @property
    def ages(self) -> pl.DataFrame:
        """The layers of the date by bucket of age."""
        return self._ages

    @cached_property
    def _ages(self) -> pl.DataFrame:
        return bucketed(self.stands.layers, day_number(self.as_of))

    @property
    def balances(self) -> pl.DataFrame:
        """Balances as ERPs delivered them for the day."""
        warehouse = self.period.warehouse
        return warehouse.frame(warehouse.text("canonical/balance"), {"day": self.as_of})

    @property
    def quarantined(self) -> pl.DataFrame:
        """The money of the rows that stood refused."""
        return self.period.warehouse.frame(QUARANTINED, {"as_of": self.as_of})

    @property
    def order_costs(self) -> pl.DataFrame:
        """Cost of sales of those order lines."""
        lines = self.order_lines.select("order_line_key")
        if lines.is_empty():  # most ledgers come without orders: nothing need be read
            return pl.DataFrame(schema=COSTS)
        asked = nw.from_native(self.period.warehouse.hold("asked_lines", lines))
        wanted = until(day_number(self.as_of))
        return collected(cost_of_lines(FactRows(self.period.warehouse).ledger(wanted), asked))

    @property
    def order_lines(self) -> pl.DataFrame:
        """Order lines of twelve months with their revenue."""
        return self._order_lines

    @cached_property
    def _order_lines(self) -> pl.DataFrame:
        asked = {"first": trailing_year_start(self.as_of), "last": self.as_of}
        return self.period.warehouse.frame(ORDER_LINES, asked)
