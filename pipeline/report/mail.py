"""The text of the mail that carries a report, in its language."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from pipeline.report.filters import (
    KPI_NAMES,
    STATUS_WORDS,
    kpi_benchmark,
    kpi_benchmark_name,
    kpi_change,
    kpi_value,
)
from pipeline.report.member_figures import DeadStock
from pipeline.report.model import ReportModel
from pipeline.report.number_format import NOTHING
from pipeline.report.pages.quality_check import Result
from pipeline.report.pages.summary import Kpi
from pipeline.report.reason_words import REASONS
from pipeline.report.sentences import Page, Sentence, message
from pipeline.report.translate import Words

PAGE = "\ue001"
IN_BRACKETS = re.compile(rf"\s*[(（][^()（）]*{PAGE}[^()（）]*[)）]")
BEHIND_A_COLON = re.compile(rf"[:：][^:：]*{PAGE}.*$")
DECISIONS, FAILED = message("Points to decide"), message("Checks that failed")


def mail_text(model: ReportModel, language: str) -> tuple[str, str]:
    """Subject and plain-text body: the headline, the figures and the findings of page one."""
    words = Words(language, model.cover.currency)
    company = model.cover.titles.get(language, model.cover.company)
    title = words.plain(model.summary.title)
    day = words.figures.day(model.cover.as_of)
    subject = words.text("%(company)s: %(title)s – inventory report, %(day)s") % {
        "company": company,
        "title": title,
        "day": day,
    }
    summary = model.summary
    failed = [check for check in model.quality.checks if check.result is Result.FAILED]
    paragraphs = [
        title,
        "\n".join((*(_figure(kpi, words) for kpi in summary.kpis), _idle(summary.stock, words)))
        if model.has_data
        else "",
        "\n".join(_numbered(words.plain(finding) for finding in summary.findings)),
        _headed(DECISIONS, [_decision(one, words) for one in summary.decisions], words),
        _headed(
            FAILED,
            [
                words.told(words.label(one.expectation), [words.plain(one.finding)])
                for one in failed
            ],
            words,
        ),
        words.text("The full report is attached as PDF, with all lists as a workbook inside it."),
        words.text("Data as of %(day)s · Run %(run)s · Confidential – for the management board")
        % {"day": day, "run": model.cover.run_label},
    ]
    return " ".join(subject.split()), "\n\n".join(text for text in paragraphs if text) + "\n"


def _numbered(texts: Iterable[str]) -> Iterator[str]:
    return (f"{number}. {text}" for number, text in enumerate(texts, start=1))


def _headed(head: str, texts: Sequence[str], words: Words) -> str:
    """A numbered list below its head, or nothing where it is empty."""
    return "\n".join((words.text(head), *_numbered(texts))) if texts else ""


def _decision(decision: Sentence, words: Words) -> str:
    """A point to decide without the page it refers to: a mail has none."""
    values = {
        name: PAGE if isinstance(value, Page) else value for name, value in decision.values.items()
    }
    said = words.plain(replace(decision, values=values))
    said = IN_BRACKETS.sub("", said)
    return BEHIND_A_COLON.sub(words.text("."), said)


def _idle(stock: DeadStock, words: Words) -> str:
    """What has not moved, and how much of it is dead."""
    form, money = words.text("%(name)s %(value)s"), words.figures.money
    return words.text("%(name)s: %(value)s (%(facts)s)") % {
        "name": words.text("Stock that has not moved"),
        "value": money(stock.idle),
        "facts": words.text(", ").join(
            form % {"name": words.text(name), "value": money(value)}
            for name, value in (("Dead", stock.dead), ("Slow", stock.slow))
        ),
    }


def _figure(kpi: Kpi, words: Words) -> str:
    name = words.text(KPI_NAMES[kpi.kind][0])
    if kpi.value is None:
        reason = words.text(REASONS[kpi.reason]) if kpi.reason in REASONS else NOTHING
        return words.text("%(name)s: %(value)s") % {"name": name, "value": reason}
    value = kpi_value(kpi, words)
    facts = [
        words.text("%(name)s %(value)s") % {"name": label, "value": text}
        for label, text in (
            (words.text("vs prior year"), kpi_change(kpi, words)),
            (kpi_benchmark_name(kpi, words), kpi_benchmark(kpi, words)),
        )
        if text != NOTHING
    ]
    if kpi.status:
        facts.insert(0, words.text(STATUS_WORDS[kpi.status]))
    if not facts:
        return words.text("%(name)s: %(value)s") % {"name": name, "value": value}
    return words.text("%(name)s: %(value)s (%(facts)s)") % {
        "name": name,
        "value": value,
        "facts": words.text(", ").join(facts),
    }
