"""How the text of a native file is read: SQL of the typed view over it.

A cell must match the pattern its file's style declares before anything is cast, because a cast
alone reads more than people write: '1_000', '1E3', ' 12-' or the 31st of February.  What does not
match is null in its column and the column is listed in `unreadable`.
"""

import re
from collections.abc import Callable

from pipeline.canonical.erp_contract import NativeColumn, NativeFile, Style
from pipeline.canonical.printable import TIDY_TEXT, UNPRINTABLE
from pipeline.canonical.spec import STORED_AS, ColumnType
from pipeline.settings import ConfigurationError

TIDY_CODE = "tidy_code"
"""A function the warehouse registers: NFKC, trimmed and printable; needed for few cells."""

RECORD = ("source_file", "source_row", "delivery_no")
BLANKS = "' \t\r\n'"
OFFSET = r"(Z|[+-][0-9]{2}(:?[0-9]{2})?)"
ISO_DATE = "%Y-%m-%d"
ISO_MOMENT = "%Y-%m-%d %H:%M:%S"
DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
TIME = "[ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
"""24:00:00 would be read as the next day's midnight: a controller counts it in the day it names."""

ISO_TIMES = {ISO_DATE: "", ISO_MOMENT: TIME, f"{ISO_MOMENT}.%f": f"{TIME}([.][0-9]{{1,6}})?"}

CLEAN_TEXT = "[!-~]([ -~]*[!-~])?"
CLEAN_CODE = "[!-~]+"
SPACED_CODE = "[ \t\r\n]*[!-~][ -~]*[ \t\r\n]*"
DATES = {ColumnType.DATE, ColumnType.DATETIME}
AS_WRITTEN = {ColumnType.TEXT, ColumnType.CODE, ColumnType.CHOICE}

# Digits before and after the point, per type: what its DECIMAL holds.
DIGITS = {ColumnType.QUANTITY: (12, 6), ColumnType.MONEY: (14, 4), ColumnType.NUMBER: (28, 10)}

USUAL_NUMBERS = {
    "BIGINT": "INTEGER",
    STORED_AS[ColumnType.QUANTITY]: "INTEGER",
    STORED_AS[ColumnType.MONEY]: "DECIMAL(16,2)",
}
"""What most numbers of a stored type are, whole or with cents; DIGITS hold every one of them."""

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


def typed_view(
    file: NativeFile, zone: str, *, is_plain: bool = False, is_bare: bool = False
) -> str:
    """SELECT that types the text of a native file; `zone` is the company's.

    `is_plain` promises that every cell is printable ASCII without tabs and line ends; `is_bare`
    that it has no blanks around it either, and that none is empty.
    """
    text = _as_it_is if is_bare else _plain if is_plain else None
    checked = [column for column in file.columns if column.type not in AS_WRITTEN]
    source = _with_moments(_without_placeholders(file), file)
    values = [
        f"{read(column, file.style, zone, text)} AS {quoted(column.name)}"
        for column in file.columns
    ]
    # A cell is unreadable where it says something and its value is null; what it says is kept
    # beside the value, so that nothing is computed twice.
    cells = [f"{quoted(column.name)} AS {_cell(column)}" for column in checked]
    names = [quoted(column.name) for column in file.columns]
    faults = f"{_unreadable(checked, file.style)} AS unreadable"
    return (
        f"SELECT {', '.join((*names, *RECORD, faults))} "
        f"FROM (SELECT {', '.join((*values, *cells, *RECORD))} FROM {source})"
    )


def _with_moments(source: str, file: NativeFile) -> str:
    """The text of a file and, beside each cell as long as an ISO moment, the one DuckDB reads."""
    if ISO_MOMENT not in file.style.dates:
        return source
    cells = [quoted(column.name) for column in file.columns if column.type in DATES]
    as_long = "CASE WHEN strlen({0}) = 19 THEN try_cast({0} AS TIMESTAMP) END"
    moments = [f"{as_long.format(cell)} AS {_as_moment(cell)}" for cell in cells]
    return f"(SELECT {', '.join(('*', *moments))} FROM {source})" if moments else source


def _without_placeholders(file: NativeFile) -> str:
    """The text of a file, in which the dates that mean none are empty cells."""
    text = text_table(file.name)
    empty = _placeholders(file.style)
    dates = [quoted(c.name) for c in file.columns if c.type in DATES]
    if not (empty and dates):
        return text
    starts = " OR ".join(f"starts_with({{0}}, {literal(date)})" for date in empty)
    whole = f"({'|'.join(re.escape(date) for date in empty)})([ T][0-9:.]*)?[ ]*"
    emptied = (
        f"CASE WHEN ({starts.format(name)}) AND {_matches(name, whole)} THEN NULL ELSE {name} END"
        f" AS {name}"
        for name in dates
    )
    return f"(SELECT * REPLACE ({', '.join(emptied)}) FROM {text})"


