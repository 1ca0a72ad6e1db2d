"""The figures of two published databases, compared: every cell that differs is said, no other."""

from pathlib import Path

import duckdb

from benchmarks.compare_figures import compared

DAILY = """
CREATE SCHEMA metrics;
CREATE TABLE metrics.daily AS SELECT * FROM (VALUES {rows})
AS daily (company, dimension, member, scope, day, sales, movements);
"""
PIECES = """
CREATE SCHEMA metrics;
CREATE TABLE metrics.attributed_movement AS SELECT * FROM (VALUES {rows})
AS pieces (company, movement, supplier, quantity, value);
"""


def differences(tmp_path: Path, form: str, before: str, after: str, more: str = "") -> list[str]:
    paths = [tmp_path / "before.duckdb", tmp_path / "after.duckdb"]
    for path, rows, extra in zip(paths, (before, after), ("", more), strict=True):
        with duckdb.connect(str(path)) as connection:
            connection.execute(form.format(rows=rows) + extra)
    return list(compared(*paths, []))


def test_cells_of_one_key_are_compared_to_the_last_digit(tmp_path: Path) -> None:
    before = """
        ('acme', 'company', 'acme', 'all', 1, 10.00, 3),
        ('acme', 'company', 'acme', 'all', 2, 20.00, NULL),
        ('acme', 'company', 'acme', 'all', 3, 30.00, 1)
    """
    after = """
        ('acme', 'company', 'acme', 'all', 1, 10.01, 3),
        ('acme', 'company', 'acme', 'all', 2, 20.00, NULL),
        ('acme', 'company', 'acme', 'all', 4, 40.00, 1)
    """
    assert differences(tmp_path, DAILY, before, after) == [
        "metrics.daily: 1 rows equal, 1 changed, 1 only before, 1 only after",
        "  only before: company acme, dimension company, member acme, scope all, day 3",
        "  only after: company acme, dimension company, member acme, scope all, day 4",
        "  sales: 1 cells changed",
        "    company acme, dimension company, member acme, scope all, day 1: 10.00 -> 10.01",
    ]


def test_a_member_of_the_group_is_known_by_its_code_with_and_without_its_company(
    tmp_path: Path,
) -> None:
    before = "('*', 'supplier', 'V001', 'all', 1, 10, 3), ('*', 'category', 'A/B', 'all', 1, 1, 1)"
    after = before.replace("V001", "acme/V001")
    assert differences(tmp_path, DAILY, before, after) == [
        "metrics.daily: 2 rows equal, 0 changed, 0 only before, 0 only after"
    ]


def test_two_strangers_of_one_code_are_never_taken_for_one_another(tmp_path: Path) -> None:
    """No key names one row then; a row counts as equal only where all of it is."""
    before = "('*', 'supplier', 'V001', 'all', 1, 30, 2)"
    after = """
        ('*', 'supplier', 'acme/V001', 'all', 1, 10, 1),
        ('*', 'supplier', 'best/V001', 'all', 1, 20, 1)
    """
    first, *_ = differences(tmp_path, DAILY, before, after)
    assert first == "metrics.daily: 0 rows equal, 0 changed, 1 only before, 2 only after"


def test_pieces_are_summed_by_what_they_say(tmp_path: Path) -> None:
    before = "('acme', 'M1', 'S1', 4, 40), ('acme', 'M1', 'S1', 6, 60), ('acme', 'M2', 'S1', 1, 1)"
    after = "('acme', 'M1', 'S1', 10, 100), ('acme', 'M2', 'S1', 1, 2)"
    assert differences(tmp_path, PIECES, before, after) == [
        "metrics.attributed_movement: 1 rows equal, 1 changed, 0 only before, 0 only after",
        "  value: 1 cells changed",
        "    company acme, movement M2, supplier S1: 1 -> 2",
    ]


def test_what_only_one_side_has_is_named(tmp_path: Path) -> None:
    row = "('acme', 'company', 'acme', 'all', 1, 10, 3)"
    more = """
        ALTER TABLE metrics.daily ADD COLUMN gross INT;
        CREATE TABLE metrics.turnover_trend (company VARCHAR);
    """
    assert differences(tmp_path, DAILY, row, row, more) == [
        "metrics.daily: 1 rows equal, 0 changed, 0 only before, 0 only after",
        "  not on both sides: gross",
        "metrics.turnover_trend: only after",
    ]
