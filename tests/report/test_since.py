"""What is said of the night, and what must silence it."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from pipeline.report.findings.since import dead_since, turnover_since
from pipeline.report.inputs import SINCE, Since
from pipeline.report.mail import mail_html, mail_of, mail_text
from pipeline.report.model import ReportModel
from tests.report.sample import AS_OF
from tests.report.tiny import facts, said

ON = date(2026, 10, 30)


def since(*changed: tuple[str, int], turnover: float | None = 4.0) -> Since:
    rows = [("acme", f"A-{at}", Decimal(value), of) for at, (of, value) in enumerate(changed)]
    return Since(ON, turnover, pl.DataFrame(rows, schema=SINCE, orient="row"))


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ([], ["No item became dead since 30 October 2026."]),
        ([("became_dead", 1_000)], ["Since 30 October 2026 one item (CNY 1,000) became dead."]),
        (
            [("became_dead", 700), ("became_dead", 500)],
            ["Since 30 October 2026 two items (CNY 1,200) became dead."],
        ),
        # Less than policy calls material: some did, so it is not said that none did.
        ([("became_dead", 999)], ["Since 30 October 2026 one item became dead."]),
        (
            [("became_dead", 400), ("became_dead", 500)],
            ["Since 30 October 2026 two items became dead."],
        ),
        ([("became_dead", 0)], ["Since 30 October 2026 one item became dead."]),
        (
            [("moves_again", 2_000), ("left", 1_500)],
            [
                "No item became dead since 30 October 2026.",
                "One dead item (CNY 2,000) was sold or used again.",
                "One dead item (CNY 1,500) is no longer in stock.",
            ],
        ),
        (
            [("moves_again", 600), ("moves_again", 600), ("left", 600), ("left", 600)],
            [
                "No item became dead since 30 October 2026.",
                "Two dead items (CNY 1,200) were sold or used again.",
                "Two dead items (CNY 1,200) are no longer in stock.",
            ],
        ),
        (
            [("moves_again", 999), ("left", 999)],
            ["No item became dead since 30 October 2026."],
        ),
    ],
)
def test_what_changed_is_told_from_what_is_material_on(
    changed: list[tuple[str, int]], expected: list[str]
) -> None:
    asked = facts(since=since(*changed))
    assert [said(one) for one in dead_since(asked)] == expected


def test_nothing_is_said_without_a_date_before() -> None:
    assert dead_since(facts()) == ()
    assert turnover_since(facts()) is None


def test_a_ledger_too_young_to_tell_does_not_say_that_nothing_became_dead() -> None:
    assert dead_since(facts(since=since(), ledger_from=AS_OF)) == ()
    assert dead_since(facts(since=since(("left", 2_000)), ledger_from=AS_OF)) == ()
    assert dead_since(facts(since=since(("became_dead", 1_000)), ledger_from=AS_OF)) != ()


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (3.97, 4.0, "Turnover went from 3.97 to 4.00."),
        (4.004, 4.0, ""),  # shows at no two decimals
        (None, 4.0, ""),
        (4.0, None, ""),
    ],
)
def test_turnover_is_told_where_it_moved(
    before: float | None, now: float | None, expected: str
) -> None:
    assert said(turnover_since(facts(turnover=now, since=since(turnover=before)))) == expected


def test_turnover_says_since_when_where_nothing_else_did() -> None:
    alone = facts(since=since(turnover=3.97), ledger_from=AS_OF)
    assert said(turnover_since(alone)) == ("Turnover went from 3.97 to 4.00 since 30 October 2026.")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "One dead item (CNY 480k) was sold or used again. Turnover went from 4.63 to 4.65."),
        ("zh", "1 项呆滞物料（48.0 万元）重新动销。库存周转率由 4.63 变为 4.65。"),
    ],
)
def test_text_and_html_say_it_once(model: ReportModel, language: str, words: str) -> None:
    text, page = mail_text(model, language)[1], mail_html(model, language)
    assert text.count(words) == page.count(words) == 1
    assert mail_of(model, language).news in page
