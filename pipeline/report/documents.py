"""One audience's report as bytes, made in this process."""

from dataclasses import dataclass

from pipeline.report.html import html
from pipeline.report.inputs import ReportInput
from pipeline.report.mail import mail_html, mail_text
from pipeline.report.model import report_model
from pipeline.report.pdf import TOFU, Attached, missing_characters, print_pdf
from pipeline.report.translate import Words
from pipeline.report.workbook import workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Documents:
    """PDF and workbook of one report in one language, and the words of the mail that brings them.

    `mail_text` is subject, empty line and body.
    """

    pdf: bytes
    xlsx: bytes
    mail_text: str
    mail_html: str
    pages: int
    warnings: tuple[str, ...]


def documents(given: ReportInput, language: str, name: str) -> Documents:
    """PDF, with the workbook inside, and the workbook."""
    model = report_model(given)
    page = html(model, language)
    missing = missing_characters(page)
    if missing:
        page = _without(html(model.with_missing_characters(missing), language), missing)
    lists = workbook(model, given, language)
    words = Words(language, given.currency)
    about = words.text("All lists behind the report")
    attached = Attached(f"{name}.xlsx", lists, about, XLSX)
    printed = print_pdf(page, given.as_of, (attached,))
    warnings = printed.warnings
    if missing:
        codes = ", ".join(f"U+{ord(one):04X}" for one in missing)
        warnings = (*warnings, f"{name}: no font of the report has {codes}; shown as {TOFU}")
    text, page = "\n\n".join(mail_text(model, language)), mail_html(model, language)
    return Documents(printed.pdf, lists, text, page, printed.pages, warnings)


def _without(page: str, missing: str) -> str:
    """The page with every missing character shown as an empty box, never left out silently."""
    return page.translate(dict.fromkeys(map(ord, missing), TOFU))
