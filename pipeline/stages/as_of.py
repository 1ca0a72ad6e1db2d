"""What holds on which dates: masters as known, policy as decided, deliveries as they reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import narwhals as nw
import polars as pl

from pipeline.metrics.daily import Members, members_of
from pipeline.metrics.fixed_point import collected, stacked
from pipeline.metrics.item_sums import history
from pipeline.metrics.stock_status import Masters
from pipeline.metrics.time_windows import FiscalCalendar, day_number
from pipeline.policy import Policy, PolicyBook
from pipeline.settings import GROUP, Site
from pipeline.stages.coverage import Coverage, Reach, coverage
from pipeline.warehouse import Warehouse


@dataclass(frozen=True)
class AsOfPeriod:
    """As-of dates that share masters and policy."""

    dates: tuple[date, ...]
    masters: Masters
    policy: Policy

    @cached_property
    def members(self) -> Members:
        """Who belongs where on these dates."""
        known = self.masters
        return members_of(known.items, known.warehouses, known.suppliers, self.policy)

    @property
    def fiscal(self) -> FiscalCalendar:
        """The calendar of the policy."""
        rule = self.policy.turnover
        return FiscalCalendar(
            rule.fiscal_year_first_month,
            rule.fiscal_year_first_day,
            rule.days_per_year,
        )


def as_of_periods(
    warehouse: Warehouse, book: PolicyBook, dates: Sequence[date]
) -> list[AsOfPeriod]:
    """The dates, in order, in stretches over which neither masters nor policy change."""
    changes = {row[0] for row in warehouse.rows(warehouse.text("canonical/reclassified"))}
    changes |= set(book.changes)
    groups: list[list[date]] = []
    for day in dates:
        if not groups or any(groups[-1][-1] < change <= day for change in changes):
            groups.append([])
        groups[-1].append(day)
    return [
        AsOfPeriod(tuple(group), masters_on(warehouse, group[-1]), book.on(group[-1]))
        for group in groups
    ]


def masters_on(warehouse: Warehouse, day: date) -> Masters:
    """Items, warehouses and suppliers as known on a day."""
    asked = {"day": day}
    return Masters(
        items=warehouse.frame(warehouse.text("canonical/item"), asked),
        warehouses=warehouse.frame(
            "SELECT company, warehouse_no, warehouse, name, kind "
            "FROM canonical.warehouse_as_known($day)",
            asked,
        ),
        suppliers=warehouse.frame(
            "SELECT company, supplier_no, supplier, name FROM canonical.supplier_as_known($day)",
            asked,
        ),
    )


def reaches(warehouse: Warehouse, site: Site) -> dict[str, list[Reach]]:
    """The deliveries of each company's stock ledger."""
    found: dict[str, list[Reach]] = {company.name: [] for company in site.companies}
    for company, extract_on, first, last in warehouse.rows(
        "SELECT company, extract_on, window_from, window_to FROM canonical.delivery "
        "WHERE table_name = 'stock_movement'"
    ):
        if company in found:
            found[company].append(Reach(extract_on, first, last))
    return found


def coverages(warehouse: Warehouse, site: Site, as_of: date) -> dict[str, Coverage]:
    """How far each company's deliveries reach, as of a day."""
    stated = reaches(warehouse, site)
    return {
        company.name: coverage(company, stated[company.name], as_of) for company in site.companies
    }


def companies_frame(
    warehouse: Warehouse,
    reached: dict[str, Coverage],
) -> pl.DataFrame:
    """Companies with a ledger: company, first_day of it, covered_to."""
    posted = warehouse.relation("SELECT company, day, kind_no FROM canonical.stock_movement")
    first = collected(history(nw.from_native(posted))).sort("company")
    covered = {name: day_number(c.through) for name, c in reached.items() if c.through}
    return first.with_columns(
        covered_to=pl.col("company").replace_strict(covered, default=None, return_dtype=pl.Int32)
    )


def stands(warehouse: Warehouse) -> pl.DataFrame:
    """Per company and for the group: currency, and how far and how late its knowledge reaches."""
    reached = warehouse.frame(
        "SELECT company, max(known_on) AS known_on, max(extract_on) AS data_through "
        "FROM canonical.delivery GROUP BY company"
    )
    group = reached.select(
        pl.lit(GROUP).alias("company"), pl.col("known_on").max(), pl.col("data_through").min()
    )
    currency = warehouse.site.settings.site.currency
    return stacked([reached, group]).with_columns(currency=pl.lit(currency))
