"""From published figures to documents: what one audience's report is given, and its making."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.canonical.movement_kinds import IN_TRANSIT
from pipeline.canonical.tables import MASTERS, TABLES, identity
from pipeline.metrics.consolidation import group_members
from pipeline.metrics.daily import FLOWS
from pipeline.metrics.fixed_point import money
from pipeline.metrics.tables import METRICS
from pipeline.metrics.time_windows import day_number, months_back, same_place, windows
from pipeline.metrics.turnover import turnover
from pipeline.policy import Benchmark, Policy, site_policies
from pipeline.report.inputs import (
    BENCHMARKS,
    COVERAGE,
    QUARANTINE,
    PolicyValues,
    ReportInput,
)
from pipeline.report.mail import mail_text
from pipeline.report.model import report_model
from pipeline.report.render import RenderedReport, ReportFailed, render
from pipeline.settings import GROUP, Site
from pipeline.stages.as_of import AsOfPeriod, as_of_periods, coverages
from pipeline.stages.compute import Figures
from pipeline.stages.days import Days
from pipeline.stages.member_names import member_names
from pipeline.stages.progress import Say
from pipeline.stages.published_views import DAILY
from pipeline.warehouse import Warehouse

MONTHS_OF_TREND = 24
OPEN_TRANSFER_DAYS = 30


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

    def __init__(self, warehouse: Warehouse, as_of: date, say: Say) -> None:
        """Compute the history behind the pages, as of the date."""
        self.warehouse, self.site, self.as_of = warehouse, warehouse.site, as_of
        self.book = site_policies(self.site)
        self.figures = Figures(warehouse, Days(as_of, as_of), say)
        self.stretch = as_of_periods(warehouse, self.book, [as_of])[0]
        self.daily = warehouse.frame(f"FROM {DAILY}")
        self.history = self._history(self.stretch)

    @property
    def policy(self) -> Policy:
        """The policy of the date."""
        return self.stretch.policy

    def knows(self, company: str) -> bool:
        """Whether anything was ever delivered of a company; a subscriber may come before it."""
        return not self.figures.stands.filter(company=company).is_empty()

    def given(self, audience: Audience) -> ReportInput:
        """The report input of one audience."""
        company = audience.company
        mine = [c.name for c in self.site.companies] if company == GROUP else [company]
        stand = self._stand(company)
        return ReportInput(
            company=company,
            titles=self._titles(company),
            currency=self.site.settings.site.currency,
            as_of=self.as_of,
            known_on=stand["known_on"],
            data_through=min(stand["data_through"], self.as_of),
            run_label=f"{self.as_of}/{stand['known_on']:%m%d}",
            policy=self._policy_values(),
            turnover=self._turnover(company),
            trend=self._trend(company),
            daily=self._daily(company),
            dead_stock=self.history.dead_stock.filter(company=company),
            stock_status=self._of("stock_status", mine),
            stock_age=self._age(company, mine),
            reconciliation=self._of("reconciliation", mine),
            items=self.stretch.masters.items.filter(pl.col("company").is_in(mine)).select(
                "company", "sku", "name", "category"
            ),
            members=self._members(company, mine),
            benchmarks=self._benchmarks(company),
            deliveries=self._deliveries(mine),
            quarantine=self._quarantine(mine),
            coverage=self._coverage(mine),
            stubs=self._stubs(mine),
            unpaired_transfers=self._unpaired(mine),
            estimates=self._estimates(mine),
            ledger_from=self._ledger_from(mine),
        )

    # ---------- figures

    @dataclass(frozen=True)
    class History:
        """Figures of earlier dates, computed from today's ledger."""

        turnover: pl.DataFrame
        dead_stock: pl.DataFrame

    def _history(self, part: AsOfPeriod) -> "Reporting.History":
        self.figures.bind(part)
        dates = months_back(self.as_of, MONTHS_OF_TREND)
        asked = windows(dates, part.fiscal)
        return Reporting.History(
            turnover(self.daily, asked, self.figures.companies),
            self.figures.dead_stock(part, self.daily, dates),
        )

    def _turnover(self, company: str) -> pl.DataFrame:
        year_ago = same_place(self.as_of, -12)
        rows = self.history.turnover.filter(pl.col("as_of").is_in([self.as_of, year_ago]))
        own = rows.filter(company=company)
        sku = self._of("turnover", [company]).filter(dimension="sku").select(own.columns)
        if company != GROUP:
            return pl.concat([own, sku])
        members = rows.filter((pl.col("company") != GROUP) & (pl.col("dimension") == "company"))
        return pl.concat([own, members, sku])

    def _trend(self, company: str) -> pl.DataFrame:
        return self.history.turnover.filter(
            pl.col("dimension").is_in(["company", "category", "supplier"]),
            company=company,
            time_window="trailing_12_months",
            basis=self.policy.turnover.headline_basis,
            scope="normal",
        )

    def _daily(self, company: str) -> pl.DataFrame:
        first = day_number(same_place(self.as_of, -MONTHS_OF_TREND))
        return (
            self.daily.filter(
                pl.col("day").is_between(first, day_number(self.as_of)),
                company=company,
                dimension="company",
                scope="normal",
            )
            .with_columns(pl.col("day").cast(pl.Int32).cast(pl.Date))
            .with_columns(
                money(pl.col(name)).alias(name)
                for name in ("opening_value", *FLOWS, "closing_value")
            )
        )

    def _of(self, table: str, companies: Sequence[str]) -> pl.DataFrame:
        return self.warehouse.frame(
            f"SELECT * FROM metrics.{table} WHERE as_of = $day "
            "AND company IN (SELECT unnest($companies::VARCHAR[]))",
            {"day": self.as_of, "companies": list(companies)},
        )

    def _age(self, company: str, companies: Sequence[str]) -> pl.DataFrame:
        places, member = ["company", "sku", "warehouse"], ["company", "dimension", "member"]
        scopes = self._of("stock_status", companies).select(*places, "is_abnormal").unique()
        rows = (
            self._of("stock_age", companies)
            .join(scopes, on=places, how="left")
            .with_columns(
                pl.col("is_abnormal").fill_null(value=False),
                dimension=pl.lit("supplier"),
                member="supplier",
            )
        )
        of_group = group_members(rows, self.stretch.members.group)
        named = "group_member" if company == GROUP else "member"
        return rows.join(of_group, on=member).with_columns(supplier_member=named).drop(*member[1:])

    # ---------- names and policy

    def _titles(self, company: str) -> dict[str, str]:
        site = self.site.settings.site
        if company == GROUP:
            return {"en": site.name, "zh": site.title_zh or site.name}
        one = self.site.company(company)
        return dict.fromkeys(("en", "zh"), one.title or one.name)

    def _policy_values(self) -> PolicyValues:
        policy = self.policy
        return PolicyValues(
            slow_days=policy.thresholds.slow,
            dead_days=policy.thresholds.dead,
            days_per_year=policy.turnover.days_per_year,
            basis=policy.turnover.headline_basis,
            dead_share_limit=policy.targets.dead_share_limit,
            is_example=policy.targets.example,
            policy_version=policy.version,
            definition_version=", ".join(sorted({each.version for each in METRICS.values()})),
        )

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
        return pl.concat([companies.select(coded.columns), coded])

    def _benchmarks(self, company: str) -> pl.DataFrame:
        mapping = self.policy.benchmark_mapping
        rows = [
            _benchmark_row("category", category, self.policy.benchmarks[name])
            for category, name in mapping.categories.items()
        ]
        whole = self.policy.benchmark_of_company(company)
        if whole is not None:
            rows.append(_benchmark_row("company", company, whole))
        return pl.DataFrame(rows, schema=BENCHMARKS)

    # ---------- data quality

    def _stand(self, company: str) -> dict[str, Any]:
        return self.figures.stands.filter(company=company).row(0, named=True)

    def _deliveries(self, mine: Sequence[str]) -> pl.DataFrame:
        """What the newest delivery of each company brought."""
        return self.warehouse.frame(
            'SELECT company, table_name AS "table", rows_in, rows_new, rows_corrected, '
            "rows_unchanged, rows_quarantined, rows_duplicate FROM canonical.delivery "
            "WHERE extract_on <= $day AND company IN (SELECT unnest($companies::VARCHAR[])) "
            "QUALIFY delivery_no = max(delivery_no) OVER (PARTITION BY company) ORDER BY ALL",
            {"day": self.as_of, "companies": list(mine)},
        )

    def _quarantine(self, mine: Sequence[str]) -> pl.DataFrame:
        frames = [
            self.warehouse.frame(_standing_refusals(table, identity(spec)), {"c": list(mine)})
            for table, spec in TABLES.items()
        ]
        return pl.concat(frames).select(
            pl.col(name).cast(kind) for name, kind in QUARANTINE.items()
        )

    def _coverage(self, mine: Sequence[str]) -> pl.DataFrame:
        reached = coverages(self.warehouse, self.site, self.as_of)
        rows = [
            {"company": name, "data_through": self._reach(name)}
            for name in mine
            if name in reached and reached[name].through
        ]
        return pl.DataFrame(rows, schema=COVERAGE)

    def _reach(self, company: str) -> date:
        return min(self._stand(company)["data_through"], self.as_of)

    def _ledger_from(self, mine: Sequence[str]) -> date | None:
        rows = self.figures.companies.filter(pl.col("company").is_in(mine))
        first = rows["first_day"].cast(pl.Int32).cast(pl.Date).max()
        return first if isinstance(first, date) else None

    def _stubs(self, mine: Sequence[str]) -> pl.DataFrame:
        parts = " UNION ALL ".join(
            f"SELECT company, '{table}' AS \"table\", count(*) AS members FROM canonical.{table} "
            f"WHERE is_stub AND {code} <> '{IN_TRANSIT}' GROUP BY company"
            for table, code in MASTERS.items()
        )
        return self.warehouse.frame(
            f"SELECT * FROM ({parts}) WHERE company IN (SELECT unnest($c::VARCHAR[])) ORDER BY ALL",
            {"c": list(mine)},
        )

    def _unpaired(self, mine: Sequence[str]) -> pl.DataFrame:
        return self.warehouse.frame(
            """
            SELECT company, count(*) AS transfers,
                sum(-value)::DECIMAL(18,4) AS value, min(opened_on) AS oldest_on
            FROM (
                SELECT company, transfer_key, sum(quantity) AS open, sum(value) AS value,
                    min(posted_at)::DATE AS opened_on
                FROM canonical.stock_movement
                WHERE transfer_key IS NOT NULL AND day <= $day
                GROUP BY company, transfer_key HAVING sum(quantity) <> 0
            )
            WHERE opened_on < $limit AND company IN (SELECT unnest($c::VARCHAR[]))
            GROUP BY company ORDER BY company
            """,
            {
                "day": day_number(self.as_of),
                "limit": self.as_of - timedelta(days=OPEN_TRANSFER_DAYS),
                "c": list(mine),
            },
        )

    def _estimates(self, mine: Sequence[str]) -> pl.DataFrame:
        return self.warehouse.frame(
            """
            SELECT company, count(*) FILTER (value_is_estimated) AS movements,
                coalesce(sum(abs(value)) FILTER (value_is_estimated), 0)::DECIMAL(18,4) AS value,
                count(*) FILTER (value IS NULL AND quantity <> 0) AS missing
            FROM canonical.stock_movement
            WHERE day <= $day AND company IN (SELECT unnest($c::VARCHAR[]))
            GROUP BY company HAVING movements + missing > 0 ORDER BY company
            """,
            {"day": day_number(self.as_of), "c": list(mine)},
        )


