"""Metrics of one date or a range of dates, computed from the facts and written where they belong.

Summary figures of all dates come from running sums over the daily table, in one pass.  Detail (per
SKU) is made for the dates that keep it: month ends, the newest `detail_days`, and the last day
asked for.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import polars as pl

from pipeline.metrics.averages import OVER_DAYS
from pipeline.metrics.packing import kept
from pipeline.metrics.spec import Kept, Metric
from pipeline.metrics.tables import METRICS
from pipeline.metrics.time_windows import is_month_end
from pipeline.policy import site_policies
from pipeline.stages.as_of import AsOfPeriod, as_of_periods, companies_frame, coverages, stands
from pipeline.stages.daily_table import DailyTable
from pipeline.stages.days import Days
from pipeline.stages.fact_rows import FactRows
from pipeline.stages.given_facts import FactsOfDate, FactsOfDates, FactsOfPeriod
from pipeline.stages.member_names import unknown_codes
from pipeline.stages.progress import Say
from pipeline.stages.published_views import AS_OF, make_views
from pipeline.stages.read_ahead import Reader, in_turn, reading_ahead
from pipeline.warehouse import Warehouse
from pipeline.wording import counted

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
        self.stands = stands(warehouse)
        self.rows: dict[str, int] = {}
        self.daily = DailyTable(warehouse, FactRows(warehouse))

    def compute(self, also: Collection[date] = ()) -> Computed:
        """Every metric of every date."""
        start = self.site.settings.site.start
        dates = tuple(sorted(day for day in {*self.days, *also} if day >= start))
        detail = self._detail_dates(dates)
        if dates and self.companies.height:
            newest = max(self._newest(), dates[-1])
            parts = self._periods(dates)
            for code in unknown_codes(parts[-1].masters, parts[-1].members.group):
                self.say(f"warning: policy/group_members.toml maps {code}, which no master has")
            with reading_ahead(self.warehouse) as reader:
                for part in parts:
                    detailed = tuple(day for day in part.dates if day in detail)
                    self._period(part, detailed, newest, reader)
            if newest > dates[-1]:
                self.daily.refresh(self._periods([newest])[0])
            self.rows["daily"] = self.daily.written
            self._forget_old_detail(dates)
            make_views(self.warehouse)
        return Computed(dates, tuple(sorted(detail)), self.rows)

    def _periods(self, dates: Sequence[date]) -> list[AsOfPeriod]:
        return as_of_periods(self.warehouse, site_policies(self.site), dates)

    def _period(
        self, part: AsOfPeriod, detail: tuple[date, ...], newest: date, reader: Reader
    ) -> None:
        """Every metric of the period, committed a month at a time."""
        period = FactsOfPeriod(part, self.companies, detail, reader)
        period.daily = self.daily.of(part, is_newest=part.dates[-1] == newest)
        for some in _some_at_once(part.dates, detail):
            given = FactsOfDates(period, some)
            with self.warehouse.transaction():
                self._say_as_of(part, given)
                for told in in_turn(reader.working, _figures(given)):
                    self._write(told)
            self.say(
                f"metrics: {some[0]} to {some[-1]}, detail of {counted(len(given.detailed), 'day')}"
            )

    # ---------- writing

    def _write(self, told: "_Told") -> None:
        """Replace a metric's facts of the dates."""
        metric = told.metric
        self.rows[metric.name] = self.rows.get(metric.name, 0) + self.warehouse.replace(
            metric.table, told.rows, f"{_listed(told.dates)} AND {told.where}"
        )

    def _say_as_of(self, part: AsOfPeriod, given: FactsOfDates) -> None:
        """Write down what all rows of a company, metric and date have in common."""
        group, detailed = part.members.group, list(given.detailed)
        source = pl.lit(group.companies[0]) if group.is_one_company else pl.col("company")
        stated = pl.DataFrame(
            [
                (name, metric.version, metric.kept is Kept.DETAIL)
                for name, metric in METRICS.items()
            ],
            schema={"metric": pl.String, "version": pl.String, "is_detail": pl.Boolean},
            orient="row",
        )
        rows = (
            pl.DataFrame({"as_of": given.dates})
            .join(self.stands, how="cross")
            .join(stated, how="cross")
            .filter(~pl.col("is_detail") | pl.col("as_of").is_in(detailed))
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
        self.warehouse.replace(AS_OF, rows, _listed(given.dates))

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
            if metric.kept is Kept.DETAIL:
                self.warehouse.execute(
                    f"DELETE FROM {AS_OF} WHERE {old} AND metric = $metric", {"metric": metric.name}
                )


@dataclass(frozen=True)
class _Told:
    """What a metric says of some dates, as it is kept."""

    metric: Metric
    rows: pl.DataFrame
    dates: Sequence[date]
    where: str
    """SQL: which of its rows of the dates these are"""


def _figures(given: FactsOfDates) -> Iterator[Callable[[], _Told]]:
    """How to work out what every metric says of the dates, and then of each detailed one."""
    for metric in METRICS.values():
        dates = given.dates if metric.kept is Kept.EVERY_DATE else given.detailed
        if metric.of_dates is not None and dates:
            yield partial(_of_dates, metric, given, dates)
    for day in given.detailed:
        one = FactsOfDate(given.period, day)
        for metric in METRICS.values():
            if metric.of_date is not None:
                yield partial(_of_date, metric, one)


def _of_dates(metric: Metric, given: FactsOfDates, dates: Sequence[date]) -> _Told:
    """What a metric says of many dates: its summary of all, or its detail of some."""
    assert metric.of_dates is not None, "it says nothing of many dates"  # noqa: S101
    rows = kept(metric.of_dates(given), given.period.part.members.group)
    return _Told(metric, _stored(rows), dates, f"NOT {metric.detail}" if metric.detail else "true")


def _of_date(metric: Metric, given: FactsOfDate) -> _Told:
    """What a metric says of one date in detail."""
    assert metric.of_date is not None, "it says nothing of one date"  # noqa: S101
    rows = kept(metric.of_date(given), given.members.group)
    dated = rows.with_columns(as_of=pl.lit(given.as_of))
    where = metric.detail if metric.of_dates is not None else "true"
    return _Told(metric, _stored(dated), [given.as_of], where)


def _stored(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with their numbers as wide as they are kept."""
    wide = [pl.col(name).cast(pl.Decimal(38, 0)) for name in OVER_DAYS if name in rows.columns]
    return rows.with_columns(wide).cast({pl.Int128: pl.Int64})


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


def published_dates(warehouse: Warehouse) -> tuple[date, ...]:
    """The as-of dates that have figures, ascending."""
    if not warehouse.has(AS_OF):
        return ()
    rows = warehouse.rows(f"SELECT DISTINCT as_of FROM {AS_OF} ORDER BY as_of")
    return tuple(row[0] for row in rows)
