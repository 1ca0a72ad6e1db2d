"""What one audience's report is given: stored figures of its date, names, policy, quality."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from pipeline.canonical.tables import TABLES
from pipeline.metrics.cash_release import CASH_RELEASE
from pipeline.metrics.consolidation import group_members
from pipeline.metrics.cost_plausibility import COST_PLAUSIBILITY
from pipeline.metrics.dead_stock import DEAD_STOCK
from pipeline.metrics.fixed_point import stacked
from pipeline.metrics.reconciliation import RECONCILIATION
from pipeline.metrics.spec import Metric
from pipeline.metrics.stock_age import STOCK_AGE
from pipeline.metrics.stock_status import STOCK_STATUS
from pipeline.metrics.time_windows import day_number, same_place
from pipeline.metrics.trend import DEAD_STOCK_TREND, STOCK_TREND, TURNOVER_TREND
from pipeline.metrics.turnover import TURNOVER
from pipeline.metrics.turnover_change import TURNOVER_CHANGE
from pipeline.policy import Benchmark, Policy, site_policies
from pipeline.report.inputs import (
    ACCOUNT,
    BENCHMARKS,
    CHANGES,
    COVERAGE,
    ITEM_TURNOVER,
    QUARANTINE,
    RECONCILED,
    RELEASE,
    SAME_EVERYWHERE,
    PolicyValues,
    ReportInput,
)
from pipeline.settings import GROUP, DataRefused, Site
from pipeline.stages import report_costs, report_lists
from pipeline.stages.as_of import as_of_periods, companies_frame, coverages
from pipeline.stages.member_names import member_names
from pipeline.stages.policy_values import policy_values
from pipeline.stages.published_views import AS_OF
from pipeline.stages.report_since import since
from pipeline.warehouse import STOOD, WAS_FORGIVEN, Warehouse, refused_rows

NORMAL = "scope = 'normal'"
ROWS = tuple(name for name in ACCOUNT if name.startswith("rows_"))
STANDS = f"""
SELECT company, known_on, data_through, definition_version FROM {AS_OF}
WHERE as_of = $day AND metric = $metric
"""


@dataclass(frozen=True)
class Audience:
    """Who a report is for: the group (`*`) or one company."""

    company: str

    @property
    def file_name(self) -> str:
        """How its files are called."""
        return "group" if self.company == GROUP else self.company


def audiences(site: Site) -> tuple[Audience, ...]:
    """The group, and every company somebody subscribed to; a lone company is its own group."""
    subscribed = [each.company for each in site.settings.subscription]
    wanted = dict.fromkeys([GROUP, *(name for name in subscribed if name != GROUP)])
    return tuple(Audience(company) for company in wanted)


class Reporting:
    """Everything reports of one as-of date are given, read once."""

    def __init__(self, warehouse: Warehouse, as_of: date) -> None:
        """Look up what was known on the date.

        Raises:
            DataRefused: of the date only summaries are kept.
        """
        self.warehouse, self.site, self.as_of = warehouse, warehouse.site, as_of
        self.stands = warehouse.frame(STANDS, {"day": as_of, "metric": STOCK_STATUS.name})
        if self.stands.is_empty():
            message = (
                f"Of {as_of} only summaries are kept: run 'stockturn run --date {as_of}' first"
            )
            raise DataRefused(message)
        self.stretch = as_of_periods(warehouse, site_policies(self.site), [as_of])[0]

    @property
    def policy(self) -> Policy:
        """The policy of the date."""
        return self.stretch.policy

    def knows(self, company: str) -> bool:
        """Whether anything was ever delivered of a company; a subscriber may come before it."""
        return not self.stands.filter(company=company).is_empty()

    def given(self, audience: Audience) -> ReportInput:
        """The report input of one audience."""
        company = audience.company
        mine = [c.name for c in self.site.companies] if company == GROUP else [company]
        stand = self._stand(company)
        transfers = report_lists.open_transfers(self.warehouse, mine, self.as_of)
        costs = report_lists.costs(self.warehouse, mine, self.as_of)
        codes = report_lists.unknown_codes(self.warehouse, mine, self.as_of)
        headline = {"day": self.as_of, "basis": self.policy.turnover.headline_basis}
        return ReportInput(
            company=company,
            titles=self._titles(company),
            currency=self.site.settings.site.currency,
            as_of=self.as_of,
            known_on=stand["known_on"],
            data_through=stand["data_through"],
            run_label=f"{self.as_of}/{stand['known_on']:%m%d}",
            policy=self._policy_values(),
            turnover=self._turnover(company),
            item_turnover=self._item_turnover(mine),
            costed=report_costs.without_missing(self.warehouse, company, mine, headline),
            unestimated=report_costs.without_estimated(self.warehouse, mine, headline, costs),
            trend=self._trend(company),
            daily=self._daily(company),
            dead_stock=self._dead_stock(company),
            stock_status=self._with_members(self._details(STOCK_STATUS, mine), company),
            stock_age=self._age(company, mine),
            reconciliation=self._of(RECONCILIATION, mine, columns=RECONCILED),
            items=self.stretch.masters.items.filter(pl.col("company").is_in(mine)).select(
                "company", "sku", "name", "category"
            ),
            members=self._members(company, mine),
            benchmarks=self._benchmarks(company),
            deliveries=self._deliveries(mine),
            quarantine=self._quarantine(mine),
            coverage=self._coverage(mine),
            stubs=report_lists.stubs(codes),
            unpaired_transfers=report_lists.unpaired(transfers, self.as_of),
            estimates=report_lists.estimates(costs),
            plausibility=self._of(COST_PLAUSIBILITY, mine),
            ledger_from=self._ledger_from(mine),
            silent=self._silent(mine),
            with_lots=self._with_lots(mine),
            forgiven_rows=self._forgiven_rows(mine),
            account=self._account(mine),
            open_transfers=transfers,
            costs=costs,
            unknown_codes=codes,
            changes=self._of(TURNOVER_CHANGE, [company], NORMAL, list(CHANGES)),
            release=self._of(CASH_RELEASE, [company], NORMAL, list(RELEASE)),
            since=since(self.warehouse, self.policy, company, mine, self.as_of),
        )

    # ---------- figures

    def _turnover(self, company: str) -> pl.DataFrame:
        """Turnover of the date, and of the same place a year earlier."""
        rows = self._with_year_ago([company], "dimension <> 'sku'")
        if company == GROUP:
            companies = [each.name for each in self.site.companies]
            rows += self._with_year_ago(companies, "dimension = 'company'")
        return stacked(rows)

    def _with_year_ago(self, companies: Sequence[str], where: str) -> list[pl.DataFrame]:
        now = self._of(TURNOVER, companies, where)
        before = self._of(TURNOVER_TREND, companies, where).filter(on=same_place(self.as_of, -12))
        return [now, before.with_columns(as_of="on").select(now.columns)]

    def _item_turnover(self, mine: Sequence[str]) -> pl.DataFrame:
        named = {"sku": "member"}
        rows = self._of(
            TURNOVER,
            mine,
            "dimension = 'sku' AND time_window = 'trailing_12_months' AND scope = 'normal' "
            f"AND basis = '{self.policy.turnover.headline_basis}'",
            [f"{named.get(name, name)} AS {name}" for name in ITEM_TURNOVER],
        )
        return rows.select(pl.col(name).cast(kind) for name, kind in ITEM_TURNOVER.items())

    def _trend(self, company: str) -> pl.DataFrame:
        return self._months(TURNOVER_TREND, company).filter(
            pl.col("dimension").is_in(["company", "category", "supplier"]),
            basis=self.policy.turnover.headline_basis,
            scope="normal",
        )

    def _daily(self, company: str) -> pl.DataFrame:
        rows = self._of(STOCK_TREND, [company]).filter(scope="normal")
        return rows.with_columns(pl.col("day").cast(pl.Int32).cast(pl.Date))

    def _dead_stock(self, company: str) -> pl.DataFrame:
        """Dead stock of the date, and of the months behind it."""
        own = self._of(DEAD_STOCK, [company])
        before = self._months(DEAD_STOCK_TREND, company).filter(pl.col("as_of") < self.as_of)
        return stacked([own, before.select(own.columns)])

    def _months(self, metric: Metric, company: str) -> pl.DataFrame:
        """The trend of the date, each row as of its own month."""
        return self._of(metric, [company]).with_columns(as_of="on").drop("on")

    def _details(self, metric: Metric, companies: Sequence[str]) -> pl.DataFrame:
        return self._of(metric, companies, columns=[f"* EXCLUDE ({', '.join(SAME_EVERYWHERE)})"])

    def _of(
        self,
        metric: Metric,
        companies: Sequence[str],
        where: str = "true",
        columns: Sequence[str] = ("*",),
    ) -> pl.DataFrame:
        return self.warehouse.frame(
            f"SELECT {', '.join(columns)} FROM metrics.{metric.name} "
            f"WHERE as_of = $day AND {where} AND company IN (SELECT unnest($companies::VARCHAR[]))",
            {"day": self.as_of, "companies": list(companies)},
        )

    def _age(self, company: str, companies: Sequence[str]) -> pl.DataFrame:
        places = ["company", "sku", "warehouse"]
        scopes = self._of(STOCK_STATUS, companies).select(*places, "is_abnormal").unique()
        rows = (
            self._details(STOCK_AGE, companies)
            .join(scopes, on=places, how="left")
            .with_columns(pl.col("is_abnormal").fill_null(value=False))
        )
        return self._with_members(rows, company)

    def _with_members(self, rows: pl.DataFrame, company: str) -> pl.DataFrame:
        """Rows with the member of the audience that each row's supplier is."""
        member = ["company", "dimension", "member"]
        rows = rows.with_columns(dimension=pl.lit("supplier"), member="supplier")
        of_group = group_members(rows, self.stretch.members.group)
        named = "group_member" if company == GROUP else "member"
        return (
            rows.join(of_group, on=member, maintain_order="left")
            .with_columns(supplier_member=named)
            .drop(*member[1:])
        )

    # ---------- names and policy

    def _titles(self, company: str) -> dict[str, str]:
        site = self.site.settings.site
        if company == GROUP:
            return {"en": site.name, "zh": site.title_zh or site.name}
        one = self.site.company(company)
        return dict.fromkeys(("en", "zh"), one.title or one.name)

    def _policy_values(self) -> PolicyValues:
        versions = sorted(set(self.stands["definition_version"]))
        return policy_values(self.policy, ", ".join(versions))

    def _members(self, company: str, mine: Sequence[str]) -> pl.DataFrame:
        titles = [
            {"member": name, "name": title["en"], "name_zh": title["zh"]}
            for name in dict.fromkeys((company, *mine))
            for title in (self._titles(name),)
        ]
        companies = pl.DataFrame(titles).with_columns(
            company=pl.lit(company), dimension=pl.lit("company"), owner=pl.lit(None, pl.String)
        )
        known, rule = self.stretch, self.policy.group_members
        coded = member_names(known.masters, known.members.group, rule, company, mine)
        return stacked([companies.select(coded.columns), coded])

    def _benchmarks(self, company: str) -> pl.DataFrame:
        rows = [
            _benchmark_row("category", category, benchmark)
            for category, benchmark in self.policy.benchmarks_of_categories.items()
        ]
        whole = self.policy.benchmark_of_company(company)
        if whole is not None:
            rows.append(_benchmark_row("company", company, whole))
        return pl.DataFrame(rows, schema=BENCHMARKS)

    # ---------- data quality

    def _stand(self, company: str) -> dict[str, Any]:
        return self.stands.filter(company=company).row(0, named=True)

    def _deliveries(self, mine: Sequence[str]) -> pl.DataFrame:
        """What the newest delivery of each company brought."""
        return self.warehouse.frame(
            'SELECT company, table_name AS "table", rows_in, rows_new, rows_corrected, '
            "rows_unchanged, rows_quarantined, rows_duplicate FROM canonical.delivery "
            "WHERE extract_on <= $day AND company IN (SELECT unnest($companies::VARCHAR[])) "
            "QUALIFY delivery_no = max(delivery_no) OVER (PARTITION BY company) ORDER BY ALL",
            {"day": self.as_of, "companies": list(mine)},
        )

    def _account(self, mine: Sequence[str]) -> pl.DataFrame:
        """What became of every row that was ever delivered, whatever its table."""
        sums = ", ".join(f"sum({name})::BIGINT AS {name}" for name in ROWS)
        return self.warehouse.frame(
            f"SELECT company, count(DISTINCT delivery_no) AS deliveries, {sums} "
            "FROM canonical.delivery "
            "WHERE extract_on <= $day AND company IN (SELECT unnest($companies::VARCHAR[])) "
            "GROUP BY company ORDER BY company",
            {"day": self.as_of, "companies": list(mine)},
        )

    def _quarantine(self, mine: Sequence[str]) -> pl.DataFrame:
        frames = [
            self.warehouse.frame(_refused_of(table), {"c": list(mine), "as_of": self.as_of})
            for table in TABLES
        ]
        return stacked(frames).select(pl.col(name).cast(kind) for name, kind in QUARANTINE.items())

    def _forgiven_rows(self, mine: Sequence[str]) -> int:
        return self.warehouse.value(
            f"SELECT count(*) FROM ({refused_rows(WAS_FORGIVEN)}) "
            "WHERE company IN (SELECT unnest($c::VARCHAR[]))",
            {"c": list(mine), "as_of": self.as_of},
        )

    def _coverage(self, mine: Sequence[str]) -> pl.DataFrame:
        reached = coverages(self.warehouse, self.site, self.as_of)
        rows = [
            {"company": name, "data_through": self._reach(name)}
            for name in mine
            if name in reached and reached[name].through
        ]
        return pl.DataFrame(rows, schema=COVERAGE)

    def _silent(self, mine: Sequence[str]) -> tuple[str, ...]:
        reached = coverages(self.warehouse, self.site, self.as_of)
        return tuple(name for name in mine if not reached[name].through)

    def _with_lots(self, mine: Sequence[str]) -> tuple[str, ...]:
        rows = self.warehouse.rows(
            "SELECT DISTINCT company FROM canonical.stock_movement "
            "WHERE lot IS NOT NULL AND day <= $day",
            {"day": day_number(self.as_of)},
        )
        return tuple(name for name in mine if (name,) in rows)

    def _reach(self, company: str) -> date:
        return self._stand(company)["data_through"]

    def _ledger_from(self, mine: Sequence[str]) -> date | None:
        reached = coverages(self.warehouse, self.site, self.as_of)
        rows = companies_frame(self.warehouse, reached).filter(pl.col("company").is_in(mine))
        first = rows["first_day"].cast(pl.Int32).cast(pl.Date).max()
        return first if isinstance(first, date) else None


def _refused_of(table: str) -> str:
    """Rows that stood refused, by reason and file; `first` counts each row once."""
    return f"""
    WITH standing AS (
        SELECT company, unnest(reasons) AS reason, generate_subscripts(reasons, 1) AS place,
            source_file
        FROM quarantine.{table}
        WHERE {STOOD} AND company IN (SELECT unnest($c::VARCHAR[]))
    )
    SELECT company, '{table}' AS "table", reason, source_file, count(*) AS rows,
        count(*) FILTER (place = 1) AS first
    FROM standing GROUP BY ALL ORDER BY ALL
    """


def _benchmark_row(dimension: str, member: str, row: Benchmark) -> dict[str, Any]:
    return {
        "dimension": dimension,
        "member": member,
        "label_en": row.industry,
        "label_zh": row.industry_zh,
        "statistic": row.statistic,
        "value": row.value,
        "low": row.low,
        "high": row.high,
        "source": row.source,
        "year": row.year,
        "region": row.region,
        "is_example": False,
    }
