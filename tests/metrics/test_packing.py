"""Tables kept packed say the same as tables written out."""

from datetime import date
from typing import Any

import narwhals as nw
import polars as pl

from pipeline.metrics.daily import SERIES, Grain, closings, daily_sums
from pipeline.metrics.fixed_point import collected
from pipeline.metrics.packing import packed_daily
from pipeline.metrics.scopes import BOTH
from pipeline.metrics.time_windows import day_number, windows
from pipeline.metrics.turnover import COLUMNS, turnover
from pipeline.settings import GROUP
from tests.metrics.ledgers import GRAINS, Books, books
from tests.metrics.unpacking import unpacked

KEYS = [*SERIES, "day"]
PLACES = "warehouse | kind\nQC | quarantine"
ONE = """
    posted     | kind     | warehouse | supplier | value
    2025-01-01 | opening  | W1        | S1       | 100
    2025-01-05 | purchase | W1        | S2       | 50
    2025-01-07 | purchase | QC        | S1       | 20
    2025-01-09 | sale     | W1        | S1       | -30
"""
TWO = """
    posted     | company | kind     | warehouse | value
    2025-01-01 | acme    | opening  | W1        | 100
    2025-01-02 | bolt    | opening  | W1        | 70
"""


def sums_of(stock: Books, since: int, until: int) -> dict[Grain, pl.DataFrame]:
    rows: nw.LazyFrame[Any] = stock.lazy().filter(nw.col("day").is_between(since, until - 1))
    members = stock.members
    items, places = (nw.from_native(frame.lazy()) for frame in (members.items, members.places))
    return {grain: collected(daily_sums(rows, items, places, grain)) for grain in GRAINS}


def packed(
    stock: Books,
    before: pl.DataFrame | None = None,
    since: str = "2024-01-01",
    until: str = "2026-01-01",
) -> pl.DataFrame | None:
    last = f"{until}-01-01" if len(until) == 4 else until
    sums = sums_of(
        stock, day_number(date.fromisoformat(since)), day_number(date.fromisoformat(last))
    )
    return packed_daily(sums, stock.members, before)


def made(stock: Books, **days: str) -> pl.DataFrame:
    frame = packed(stock, **days)
    assert frame is not None
    return frame


def test_a_series_without_abnormal_stock_stands_once_and_a_group_of_one_not_at_all() -> None:
    table = made(books(ONE, warehouses=PLACES))

    assert table.filter(dimension="supplier", member="S2")["scope"].unique().to_list() == [BOTH]
    split = table.filter(dimension="supplier", member="S1")["scope"].unique().sort().to_list()
    assert split == ["all", "normal"]
    assert GROUP not in table["company"]


def test_unpacked_it_is_the_table_written_out() -> None:
    for text in (ONE, TWO):
        stock = books(text, warehouses=PLACES)
        table = unpacked(made(stock), stock.members.group)

        assert table.sort(KEYS).equals(stock.daily().sort(KEYS))


def test_turnover_of_the_packed_table_is_that_of_its_rows() -> None:
    stock = books(TWO)
    asked = windows([date.fromisoformat("2025-01-31")])
    whole, small = (turnover(t, asked, stock.companies()) for t in (stock.daily(), made(stock)))

    assert small.sort(COLUMNS[:7]).equals(whole.sort(COLUMNS[:7]))


def test_a_night_keeps_the_scopes_its_series_had() -> None:
    stock = books(ONE, warehouses=PLACES)
    whole, since = made(stock), "2025-01-09"
    kept = whole.filter(pl.col("day") < day_number(date.fromisoformat(since)))
    # On the 9th nothing abnormal moves, but S1 has goods in quarantine since the 7th.
    night = packed(stock, closings(kept, day_number(date.fromisoformat(since))), since)

    assert night is not None
    assert pl.concat([kept, night]).sort(KEYS).equals(whole.sort(KEYS))


def test_first_abnormal_stock_does_not_fit_into_series_that_had_none() -> None:
    stock = books(ONE, warehouses=PLACES)
    since = "2025-01-07"
    kept = made(stock, until=since)

    assert set(kept["scope"]) == {BOTH}
    assert packed(stock, closings(kept, day_number(date.fromisoformat(since))), since) is None


def test_a_second_company_does_not_fit_into_a_group_of_one() -> None:
    kept = made(books(ONE))
    day = "2025-02-01"

    assert packed(books(TWO), closings(kept, day_number(date.fromisoformat(day))), day) is None
