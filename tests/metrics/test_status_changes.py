"""A range of dates at once says what each date says by itself."""

from datetime import date, timedelta

import narwhals as nw
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.metrics.cost_gaps import cost_gaps
from pipeline.metrics.dead_stock import COLUMNS, COUNTED, packed_dead_stock
from pipeline.metrics.fixed_point import collected
from pipeline.metrics.ledger_outline import outlined
from pipeline.metrics.status_changes import (
    clock_events,
    on_days,
    seen_on,
    span_of,
    status_flows,
    status_stretches,
)
from pipeline.metrics.stock_status import thresholds_of
from pipeline.metrics.time_windows import day_number
from tests.laws import tried
from tests.metrics.ledgers import Books, books, one
from tests.metrics.unpacking import unpacked

FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
DATES = [FIRST + timedelta(days=n) for n in range(365)]


def over_time(stock: Books, dates: list[date]) -> pl.DataFrame:
    """The summary of many dates in one pass."""
    days = [day_number(day) for day in dates]
    last = days[-1]
    items = thresholds_of(stock.items, stock.policy)
    stranded = stock.policy.stranded_days
    span = span_of(items, stranded)
    # In two parts, as where another fact asks for the first of them.
    until_first = outlined(stock.ledger(), days[0], span)
    since = outlined(stock.ledger().filter(nw.col("day") > days[0]), last, span)
    outline = nw.concat([until_first, since], how="vertical")
    events = collected(clock_events(outline, last))
    members = stock.members
    frames = (*status_stretches(events, items, stranded, days), members.items, members.places)
    lookups = [nw.from_native(frame.lazy()) for frame in frames]
    seen = nw.from_native(seen_on(days).lazy())
    flows = collected(
        status_flows(stock.lazy(), *lookups, seen=seen, first_day=days[0], last_day=last)
    )
    gaps = cost_gaps(stock.lazy(), members, COUNTED.index("without_cost"), last)
    both = pl.concat([flows, gaps], how="vertical_relaxed")
    packed = packed_dead_stock(both, stock.daily(), members, dates)
    return unpacked(packed, members.group)


def date_by_date(stock: Books, dates: list[date]) -> pl.DataFrame:
    """The same, one date after the other."""
    return pl.concat(stock.dead_stock(str(day)).with_columns(as_of=pl.lit(day)) for day in dates)


def test_stock_turns_slow_then_dead_and_runs_again_with_an_issue() -> None:
    stock = books("""
        posted     | kind    | quantity | value
        2024-01-01 | opening | 10       | 100
        2024-06-01 | sale    | -1       | -10
        2025-08-01 | sale    | -1       | -10
    """)
    rows = over_time(stock, DATES).filter(dimension="company", company="acme", scope="all")

    def on(day: str) -> tuple[float, ...]:
        row = one(rows, as_of=date.fromisoformat(day))
        return tuple(float(row[name]) for name in ("value", "slow_value", "dead_value"))

    assert on("2025-05-31") == (90, 90, 0)  # 364 days
    assert on("2025-06-01") == (90, 0, 90)
    assert on("2025-07-31") == (90, 0, 90)
    assert on("2025-08-01") == (80, 0, 0)
    assert on("2025-10-29") == (80, 0, 0)  # 89 days
    assert on("2025-10-30") == (80, 80, 0)


def test_days_see_a_stretch_from_the_first_of_them_in_it_to_the_first_after_it() -> None:
    drawn = [(2, 9), (4, 7), (2, 4), (5, 7), (5, 8), (8, 2**30), (None, 9), (11, 20)]
    stretches = pl.DataFrame(drawn, {"from_day": pl.Int32, "until_day": pl.Int32}, orient="row")

    seen = on_days(stretches, pl.Series([1, 4, 7, 10], dtype=pl.Int32))

    assert seen.rows() == [(4, 10), (4, 7), (7, 10), (10, 2**30)]


KINDS = {
    "opening": 1,
    "purchase": 1,
    "sale": -1,
    "transfer_out": -1,
    "transfer_in": 1,
    "scrap": -1,
    "adjustment": 1,
    "production_issue": -1,
}


@st.composite
def slow_ledgers(draw: st.DrawFn) -> str:
    """A dozen movements of two items over three years, so that some of it dies."""
    header = "posted | kind | sku | warehouse | supplier | received | reversal | annulled"
    lines = [f"{header} | quantity | value"]
    for _ in range(draw(st.integers(1, 14))):
        day = draw(st.dates(date(2023, 1, 1), LAST))
        kind = draw(st.sampled_from(sorted(KINDS)))
        dated = kind == "opening" and draw(st.booleans())
        received = str(day - timedelta(days=draw(st.integers(1, 500)))) if dated else "-"
        is_reversal = draw(st.integers(0, 9)) == 0
        amount = KINDS[kind] * draw(st.integers(1, 9)) * (-1 if is_reversal else 1)
        codes = [draw(st.sampled_from(names)) for names in (["a", "b"], ["W1", "QC"], ["S1", "S2"])]
        later = day + timedelta(days=draw(st.sampled_from([0, 1, 30, 100, 400])))
        annulled = str(later) if amount < 0 and draw(st.integers(0, 3)) == 0 else "-"
        cells = [str(day), kind, *codes, received, "yes" if is_reversal else "-", annulled]
        value = "-" if draw(st.integers(0, 3)) == 0 else str(amount * draw(st.sampled_from([0, 3])))
        lines.append(" | ".join([*cells, str(amount), value]))
    return "\n".join(lines)


@given(slow_ledgers(), st.lists(st.sampled_from(DATES), min_size=1, max_size=5, unique=True))
@tried(20, large=60)
def test_a_range_equals_its_dates(text: str, dates: list[date]) -> None:
    items = "sku | category | stage | status\na | Top / One | raw | -\nb | Top / Two | - | obsolete"
    stock = books(text, items, "warehouse | kind\nQC | quarantine")
    keys = ["as_of", "company", "dimension", "member", "scope"]

    together, apart = over_time(stock, sorted(dates)), date_by_date(stock, sorted(dates))

    columns = ["as_of", *COLUMNS]
    assert together.select(columns).sort(keys).equals(apart.select(columns).sort(keys))


def test_stock_that_is_gone_lacks_no_cost_and_stock_that_stands_there_does() -> None:
    stock = books("""
        posted     | kind     | sku | quantity | value
        2024-01-01 | opening  | a   | 10       | 100
        2025-03-01 | purchase | b   | 5        | -
        2025-03-10 | sale     | b   | -5       | -
    """)
    asked = [date(2025, 3, 1), date(2025, 3, 9), date(2025, 3, 10)]

    for rows in (over_time(stock, asked), date_by_date(stock, asked)):
        company = rows.filter(dimension="company", company="acme", scope="all").sort("as_of")
        assert company["reason"].to_list() == ["no_cost", "no_cost", None]
        # All 100 of a have not been issued for 424 days: dead, once nothing is unknown.
        assert company["dead_share"].to_list() == [None, None, 1.0]
