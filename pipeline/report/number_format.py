"""How figures are written in a language: the only place where a number is rounded.

Half is rounded up, as the controller's spreadsheet does; the minus is a minus, not a hyphen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal, get_currency_name

LOCALES = {"en": "en_GB", "zh": "zh_Hans_CN"}
NOTHING = "–"
LONG_WAN = 1000
SMALL_NUMBERS = (
    "no", "one", "two", "three", "four", "five", "six",
    "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
Number = Decimal | float | int


@dataclass(frozen=True)
class Unit:
    """What one table or chart counts money in; it stands once, in the head."""

    scale: int
    decimals: int
    word: str


@dataclass(frozen=True)
class _Step:
    """A magnitude at which running text changes its unit, from `start` on."""

    scale: int
    decimals: int
    suffix: str
    start: int


ENGLISH_STEPS = (
    _Step(1, 0, "", 0),
    _Step(10**3, 0, "k", 10**4),  # 1,500 is not 2k
    _Step(10**6, 1, "m", 10**6),
    _Step(10**9, 2, "bn", 10**9),
)
CHINESE_STEPS = (_Step(1, 0, "", 0), _Step(10**4, 1, "万", 10**4), _Step(10**8, 2, "亿", 10**8))


def rounded(value: Number, decimals: int) -> Decimal:
    """The value at so many decimals, half rounded up."""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    nearest = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return nearest or abs(nearest)  # no minus in front of a zero


class Figures:
    """Figures, dates and lists of names as one language writes them."""

    def __init__(self, language: str, currency: str) -> None:
        """Write in a language, money in a currency."""
        self.language = language
        self.currency = currency
        self.locale = Locale.parse(LOCALES[language])

    def number(self, value: Number | None, decimals: int = 0, *, signed: bool = False) -> str:
        """A grouped decimal number; a dash where there is none."""
        if value is None:
            return NOTHING
        nearest = rounded(value, decimals)
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        text = format_decimal(abs(nearest), pattern, self.locale, decimal_quantization=False)
        if nearest < 0:
            return f"−{text}"
        return f"+{text}" if signed and nearest > 0 else text

    def turns(self, value: float | None, *, signed: bool = False) -> str:
        """Turnover, at two decimals."""
        return self.number(value, 2, signed=signed)

    def effect(self, value: float | None) -> str:
        """What something did to a turnover: a digit more, for parts that add up."""
        return self.number(value, 3, signed=True)

    def days(self, value: float | None, *, signed: bool = False) -> str:
        """Whole days."""
        return self.number(value, 0, signed=signed)

    def share(self, value: float | None, decimals: int = 1, *, signed: bool = False) -> str:
        """A share in percent."""
        if value is None:
            return NOTHING
        percent = Decimal(str(value)) * 100
        # 99.9 % is not all of it, 0.2 % is not nothing, and neither is 0.002 %.
        if _looks_whole(percent, decimals):
            if not _looks_whole(percent, 1):
                decimals = 1
            elif not signed:
                return "<0.1%" if percent < 1 else ">99.9%"
        return self.number(percent, decimals, signed=signed) + "%"

    def points(self, value: float | None) -> str:
        """A difference of two shares in percentage points."""
        if value is None:
            return NOTHING
        word = " 个百分点" if self.language == "zh" else " pp"
        return self.number(Decimal(str(value)) * 100, 1, signed=True) + word

    def count(self, value: int) -> str:
        """A count in digits."""
        return self.number(value)

    def count_word(self, value: int) -> str:
        """A small count as running text writes it: a word in English, digits in Chinese."""
        if self.language == "en" and 0 <= value < len(SMALL_NUMBERS):
            return SMALL_NUMBERS[value]
        return self.count(value)

    def money(self, value: Number | None, *, signed: bool = False) -> str:
        """An amount in running text, in the unit a reader would say it in."""
        if value is None:
            return NOTHING
        step = self._step(abs(Decimal(str(value))))
        scaled = Decimal(str(value)) / step.scale
        text = self.number(scaled, self._decimals(step, scaled), signed=signed)
        if self.language == "zh":
            return f"{text} {step.suffix}{self._currency_word}"
        # The sign belongs to the amount, not to the digits: −CNY 13k.
        sign = text[0] if text[0] in "−+" else ""
        return f"{sign}{self.currency} {text.removeprefix(sign)}{step.suffix}"

    @property
    def exact_unit(self) -> Unit:
        """The unit of a proof: to the cent."""
        return Unit(1, 2, self._currency_word if self.language == "zh" else self.currency)

    def unit(self, values: Sequence[Number | None]) -> Unit:
        """The unit in which one table or chart shows these amounts."""
        largest = max(
            (abs(Decimal(str(value))) for value in values if value is not None), default=0
        )
        if self.language == "zh":
            return self._chinese_unit(largest)
        if largest >= 10**8:
            return Unit(10**6, 1, f"{self.currency} m")
        if largest >= 10**4:
            return Unit(10**3, 0 if largest >= 10**6 else 1, f"{self.currency} k")
        return Unit(1, 0, self.currency)

    def amount(self, value: Number | None, unit: Unit, *, signed: bool = False) -> str:
        """An amount in the unit of its table, without naming it."""
        if value is None:
            return NOTHING
        return self.number(Decimal(str(value)) / unit.scale, unit.decimals, signed=signed)

    def day(self, value: date) -> str:
        """A date in full."""
        pattern = "y年M月d日" if self.language == "zh" else "d MMMM y"
        return format_date(value, pattern, self.locale)

    def month(self, value: date) -> str:
        """A month, short, as on an axis."""
        pattern = "yy年M月" if self.language == "zh" else "MMM yy"
        return format_date(value, pattern, self.locale)

    def month_initial(self, value: date) -> str:
        """A month at its shortest: its initial, or its number in Chinese."""
        return str(value.month) if self.language == "zh" else format_date(value, "MMMMM", "en")

    def names(self, values: Sequence[str]) -> str:
        """Names as a sentence lists them."""
        return format_list(list(values), "standard", self.locale)

    @property
    def _currency_word(self) -> str:
        if self.currency == "CNY":
            return "元"
        return get_currency_name(self.currency, locale=self.locale)

    def _step(self, magnitude: Decimal) -> _Step:
        """The step whose *rounded* figure does not reach the next one (never '1,000k')."""
        steps = CHINESE_STEPS if self.language == "zh" else ENGLISH_STEPS
        for step, following in pairwise(steps):
            shown = rounded(magnitude / step.scale, self._decimals(step, magnitude / step.scale))
            if shown * step.scale < following.start:
                return step
        return steps[-1]

    def _decimals(self, step: _Step, scaled: Decimal) -> int:
        """万元 lose their decimal from one thousand on: 1,283 万元, but 277.4 万元."""
        return 0 if step.suffix == "万" and abs(scaled) >= LONG_WAN else step.decimals

    def _chinese_unit(self, largest: Decimal | int) -> Unit:
        if largest >= 10**8:
            return Unit(10**4, 0, f"万{self._currency_word}")
        if largest >= 10**4:
            return Unit(10**4, 1 if largest >= 10**6 else 2, f"万{self._currency_word}")
        return Unit(1, 0, self._currency_word)


def _looks_whole(percent: Decimal, decimals: int) -> bool:
    """Whether rounding makes nothing of a little, or all of almost all."""
    return percent not in (0, 100) and rounded(percent, decimals) in (0, 100)


def width_of(text: str) -> int:
    """How many letters' room a text takes; full-width letters count twice."""
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in text)  # noqa: PLR2004 - CJK begins


def without_middle(name: str, longest: int) -> str:
    """A name cut between its two ends, which is where long names tell apart."""
    if width_of(name) <= longest:
        return name
    head, tail = shortened(name, longest // 2), shortened(name[::-1], longest // 2)[::-1]
    return head.removesuffix("…") + tail


def shortened(name: str, longest: int) -> str:
    """A name cut where it would run out of its place; full-width letters count twice."""
    width = 0
    for at, letter in enumerate(name):
        width += 2 if ord(letter) > 0x2E80 else 1  # noqa: PLR2004 - CJK begins here
        if width > longest:
            return name[: max(at - 1, 1)].rstrip() + "…"
    return name
