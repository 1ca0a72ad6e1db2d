"""Model to text in one language: message catalogue, figures, and sentences put together.

Catalogues stand in `report_templates/locale/` as .po files and are read as they are: there is no
compiled copy that could be older than its source.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from typing import assert_never

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from markupsafe import Markup, escape

from pipeline.report.number_format import Figures, shortened, width_of, without_middle
from pipeline.report.sentences import (
    Count,
    Days,
    Label,
    Money,
    Names,
    Page,
    Points,
    Sentence,
    Share,
    Turns,
    Value,
)
from pipeline.resources import template_folder

LANGUAGES = ("en", "zh")
PAGE_NUMBER = '<a class="page-number"'
NO_BREAK = "\u00a0"
EDGE = "\ue000"
"""Stands where a name begins or ends, until the sentence around it is known."""
HAN, LATIN = "[\u3400-\u9fff]", "[A-Za-z0-9]"
INTO_LATIN = re.compile(f"(?<={HAN})(</?b>)?{EDGE}(?={LATIN})")
OUT_OF_LATIN = re.compile(f"(?<={LATIN}){EDGE}(</?b>)?(?={HAN})")
JOINER = "\u2060"
BETWEEN_FIGURE_AND_UNIT = re.compile(f"(?<=[0-9]) (?={HAN}|days|times)")
LEAST_OF_A_LINE = {"en": 12, "zh": 8}
"""Fewer letters than this do not stand alone on the last line of a paragraph."""
MOST_OF_A_NAME = 40
"""A longer name is cut in a sentence; tables and the workbook have it whole."""
LEAST_OF_A_NAME = 12
"""So much of a name stays, however long its company is called."""


@cache
def catalogue(language: str) -> NullTranslations:
    """The messages of a language; English is what the messages themselves say."""
    if language == "en":
        return NullTranslations()
    source = template_folder() / "locale" / language / "LC_MESSAGES" / "report.po"
    compiled = BytesIO()
    with source.open("rb") as lines:
        write_mo(compiled, read_po(lines, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


class Words:
    """Everything a page says, in one language."""

    def __init__(self, language: str, currency: str) -> None:
        """Speak a language, count in a currency."""
        self.language = language
        self.figures = Figures(language, currency)
        self.catalogue = catalogue(language)

    def text(self, message: str) -> str:
        """A message without values."""
        return self.catalogue.gettext(message)

    def label(self, label: Label) -> str:
        """What a member is called in this language, with its company where it has one."""
        return self._called(label) + self._owned(label)

    def apart(self, labels: Sequence[Label], longest: int) -> list[str]:
        """Names cut to their place, none so far that two different ones read the same.

        Only the name is cut, never the company behind it.
        """
        shown = {label: self._cut(label, longest, shortened) for label in labels}
        for cut in (without_middle, None):
            clashes = Counter(shown.values())
            for label, text in shown.items():
                if clashes[text] > 1:
                    shown[label] = self._cut(label, longest, cut) if cut else self.label(label)
        return [shown[label] for label in labels]

    def _cut(self, label: Label, longest: int, cut: Callable[[str, int], str]) -> str:
        owned = self._owned(label)
        return cut(self._called(label), max(longest - width_of(owned), LEAST_OF_A_NAME)) + owned

    def _called(self, label: Label) -> str:
        if label.is_term:
            return self.text(label.text)
        return label.text_zh if self.language == "zh" and label.text_zh else label.text

    def _owned(self, label: Label) -> str:
        if label.owner is None:
            return ""
        return f"（{label.owner}）" if self.language == "zh" else f" ({label.owner})"

    def told(self, name: str, facts: Sequence[str]) -> str:
        """A drawing as it is read aloud: what it is, and what it shows."""
        shown = self.text(", ").join(facts)
        return self.text("%(name)s: %(value)s") % {"name": name, "value": shown}

    def sentence(self, sentence: Sentence) -> Markup:
        """A sentence as HTML: emphasis comes from the catalogue, values are escaped."""
        values = {name: self._markup(value) for name, value in sentence.values.items()}
        said = _spaced(Markup(self._message(sentence)) % values)  # noqa: S704 - escaped by %
        # The style sheet adds the blank: text that ends in one can be broken at its first word.
        said = said.replace(f" {PAGE_NUMBER}", PAGE_NUMBER)
        said = BETWEEN_FIGURE_AND_UNIT.sub(NO_BREAK, said)
        return Markup(self._ended(_capitalised(said)))  # noqa: S704 - escaped above

    def plain(self, sentence: Sentence) -> str:
        """A sentence as plain text."""
        values = {name: self.value(value) for name, value in sentence.values.items()}
        message = self._message(sentence).replace("<b>", "").replace("</b>", "")
        return _capitalised(_spaced(message % values))

    def value(self, value: Value) -> str:  # noqa: C901, PLR0911 - one case a type
        """A value as running text shows it."""
        figures = self.figures
        match value:
            case Money():
                return figures.money(value.value, signed=value.signed)
            case Turns():
                return figures.turns(value.value, signed=value.signed)
            case Days():
                return figures.days(value.value, signed=value.signed)
            case Share():
                return figures.share(value.value, value.decimals, signed=value.signed)
            case Points():
                return figures.points(value.value)
            case Count():
                return (figures.count_word if value.as_word else figures.count)(value.value)
            case Names():
                return figures.names(self._names(value.values))
            case Label():
                return self._names([value])[0]
            case Page():
                return ""
            case date():
                return figures.day(value)
            case str():
                return value
        assert_never(value)

    def _ended(self, said: str) -> str:
        """The sentence with an end that is long enough for a line of its own."""
        least = LEAST_OF_A_LINE[self.language]
        start = len(said) - least
        if self.language == "en":
            start = said.rfind(" ", 0, max(start, 0) + 1) + 1
        end = said[start:]
        if start <= least or any(one in end for one in "<>&;"):
            return said
        # Not by markup: a box around the end can be broken off at the sentence's first word.
        kept = end.replace(" ", NO_BREAK)
        return said[:start] + (kept if self.language == "en" else JOINER.join(kept))

    def _names(self, labels: Sequence[Label]) -> list[str]:
        edge = EDGE if self.language == "zh" else ""
        return [f"{edge}{name}{edge}" for name in self.apart(labels, MOST_OF_A_NAME)]

    def _message(self, sentence: Sentence) -> str:
        if sentence.plural is None:
            return self.text(sentence.text)
        return self.catalogue.ngettext(sentence.text, sentence.plural, sentence.count)

    def _markup(self, value: Value) -> Markup:
        if isinstance(value, Page):
            return Markup(PAGE_NUMBER + ' href="#{}"></a>').format(value.anchor)  # noqa: S704 - a constant
        text = self.value(value)
        # A figure and its unit stay on one line.
        return escape(text.replace(" ", NO_BREAK) if isinstance(value, Money | Points) else text)


def _spaced(text: str) -> str:
    """Latin names inside Chinese stand apart from it by a blank."""
    text = OUT_OF_LATIN.sub(lambda found: (found[1] or "") + " ", text)
    return INTO_LATIN.sub(lambda found: " " + (found[1] or ""), text).replace(EDGE, "")


def _capitalised(text: str) -> str:
    start = len("<b>") if text.startswith("<b>") else 0
    return text[:start] + text[start : start + 1].upper() + text[start + 1 :]
