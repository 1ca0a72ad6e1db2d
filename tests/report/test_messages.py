"""The catalogues: every message translated, with the same values, in proper punctuation."""

import re

import pytest
from babel.messages.pofile import read_po

from pipeline.report.translate import LANGUAGES, catalogue
from pipeline.resources import template_folder
from tests.report.messages import Message, messages

NAMED = re.compile(r"%\((\w+)\)s")
CJK = r"[\u3400-\u9fff\uff00-\uffef\u3000-\u303f]"
ASCII_BESIDE_CJK = re.compile(rf"{CJK} ?[,;:!?()]|[,;:!?()] ?{CJK}|{CJK}\.(?!\d)")
TRANSLATED = tuple(language for language in LANGUAGES if language != "en")


def key(message: Message) -> str:
    return message if isinstance(message, str) else message[0]


def texts(language: str) -> dict[str, tuple[str, ...]]:
    path = template_folder() / "locale" / language / "LC_MESSAGES" / "report.po"
    with path.open("rb") as lines:
        known = read_po(lines, locale=language)
    return {
        one.id[0] if isinstance(one.id, tuple) else one.id: (
            one.string if isinstance(one.string, tuple) else (one.string,)
        )
        for one in known
        if one.id
    }


def test_messages_are_found_in_templates_and_in_code() -> None:
    keys = {key(message) for message in messages()}
    assert {"Points to decide", "Turnover is falling", "Dead share", "Uncategorised"} <= keys


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_translated_and_none_is_left_over(language: str) -> None:
    known = texts(language)
    assert {key(message) for message in messages()} == set(known)
    assert [text for text, translated in known.items() if not all(translated)] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_names_the_same_values(language: str) -> None:
    known = texts(language)
    for message in messages():
        # A counted message may show its count in one form and not in the other.
        counted = not isinstance(message, str)
        wanted = set(NAMED.findall(message if isinstance(message, str) else message[1]))
        for translated in known[key(message)]:
            named = set(NAMED.findall(translated))
            missing = wanted - named - ({"count", "names"} if counted else set())
            unknown = named - wanted - ({"count"} if counted else set())
            assert (translated, missing, unknown) == (translated, set(), set())


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_ascii_punctuation_stands_beside_cjk(language: str) -> None:
    found = [
        text
        for translated in texts(language).values()
        for text in translated
        if ASCII_BESIDE_CJK.search(NAMED.sub("0", re.sub("</?b>", "", text)))
    ]
    assert found == []


def test_the_lint_sees_a_bad_comma() -> None:
    assert ASCII_BESIDE_CJK.search("库存,周转")
    assert ASCII_BESIDE_CJK.search("库存(万元)")
    assert not ASCII_BESIDE_CJK.search("共 4.65 次，合计 1,437 万元")


def test_a_message_uses_only_named_values_and_bold() -> None:
    for message in messages():
        for text in (message,) if isinstance(message, str) else message:
            assert "%" not in NAMED.sub("", text), text
            assert re.sub("</?b>", "", text).count("<") == 0, text
            assert text.count("<b>") == text.count("</b>")


def test_the_catalogue_is_read_from_its_source() -> None:
    assert catalogue("zh").gettext("Turnover") == "库存周转率"
    assert catalogue("en").gettext("Turnover") == "Turnover"


NOT_WRITTEN = (
    "慢动", "新品", "落后企业", "计数的信号", "无信号", "需行动", "库存形态", "停用", "隔离",
    "没有被拒", "明细", "以何者为准", "减小批量", "分毫不差", "未能解释", "重估", "各成员",
    "所知为准", "数据交付", "收到行数", "近十二个月", "按入库天数", "每件库存",
)  # fmt: skip
"""Words that a controller of a Chinese company does not write."""


def test_no_word_stands_that_a_controller_would_not_write() -> None:
    source = template_folder() / "locale" / "zh" / "LC_MESSAGES" / "report.po"
    said = source.read_text(encoding="utf-8")
    assert [word for word in NOT_WRITTEN if word in said] == []


def test_the_workbook_and_the_pages_say_no_word_of_the_store() -> None:
    """To a board "without an issue for 90 days" reads as "without a problem"."""
    said = (key(message) for message in messages())
    found = {text for text in said if re.search(r"\bissues?\b", text, re.IGNORECASE)}
    assert found == {"An issue adds stock and is no reversal"}  # why an ERP's row was refused
