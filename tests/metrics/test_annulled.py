"""Which outflows are none: taken back whole by reversals, or never out of their warehouse."""

from datetime import date, timedelta

import narwhals as nw
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.metrics.attribution import attribute
from pipeline.metrics.fixed_point import collected
from pipeline.metrics.ledger_outline import outlined
from pipeline.metrics.running_positions import Carried
from pipeline.metrics.stock_status import activity
from pipeline.metrics.time_windows import day_number
from tests.laws import tried
from tests.metrics.ledgers import books
from tests.metrics.postings import IN_TRANSIT, postings
from tests.metrics.test_status_changes import slow_ledgers


def annulled(text: str) -> dict[int, int]:
    """The day from which on a posting is no outflow, by its number."""
    found = attribute(postings(text), IN_TRANSIT).annulled
    return dict(found.select("movement_no", "annulled_day").iter_rows())


HEAD = """
    day | kind     | quantity | value | reversal | document
    1   | purchase | 20       | 200   | -        | -
    3   | sale     | -8       | -80   | -        | 71
    4   | sale     | -2       | -20   | -        | 72
"""


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("5 | sale | 8 | 80 | yes | 71", {2: 5}),
        ("5 | sale | 5 | 50 | yes | 79", {3: 5}),  # 2 of the latest whole, 3 of the one before
        ("5 | sale | 3 | 30 | yes | 79\n7 | sale | 7 | 70 | yes | 79", {2: 7, 3: 5}),
        ("5 | sale_return | 8 | 80 | - | 71", {}),  # a customer's return: it had been sold
    ],
)
def test_an_issue_that_reversals_took_back_whole(lines: str, expected: dict[int, int]) -> None:
    assert annulled(HEAD + lines) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("5 | transfer_in | A | 4 | 40 | 7", {2: 5}),
        ("5 | transfer_in | A | 3 | 30 | 7", {}),
        ("5 | transfer_in | B | 4 | 40 | 7", {}),
        ("6 | transfer_in | A | 4 | 40 | 7", {}),  # it was away for a night
    ],
)
def test_a_transfer_inside_one_warehouse(line: str, expected: dict[int, int]) -> None:
    text = f"""
        day | kind         | warehouse | quantity | value | transfer
        1   | purchase     | A         | 20       | 200   | -
        5   | transfer_out | A         | -4       | -40   | 7
        {line}
    """
    assert annulled(text) == expected


@given(
    slow_ledgers(),
    st.lists(st.integers(0, 700), min_size=1, max_size=4, unique=True),
    st.integers(0, 120),
)
@tried(60)
def test_dates_carried_one_after_the_other_know_the_same_activity(
    text: str, offsets: list[int], span: int
) -> None:
    """The first of them from the ledger in outline, in spans of so many days, or of none."""
    rows = books(text).rows

    def where(condition: str) -> nw.LazyFrame[pl.LazyFrame]:
        return nw.from_native(rows.lazy().sql(f"SELECT * FROM self WHERE {condition}"))

    carried = Carried(where, where, where)
    key = ["item_no", "warehouse_no"]
    days = [date(2024, 1, 1) + timedelta(days=offset) for offset in sorted(offsets)]
    first = collected(outlined(where("true"), day_number(days[0]), span)) if span else None
    for day in days:
        alone = collected(activity(nw.from_native(rows.lazy()), day_number(day)))
        moved = carried.to(day, first if day == days[0] else None).moved.sort(key)
        assert moved.select(alone.columns).equals(alone.sort(key))
