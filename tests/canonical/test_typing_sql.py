"""How text is read: by the declared style, strictly."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from pipeline.canonical.erp_contract import NativeColumn, NativeFile, Style
from pipeline.canonical.spec import ColumnType
from pipeline.canonical.typing_sql import typed_view
from pipeline.settings import ConfigurationError
from tests.canonical.reading import UNREADABLE, landed, read

NO = UNREADABLE


def test_plain_numbers_are_read_exactly() -> None:
    assert read(ColumnType.QUANTITY, "1", "-2.5", ".5", " 7 ", "999999999999.123456") == [
        Decimal(1),
        Decimal("-2.5"),
        Decimal("0.5"),
        Decimal(7),
        Decimal("999999999999.123456"),
    ]


def test_an_empty_cell_is_null_not_zero() -> None:
    assert read(ColumnType.MONEY, "", "  ", None) == [None, None, None]


@pytest.mark.parametrize(
    "cell",
    ["1_000", "1E3", "NaN", "Inf", "-inf", "1,000", "12-", "(5)", "+5", "0x1F", "١٢", "1 000", "."],
)
def test_what_no_style_declares_is_no_number(cell: str) -> None:
    assert read(ColumnType.MONEY, cell) == [NO]


def test_a_number_too_large_or_too_precise_is_unreadable_not_rounded() -> None:
    assert read(ColumnType.MONEY, "1.2345", "1.23456", "1.23450000", "1" + "0" * 14) == [
        Decimal("1.2345"),
        NO,
        Decimal("1.2345"),
        NO,
    ]


def test_thousands_and_decimal_comma_are_read_where_declared() -> None:
    german = Style(decimal=",", thousands=".")
    assert read(ColumnType.MONEY, "1.234,50", "1234,5", "12.34,5", "1,234.50", style=german) == [
        Decimal("1234.50"),
        Decimal("1234.5"),
        NO,
        NO,
    ]


def test_thousands_may_be_any_space_where_a_space_is_declared() -> None:
    french = Style(decimal=",", thousands=" ")
    cells = ("1 234,50", "1\u00a0234,50", "1\u202f234,50")
    assert read(ColumnType.MONEY, *cells, style=french) == [Decimal("1234.50")] * 3


def test_a_trailing_minus_or_parentheses_are_negative_where_declared() -> None:
    ledger = Style(trailing_minus=True, parentheses=True)
    assert read(ColumnType.MONEY, "12-", "(12.50)", "-12", "-12-", "(-12)", style=ledger) == [
        Decimal(-12),
        Decimal("-12.5"),
        Decimal(-12),
        NO,
        NO,
    ]


def test_whole_numbers_have_no_decimals() -> None:
    assert read(ColumnType.INTEGER, "14", "-3", "1.0", "") == [14, -3, NO, None]


STYLES = (Style(), Style(decimal=",", thousands="."), Style(thousands=","), Style(thousands=" "))


@pytest.mark.parametrize("style", STYLES, ids=str)
@pytest.mark.parametrize("kind", [ColumnType.QUANTITY, ColumnType.MONEY, ColumnType.INTEGER])
def test_a_number_is_read_whichever_way_is_taken_to_it(kind: ColumnType, style: Style) -> None:
    wholes = ("", "0", "-0", "7", "-12", "007", "1234", "1.234", "1,234", "2147483648")
    digits = ("9" * length for length in (12, 13, 14, 15, 18, 19))
    fractions = ("", ".", ".0", ".00", ".5", ".50", "-", ".505", ",50", ".12345", "e2", "_0")
    cells = [f"{whole}{end}" for whole in (*wholes, *digits) for end in fractions]

    # A blank before it has it compared with the pattern, whatever it says.
    by_pattern = read(kind, *(f" {cell}" for cell in cells), style=style)

    assert read(kind, *cells, style=style) == by_pattern


def test_dates_follow_the_declared_formats_only() -> None:
    assert read(ColumnType.DATE, "2026-03-05", "2026-02-30", "05/03/2026", "46086", "2026-3-5") == [
        date(2026, 3, 5),
        NO,
        NO,
        NO,
        NO,
    ]


def test_a_declared_day_first_format_is_not_guessed_as_month_first() -> None:
    style = Style(dates=("%d/%m/%Y",))
    assert read(ColumnType.DATE, "05/03/2026", "13/03/2026", "03/13/2026", style=style) == [
        date(2026, 3, 5),
        date(2026, 3, 13),
        NO,
    ]


def test_a_moment_with_an_offset_is_moved_to_the_company_zone() -> None:
    cells = ("2026-03-05 08:00:00", "2026-03-05T08:00:00-05:00", "2026-03-05 20:00:00Z")
    assert read(ColumnType.DATETIME, *cells) == [
        datetime(2026, 3, 5, 8),  # noqa: DTZ001
        datetime(2026, 3, 5, 21),  # noqa: DTZ001
        datetime(2026, 3, 6, 4),  # noqa: DTZ001
    ]


def test_a_moment_is_moved_by_the_offset_of_its_own_day() -> None:
    # Berlin is an hour ahead in winter and two in summer, from 2026-03-29 01:00 UTC on.
    cells = ("2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z")
    assert read(ColumnType.DATETIME, *cells, zone="Europe/Berlin") == [
        datetime(2026, 3, 29, 1, 59, 59),  # noqa: DTZ001
        datetime(2026, 3, 29, 3),  # noqa: DTZ001
    ]


def test_impossible_times_are_unreadable() -> None:
    assert read(ColumnType.DATETIME, "2026-03-05 25:00:00", "2026-03-05 08:00") == [NO, NO]


def test_fractions_of_a_second_are_dropped_where_declared() -> None:
    style = Style(dates=("%Y-%m-%d %H:%M:%S.%f",))
    assert read(ColumnType.DATETIME, "2026-03-05 00:00:00.750", style=style) == [
        datetime(2026, 3, 5),  # noqa: DTZ001
    ]


def test_truth_is_what_the_style_declares_in_any_case() -> None:
    assert read(ColumnType.BOOLEAN, "true", "FALSE", " 1 ", "0", "yes", "") == [
        True,
        False,
        True,
        False,
        NO,
        None,
    ]
    assert read(ColumnType.BOOLEAN, "Y", "n", "1", style=Style(true=("Y",), false=("N",))) == [
        True,
        False,
        NO,
    ]


def test_codes_are_trimmed_and_normalised_but_keep_their_case() -> None:
    decomposed, composed = "Cafe\u0301", "Caf\u00e9"
    cells = (
        " B-100 ",
        "\uff22\uff0d\uff11\uff10\uff10",
        "B-100\u00a0",
        decomposed,
        "b-100",
        "\tB\t",
    )
    assert read(ColumnType.CODE, *cells) == ["B-100", "B-100", "B-100", composed, "b-100", "B"]


def test_codes_stay_text() -> None:
    assert read(ColumnType.CODE, "00123", "1E5", "2026-03-05") == ["00123", "1E5", "2026-03-05"]


def test_text_is_trimmed_and_otherwise_kept() -> None:
    assert read(ColumnType.TEXT, "  Ball bearing ", "深沟球轴承", "Ｆｕｌｌ", " ") == [
        "Ball bearing",
        "深沟球轴承",
        "Ｆｕｌｌ",
        None,
    ]


@pytest.mark.parametrize("kind", [ColumnType.CODE, ColumnType.TEXT])
def test_plain_cells_are_read_faster_and_not_otherwise(kind: ColumnType) -> None:
    cells = (
        "B-100",
        " B-100",
        "B-100 ",
        "a  b",
        "!",
        "~",
        "!!",
        "'B",
        "B;",
        " ",
        "  ",
        "",
        None,
    )
    assert read(kind, *cells, is_plain=True) == read(kind, *cells)


@pytest.mark.parametrize("kind", [ColumnType.CODE, ColumnType.TEXT])
def test_bare_cells_are_read_faster_still_and_not_otherwise(kind: ColumnType) -> None:
    cells = ("B-100", "a  b", "a b c", "!", "~", "'B", "B;", None)
    assert read(kind, *cells, is_plain=True, is_bare=True) == read(kind, *cells)


@pytest.mark.parametrize(
    "cell",
    [
        "2025-01-1  10:00:00",
        "2025-01-1T 10:00:00",
        "2025/01/01 10:00:00",
        "2025-01-01 24:00:00",
        "2025-01-01 10:00:0Z",
        "2025-01-01 10:00:5.",
        " 025-01-01 10:00:00",
        "-025-01-01 10:00:00",
        "2025-02-30 10:00:00",
        "2025-01-01 1:00:00 ",
        "2025-01-01 10:00.00",
        "2025-01-01 10:00+08",
        "12025-01-01 10:00:0",
    ],
)
def test_what_is_as_long_as_a_moment_and_written_otherwise_is_none(cell: str) -> None:
    assert len(cell) == len("2025-01-01 10:00:00")
    assert read(ColumnType.DATETIME, cell) == [UNREADABLE]
    assert read(ColumnType.DATE, cell) == [UNREADABLE]


def test_a_moment_is_read_whichever_way_is_taken_to_it() -> None:
    ways = ("2025-01-01 10:00:00", "2025-01-01T10:00:00", " 2025-01-01 10:00:00")
    assert read(ColumnType.DATETIME, *ways) == [datetime(2025, 1, 1, 10)] * 3  # noqa: DTZ001
    assert read(ColumnType.DATE, *ways) == [date(2025, 1, 1)] * 3


def test_a_cell_of_blanks_says_nothing_beside_one_that_cannot_be_read() -> None:
    columns = (NativeColumn("a", ColumnType.MONEY), NativeColumn("b", ColumnType.DATE))
    file = NativeFile("file", "file", columns, (), Style())
    with landed(["a", "b"]) as connection:
        connection.execute(
            "INSERT INTO landed.file__text VALUES (' ', 'x', 'f', 1, 1), (' ', NULL, 'f', 2, 1), "
            "('x', 'x', 'f', 3, 1), ('1', '2025-01-01', 'f', 4, 1)"
        )
        rows = connection.execute(
            f"SELECT unreadable FROM ({typed_view(file, 'UTC')}) ORDER BY source_row"
        ).fetchall()
    assert rows == [(["b"],), (None,), (["a", "b"],), (None,)]


def test_a_date_format_nobody_supports_is_a_fault_of_the_configuration() -> None:
    style = Style(dates=("%b %d",))
    file = NativeFile("file", "file", (NativeColumn("cell", ColumnType.DATE),), (), style)
    with pytest.raises(ConfigurationError, match="%b is not supported"):
        typed_view(file, "UTC")


def test_an_identifier_from_a_header_cannot_leave_its_quotes() -> None:
    file = NativeFile('a"; DROP', "f", (NativeColumn('b"; DROP', ColumnType.CODE),), (), Style())
    assert '"b""; DROP"' in typed_view(file, "UTC")
    assert '"a""; DROP__text"' in typed_view(file, "UTC")
