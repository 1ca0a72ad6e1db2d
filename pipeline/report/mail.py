"""The text of the mail that carries a report, in its language."""

from pipeline.report.filters import (
    KPI_NAMES,
    kpi_benchmark,
    kpi_benchmark_name,
    kpi_change,
    kpi_value,
)
from pipeline.report.model import ReportModel
from pipeline.report.number_format import NOTHING
from pipeline.report.pages.summary import Kpi
from pipeline.report.reason_words import REASONS
from pipeline.report.translate import Words


def mail_text(model: ReportModel, language: str) -> tuple[str, str]:
    """Subject and plain-text body: the headline, the figures and the findings of page one."""
    words = Words(language, model.cover.currency)
    company = model.cover.titles.get(language, model.cover.company)
    title = words.plain(model.summary.title)
    day = words.figures.day(model.cover.as_of)
    subject = words.text("%(company)s: inventory report, %(day)s") % {
        "company": company,
        "day": day,
    }
    paragraphs = [
        title,
        "\n".join(_figure(kpi, words) for kpi in model.summary.kpis) if model.has_data else "",
        "\n".join(
            f"{number}. {words.plain(finding)}"
            for number, finding in enumerate(model.summary.findings, start=1)
        ),
        words.text("The full report is attached as PDF, with all lists as a workbook inside it."),
        words.text("Data as of %(day)s · Run %(run)s · Confidential – for the management board")
        % {"day": day, "run": model.cover.run_label},
    ]
    return " ".join(subject.split()), "\n\n".join(text for text in paragraphs if text) + "\n"


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
    if not facts:
        return words.text("%(name)s: %(value)s") % {"name": name, "value": value}
    return words.text("%(name)s: %(value)s (%(facts)s)") % {
        "name": name,
        "value": value,
        "facts": words.text(", ").join(facts),
    }
