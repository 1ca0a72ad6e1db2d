"""The text of the mail says what page one says, in one line of subject."""

from dataclasses import replace

from pipeline.report.inputs import ReportInput
from pipeline.report.mail import mail_text
from pipeline.report.model import ReportModel, report_model
from pipeline.report.translate import Words
from tests.report.sample import empty_input


def test_the_mail_says_the_headline_the_figures_and_the_findings(model: ReportModel) -> None:
    subject, body = mail_text(model, "en")
    assert subject == "Northern Light Group (sample): inventory report, 31 October 2026"
    lines = body.splitlines()
    assert lines[0] == "Turnover is rising, but four categories turn slower"
    figures = "Inventory turnover: 4.65 (vs prior year +0.10, laggards–stars 2.00–6.40)"
    assert lines[2] == figures
    words = Words("en", "CNY")
    for finding in model.summary.findings:
        assert words.plain(finding) in body
    assert "<b>" not in body


def test_the_chinese_mail_is_chinese(model: ReportModel) -> None:
    subject, body = mail_text(model, "zh")
    assert subject == "北辰集团（样例）：库存报告（2026年10月31日）"
    assert body.startswith("周转提速，但有 4 个品类变慢\n\n库存周转率：4.65（同比 +0.10，")


def test_a_subject_is_one_line_whatever_the_name(given: ReportInput) -> None:
    odd = replace(given, titles={"en": "Acme\r\nBcc: all@example.org"})
    subject, _ = mail_text(report_model(odd), "en")
    assert "\n" not in subject
    assert "\r" not in subject


def test_without_figures_the_mail_has_none() -> None:
    _, body = mail_text(report_model(empty_input()), "en")
    assert body.startswith("No stock and no movement on record for this period\n\nThe full report")
