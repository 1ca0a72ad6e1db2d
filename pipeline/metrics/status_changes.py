"""When stock turned slow, dead, new or stranded, for a whole range of days at once.

A clock tells from which day the days without an issue are counted; it changes when the item is
received for the first time, with every issue, and where an issue is annulled.  Between two changes
the status follows from the thresholds alone:

    from clock + slow on it is slow, from clock + dead on dead, until the next change

So the value of dead stock is a running sum: what is posted while an item is dead, plus its balance
on the day it dies, less its balance on the day it is issued again.  The same sums as
`dead_stock` date by date, in one pass.

Most stock is issued every few days and never slows down.  Days are therefore taken together in
spans no longer than the shortest threshold: of each span only the first and the last issue matter,
since between two issues within it nothing can turn slow.
"""

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import polars as pl

from pipeline.metrics.fixed_point import stacked
from pipeline.metrics.idle_clock import FIRST, LEFT, NEVER, RECEIVED, clock_of, for_a_while
from pipeline.metrics.issue_and_receipt import (
    IS_ARRIVAL,
    IS_ISSUE,
    IS_OPENING,
    IS_RECEIPT,
    IS_TRANSFER_OUT,
    RECEIPT_DAY,
    STOOD_AT_ALL,
    stands_on,
)
from pipeline.metrics.scopes import judged

MEASURES = ("slow", "dead", "new", "stranded")
EVENTS = {
    "movement": 0,
    "arrival": 1,
    "receipt": 2,
    "opening": 3,
    "transfer_out": 4,
    "issue": 5,
    "annulled_transfer_out": 6,
    "annulled_issue": 7,
}
OUTFLOWS = ("transfer_out", "issue")
ANNULLED = ("annulled_transfer_out", "annulled_issue")
_ITEM = ["item_no"]
_PLACE = ["item_no", "warehouse_no"]


def clock_events(outline: nw.LazyFrame[Any], until_day: int) -> nw.LazyFrame[Any]:
    """Per item and warehouse the days on which a clock may change, and to what.

    `outline` is the ledger as `outlined`, in spans no longer than any threshold.  `event`, as
    numbers in `EVENTS`: arrival, receipt and movement, of which only the first matters; openings;
    issue and transfer_out with their first `day` and `last_day` in a span; those that count only
    until they are annulled, which is `annulled_day`.
    """
    stands = stands_on(until_day)
    counts = stands | STOOD_AT_ALL
    event = nw.lit(EVENTS["movement"])
    for name, condition in (
        ("arrival", IS_ARRIVAL),
        ("receipt", IS_RECEIPT),
        ("opening", IS_OPENING),
        ("annulled_transfer_out", IS_TRANSFER_OUT & counts),
        ("annulled_issue", IS_ISSUE & counts),
        ("transfer_out", IS_TRANSFER_OUT & stands),
        ("issue", IS_ISSUE & stands),
    ):
        event = nw.when(condition).then(nw.lit(EVENTS[name])).otherwise(event)
    return outline.filter(nw.col("day") <= until_day).select(
        *_PLACE,
        "day",
        "last_day",
        "annulled_day",
        event=event.cast(nw.Int32),
        received_day=RECEIPT_DAY,
    )


def span_of(items: pl.DataFrame, stranded_days: int) -> int:
    """The longest span no threshold is shorter than; `items`: slow_days, as `thresholds_of`."""
    return max(1, min(_shortest(items) or stranded_days, stranded_days))


