"""Why a row was refused, in words of both languages."""

import pytest

from pipeline.canonical.tables import TABLES
from pipeline.report.refusal_words import in_words
from pipeline.report.translate import Words


@pytest.mark.parametrize(
    ("reason", "english", "chinese"),
    [
        ("missing kind", "Column kind is empty", "列 kind 为空"),
        ("unreadable quantity", "Column quantity cannot be read", "列 quantity 无法读取"),
        (
            "unreadable value: more than 4 decimals",
            "Column value has more than 4 decimals",
            "列 value 的小数超过 4 位",
        ),
        (
            "unknown TransType 931",
            "Column TransType has the code 931, which has no meaning yet",
            "列 TransType 的代码 931 尚无定义",
        ),
        (
            "unknown kind gift",
            "Column kind has the code gift, which has no meaning yet",
            "列 kind 的代码 gift 尚无定义",
        ),
        ("moq_is_not_negative", "Column moq is below zero", "列 moq 小于零"),
        (
            "duplicate_key_different_content",
            "The same key stands there twice, differently",
            "同一键值出现两次且内容不同",
        ),
        ("ragged_record", "The record has too many or too few columns", "记录的列数过多或过少"),
        ("weather too bad", "Weather too bad", "Weather too bad"),
    ],
)
def test_a_reason_is_said_in_words(reason: str, english: str, chinese: str) -> None:
    said = in_words(reason)
    assert Words("en", "CNY").plain(said) == english
    assert Words("zh", "CNY").plain(said) == chinese


def test_every_rule_of_the_tables_has_its_words() -> None:
    rules = {rule.name for spec in TABLES.values() for rule in spec.rules}
    assert [rule for rule in sorted(rules) if in_words(rule).text == "%(reason)s"] == []


def test_a_receipt_below_zero_is_not_taken_for_a_column() -> None:
    assert in_words("inflow_is_not_negative").text.startswith("A receipt")
