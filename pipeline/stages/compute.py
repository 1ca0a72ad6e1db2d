"""Metrics of one date or a range of dates, computed from the facts and written where they belong.

Summary figures of all dates come from running sums over the daily table, in one pass.  Detail (per
SKU) is made for the dates that keep it: month ends, the newest `detail_days`, and the last day
asked for.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import narwhals as nw
import polars as pl

from pipeline.canonical.movement_kinds import IN_TRANSIT
from pipeline.metrics import reconciliation as reconciling
from pipeline.metrics import status_changes as changing
from pipeline.metrics.abc import abc_classes
from pipeline.metrics.consolidation import group_members
from pipeline.metrics.cost_gaps import cost_gaps
from pipeline.metrics.daily import (
    Grain,
    closings,
    daily_sums,
)
from pipeline.metrics.dead_stock import (
    COUNTED,
    dead_stock,
    dead_stock_of_dates,
    packed_dead_stock,
)
from pipeline.metrics.fixed_point import collected
from pipeline.metrics.packing import kept, packed_daily
from pipeline.metrics.running_positions import BEGINNING, Carried
from pipeline.metrics.stock_age import age_of
from pipeline.metrics.stock_status import stock_status, thresholds_of
from pipeline.metrics.tables import METRICS
from pipeline.metrics.time_windows import Window, day_number, is_month_end, windows
from pipeline.metrics.turnover import (
    TURNOVER,
    Flows,
    RunningSums,
    edge_days,
    item_sums,
    items_running,
    turnover_wide,
)
from pipeline.policy import site_policies
from pipeline.settings import GROUP, Site
from pipeline.stages.as_of import AsOfPeriod, as_of_periods, companies_frame, coverages
from pipeline.stages.attribute import ANNULLED, STALE
from pipeline.stages.days import Days
from pipeline.stages.progress import Say
from pipeline.stages.published_views import AS_OF, ATTRIBUTED, DAILY_PACKED, make_views
from pipeline.warehouse import Warehouse

DATES_AT_ONCE = 31
"""So many dates are computed and committed at a time: it bounds memory, and what a kill undoes."""

DETAILS_AT_ONCE = 3
"""So many of them with detail."""


@dataclass(frozen=True)
class Computed:
    """What the metrics stage did."""

    dates: tuple[date, ...]
    detail: tuple[date, ...]
    rows: dict[str, int]
    gaps: int
    differences: int


def compute(warehouse: Warehouse, days: Days, say: Say, also: Collection[date] = ()) -> Computed:
    """Compute every metric of the days and write it, a month of days in one transaction.

    `also` are other dates whose figures are to be made again, in the same pass.
    """
    return Figures(warehouse, days, say).compute(also)


class Figures:
    """The metrics of a range of days, on an open warehouse."""

    def __init__(self, warehouse: Warehouse, days: Days, say: Say) -> None:
        """Look up how far the ledger reaches, and what is known of it."""
        site = warehouse.site
        self.warehouse, self.site, self.days, self.say = warehouse, site, days, say
        self.companies = companies_frame(warehouse, coverages(warehouse, site, days.last))
        self.stands = _stands(warehouse, site)
        self.rows: dict[str, int] = {}
        self.gaps = self.differences = 0
        self.carried = Carried(self._attributed, self._ledger, self._stock)

    def compute(self, also: Collection[date] = ()) -> Computed:
        """Every metric of every date."""
        start = self.site.settings.site.start
        dates = tuple(sorted(day for day in {*self.days, *also} if day >= start))
        detail = self._detail_dates(dates)
        if dates and self.companies.height:
            parts = as_of_periods(self.warehouse, site_policies(self.site), dates)
            for part in parts:
                self._stretch(part, [day for day in part.dates if day in detail], part is parts[-1])
            self._forget_old_detail(dates)
            make_views(self.warehouse)
        return Computed(dates, tuple(sorted(detail)), self.rows, self.gaps, self.differences)

    def bind(self, part: AsOfPeriod) -> None:
        """Bring the members of a stretch to where the facts are."""
        hold = self.warehouse.hold
        self.items = nw.from_native(hold("member_items", part.members.items))
        self.places = nw.from_native(hold("member_places", part.members.places))

    # ---------- one stretch

    def _stretch(self, part: AsOfPeriod, detail: Sequence[date], is_last: bool) -> None:  # noqa: FBT001
        """Every metric of the stretch, committed a month at a time."""
        self.bind(part)
        days = self._daily(part, is_last=is_last)
        plain = [day for day in part.dates if day not in detail]
        idle = self._idle(part, days, plain) if plain else None
        running = self._items_running(part, windows(detail, part.fiscal)) if detail else None
        for some in _some_at_once(part.dates, detail):
            with self.warehouse.transaction():
                self._say_as_of(part, some)
                rows = turnover_wide(days, windows(some, part.fiscal), self.companies)
                self._write("turnover", rows, some, f"NOT {TURNOVER.of_detail}")
                if idle is not None and (own := [day for day in some if day not in detail]):
                    self._write("dead_stock", idle.filter(pl.col("as_of").is_in(own)), own)
                shown = [day for day in some if day in detail]
                if running is not None:
                    for day in shown:
                        self._detail(part, day, running.flows(windows([day], part.fiscal)))
            self.say(f"metrics: {some[0]} to {some[-1]}, detail of {len(shown)} days")

    def _idle(self, part: AsOfPeriod, days: pl.DataFrame, dates: Sequence[date]) -> pl.DataFrame:
        """The packed summary of dead stock on dates without detail."""
        flows = self._status_flows(part, dates)
        return packed_dead_stock(flows, days, part.members, dates)

    def _daily(self, part: AsOfPeriod, *, is_last: bool) -> pl.DataFrame:
        """The daily table under the masters of a stretch, packed; the newest one is kept."""
        if not is_last:
            return self._whole_daily(part)
        used = _mapping(part)
        first = self._first_stale_day(used)
        if first is None:
            return self.warehouse.frame(f"FROM {DAILY_PACKED}")
        where = f"day >= {first}"
        kept, fresh = pl.DataFrame(), None
        if first > BEGINNING:
            kept = self.warehouse.frame(f"FROM {DAILY_PACKED} WHERE NOT {where}")
            fresh = self._daily_since(part, where, closings(kept, first))
        if fresh is None:
            where, kept, fresh = "true", pl.DataFrame(), self._whole_daily(part)
        with self.warehouse.transaction():
            self.warehouse.replace(DAILY_PACKED, fresh, where)
            self.warehouse.replace("facts.members", used)
            self.warehouse.execute(f"DELETE FROM {STALE}")
        self.rows["daily"] = fresh.height
        return pl.concat([kept, fresh]) if kept.width else fresh

    def _first_stale_day(self, used: pl.DataFrame) -> int | None:
        """From which day on the kept daily table is to be made again; a very early one: all."""
        if not self.warehouse.has("facts.members") or not self.warehouse.has(DAILY_PACKED):
            return BEGINNING
        before = self.warehouse.frame("FROM facts.members")
        if before.columns != used.columns:
            return BEGINNING
        both = before.join(used, on=["kind", "number"], suffix="_now")
        moved = pl.any_horizontal(
            pl.col(name).ne_missing(pl.col(f"{name}_now")) for name in MEMBERSHIP
        )
        if both.filter(moved).height:
            return BEGINNING
        return self.warehouse.value(f"SELECT min(first_day) FROM {STALE}")

    def _whole_daily(self, part: AsOfPeriod) -> pl.DataFrame:
        made = self._daily_since(part, "true")
        assert made is not None  # noqa: S101 - nothing came before that it might not fit
        return made

    def _daily_since(
        self,
        part: AsOfPeriod,
        where: str,
        before: pl.DataFrame | None = None,
    ) -> pl.DataFrame | None:
        rows: dict[Grain, nw.LazyFrame[Any]] = {
            "place": self._stock(where),
            "item_class": self._stock(where),
            "supplier_no": self._attributed(where),
            "channel": self._sold(where),
        }
        sums: dict[Grain, pl.DataFrame] = {
            grain: collected(daily_sums(frame, self.items, self.places, grain))
            for grain, frame in rows.items()
        }
        return packed_daily(sums, part.members, before)

    def dead_stock(
        self,
        part: AsOfPeriod,
        days: pl.DataFrame,
        dates: Sequence[date],
    ) -> pl.DataFrame:
        """The summary of dead stock on dates without detail, in one pass."""
        flows = self._status_flows(part, dates)
        return dead_stock_of_dates(flows, days, part.members, dates)

    def _status_flows(self, part: AsOfPeriod, dates: Sequence[date]) -> pl.DataFrame:
        """What enters and leaves each status, from the first of the dates to the last."""
        first, last = day_number(dates[0]), day_number(dates[-1])
        items = thresholds_of(part.masters.items, part.policy)
        stranded = part.policy.stranded_days
        span = changing.span_of(items, stranded)
        events = collected(changing.clock_events(self._ledger(_until(last)), last, span))
        of_items = changing.item_segments(events, items)
        of_places = changing.stranded_segments(events, items, of_items, stranded)
        hold, attributed = self.warehouse.hold, self._attributed(_until(last))
        flows = changing.status_flows(
            attributed,
            nw.from_native(hold("of_items", changing.touching(of_items, first, last))),
            nw.from_native(hold("of_places", changing.touching(of_places, first, last))),
            self.items,
            self.places,
            last_day=last,
        )
        gaps = cost_gaps(attributed, part.members, COUNTED.index("without_cost"), last)
        return pl.concat([collected(flows), gaps], how="vertical_relaxed")

    # ---------- detail of one date

    def _detail(self, part: AsOfPeriod, day: date, flows: Flows) -> None:
        masters, policy, one = part.masters, part.policy, [day]
        self._write("turnover", flows.divided(self.companies), one, "dimension = 'sku'")
        classes = abc_classes(flows.outflow_of_year(), masters.items, policy.abc)
        group = part.members.group
        by_class = flows.by_class(classes, group).divided(self.companies)
        self._write("turnover", kept(by_class, group), one, "dimension = 'abc_class'")
        stands = self.carried.to(day)
        known = type(masters)(masters.items, masters.warehouses, masters.suppliers, classes)
        status = stock_status(stands.held, stands.moved, known, policy=policy, as_of=day)
        self._write("stock_status", status, one)
        self._write("dead_stock", kept(dead_stock(status, group), group), one)
        self._write("stock_age", age_of(stands.layers, masters, day), one)
        self._write("reconciliation", self._reconciliation(part, day), one)

    def _items_running(self, part: AsOfPeriod, asked: Sequence[Window]) -> RunningSums:
        """What the turnover of items is made of on all dates, in one pass over the ledger."""
        edges = nw.from_native(self.warehouse.hold("edges", edge_days(asked)))
        rows = self._stock(_until(day_number(asked[-1].as_of)))
        sums = collected(item_sums(rows, self.items, self.places, edges, asked))
        return items_running(sums, part.masters.items, asked)

    def _reconciliation(self, part: AsOfPeriod, day: date) -> pl.DataFrame:
        sums = self.carried.rolled(day)
        balances = self.warehouse.frame(self.warehouse.text("canonical/balance"), {"day": day})
        rows = reconciling.reconciled(
            sums,
            part.masters.items,
            part.masters.warehouses,
            as_of=day,
            tolerance=part.policy.reconciliation,
            held=self.carried.held,
            balances=balances if balances.height else None,
            quarantined=self.warehouse.frame(QUARANTINED),
        )
        self.gaps += rows.filter(~pl.col("adds_up")).height
        self.differences += rows.filter(~pl.col("agrees")).height
        return rows

    # ---------- rows of the facts

    def _attributed(self, where: str) -> nw.LazyFrame[Any]:
        return nw.from_native(self.warehouse.relation(f"FROM {ATTRIBUTED} WHERE {where}"))

    def _ledger(self, where: str) -> nw.LazyFrame[Any]:
        return nw.from_native(self.warehouse.relation(f"{LEDGER} WHERE {where}"))

    def _stock(self, where: str) -> nw.LazyFrame[Any]:
        """The stock ledger with the goods in transit: all stock there is, in the fewest rows."""
        return nw.from_native(self.warehouse.relation(STOCK.format(where=where)))

    def _sold(self, where: str) -> nw.LazyFrame[Any]:
        """What went through a sales channel, which only the stock ledger knows."""
        return nw.from_native(
            self.warehouse.relation(f"{SOLD} WHERE channel IS NOT NULL AND {where}")
        )

    # ---------- writing

    def _write(
        self,
        metric: str,
        rows: pl.DataFrame,
        dates: Sequence[date],
        where: str = "true",
    ) -> None:
        """Replace a metric's facts of the dates."""
        if "as_of" not in rows.columns:
            rows = rows.with_columns(as_of=pl.lit(dates[-1]))
        stored = rows.cast({pl.Int128: pl.Int64})
        self.rows[metric] = self.rows.get(metric, 0) + self.warehouse.replace(
            f"facts.{metric}", stored, f"{_listed(dates)} AND {where}"
        )

    def _say_as_of(self, part: AsOfPeriod, dates: Sequence[date]) -> None:
        """Write down what all rows of a company and date have in common."""
        source = pl.col("company")
        if part.members.group.is_one_company:
            source = pl.lit(part.members.group.companies[0])
        versions = {"metric": list(METRICS), "version": [m.version for m in METRICS.values()]}
        rows = (
            pl.DataFrame({"as_of": dates})
            .join(self.stands, how="cross")
            .join(pl.DataFrame(versions), how="cross")
            .select(
                "company",
                "metric",
                "as_of",
                "currency",
                "known_on",
                source=source,
                data_through=pl.min_horizontal("data_through", "as_of"),
                definition_version="version",
                policy_version=pl.lit(part.policy.version),
            )
        )
        self.warehouse.replace(AS_OF, rows, _listed(dates))

    def _detail_dates(self, dates: Sequence[date]) -> set[date]:
        """Month ends, the newest days, and the last day asked for."""
        if not dates:
            return set()
        newest = max(self._newest(), dates[-1])
        keep = newest - timedelta(days=self.site.settings.site.detail_days)
        shown = {self.days.last} & set(dates)
        return {day for day in dates if day > keep or is_month_end(day)} | shown

    def _newest(self) -> date:
        """The newest as-of date that has figures."""
        if not self.warehouse.has(AS_OF):
            return date.min
        return self.warehouse.value(f"SELECT max(as_of) FROM {AS_OF}") or date.min

    def _forget_old_detail(self, dates: Sequence[date]) -> None:
        """Detail is kept of month ends and the newest days; older days are made on demand."""
        newest, last = max(self._newest(), dates[-1]), self.days.last
        keep = newest - timedelta(days=self.site.settings.site.detail_days)
        old = f"as_of <= DATE '{keep}' AND as_of <> last_day(as_of) AND as_of <> DATE '{last}'"
        for metric in METRICS.values():
            if metric.of_detail and self.warehouse.has(metric.table):
                self.warehouse.execute(
                    f"DELETE FROM {metric.table} WHERE {old} AND {metric.of_detail}"
                )


