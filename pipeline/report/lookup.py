"""The input looked up by what a page asks for: turnover of a member, its months, its dead stock."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

import polars as pl

from pipeline.report.inputs import ReportInput
from pipeline.report.knowledge import can_compare, is_material, unattributed_shares, undated_stock
from pipeline.report.member_figures import (
    NOUGHT,
    Benchmark,
    DeadStock,
    Point,
    Row,
    Turnover,
    benchmark_of,
    dead_stock_of,
    decimal,
    ratio_of,
    turnover_of,
)
from pipeline.report.sentences import Label, Names, term
from pipeline.settings import GROUP

YEAR = "trailing_12_months"
SHORTER_WINDOWS = ("year_to_date", "quarter", "month")
NORMAL = "normal"
ALL = "all"
VALUATION = "valuation"
BUCKETS = ("0-30", "31-60", "61-90", "91-180", "181-365", ">365")
TERMS = {
    "uncategorised": "Uncategorised",
    "unattributed": "Unattributed",
    "own_production": "Own production",
    "in_transit": "In transit",
    "raw": "Raw material",
    "wip": "Work in progress",
    "finished": "Finished goods",
    "trading": "Trading goods",
}


class Facts:
    """The rows of a `ReportInput`, by key."""

    def __init__(self, given: ReportInput) -> None:
        """Keep the input; look-ups are built when first asked for."""
        self.given = given
        self.policy = given.policy
        self.company = given.company
        self.as_of = given.as_of

    @property
    def is_group(self) -> bool:
        """Whether the audience is a group of several companies; a lone one needs no sums."""
        known = {*self.given.coverage["company"], *self.given.silent}
        return self.company == GROUP and len(known) > 1

    @cached_property
    def has_companies(self) -> bool:
        """Whether the audience is more than one company; a lone company is its own group."""
        return self.is_group and len(self.members("company")) > 2  # noqa: PLR2004 - it and `*`

    def is_material(self, value: Decimal) -> bool:
        """Whether an amount is worth a sentence beside the audience's stock."""
        return is_material(value, self.total.stock if self.total else NOUGHT, self.given)

    def companies(self, names: Sequence[str]) -> Names | None:
        """What some companies are called; None where there are none."""
        return Names(tuple(self.label("company", name) for name in names)) if names else None

    @cached_property
    def ledger_from(self) -> date | None:
        """The first day of the ledger, or the earliest that the input shows."""
        days = self.given.daily["day"]
        return self.given.ledger_from or (days.min() if days.len() else None)  # type: ignore[return-value]

    @cached_property
    def prior_as_of(self) -> date | None:
        """The comparison date, where the input has one."""
        return max((on for on, *_ in self._turnover if on < self.as_of), default=None)

    def turnover(  # noqa: PLR0913 - the key of a published row
        self,
        dimension: str,
        member: str,
        *,
        on: date | None = None,
        window: str = YEAR,
        basis: str | None = None,
        scope: str = NORMAL,
    ) -> Turnover | None:
        """The published turnover of one member, or nothing where it has no row."""
        key = (on or self.as_of, window, basis or self.policy.basis, scope, dimension, member)
        row = self._turnover.get(key)
        return turnover_of(row) if row else None

    def prior(self, dimension: str, member: str) -> Turnover | None:
        """The same figure one year earlier."""
        return self.turnover(dimension, member, on=self.prior_as_of) if self.prior_as_of else None

    @property
    def total(self) -> Turnover | None:
        """The audience's own headline row."""
        return self.turnover("company", self.company)

    def members(self, dimension: str) -> list[str]:
        """Members with a row today, the largest stock first, ties by code."""
        rows = [
            row
            for (on, window, basis, scope, at, _), row in self._turnover.items()
            if (on, window, basis, scope, at)
            == (self.as_of, YEAR, self.policy.basis, NORMAL, dimension)
        ]
        rows.sort(key=lambda row: (-decimal(row["closing_value"]), row["member"]))
        return [row["member"] for row in rows]

    def months(self, dimension: str, member: str) -> tuple[Point, ...]:
        """The member's trend, oldest first; ends with the report's own date."""
        return self._trend.get((dimension, member), ())

    def dead_stock(
        self, dimension: str, member: str, *, on: date | None = None, scope: str = NORMAL
    ) -> DeadStock | None:
        """The published dead stock of one member, or nothing where it has no row."""
        row = self._dead_stock.get((on or self.as_of, scope, dimension, member))
        if row is None:
            return None
        today = scope == NORMAL and on in (None, self.as_of)
        return dead_stock_of(row, self._undated_of(dimension, member, row) if today else NOUGHT)

    def _undated_of(self, dimension: str, member: str, row: Row) -> Decimal:
        """What of a member nobody dated; of suppliers and warehouses, anything may be."""
        if dimension in ("company", "category"):
            return self._undated.get((dimension, member), NOUGHT)
        rest = decimal(row["value"]) - decimal(row["dead_value"])
        return max(rest, NOUGHT) if self._undated[("company", self.company)] else NOUGHT

    @cached_property
    def _undated(self) -> Mapping[tuple[str, str], Decimal]:
        return undated_stock(self.given)

    def prior_dead(self, dimension: str, member: str) -> DeadStock | None:
        """The same stock one year earlier, if the ledger could tell by then what was dead."""
        if self.prior_as_of is None or not self.can_know_dead(self.prior_as_of):
            return None
        return self.dead_stock(dimension, member, on=self.prior_as_of)

    @property
    def is_young(self) -> bool:
        """Whether the ledger is too young for stock to have become dead in it."""
        return not self.can_know_dead(self.as_of)

    @property
    def opened_within_180_days(self) -> bool:
        """Whether stock was there before a ledger that is younger than the ages asked for."""
        first = self.ledger_from
        return first is not None and (self.as_of - first).days <= 180  # noqa: PLR2004

    def can_know_dead(self, on: date) -> bool:
        """Whether the ledger is old enough on that date for stock to have become dead in it."""
        first = self.ledger_from
        return first is not None and (on - first).days >= self.policy.dead_days

    @property
    def dead_unknown_before(self) -> date | None:
        """The ledger's first day, where it is too young to say what was dead a year ago."""
        if self.prior_as_of is None or self.can_know_dead(self.prior_as_of):
            return None
        return self.ledger_from

    @cached_property
    def has_units(self) -> bool:
        """Whether anything lies in stock, whatever it is worth."""
        units = pl.col("quantity") != 0
        return self.given.stock_status.filter(~pl.col("is_abnormal"), units).height > 0

    def unattributed_share(self, on: date | None = None) -> float | None:
        """What of the twelve months to a date had no known supplier."""
        return self._unattributed.get(on or self.as_of)

    def can_compare_suppliers(self, on: date | None) -> bool:
        """Whether suppliers of today can be compared with those of the year to that date."""
        if on is None:
            return False
        limit = self.policy.unattributed_limit
        return can_compare(self.unattributed_share(on), self.unattributed_share(), limit)

    @cached_property
    def _unattributed(self) -> Mapping[date, float]:
        return unattributed_shares(self._headline_trend.filter(pl.col("dimension") == "supplier"))

    def known_windows(self) -> tuple[tuple[str, Turnover], ...]:
        """Shorter windows than twelve months whose turnover is known, the longest first.

        Windows of the same days are one; it goes by the shortest name.
        """
        found = (
            (window, self.turnover("company", self.company, window=window))
            for window in SHORTER_WINDOWS
        )
        known = {row: window for window, row in found if row and row.turnover}
        return tuple((window, row) for row, window in known.items())

    @cached_property
    def window(self) -> str:
        """The window members are shown with: twelve months; in the first year a shorter one."""
        known = self.known_windows() if self.total and self.total.reason == "short_history" else ()
        return known[0][0] if known else YEAR

    @property
    def year_factor(self) -> float:
        """What flows of that window are multiplied with to be a year's."""
        key = (self.as_of, self.window, self.policy.basis, NORMAL, "company", self.company)
        return (
            1.0 if self.window == YEAR else self.policy.days_per_year / self._turnover[key]["days"]
        )

    def shown(self, dimension: str, member: str) -> Turnover | None:
        """The turnover a member is shown with."""
        return self.turnover(dimension, member, window=self.window)

    def dead_members(self, dimension: str) -> list[str]:
        """Members with stock today, the most dead stock first, then slow, ties by code."""
        rows = [
            row
            for (on, scope, at, _), row in self._dead_stock.items()
            if (on, scope, at) == (self.as_of, NORMAL, dimension)
        ]
        rows.sort(
            key=lambda row: (
                -decimal(row["dead_value"]),
                -decimal(row["slow_value"]),
                row["member"],
            )
        )
        return [row["member"] for row in rows]

    def dead_history(self) -> tuple[tuple[date, DeadStock | None], ...]:
        """Stock by status of the audience at every date given, oldest first.

        Nothing stands where the ledger was too young to know what was dead.
        """
        dates = sorted(
            on
            for (on, scope, at, member) in self._dead_stock
            if (scope, at, member) == (NORMAL, "company", self.company)
        )
        return tuple(
            (
                on,
                self.dead_stock("company", self.company, on=on) if self.can_know_dead(on) else None,
            )
            for on in dates
        )

    def dead_shares(self) -> tuple[float | None, ...]:
        """Dead share of the audience at every date given, oldest first."""
        return tuple(one.dead_share if one else None for _, one in self.dead_history())

    def ages(self, member: str | None = None, dimension: str = "category") -> tuple[Decimal, ...]:
        """Stock value of the headline scope per age bucket; of one category or supplier, or all."""
        if member is None:
            groups = list(self._ages["category"].values())
            return tuple(sum((ages[at] for ages in groups), NOUGHT) for at in range(len(BUCKETS)))
        return self._ages[dimension].get(member, (NOUGHT,) * len(BUCKETS))

    @property
    def below_zero(self) -> Decimal:
        """Value of the headline scope below zero: it has no age."""
        return self._unaged(pl.col("bucket").is_null())

    @property
    def valuation(self) -> Decimal:
        """Value that costing left behind: no quantity carries it, so it has no age."""
        return self._unaged(pl.col("bucket") == VALUATION)

    def _unaged(self, kind: pl.Expr) -> Decimal:
        rows = self.given.stock_age.filter(~pl.col("is_abnormal"), kind)
        return decimal(rows["value"].sum() if rows.height else None)

    def benchmark(self, dimension: str, member: str) -> Benchmark | None:
        """The benchmark the member is mapped to, if it is."""
        return self._benchmarks.get((dimension, member))

    @property
    def benchmarks(self) -> Iterable[tuple[str, str, Benchmark]]:
        """Every mapping: dimension, member, benchmark."""
        return ((*key, benchmark) for key, benchmark in self._benchmarks.items())

    def label(self, dimension: str, member: str, company: str | None = None) -> Label:
        """What a member is called; its code where nobody named it."""
        if member in TERMS and dimension not in ("company", "sku"):
            return term(TERMS[member])
        return self._names.get((company or self.company, dimension, member), Label(member))

    @cached_property
    def _turnover(self) -> dict[tuple[Any, ...], Row]:
        rows = self.given.turnover.filter(
            (pl.col("dimension") != "sku")
            & ((pl.col("company") == self.company) | (pl.col("dimension") == "company"))
        )
        return {
            (
                row["as_of"], row["time_window"], row["basis"], row["scope"],
                row["dimension"], row["member"],
            ): row
            for row in rows.iter_rows(named=True)
        }  # fmt: skip

    @cached_property
    def _trend(self) -> dict[tuple[str, str], tuple[Point, ...]]:
        found: dict[tuple[str, str], list[Point]] = {}
        for row in self._headline_trend.iter_rows(named=True):
            points = found.setdefault((row["dimension"], row["member"]), [])
            points.append(Point(row["as_of"], ratio_of(row, "turnover"), row["reason"]))
        return {key: tuple(points) for key, points in found.items()}

    @cached_property
    def _headline_trend(self) -> pl.DataFrame:
        return self.given.trend.filter(
            (pl.col("company") == self.company)
            & (pl.col("scope") == NORMAL)
            & (pl.col("time_window") == YEAR)
            & (pl.col("basis") == self.policy.basis)
            & (pl.col("as_of") <= self.as_of)
        ).sort("as_of")

    @cached_property
    def _dead_stock(self) -> dict[tuple[Any, ...], Row]:
        rows = self.given.dead_stock.filter(
            (pl.col("company") == self.company) | (pl.col("dimension") == "company")
        )
        return {
            (row["as_of"], row["scope"], row["dimension"], row["member"]): row
            for row in rows.iter_rows(named=True)
        }

    @cached_property
    def _ages(self) -> dict[str, dict[str, tuple[Decimal, ...]]]:
        rows = self.given.stock_age.filter(~pl.col("is_abnormal")).join(
            self.given.items.select("company", "sku", "category"), ["company", "sku"], "left"
        )
        return {
            "category": _by_age(rows, pl.col("category").fill_null("uncategorised")),
            "supplier": _by_age(rows, pl.col("supplier_member").fill_null("unattributed")),
        }

    @cached_property
    def _benchmarks(self) -> dict[tuple[str, str], Benchmark]:
        return {
            (row["dimension"], row["member"]): benchmark_of(row)
            for row in self.given.benchmarks.iter_rows(named=True)
        }

    @cached_property
    def _names(self) -> dict[tuple[str, str, str], Label]:
        """Names by key; of members that are called the same, each goes with its code."""
        members = self.given.members
        called = ["company", "dimension", "name", "name_zh", "owner"]
        twins = members.select(*called, alike=members.select(called).is_duplicated())
        return {
            (row["company"], row["dimension"], row["member"]): _label(row, is_twin=is_twin)
            for row, is_twin in zip(members.iter_rows(named=True), twins["alike"], strict=True)
        }


def _label(row: Row, *, is_twin: bool) -> Label:
    code = f" {row['member'].rpartition('/')[2]}" if is_twin else ""
    chinese = f"{row['name_zh']}{code}" if row["name_zh"] else None
    return Label(f"{row['name']}{code}", chinese, owner=row["owner"])


def _by_age(rows: pl.DataFrame, member: pl.Expr) -> dict[str, tuple[Decimal, ...]]:
    found: dict[str, dict[str, Decimal]] = {}
    for name, bucket, value in (
        rows.group_by(member, "bucket").agg(pl.col("value").sum()).iter_rows()
    ):
        found.setdefault(name, {})[bucket] = decimal(value)
    return {
        name: tuple(by_bucket.get(bucket, NOUGHT) for bucket in BUCKETS)
        for name, by_bucket in sorted(found.items())
    }
