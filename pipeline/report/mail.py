"""The words of the mail that carries a report, in its language: as text, and as HTML."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup, escape

from pipeline.report.filters import (
    KPI_NAMES,
    STATUS_WORDS,
    kpi_benchmark,
    kpi_benchmark_name,
    kpi_change,
    kpi_value,
)
from pipeline.report.html import environment
from pipeline.report.member_figures import DeadStock
from pipeline.report.model import ReportModel
from pipeline.report.number_format import NOTHING
from pipeline.report.pages.quality_check import Check, Result
from pipeline.report.pages.summary import Kpi
from pipeline.report.reason_words import REASONS
from pipeline.report.sentences import Page, Sentence, message
from pipeline.report.status import Status
from pipeline.report.translate import Words

PAGE = "\ue001"
IN_BRACKETS = re.compile(rf"\s*[(（][^()（）]*{PAGE}[^()（）]*[)）]")
BEHIND_A_COLON = re.compile(rf"[:：][^:：]*{PAGE}.*$")
SECTOR = {
    "star": (message("best of the sector"),) * 2,
    "laggard": (message("slowest of the sector"),) * 2,
    "star_laggard": (
        message("sector from slowest to best"),
        message("sector from best to slowest"),
    ),
}
"""What a page says with a legend beside it: of turns, and of days."""
DECISIONS, FAILED = message("Points to decide"), message("Checks that failed")


@dataclass(frozen=True)
class Figure:
    """One of the large figures, with the words beside it."""

    name: str
    value: str
    facts: tuple[str, ...]
    status: Status | None = None
    is_known: bool = True


@dataclass(frozen=True)
class Listed:
    """A numbered list below its head; the first list of a mail has none."""

    head: str
    lines: tuple[str, ...]
    marked: tuple[Markup, ...]  # the same, emphasis as HTML


@dataclass(frozen=True)
class Mail:
    """What a mail says, in one language: page one without what only paper needs."""

    company: str
    title: str
    day: str
    figures: tuple[Figure, ...]
    idle: Figure | None
    news: str  # since the last date that can be compared with
    lists: tuple[Listed, ...]
    closing: tuple[str, ...]


def mail_of(model: ReportModel, language: str) -> Mail:
    """The headline, the figures, findings, decisions and failed checks of a report."""
    words = Words(language, model.cover.currency)
    summary, day = model.summary, words.figures.day(model.cover.as_of)
    failed = [check for check in model.quality.checks if check.result is Result.FAILED]
    shows = model.has_data
    return Mail(
        company=model.cover.titles.get(language, model.cover.company),
        title=words.plain(summary.title),
        day=day,
        figures=tuple(_figure(kpi, words) for kpi in summary.kpis) if shows else (),
        idle=_idle(summary.stock, words) if shows else None,
        news=_news(model, words) if shows else "",
        lists=(
            Listed(
                "",
                tuple(words.plain(one) for one in summary.findings),
                tuple(words.sentence(one) for one in summary.findings),
            ),
            _listed(DECISIONS, [_decision(one, words) for one in summary.decisions], words),
            _listed(FAILED, [_check(one, words) for one in failed], words),
        ),
        closing=(
            words.text("The full report is attached as PDF, all lists behind it as a workbook."),
            words.text("Data as of %(day)s · Confidential – for the management board")
            % {"day": day},
        ),
    )


def mail_text(model: ReportModel, language: str) -> tuple[str, str]:
    """Subject and plain-text body: the headline, the figures and the findings of page one."""
    words, mail = Words(language, model.cover.currency), mail_of(model, language)
    subject = words.text("%(company)s: %(title)s – inventory report, %(day)s") % {
        "company": mail.company,
        "title": mail.title,
        "day": mail.day,
    }
    figures = [*mail.figures, *([mail.idle] if mail.idle else [])]
    paragraphs = [
        mail.title,
        "\n".join(_line(figure, words) for figure in figures),
        mail.news,
        *("\n".join((*filter(None, [one.head]), *_numbered(one.lines))) for one in mail.lists),
        *mail.closing,
    ]
    shown = [text for text in paragraphs if text]
    return " ".join(subject.split()), "\n\n".join(shown) + "\n"


def mail_html(model: ReportModel, language: str) -> str:
    """The same for a mail program that shows HTML: no picture, link or style from elsewhere."""
    words = Words(language, model.cover.currency)
    template = environment(words, model).get_template("mail.html.j2")
    return template.render(mail=mail_of(model, language), language=language)


def _line(figure: Figure, words: Words) -> str:
    """A figure as a line of text."""
    facts = figure.facts
    if figure.status:
        facts = (words.text(STATUS_WORDS[figure.status]), *facts)
    if not facts:
        return words.text("%(name)s: %(value)s") % {"name": figure.name, "value": figure.value}
    return words.text("%(name)s: %(value)s (%(facts)s)") % {
        "name": figure.name,
        "value": figure.value,
        "facts": words.text(", ").join(facts),
    }


def _listed(head: str, lines: Sequence[str], words: Words) -> Listed:
    """A list below its head; nothing where it is empty."""
    marked = tuple(escape(line) for line in lines)
    return Listed(words.text(head) if lines else "", tuple(lines), marked)


def _check(check: Check, words: Words) -> str:
    return words.told(words.label(check.expectation), [words.plain(check.finding)])


def _numbered(texts: Iterable[str]) -> Iterator[str]:
    return (f"{number}. {text}" for number, text in enumerate(texts, start=1))


def _decision(decision: Sentence, words: Words) -> str:
    """A point to decide without the page it refers to: a mail has none."""
    values = {
        name: PAGE if isinstance(value, Page) else value for name, value in decision.values.items()
    }
    said = words.plain(replace(decision, values=values))
    said = IN_BRACKETS.sub("", said)
    return BEHIND_A_COLON.sub(words.text("."), said)


def _news(model: ReportModel, words: Words) -> str:
    """What is new, as one paragraph."""
    turned = model.summary.since
    said = (*model.dead_stock.since, *((turned,) if turned else ()))
    return ("" if words.language == "zh" else " ").join(words.plain(one) for one in said)


def _idle(stock: DeadStock, words: Words) -> Figure:
    """What has not moved, and how much of it is dead."""
    form, money = words.text("%(name)s %(value)s"), words.figures.money
    name = words.text("Stock that has not moved")
    if stock.is_costless:
        return Figure(name, words.text(REASONS[stock.reason or ""]), (), is_known=False)
    facts = (
        form % {"name": words.text(name), "value": money(value)}
        for name, value in (("Dead", stock.dead), ("Slow", stock.slow))
    )
    return Figure(name, money(stock.idle), tuple(facts))


def _benchmark_name(kpi: Kpi, words: Words) -> str:
    """What a figure is compared with, for readers who have no legend."""
    known = SECTOR.get(kpi.benchmark.statistic) if kpi.benchmark else None
    if known is None or kpi.limit is not None:
        return kpi_benchmark_name(kpi, words)
    return words.text(known[kpi.kind == "days"])


def _figure(kpi: Kpi, words: Words) -> Figure:
    name = words.text(KPI_NAMES[kpi.kind][0])
    if kpi.value is None:
        reason = words.text(REASONS[kpi.reason]) if kpi.reason in REASONS else NOTHING
        return Figure(name, reason, (), is_known=False)
    facts = tuple(
        words.text("%(name)s %(value)s") % {"name": label, "value": text}
        for label, text in (
            (words.text("vs prior year"), kpi_change(kpi, words)),
            (_benchmark_name(kpi, words), kpi_benchmark(kpi, words)),
        )
        if text != NOTHING
    )
    return Figure(name, kpi_value(kpi, words), facts, kpi.status)