MEMBERSHIP = ("first", "second", "third", "is_abnormal")
LEDGER = f"""
SELECT company, movement_no, item_no, warehouse_no, supplier_no, day, seq, kind_no,
    (quantity * 1000000)::BIGINT AS quantity_e6, (value * 10000)::BIGINT AS value_e4,
    order_line_key, transfer_key, received_day, coalesce(is_reversal, false) AS is_reversal,
    annulled_day
FROM canonical.stock_movement
LEFT JOIN (SELECT movement_no AS annulled_no, annulled_day FROM {ANNULLED})
    ON movement_no = annulled_no
"""
STOCK = f"""
SELECT item_no, warehouse_no, day, kind_no, (quantity * 1000000)::BIGINT AS quantity_e6,
    (value * 10000)::BIGINT AS value_e4
FROM canonical.stock_movement WHERE {{where}}
UNION ALL
SELECT item_no, warehouse_no, day, kind_no, quantity_e6, value_e4 FROM {ATTRIBUTED}
WHERE {{where}} AND warehouse_no IN (
    SELECT warehouse_no FROM canonical.warehouse WHERE warehouse = '{IN_TRANSIT}'
)
"""
SOLD = """
SELECT item_no, warehouse_no, day, kind_no, channel, (value * 10000)::BIGINT AS value_e4
FROM canonical.stock_movement
"""
QUARANTINED = """
SELECT company, sku, warehouse, sum(value) AS value FROM quarantine.stock_movement
WHERE sku IS NOT NULL AND warehouse IS NOT NULL GROUP BY ALL
"""