def _placeholders(style: Style) -> list[str]:
    """How the style writes the dates that mean none, without their time."""
    formats = {pattern.split("%H")[0].rstrip(" T") for pattern in style.dates}
    return sorted({day.strftime(each) for day in style.empty_dates for each in formats if each})


def text_table(file: str) -> str:
    """Where the text of a native file is landed."""
    return f"landed.{quoted(file + '__text')}"


def read(
    column: NativeColumn, style: Style, zone: str, text: Callable[[str], str] | None = None
) -> str:
    """SQL that reads one native column in its file's style; null where it cannot.

    `text` reads what is kept as it is written, where that is known to be easier than it may be.
    """
    cell = quoted(column.name)
    match column.type:
        case ColumnType.TEXT | ColumnType.CHOICE:
            value = (text or _text)(cell)
        case ColumnType.CODE:
            value = (text or _code)(cell)
        case ColumnType.BOOLEAN:
            value = _truth(cell, style)
        case ColumnType.DATETIME:
            value = _moment(cell, style, zone)
        case ColumnType.DATE:
            value = f"({_moment(cell, style, zone)})::DATE"
        case ColumnType.INTEGER:
            value = _number(cell, style, _number_pattern(style, 18, 0), "BIGINT")
        case ColumnType.QUANTITY | ColumnType.MONEY | ColumnType.NUMBER:
            pattern = _number_pattern(style, *DIGITS[column.type], is_rounded=column.rounds)
            value = _number(cell, style, pattern, STORED_AS[column.type])
    return value


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _cell(column: NativeColumn) -> str:
    return quoted(f"{column.name} as delivered")


def _as_moment(cell: str) -> str:
    return f'{cell[:-1]} as moment"'


def _unreadable(checked: list[NativeColumn], style: Style) -> str:
    if not checked:
        return "NULL::VARCHAR[]"
    # What costs is asked of the few rows that may need it, and in words of its own: DuckDB would
    # compute an expression that stands here twice for every row.
    suspect = [f"({quoted(c.name)} IS NULL AND {_cell(c)} IS NOT NULL)" for c in checked]
    named = [
        f"CASE WHEN {quoted(c.name)} IS NULL AND trim({_cell(c)}, {BLANKS}) <> '' "
        f"THEN {_named(c, style)} END"
        for c in checked
    ]
    return (
        f"CASE WHEN {' OR '.join(suspect)} "
        f"THEN nullif(list_filter([{', '.join(named)}], lambda name: name IS NOT NULL), []) END"
    )


def _named(column: NativeColumn, style: Style) -> str:
    """The name of a column that cannot be read, with the digits where these are all it is."""
    if column.type not in DIGITS:
        return literal(column.name)
    whole, decimals = DIGITS[column.type]
    pattern = _number_pattern(style, whole, decimals, is_rounded=True)
    finer = literal(f"{column.name}: more than {decimals} decimals")
    return (
        f"CASE WHEN {_matches(_cell(column), pattern)} THEN {finer} ELSE {literal(column.name)} END"
    )


def _as_it_is(cell: str) -> str:
    return cell


def _plain(cell: str) -> str:
    # Only spaces can surround it: two looks at its ends are half as dear as a pattern.
    return (
        f"CASE WHEN {cell} > '!' AND NOT ends_with({cell}, ' ') THEN {cell} "
        f"WHEN {cell} <> '' THEN nullif(trim({cell}, {BLANKS}), '') END"
    )


def _text(cell: str) -> str:
    # Nearly every cell is clean: one look is three times as fast as a trim.
    return (
        f"CASE WHEN {_matches(cell, CLEAN_TEXT)} THEN {cell} "
        f"WHEN {cell} <> '' THEN nullif(CASE WHEN regexp_matches({cell}, {literal(UNPRINTABLE)}) "
        f"THEN {TIDY_TEXT}({cell}) ELSE trim({cell}, {BLANKS}) END, '') END"
    )


