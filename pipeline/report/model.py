"""The report as values: one model from which every language and every format is made."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from pipeline.report.findings.missing_turnover import WINDOWS
from pipeline.report.inputs import ReportInput
from pipeline.report.lookup import YEAR, Facts
from pipeline.report.pages.cash import CashPage, cash_page
from pipeline.report.pages.categories import CategoriesPage, categories_page
from pipeline.report.pages.dead_stock import DeadStockPage, dead_stock_page
from pipeline.report.pages.quality import QualityPage, quality_page
from pipeline.report.pages.summary import SummaryPage, summary_page
from pipeline.report.pages.suppliers import SuppliersPage, suppliers_page
from pipeline.report.pages.trend import TrendPage, trend_page
from pipeline.report.pages.why import WhyPage, why_page
from pipeline.report.sentences import Label, term


@dataclass(frozen=True)
class Cover:
    """Whose report it is, of which date, and what it knew."""

    company: str
    titles: Mapping[str, str]
    currency: str
    as_of: date
    known_on: date
    data_through: date
    run_label: str


@dataclass(frozen=True)
class ReportModel:
    """Every page of the report, before it has a language."""

    cover: Cover
    has_data: bool
    windows: tuple[Label, ...]  # in the first year those that are known, the one shown first
    names: Mapping[str, Label]  # of the companies, by code
    summary: SummaryPage
    trend: TrendPage
    why: WhyPage | None
    categories: CategoriesPage
    suppliers: SuppliersPage
    cash: CashPage | None
    dead_stock: DeadStockPage
    quality: QualityPage

    def with_missing_characters(self, characters: str) -> "ReportModel":
        """The model whose quality page names characters that cannot be printed."""
        return replace(self, quality=self.quality.with_missing_characters(characters))


def report_model(given: ReportInput) -> ReportModel:
    """The model of one audience's report."""
    facts = Facts(given)
    return ReportModel(
        cover=Cover(
            company=given.company,
            titles=given.titles,
            currency=given.currency,
            as_of=given.as_of,
            known_on=given.known_on,
            data_through=given.data_through,
            run_label=given.run_label,
        ),
        has_data=facts.total is not None,
        windows=tuple(term(WINDOWS[window]) for window, _ in facts.known_windows())
        if facts.window != YEAR
        else (),
        names={
            code: facts.label("company", code)
            for code in sorted(set(given.stock_status["company"].to_list()))
        },
        summary=summary_page(facts),
        trend=trend_page(facts),
        why=why_page(facts),
        categories=categories_page(facts),
        suppliers=suppliers_page(facts),
        cash=cash_page(facts),
        dead_stock=dead_stock_page(facts),
        quality=quality_page(facts),
    )
