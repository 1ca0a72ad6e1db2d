r"""Text that every page, chart and workbook can show, made so once: where it enters.

A character that nothing prints (a bell, half a surrogate pair, a code point that is none) is
spelled out: `\u0007`.  What was delivered stays in `raw/` and quarantine.
"""

import re

TIDY_TEXT = "tidy_text"
"""A function the warehouse registers; needed for cells that match UNPRINTABLE only."""

NONCHARACTERS = "".join(f"\\U{plane:04x}fffe\\U{plane:04x}ffff" for plane in range(1, 17))
LINE_ENDS = re.compile("[\t\n\v\f\r\x85\u2028\u2029]+")
_UNPRINTABLE = re.compile(
    rf"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff{NONCHARACTERS}]"
)

UNPRINTABLE = (
    r"[\x00-\x1f\x7f-\x9f\x{2028}\x{2029}\x{fdd0}-\x{fdef}\x{fffe}\x{ffff}"
    + "".join(rf"\x{{{plane:x}fffe}}\x{{{plane:x}ffff}}" for plane in range(1, 17))
    + "]"
)
"""The same in the database's pattern language; half a surrogate pair is no text there at all."""


def printable(text: str) -> str:
    r"""The text with each character that nothing prints spelled out; two texts stay two."""
    return _UNPRINTABLE.sub(_spelled, text)


def tidy_text(text: str) -> str:
    """A free text on one line, trimmed and printable."""
    return printable(LINE_ENDS.sub(" ", text).strip())


def _spelled(found: re.Match[str]) -> str:
    number = ord(found.group())
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"  # noqa: PLR2004
