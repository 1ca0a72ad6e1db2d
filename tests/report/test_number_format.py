"""Figures as a controller's spreadsheet and a reader's language write them."""

from datetime import date
from decimal import Decimal

import pytest

from pipeline.report.number_format import Figures, rounded, shortened

EN, ZH = Figures("en", "CNY"), Figures("zh", "CNY")


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [(2.25, 1, "2.3"), (2.5, 0, "3"), (0.125, 2, "0.13"), (-2.25, 1, "-2.3"), (-0.04, 1, "0.0")],
)
def test_half_is_rounded_up_and_nought_has_no_sign(value: float, decimals: int, shown: str) -> None:
    assert str(rounded(value, decimals)) == shown


def test_a_minus_is_a_minus_and_a_plus_is_shown_only_where_asked() -> None:
    assert EN.number(-1234.5, 1) == "−1,234.5"
    assert EN.number(5, signed=True) == "+5"
    assert EN.number(0, signed=True) == "0"


def test_what_is_missing_is_a_dash() -> None:
    shown = (EN.turns(None), EN.days(None), EN.share(None), EN.points(None), EN.money(None))
    assert set(shown) == {"–"}


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        ("0", "CNY 0", "0 元"),
        ("812.49", "CNY 812", "812 元"),
        ("9999.5", "CNY 10k", "1.0 万元"),  # the unit is chosen after rounding
        ("999960", "CNY 1.0m", "100.0 万元"),
        ("2774000", "CNY 2.8m", "277.4 万元"),
        ("12830000", "CNY 12.8m", "1,283 万元"),
        ("99996000", "CNY 100.0m", "1.00 亿元"),
        ("-164977296.10", "−CNY 165.0m", "−1.65 亿元"),
        ("1284000000", "CNY 1.28bn", "12.84 亿元"),
    ],
)
def test_running_text_counts_money_in_the_unit_a_reader_says(
    value: str, english: str, chinese: str
) -> None:
    assert EN.money(Decimal(value)) == english
    assert ZH.money(Decimal(value)) == chinese


def test_the_sign_of_an_amount_stands_before_its_currency() -> None:
    assert EN.money(Decimal(-13_000)) == "−CNY 13k"
    assert EN.money(Decimal(13_000), signed=True) == "+CNY 13k"
    assert EN.money(Decimal("-0.4")) == "CNY 0"  # nought has no sign
    assert ZH.money(Decimal(-13_000)) == "−1.3 万元"


def test_another_currency_keeps_its_chinese_name() -> None:
    assert Figures("zh", "USD").money(Decimal(31_000)) == "3.1 万美元"
    assert Figures("en", "USD").money(Decimal(31_000)) == "USD 31k"


def test_a_table_has_one_unit_chosen_by_its_largest_amount() -> None:
    unit = EN.unit([Decimal(165_000_000), Decimal(40_000), None])
    assert (unit.word, EN.amount(Decimal(40_000), unit)) == ("CNY m", "0.0")
    unit = ZH.unit([Decimal(165_000_000)])
    assert (unit.word, ZH.amount(Decimal(14_370_000), unit)) == ("万元", "1,437")
    assert EN.unit([]).word == "CNY"


def test_a_share_that_is_almost_all_is_not_shown_as_all() -> None:
    assert EN.share(0.9989, 0) == "99.9%"
    assert EN.share(0.002, 0) == "0.2%"
    assert EN.share(0.002) == "0.2%"
    assert (EN.share(0.0000023), EN.share(0.0000023, 0)) == ("<0.1%", "<0.1%")
    assert (EN.share(0.99998), EN.share(-0.0002, signed=True)) == (">99.9%", "0.0%")
    assert (EN.share(1.0, 0), EN.share(0.0)) == ("100%", "0.0%")
    assert EN.share(0.087) == "8.7%"


def test_differences_of_shares_are_percentage_points() -> None:
    assert EN.points(0.012) == "+1.2 pp"
    assert ZH.points(-0.001) == "−0.1 个百分点"


def test_dates_months_and_lists_follow_the_language() -> None:
    day = date(2026, 10, 31)
    assert (EN.day(day), ZH.day(day)) == ("31 October 2026", "2026年10月31日")
    assert (EN.month(day), ZH.month(day)) == ("Oct 26", "26年10月")
    assert EN.names(["A", "B", "C"]) == "A, B and C"
    assert ZH.names(["甲", "乙", "丙"]) == "甲、乙和丙"


def test_small_counts_are_words_in_english_only() -> None:
    assert (EN.count_word(3), EN.count_word(21), ZH.count_word(3)) == ("three", "21", "3")


def test_a_long_name_is_cut_by_its_width_not_its_letters() -> None:
    assert shortened("Down parka", 10) == "Down parka"
    assert shortened("Down parka, long", 10) == "Down park…"
    assert shortened("长款羽绒服墨绿", 10) == "长款羽绒…"
