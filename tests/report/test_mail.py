"""The text of the mail says what page one says, in one line of subject."""

from dataclasses import replace

import pytest

from pipeline.report.inputs import ReportInput
from pipeline.report.mail import mail_text
from pipeline.report.model import ReportModel, report_model
from pipeline.report.translate import Words
from tests.report.sample import empty_input


def test_the_mail_says_the_headline_the_figures_and_the_findings(model: ReportModel) -> None:
    subject, body = mail_text(model, "en")
    assert subject == (
        "Northern Light Group (sample): Turnover is rising, but four categories turn slower – "
        "inventory report, 31 October 2026"
    )
    lines = body.splitlines()
    assert lines[0] == "Turnover is rising, but four categories turn slower"
    figures = "Inventory turnover: 4.65 (On track, vs prior year +0.10, laggards–stars 2.00–6.40)"
    assert lines[2] == figures
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