def _mapping(part: AsOfPeriod) -> pl.DataFrame:
    """Which member and scope everything counts in, also of the group, to see when that changes."""
    members = part.members
    items = members.items.join(members.classes, on="item_class").select(
        kind=pl.lit("item"),
        number="item_no",
        first="category",
        second="subcategory",
        third="stage",
        is_abnormal="is_abnormal_item",
    )
    places = members.places.join(members.warehouses, on="place").select(
        "company",
        number="warehouse_no",
        dimension=pl.lit("warehouse"),
        member="warehouse",
        is_abnormal="is_abnormal_place",
    )
    suppliers = part.masters.suppliers.select(
        "company",
        number="supplier_no",
        dimension=pl.lit("supplier"),
        member="supplier",
        is_abnormal=pl.lit(value=False),
    )
    coded = pl.concat([places, suppliers])
    named = coded.join(group_members(coded, members.group), on=["company", "dimension", "member"])
    codes = named.select(
        kind="dimension",
        number="number",
        first="member",
        second="group_member",
        third=pl.lit(None, pl.String),
        is_abnormal="is_abnormal",
    )
    return pl.concat([items, codes]).sort("kind", "number")


def _stands(warehouse: Warehouse, site: Site) -> pl.DataFrame:
    """Per company and for the group: currency, and how far and how late its knowledge reaches."""
    reached = warehouse.frame(
        "SELECT company, max(known_on) AS known_on, max(extract_on) AS data_through "
        "FROM canonical.delivery GROUP BY company"
    )
    group = reached.select(
        pl.lit(GROUP).alias("company"), pl.col("known_on").max(), pl.col("data_through").min()
    )
    return pl.concat([reached, group]).with_columns(currency=pl.lit(site.settings.site.currency))


def _listed(dates: Sequence[date]) -> str:
    """The condition that a row is of one of some ascending dates."""
    if len(dates) == (dates[-1] - dates[0]).days + 1:
        return f"as_of BETWEEN DATE '{dates[0]}' AND DATE '{dates[-1]}'"
    return f"as_of IN ({', '.join(repr(str(day)) for day in dates)})"


def _some_at_once(dates: Sequence[date], detail: Sequence[date]) -> Iterator[Sequence[date]]:
    """The dates in runs of at most `DATES_AT_ONCE`, of which at most `DETAILS_AT_ONCE` detailed."""
    start = details = 0
    for place, day in enumerate(dates):
        details += day in detail
        if place - start == DATES_AT_ONCE or details > DETAILS_AT_ONCE:
            yield dates[start:place]
            start, details = place, int(day in detail)
    yield dates[start:]


def _until(day: int) -> str:
    return f"day <= {day}"


def published_dates(warehouse: Warehouse) -> tuple[date, ...]:
    """The as-of dates that have figures, ascending."""
    if not warehouse.has(AS_OF):
        return ()
    rows = warehouse.rows(f"SELECT DISTINCT as_of FROM {AS_OF} ORDER BY as_of")
    return tuple(row[0] for row in rows)