def _standing_refusals(table: str, number: str) -> str:
    """Refused rows that no later delivery put right, by reason and file."""
    return f"""
    WITH newest AS (
        SELECT * FROM quarantine.{table}
        QUALIFY delivery_no = max(delivery_no)
            OVER (PARTITION BY company, coalesce({number}::VARCHAR, delivered))
    ),
    standing AS (
        SELECT refused.company, unnest(reasons) AS reason, refused.source_file
        FROM newest AS refused
        ANTI JOIN canonical.{table} AS admitted
            ON refused.{number} = admitted.{number} AND admitted.delivery_no > refused.delivery_no
        WHERE refused.company IN (SELECT unnest($c::VARCHAR[]))
    )
    SELECT company, '{table}' AS "table", reason, source_file, count(*) AS rows
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


def report_folder(site: Site, as_of: date) -> Path:
    """Where the documents of a day stand."""
    return site.reports / as_of.isoformat()


def mail_file(site: Site, as_of: date, audience: Audience, language: str) -> Path:
    """Where the words of the mail stand that brings a report: subject, empty line, body."""
    return report_folder(site, as_of) / f"{audience.file_name}.{language}.mail.txt"


def make_documents(
    warehouse: Warehouse,
    as_of: date,
    languages: Sequence[str],
    held: Collection[str],
    say: Say,
) -> Iterator[tuple[str, list[RenderedReport], list[str]]]:
    """PDF, workbook and mail text for every audience that is not held, language by language.

    What of it could not be made comes in words beside it; the others are made all the same.
    """
    site = warehouse.site
    wanted = [each for each in audiences(site) if each.company not in held]
    given = _given(warehouse, as_of, wanted, say)
    for language in languages:
        made: list[RenderedReport] = []
        failed: list[str] = []
        for audience, one in given.items():
            name = f"{audience.file_name}.{language}"
            words = mail_file(site, as_of, audience, language)
            words.unlink(missing_ok=True)  # it speaks of an older document: that is not mailed
            try:
                made.append(render(one, language, report_folder(site, as_of), name))
            except ReportFailed as failure:
                failed.append(str(failure))
                say(str(failure))
                continue
            subject, body = mail_text(report_model(one), language)
            words.write_text(f"{subject}\n\n{body}", encoding="utf-8")
            say(f"report: {made[-1].pdf} ({made[-1].pages} pages)")
        yield language, made, failed


def _given(
    warehouse: Warehouse, as_of: date, wanted: Sequence[Audience], say: Say
) -> dict[Audience, ReportInput]:
    """What each audience's report says, read once for all languages."""
    if not wanted or not warehouse.has(DAILY):
        return {}
    reporting = Reporting(warehouse, as_of, say)
    told = {each: reporting.given(each) for each in wanted if reporting.knows(each.company)}
    for audience in wanted:
        if audience not in told:
            say(f"report: {audience.company} has delivered nothing yet, there is none of it")
    return told
