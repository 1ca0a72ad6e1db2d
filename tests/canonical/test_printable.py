"""What text becomes where it enters: the guard is tested on what it lets through."""

import re

from hypothesis import given
from hypothesis import strategies as st

from pipeline.canonical.printable import UNPRINTABLE, printable, tidy_text
from pipeline.canonical.spec import ColumnType
from tests.canonical.reading import landed, read

# What XML 1.0 can hold, which workbooks are made of, without controls, line ends and noncharacters.
PLAIN = re.compile("[^\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]*")


def test_what_nothing_prints_is_spelled_out() -> None:
    assert printable("Ball\x07bearing") == "Ball\\u0007bearing"
    assert printable("A\x85\ufffe\ufdd0\U0001ffff") == "A\\u0085\\ufffe\\ufdd0\\U0001ffff"
    assert printable("half \ud83d") == "half \\ud83d"


def test_what_people_write_stays_as_it_is() -> None:
    for text in (
        "Öl 5\u00a0l",
        "轴承 ①",
        "مضخة",
        "pump 🔧",
        "👩\u200d🔧",
        "e\u0301",
        "\ue000",
        "a\\b",
    ):
        assert printable(text) == tidy_text(text) == text


def test_lines_of_a_text_become_one() -> None:
    assert tidy_text(" Bolt,\r\n5 mm\tlong\n") == "Bolt, 5 mm long"


@given(st.text(st.characters(codec=None)))
def test_nothing_unprintable_is_let_through_and_nothing_else_is_touched(text: str) -> None:
    shown = printable(text)
    assert PLAIN.fullmatch(shown)
    assert not any(ord(character) & 0xFFFE == 0xFFFE for character in shown)
    assert shown.encode().decode() == shown  # no half of a surrogate pair is left
    if PLAIN.fullmatch(text) and not any(ord(c) & 0xFFFE == 0xFFFE for c in text):
        assert shown == text


@given(
    st.lists(st.text(st.characters(exclude_characters="\\")), min_size=2, max_size=2, unique=True)
)
def test_two_codes_that_differ_stay_two(texts: list[str]) -> None:
    assert printable(texts[0]) != printable(texts[1])


def test_typed_text_and_codes_are_printable() -> None:
    cells = ("Ball\x07bearing", "轴\x01承", "two\nlines", "\x7f", "plain", " Öl ")
    assert read(ColumnType.TEXT, *cells) == [
        *("Ball\\u0007bearing", "轴\\u0001承", "two lines", "\\u007f", "plain", "Öl"),
    ]
    assert read(ColumnType.CODE, "A\x01", "A\x02", "A B ", "Ａ\x01", "A\tB") == [
        *("A\\u0001", "A\\u0002", "A B", "A\\u0001", "A\\u0009B"),
    ]


def test_the_database_and_python_agree_on_what_is_unprintable() -> None:
    everything = [chr(number) for number in range(1, 0x110000) if not 0xD800 <= number < 0xE000]
    with landed(["cell"]) as connection:
        found = connection.execute(
            "SELECT count(*) FROM (SELECT unnest($cells) AS cell) "
            "WHERE regexp_matches(cell, $pattern)",
            {"cells": everything, "pattern": UNPRINTABLE},
        ).fetchone()
    spelled = sum(tidy_text(f"a{character}b") != f"a{character}b" for character in everything)
    assert found == (spelled,)
