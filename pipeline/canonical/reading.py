"""How the text of a native file is read: SQL of the typed view over it.

A cell must match the pattern its file's style declares before anything is cast, because a cast
alone reads more than people write: '1_000', '1E3', ' 12-' or the 31st of February.  What does not
match is null in its column and the column is listed in `unreadable`.
"""

import re
from dataclasses import dataclass

from pipeline.canonical.native import NativeColumn, NativeFile, Style
from pipeline.canonical.spec import STORED_AS, ColumnType
from pipeline.settings import ConfigurationError

TIDY_CODE = "tidy_code"
"""A function the warehouse registers: NFKC and trimmed; needed for non-ASCII cells only."""

RECORD = ("source_file", "source_row", "delivery_no")
BLANKS = "' \t\r\n'"
OFFSET = r"(Z|[+-][0-9]{2}(:?[0-9]{2})?)"
ISO_DATE = "%Y-%m-%d"
ISO_MOMENT = "%Y-%m-%d %H:%M:%S"

# Digits before and after the point, per type: what its DECIMAL holds.
DIGITS = {ColumnType.QUANTITY: (12, 6), ColumnType.MONEY: (14, 4), ColumnType.NUMBER: (28, 10)}

FORMAT_PATTERNS = {
    "Y": "[0-9]{4}",
    "y": "[0-9]{2}",
    "m": "[0-9]{2}",
    "d": "[0-9]{2}",
    "H": "[0-9]{2}",
    "M": "[0-9]{2}",
    "S": "[0-9]{2}",
    "f": "[0-9]{1,6}",
}


@dataclass(frozen=True)
class Reading:
    """SQL that reads one column: its value, and whether its text says nothing readable."""

    value: str
    is_unreadable: str | None


def typed_view(file: NativeFile, zone: str) -> str:
    """SELECT that types the text of a native file; `zone` is the company's."""
    readings = {column.name: read(column, file.style, zone) for column in file.columns}
    values = [f"{reading.value} AS {quoted(name)}" for name, reading in readings.items()]
    faults = {
        name: reading.is_unreadable
        for name, reading in readings.items()
        if reading.is_unreadable is not None
    }
    return (
        f"SELECT {', '.join((*values, *RECORD, f'{_unreadable(faults)} AS unreadable'))} "
        f"FROM {text_table(file.name)}"
    )


def text_table(file: str) -> str:
    """Where the text of a native file is landed."""
    return f"landed.{quoted(file + '__text')}"


def read(column: NativeColumn, style: Style, zone: str) -> Reading:
    """How one native column is read in its file's style."""
    cell = quoted(column.name)
    match column.type:
        case ColumnType.TEXT | ColumnType.CHOICE:
            return Reading(f"nullif(trim({cell}, {BLANKS}), '')", None)
        case ColumnType.CODE:
            return Reading(_code(cell), None)
        case ColumnType.BOOLEAN:
            value = _truth(cell, style)
        case ColumnType.DATETIME:
            value = _moment(cell, style, zone)
        case ColumnType.DATE:
            value = f"({_moment(cell, style, zone)})::DATE"
        case ColumnType.INTEGER:
            pattern = _number_pattern(style, 18, 0)
            value = f"CASE WHEN {_matches(cell, pattern)} THEN {_cast(cell, style, 'BIGINT')} END"
        case ColumnType.QUANTITY | ColumnType.MONEY | ColumnType.NUMBER:
            pattern = _number_pattern(style, *DIGITS[column.type])
            stored = STORED_AS[column.type]
            value = f"CASE WHEN {_matches(cell, pattern)} THEN {_cast(cell, style, stored)} END"
    return Reading(value, f"({cell} <> '' AND ({value}) IS NULL AND trim({cell}, {BLANKS}) <> '')")


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _unreadable(faults: dict[str, str]) -> str:
    if not faults:
        return "NULL::VARCHAR[]"
    # The list is built for the few rows that need it: the flags alone cost next to nothing.
    named = ", ".join(
        f"CASE WHEN {fault} THEN {literal(name)} END" for name, fault in faults.items()
    )
    return (
        f"CASE WHEN {' OR '.join(faults.values())} "
        f"THEN list_filter([{named}], lambda name: name IS NOT NULL) END"
    )


def _code(cell: str) -> str:
    return (
        f"CASE WHEN strlen({cell}) = length({cell}) THEN nullif(trim({cell}, {BLANKS}), '') "
        f"ELSE nullif({TIDY_CODE}({cell}), '') END"
    )


