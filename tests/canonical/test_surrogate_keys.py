"""Numbers of keys: no pattern of ids makes two of them share one."""

from collections.abc import Iterator

import duckdb
import pytest

from pipeline.canonical.surrogate_keys import content_of, first_given, number_if_known, number_of

# DuckDB's own hash lets 1 id in 10 of some patterns share a number with another: few show that.
SIZES = [30_000, pytest.param(1_000_000, marks=pytest.mark.acceptance)]

PATTERNS = {
    "running": "n::VARCHAR",
    "running, padded to ten": "lpad(n::VARCHAR, 10, '0')",
    "letters and a number": "'INV-' || lpad(n::VARCHAR, 9, '0')",
    "date and counter of the day": "{day} || lpad(({of_day})::VARCHAR, 8, '0')",
    "date, dash, counter": "{day} || '-' || lpad(({of_day})::VARCHAR, 7, '0')",
    "date and item": "{day} || 'SKU' || lpad(({of_day})::VARCHAR, 5, '0')",
    "ISO date and counter": "'2026-01-' || lpad((10 + n % 20)::VARCHAR, 2, '0') || '/' || n // 20",
    "MongoDB ObjectId": (
        "printf('%08x', 1767225600 + n // 7) || '65f0a1b2c3' || printf('%06x', 9000000 + n)"
    ),
    "UUID, counted": "printf('%08x-0000-4000-8000-%012x', n % 1000, n // 1000)",
    "UUID, random": "uuid()::VARCHAR",
    "SAP document, year and line": "lpad((4900000000 + n // 4)::VARCHAR, 10, '0') || '-' || n % 4",
    "fifteen bytes": "'T' || lpad(n::VARCHAR, 7, '0') || lpad((n % 997)::VARCHAR, 7, '0')",
    "nineteen bytes": "'WEB' || lpad((n * 7919)::VARCHAR, 16, '0')",
    "twenty-one bytes": (
        "'SHOP01' || lpad((n % 1000)::VARCHAR, 8, '0') || lpad((n // 1000)::VARCHAR, 7, '0')"
    ),
    "bytes 8 and 16 and 24 and 32": (
        "concat('0000000', n % 32 + 100, '0000', n // 32 % 32 + 100, '00000', "
        "n // 1024 % 32 + 100, '00000', n // 32768 + 100)"
    ),
    "Chinese prefix": "'单据号' || {day} || lpad(({of_day})::VARCHAR, 8, '0')",
}
DAY = "'202601' || lpad((10 + n % 20)::VARCHAR, 2, '0')"
OF_DAY = "n // 20"


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@pytest.mark.parametrize("ids", SIZES)
@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_ids_of_a_pattern_have_as_many_numbers(
    engine: duckdb.DuckDBPyConnection, pattern: str, ids: int
) -> None:
    text = pattern.format(day=DAY, of_day=OF_DAY)
    number = number_of("stock_movement", "id").sql
    engine.execute(
        "CREATE OR REPLACE TABLE ids AS "
        f"SELECT 'acme' AS company, {text} AS id FROM range({ids}) AS r(n)"
    )

    (found,) = engine.execute(
        f"SELECT (count(DISTINCT id), count(DISTINCT {number}), min({number}) >= 0, "
        f"max({number}) < {first_given()}) FROM ids"
    ).fetchall()

    assert found == ((ids, ids, True, True),)


def test_one_code_of_two_companies_has_two_numbers(engine: duckdb.DuckDBPyConnection) -> None:
    number = number_of("item", "code").sql
    codes = "(VALUES ('a', 'x'), ('b', 'x'), ('a', 'y'), ('b', 'y')) AS known (company, code)"
    query = f"SELECT count(DISTINCT {number}) FROM {codes}"

    assert engine.execute(query).fetchall() == [(4,)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("ab", "c"), ("a", "bc")),
        (("1:a", "b"), ("1", "a1:b")),
        (("-", None), (None, "-")),
        (("", "a"), (None, "a")),
        (("a3:b", "c"), ("a", "3:b1:c")),
    ],
)
def test_parts_of_a_key_never_run_together(
    engine: duckdb.DuckDBPyConnection,
    one: tuple[str | None, ...],
    other: tuple[str | None, ...],
) -> None:
    key = number_of("order_line", "first", "second").key
    query = f"SELECT count(DISTINCT {key}) FROM (VALUES (?, ?), (?, ?)) AS k (first, second)"

    assert engine.execute(query, [*one, *other]).fetchall() == [(2,)]


def test_an_optional_key_with_a_part_missing_has_no_number(
    engine: duckdb.DuckDBPyConnection,
) -> None:
    number = number_if_known("order_line", "order_no", "line").sql
    query = f"SELECT {number} FROM (SELECT 'a' AS company, 'SO1' AS order_no, NULL AS line)"

    assert engine.execute(query).fetchall() == [(None,)]


@pytest.mark.parametrize("parts", [("SO1", "1"), ("ab", "c"), ("", ""), ("单据", "1:a")])
def test_a_movement_names_the_order_line_that_the_order_has(
    engine: duckdb.DuckDBPyConnection, parts: tuple[str, str]
) -> None:
    of_an_order = number_of("order_line", "order_no", "line").sql
    of_a_movement = number_if_known("order_line", "order_no", "line").sql
    row = "SELECT 'a' AS company, ? AS order_no, ? AS line"
    query = f"SELECT {of_an_order} = {of_a_movement} FROM ({row})"

    assert engine.execute(query, [*parts]).fetchall() == [(True,)]


def test_contents_that_differ_in_every_eighth_byte_differ(
    engine: duckdb.DuckDBPyConnection,
) -> None:
    """A document number corrected in bytes 8 and 16: DuckDB's hash alone takes 1 in 256 for it."""
    texts = "SELECT '0000000' || (i // 10) || '0000000' || (i % 10) AS text FROM range(100) AS r(i)"
    pairs = f"({texts}) AS a (text) JOIN ({texts}) AS b (text) ON a.text < b.text"
    hashed, ours = "hash({0}.text)", content_of(("{0}.text",), ("{0}.text",))

    def alike(sql: str) -> int:
        query = f"SELECT count(*) FROM {pairs} WHERE {sql.format('a')} = {sql.format('b')}"
        return engine.execute(query).fetchall()[0][0]

    assert alike(hashed) > 0
    assert alike(ours) == 0