def status_stretches(
    events: pl.DataFrame, items: pl.DataFrame, stranded_days: int, days: Sequence[int]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Stretches of days [from_day, until_day) with a status: of items, and of their places.

    `events`: collected `clock_events`; `items`: item_no, slow_days, dead_days (see
    `stock_status.thresholds_of`).  Told are those in which one of the ascending `days` lies, as
    `on_days` sees them.
    """
    asked = pl.Series(days, dtype=pl.Int32)
    numbered = items.select(
        "item_no", "slow_days", "dead_days", item=pl.int_range(pl.len(), dtype=pl.Int64)
    )
    houses = events.select("warehouse_no").unique().with_columns(house=pl.int_range(pl.len()))
    known = _known(events, numbered, houses)
    of_items = _item_stretches(known, numbered, asked)
    idle = _idle_places(known, stranded_days, asked)
    place = pl.col("place")
    named = (
        idle.with_columns(item=place // houses.height, house=place % houses.height)
        .join(numbered, on="item")
        .join(houses, on="house")
        .select(*_PLACE, *idle.columns[1:])
    )
    return of_items, stacked([named, _taken_back(named, of_items)])


def _item_stretches(known: pl.DataFrame, items: pl.DataFrame, days: pl.Series) -> pl.DataFrame:
    """Stretches in which an item is slow, dead or new."""
    moved = known.group_by("item").agg(pl.col("day").min()).with_columns(clock="day", phase=FIRST)
    issues = known.filter(pl.col("event") == EVENTS["issue"])
    annulled = known.filter(pl.col("event") == EVENTS["annulled_issue"])
    clock = clock_of([moved, _received(known, "item")], issues, "item", _shortest(items))
    running = for_a_while(clock, annulled, "item").join(items, on="item")
    slow_on, dead_on = (pl.col("clock") + pl.col(name) for name in ("slow_days", "dead_days"))
    since, until = pl.col("since"), pl.col("until_day")
    stretches = {
        "slow": (pl.max_horizontal(since, slow_on), pl.min_horizontal(until, dead_on)),
        "dead": (pl.max_horizontal(since, dead_on), until),
        "new": (
            pl.when(pl.col("phase") != LEFT).then(since),
            pl.min_horizontal(until, slow_on),
        ),
    }
    return stacked(
        _told(running.with_columns(from_day=start, until_day=end), days, _ITEM, name)
        for name, (start, end) in stretches.items()
    )


def _idle_places(known: pl.DataFrame, stranded_days: int, days: pl.Series) -> pl.DataFrame:
    """Stretches without outflow from a place."""
    event = pl.col("event")
    arrived = known.filter(event == EVENTS["arrival"]).select(
        "place", "day", clock="day", phase=FIRST
    )
    left = known.filter(event.is_in([EVENTS[name] for name in OUTFLOWS]))
    annulled = known.filter(event.is_in([EVENTS[name] for name in ANNULLED]))
    clock = clock_of([arrived, _received(known, "place")], left, "place", stranded_days)
    since = pl.max_horizontal("since", pl.col("clock") + stranded_days)
    running = for_a_while(clock, annulled, "place").with_columns(from_day=since)
    return _told(running, days, ["place"], "stranded")


def _taken_back(idle: pl.DataFrame, of_items: pl.DataFrame) -> pl.DataFrame:
    """Those in which the item is slow or dead: with sign -1 they take back what was counted."""
    inactive = of_items.filter(pl.col("measure_no") != MEASURES.index("new"))
    return (
        idle.join(inactive, on=_ITEM, suffix="_item")
        .with_columns(
            from_day=pl.max_horizontal("from_day", "from_day_item"),
            until_day=pl.min_horizontal("until_day", "until_day_item"),
            sign=-pl.col("sign"),
        )
        .filter(pl.col("from_day") < pl.col("until_day"))
        .select(idle.columns)
    )


def _told(
    stretches: pl.DataFrame, days: pl.Series, key: Sequence[str], measure: str
) -> pl.DataFrame:
    """Stretches on the days, under the number of their measure."""
    return on_days(stretches, days).select(
        *key,
        "from_day",
        "until_day",
        measure_no=pl.lit(MEASURES.index(measure), pl.Int32),
        sign=pl.lit(1, pl.Int64),
    )


def on_days(stretches: pl.DataFrame, days: pl.Series) -> pl.DataFrame:
    """The stretches in which some day of an ascending list lies, as far as these days can tell.

        days                 1        4        7        10
        stretch                |--------------------|        from 2 to 9
        as seen on the days           |-----------------|    from 4 to 10

    What no later day ends goes on.
    """
    some = stretches.filter(pl.col("from_day") < pl.col("until_day"))
    ends = days.extend_constant(NEVER, 1)
    first, after = (days.search_sorted(some[end]) for end in ("from_day", "until_day"))
    return some.with_columns(from_day=ends.gather(first), until_day=ends.gather(after)).filter(
        pl.col("from_day") < pl.col("until_day")
    )


def _shortest(items: pl.DataFrame) -> int:
    """The shortest of all thresholds from which an item is slow."""
    shortest: int | None = items.select(pl.col("slow_days").min()).item()
    return shortest or 0


def seen_on(days: Sequence[int]) -> pl.DataFrame:
    """For each day between the first and the last of some days: the first of them that sees it."""
    asked = pl.Series(days, dtype=pl.Int32)
    each = pl.Series(range(days[0], days[-1] + 1), dtype=pl.Int32)
    return pl.DataFrame({"day": each, "seen_day": asked.gather(asked.search_sorted(each))})


def status_flows(  # noqa: PLR0913
    rows: nw.LazyFrame[Any],
    of_items: nw.LazyFrame[Any],
    of_places: nw.LazyFrame[Any],
    items: nw.LazyFrame[Any],
    places: nw.LazyFrame[Any],
    *,
    seen: nw.LazyFrame[Any],
    first_day: int,
    last_day: int,
) -> nw.LazyFrame[Any]:
    """What enters and leaves each status up to each of some days, from the attributed ledger.

    The stretches are `status_stretches` and `seen` is `seen_on` the same days, `items` and `places`
    are those of `daily.Members`, all brought to the engine of the rows.
    """
    posted = rows.filter(nw.col("day") <= last_day).select(
        *_PLACE, "supplier_no", "day", value_e4=nw.col("value_e4").fill_null(0)
    )
    inside = nw.concat(
        [_within(posted, of_items, _ITEM), _within(posted, of_places, _PLACE)], how="vertical"
    )
    seen_from = nw.max_horizontal(nw.col("day"), nw.lit(first_day)).cast(nw.Int32)
    known = inside.with_columns(day=seen_from).join(seen, on="day", how="inner")
    keys = ["company_no", "item_class", "place", "supplier_no", "is_abnormal", "measure_no", "day"]
    return (
        judged(known.with_columns(day="seen_day"), items, places)
        .group_by(keys)
        .agg(value_e4=nw.col("value_e4").sum())
    )


def _known(events: pl.DataFrame, items: pl.DataFrame, houses: pl.DataFrame) -> pl.DataFrame:
    """Events of known items, with small numbers for the item and for its place.

    `received_day` is the day a receipt is counted from, null where the event is no receipt.
    """
    is_receipt = pl.col("event").is_in([EVENTS["receipt"], EVENTS["opening"]])
    return (
        events.join(items.select("item", "item_no"), on="item_no")
        .join(houses, on="warehouse_no")
        .with_columns(
            pl.col("day", "last_day").cast(pl.Int32),
            place=pl.col("item") * houses.height + pl.col("house"),
            received_day=pl.when(is_receipt).then("received_day").cast(pl.Int32),
        )
    )


def _received(known: pl.DataFrame, key: str) -> pl.DataFrame:
    """What a receipt sets the clock to."""
    return known.filter(pl.col("received_day").is_not_null()).select(
        key, "day", clock="received_day", phase=RECEIVED
    )


def _within(
    posted: nw.LazyFrame[Any], stretches: nw.LazyFrame[Any], key: list[str]
) -> nw.LazyFrame[Any]:
    """Each posting as it enters every later stretch of its key, and as it leaves it."""
    columns = ["item_no", "warehouse_no", "supplier_no", "measure_no", "day", "value_e4"]
    met = (
        posted.join(stretches, on=key, how="inner")
        .filter(nw.col("day") < nw.col("until_day"))
        .with_columns(value_e4=nw.col("value_e4") * nw.col("sign"))
        .with_columns(left_e4=-nw.col("value_e4"))
    )
    entered = met.with_columns(day=nw.max_horizontal("day", "from_day")).select(columns)
    left = met.with_columns(day=nw.col("until_day"), value_e4=nw.col("left_e4")).select(columns)
    return nw.concat([entered, left], how="vertical")
