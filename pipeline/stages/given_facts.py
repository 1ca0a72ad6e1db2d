"""The facts a metric is given, each made when it is first asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import narwhals as nw
import polars as pl

from pipeline.metrics import status_changes as changing
from pipeline.metrics.abc import abc_classes
from pipeline.metrics.cost_gaps import cost_gaps
from pipeline.metrics.cost_plausibility import COSTS, cost_of_lines
from pipeline.metrics.daily import Members
from pipeline.metrics.dead_stock import COUNTED, packed_dead_stock
from pipeline.metrics.fixed_point import collected, stacked
from pipeline.metrics.item_sums import item_sums
from pipeline.metrics.ledger_outline import outlined
from pipeline.metrics.running_positions import BEGINNING, Carried
from pipeline.metrics.running_sums import RunningSums, items_running
from pipeline.metrics.stock_age import bucketed, of_one_age
from pipeline.metrics.stock_status import Masters, stock_status, thresholds_of
from pipeline.metrics.time_windows import FiscalCalendar, day_number, trailing_year_start, windows
from pipeline.metrics.trend import DIMENSIONS as IN_TREND
from pipeline.metrics.trend import trend_dates
from pipeline.metrics.turnover import turnover_sums
from pipeline.metrics.window_edges import edge_days
from pipeline.metrics.window_flows import Flows
from pipeline.policy import Policy
from pipeline.stages.as_of import AsOfPeriod
from pipeline.stages.fact_rows import FactRows, until
from pipeline.warehouse import STOOD, Warehouse

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

    def __init__(  # noqa: PLR0913, PLR0917
        self,
        warehouse: Warehouse,
        rows: FactRows,
        part: AsOfPeriod,
        daily: pl.DataFrame,
        companies: pl.DataFrame,
        detailed: Sequence[date],
    ) -> None:
        """Bring the members to where the facts are."""
        self.warehouse, self.rows, self.part = warehouse, rows, part
        self.daily, self.companies, self.detailed = daily, companies, detailed
        self.items = nw.from_native(warehouse.hold("member_items", part.members.items))
        self.places = nw.from_native(warehouse.hold("member_places", part.members.places))

    @cached_property
    def dead_stock(self) -> pl.DataFrame:
        """The summary on every date without detail and in every trend, in one pass."""
        plain = {day for day in self.part.dates if day not in self.detailed}
        dates = sorted(plain | set(trend_dates(self.detailed)))
        flows = self._status_flows(dates)
        return packed_dead_stock(flows, self.daily, self.part.members, dates)

    @cached_property
    def turnover_trend(self) -> pl.DataFrame:
        """Sums of twelve months on every date of the trend of a detailed date, in one pass."""
        asked = windows(trend_dates(self.detailed), self.part.fiscal, ("trailing_12_months",))
        shown = self.daily.filter(pl.col("dimension").is_in(IN_TREND))
        return turnover_sums(shown, asked, self.companies)

    @cached_property
    def items_running(self) -> RunningSums:
        """What the turnover of items is made of on all detailed dates, in one pass."""
        asked = windows(self.detailed, self.part.fiscal)
        edges = nw.from_native(self.warehouse.hold("edges", edge_days(asked)))
        rows = self.rows.attributed(until(day_number(asked[-1].as_of)))
        sums = collected(item_sums(rows, self.items, self.places, edges, asked))
        return items_running(sums, self.part.masters.items, asked)

    @cached_property
    def outline(self) -> pl.DataFrame:
        """The ledger in outline up to the first detailed date, which needs it too."""
        return self._outlined(BEGINNING, day_number(self.detailed[0]))

    def _outline(self, last: int) -> pl.DataFrame:
        """The ledger in outline up to a day."""
        if not self.detailed:
            return self._outlined(BEGINNING, last)
        first = day_number(self.detailed[0])
        if first == last:
            return self.outline
        since = self._outlined(first, last)
        return stacked([self.outline, since.select(self.outline.columns)])

    def _outlined(self, after: int, until_day: int) -> pl.DataFrame:
        items = thresholds_of(self.part.masters.items, self.part.policy)
        span = changing.span_of(items, self.part.policy.stranded_days)
        rows = self.rows.ledger(f"day > {after} AND {until(until_day)}")
        return collected(outlined(rows, until_day, span))

    def _status_flows(self, dates: Sequence[date]) -> pl.DataFrame:
        """What enters and leaves each status, as the dates see it."""
        days = [day_number(day) for day in dates]
        items = thresholds_of(self.part.masters.items, self.part.policy)
        stranded = self.part.policy.stranded_days
        rows = nw.from_native(self._outline(days[-1]).lazy())
        events = collected(changing.clock_events(rows, days[-1]))
        of_items, of_places = changing.status_stretches(events, items, stranded, days)
        hold, attributed = self.warehouse.hold, self.rows.attributed(until(days[-1]))
        flows = changing.status_flows(
            attributed,
            nw.from_native(hold("of_items", of_items)),
            nw.from_native(hold("of_places", of_places)),
            self.items,
            self.places,
            seen=nw.from_native(hold("seen_on", changing.seen_on(days))),
            first_day=days[0],
            last_day=days[-1],
        )
        gaps = cost_gaps(attributed, self.part.members, COUNTED.index("without_cost"), days[-1])
        return pl.concat([collected(flows), gaps], how="vertical_relaxed")


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

    def __init__(self, period: FactsOfPeriod, carried: Carried, as_of: date) -> None:
        """Go on to the date."""
        self.period, self.as_of = period, as_of
        is_first = as_of == period.detailed[0]
        self.stands = carried.to(as_of, period.outline if is_first else None)

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
        return self.period.items_running.flows(windows([self.as_of], self.period.part.fiscal))

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
        return collected(cost_of_lines(self.period.rows.ledger(wanted), asked))

    @property
    def order_lines(self) -> pl.DataFrame:
        """Order lines of twelve months with their revenue."""
        return self._order_lines

    @cached_property
    def _order_lines(self) -> pl.DataFrame:
        asked = {"first": trailing_year_start(self.as_of), "last": self.as_of}
        return self.period.warehouse.frame(ORDER_LINES, asked)
