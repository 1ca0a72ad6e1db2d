"""The text of the mail says what page one says, in one line of subject."""

from dataclasses import replace

import pytest

from pipeline.report.inputs import ReportInput
from pipeline.report.mail import mail_html, mail_of, mail_text
from pipeline.report.model import ReportModel, report_model
from pipeline.report.translate import Words
from tests.report.sample import empty_input
from tests.report.sites.made import model_of
from tests.report.sites.reading import read


def test_the_mail_says_the_headline_the_figures_and_the_findings(model: ReportModel) -> None:
    subject, body = mail_text(model, "en")
    assert subject == (
        "Northern Light Group (sample): Turnover is rising, but four categories turn slower – "
        "inventory report, 31 October 2026"
    )
    lines = body.splitlines()
    assert lines[0] == "Turnover is rising, but four categories turn slower"
    assert lines[2] == (
        "Inventory turnover: 4.65 (On track, vs prior year +0.10, "
        "sector from slowest to best 2.00–6.40)"
    )
    assert "sector from best to slowest 57–183" in lines[3]
    assert "Run " not in body
    words = Words("en", "CNY")
    for finding in model.summary.findings:
        assert words.plain(finding) in body
    assert "<b>" not in body


def test_the_chinese_mail_is_chinese(model: ReportModel) -> None:
    subject, body = mail_text(model, "zh")
    assert subject == "北辰集团（样例）：周转提速，但有 4 个品类变慢——库存报告（2026年10月31日）"
    assert body.startswith("周转提速，但有 4 个品类变慢\n\n库存周转率：4.65（无预警，同比 +0.10，")


@pytest.mark.parametrize(("language", "end"), [("en", "."), ("zh", "。")])
def test_the_mail_says_what_is_to_be_decided_without_page_numbers(
    model: ReportModel, language: str, end: str
) -> None:
    words = Words(language, "CNY")
    _, body = mail_text(model, language)
    listed = body.partition(words.text("Points to decide"))[2].split("\n\n")[0].strip().splitlines()
    assert len(listed) == len(model.summary.decisions) > 1
    for number, line in enumerate(listed, start=1):
        assert line.startswith(f"{number}. ")
        assert line.endswith(end)
    assert "page" not in " ".join(listed)
    assert "页" not in " ".join(listed)
    assert "\ue001" not in body


def test_the_mail_says_what_has_not_moved_and_which_checks_failed(model: ReportModel) -> None:
    _, body = mail_text(model, "en")
    stock = model.summary.stock
    figures = Words("en", "CNY").figures
    assert (
        f"Stock that has not moved: {figures.money(stock.idle)} "
        f"(Dead {figures.money(stock.dead)}, Slow {figures.money(stock.slow)})"
    ) in body
    failed = body.partition("Checks that failed\n")[2].split("\n\n")[0]
    assert failed.startswith(
        "1. Ledger agrees with the ERP's balances: One of 324 positions differs"
    )


def test_a_subject_is_one_line_whatever_the_name(given: ReportInput) -> None:
    odd = replace(given, titles={"en": "Acme\r\nBcc: all@example.org"})
    subject, _ = mail_text(report_model(odd), "en")
    assert "\n" not in subject
    assert "\r" not in subject


def test_without_figures_the_mail_has_none() -> None:
    _, body = mail_text(report_model(empty_input()), "en")
    assert body.startswith("No stock and no movement on record for this period\n\nThe full report")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_html_says_what_the_text_says(model: ReportModel, language: str) -> None:
    said = " ".join(read(mail_html(model, language)).text.split())
    mail = mail_of(model, language)
    assert mail.figures
    for figure in (*mail.figures, mail.idle):
        assert figure is not None
        for words in (figure.name, figure.value, *figure.facts):
            assert words in said
    for listed in mail.lists:
        assert listed.head in said
        for line in listed.lines:
            assert " ".join(line.replace("\u2060", "").split()) in said.replace("\u2060", "")
    for line in mail.closing:
        assert line in said


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_html_fetches_nothing(model: ReportModel, language: str) -> None:
    page = mail_html(model, language)
    for outside in ("http:", "https:", "url(", "<img", "<link", "<script", "<style"):
        assert outside not in page


def test_a_name_is_no_html(given: ReportInput) -> None:
    odd = replace(given, titles={"en": "<b>Acme</b> & Sons"})
    assert "&lt;b&gt;Acme&lt;/b&gt; &amp; Sons" in mail_html(report_model(odd), "en")


def test_what_nobody_knows_is_said_in_words() -> None:
    _, body = mail_text(model_of("without_costs"), "en")
    assert "Stock that has not moved: cost missing\n" in body
    assert "CNY 0" not in body
    assert "CNY 0" not in mail_html(model_of("without_costs"), "en")