def _truth(cell: str, style: Style) -> str:
    def words(choices: tuple[str, ...]) -> str:
        return ", ".join(literal(choice.lower()) for choice in choices)

    said = f"lower(trim({cell}, {BLANKS}))"
    return (
        f"CASE WHEN {said} IN ({words(style.true)}) THEN true "
        f"WHEN {said} IN ({words(style.false)}) THEN false END"
    )


def _matches(cell: str, pattern: str) -> str:
    return f"regexp_full_match({cell}, {literal(pattern)})"


def _number_pattern(style: Style, whole: int, decimals: int) -> str:
    """The numbers of a style: so many digits, no more decimals than are kept but zeros."""
    digits = f"[0-9]{{1,{whole}}}"
    if style.thousands:
        groups = f"[0-9]{{1,3}}({_separator(style.thousands)}[0-9]{{3}})+"
        digits = f"({groups}|{digits})"
    number = digits
    if decimals:
        point = re.escape(style.decimal)
        fraction = f"{point}[0-9]{{1,{decimals}}}0*"
        number = f"({digits}({fraction})?|{fraction})"
    signed = [f"-?{number}"]
    if style.trailing_minus:
        signed.append(f"{number}-")
    if style.parentheses:
        signed.append(rf"\({number}\)")
    return f"[ \t]*({'|'.join(signed)})[ \t]*"


def _separator(thousands: str) -> str:
    # Who groups by spaces groups by any space: no-break and narrow no-break ones print alike.
    return "[ \u00a0\u202f]" if thousands == " " else re.escape(thousands)


def _cast(cell: str, style: Style, stored: str) -> str:
    plain = cell
    if style.thousands == " ":
        plain = f"translate({plain}, ' \u00a0\u202f', '')"
    elif style.thousands:
        plain = f"replace({plain}, {literal(style.thousands)}, '')"
    if style.decimal != ".":
        plain = f"replace({plain}, {literal(style.decimal)}, '.')"
    if style.trailing_minus or style.parentheses:
        bare = f"translate({plain}, '()- \t', '')"
        plain = f"CASE WHEN {_matches(cell, '.*[(-].*')} THEN '-' || {bare} ELSE {bare} END"
    if plain is cell:
        return f"{cell}::{stored}"
    return f"try_cast({plain} AS {stored})"


def _moment(cell: str, style: Style, zone: str) -> str:
    """SQL of the local moment a cell states, in one of the declared formats, strictly."""
    branches = [
        branch for pattern in style.dates for branch in _moment_branches(cell, pattern, zone)
    ]
    return f"CASE {' '.join(branches)} END"


def _moment_branches(cell: str, pattern: str, zone: str) -> list[str]:
    if pattern in (ISO_DATE, ISO_MOMENT, f"{ISO_MOMENT}.%f"):
        return _iso_branches(cell, pattern, zone)
    whole = _format_pattern(pattern)
    said = f"trim({cell}, {BLANKS})"
    local = f"date_trunc('second', try_strptime({said}, {literal(pattern)}))"
    return [f"WHEN {_matches(said, whole)} THEN {local}"]


def _iso_branches(cell: str, pattern: str, zone: str) -> list[str]:
    """ISO dates are cast, not parsed; a moment may say its offset and is moved to the zone."""
    date = "[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}"
    if pattern == ISO_DATE:
        return [f"WHEN {_matches(cell, date + '[ ]*')} THEN try_cast({cell} AS TIMESTAMP)"]
    fraction = r"([.][0-9]{1,6})?" if pattern.endswith("%f") else ""
    moment = f"{date}[ T][0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}{fraction}"
    offset = rf"{date}[ T][0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}([.][0-9]{{1,6}})?[ ]?{OFFSET}"
    there = f"try_cast({cell} AS TIMESTAMPTZ) AT TIME ZONE {literal(zone)}"
    local = f"try_cast({cell} AS TIMESTAMP)"
    if fraction:
        local = f"date_trunc('second', {local})"
    return [
        f"WHEN {_matches(cell, moment + '[ ]*')} THEN {local}",
        f"WHEN {_matches(cell, offset + '[ ]*')} THEN date_trunc('second', {there})",
    ]


def _format_pattern(pattern: str) -> str:
    parts = re.split(r"%(.)", pattern)
    unknown = [letter for letter in parts[1::2] if letter not in FORMAT_PATTERNS]
    if unknown:
        message = f"date format '{pattern}' in erp.toml: %{unknown[0]} is not supported"
        raise ConfigurationError(message)
    literals = [re.escape(part) for part in parts[::2]]
    codes = [FORMAT_PATTERNS[letter] for letter in parts[1::2]]
    return "".join(piece for pair in zip(literals, [*codes, ""], strict=True) for piece in pair)