def _code(cell: str) -> str:
    return (
        f"CASE WHEN {_matches(cell, CLEAN_CODE)} THEN {cell} "
        f"WHEN {cell} <> '' THEN nullif(CASE WHEN {_matches(cell, SPACED_CODE)} "
        f"THEN trim({cell}, {BLANKS}) ELSE {TIDY_CODE}({cell}) END, '') END"
    )


def _truth(cell: str, style: Style) -> str:
    def words(choices: tuple[str, ...]) -> str:
        return ", ".join(literal(choice.lower()) for choice in choices)

    said = f"lower(trim({cell}, {BLANKS}))"
    return (
        f"CASE WHEN {cell} IN ({words(style.false)}) THEN false "
        f"WHEN {said} IN ({words(style.true)}) THEN true "
        f"WHEN {said} IN ({words(style.false)}) THEN false END"
    )


def _number(cell: str, style: Style, pattern: str, stored: str) -> str:
    read = f"WHEN {_matches(cell, pattern)} THEN {_cast(cell, style, stored)}"
    usual = USUAL_NUMBERS.get(stored)
    if usual is None or (usual != "INTEGER" and style.decimal != "."):
        return f"CASE {read} END"
    # What is written again as it was is one, for half of what the pattern takes.
    usual = f"try_cast({cell} AS {usual})"
    return f"CASE WHEN {usual}::VARCHAR = {cell} THEN {usual}::{stored} {read} END"


def _matches(cell: str, pattern: str) -> str:
    return f"regexp_full_match({cell}, {literal(pattern)})"


def _number_pattern(style: Style, whole: int, decimals: int, *, is_rounded: bool = False) -> str:
    """The numbers of a style: so many digits, no more decimals than are kept but zeros."""
    digits = f"[0-9]{{1,{whole}}}"
    if style.thousands:
        groups = f"[0-9]{{1,3}}({_separator(style.thousands)}[0-9]{{3}})+"
        digits = f"({groups}|{digits})"
    number = digits
    if decimals:
        point = re.escape(style.decimal)
        fraction = f"{point}[0-9]+" if is_rounded else f"{point}[0-9]{{1,{decimals}}}0*"
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
    iso = [pattern for pattern in style.dates if pattern in ISO_TIMES]
    others = [pattern for pattern in style.dates if pattern not in ISO_TIMES]
    branches = [*_iso_branches(cell, iso, zone), *(_other(cell, pattern) for pattern in others)]
    return f"CASE {' '.join(branches)} END"


def _iso_branches(cell: str, patterns: list[str], zone: str) -> list[str]:
    """ISO dates are cast, not parsed; a moment may say its offset and is moved to the zone."""
    if not patterns:
        return []
    times = [ISO_TIMES[pattern] for pattern in patterns if ISO_TIMES[pattern]]
    time = f"({'|'.join(times)})" + ("?" if ISO_DATE in patterns else "") if times else ""
    local = f"try_cast({cell} AS TIMESTAMP)"
    if f"{ISO_MOMENT}.%f" in patterns:
        local = f"date_trunc('second', {local})"
    branches: list[str] = []
    if ISO_MOMENT in patterns:
        # What is written again as it was is one, for half of what the pattern takes.
        branches.append(f"WHEN {_as_moment(cell)}::VARCHAR = {cell} THEN {_as_moment(cell)}")
    branches.append(f"WHEN {_matches(cell, f'[ ]*{DAY}{time}[ ]*')} THEN {local}")
    if times:
        offset = rf"[ ]*{DAY}{TIME}([.][0-9]{{1,6}})?[ ]?{OFFSET}[ ]*"
        there = f"try_cast({cell} AS TIMESTAMPTZ) AT TIME ZONE {literal(zone)}"
        branches.append(f"WHEN {_matches(cell, offset)} THEN date_trunc('second', {there})")
    return branches


def _other(cell: str, pattern: str) -> str:
    said = f"trim({cell}, {BLANKS})"
    local = f"date_trunc('second', try_strptime({said}, {literal(pattern)}))"
    return f"WHEN {_matches(said, _format_pattern(pattern))} THEN {local}"


def _format_pattern(pattern: str) -> str:
    parts = re.split(r"%(.)", pattern)
    unknown = [letter for letter in parts[1::2] if letter not in FORMAT_PATTERNS]
    if unknown:
        message = f"date format '{pattern}' in erp.toml: %{unknown[0]} is not supported"
        raise ConfigurationError(message)
    literals = [re.escape(part) for part in parts[::2]]
    codes = [FORMAT_PATTERNS[letter] for letter in parts[1::2]]
    return "".join(piece for pair in zip(literals, [*codes, ""], strict=True) for piece in pair)
