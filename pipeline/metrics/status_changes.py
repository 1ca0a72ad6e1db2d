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

from typing import Any

import narwhals as nw
import polars as pl

from pipeline.metrics.fixed_point import stacked
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
_NEVER = 2**30
_ITEM = ["item_no"]
_PLACE = ["item_no", "warehouse_no"]


def clock_events(ledger: nw.LazyFrame[Any], until_day: int, span_days: int) -> nw.LazyFrame[Any]:
    """Per item and warehouse the days on which a clock may change, and to what.

    `event`, as numbers in `EVENTS`: arrival, receipt and movement, of which only the first is kept;
    openings; issue and transfer_out with their first `day` and `last_day` in each span of days
    (`span`); those that count only until they are annulled, which is `annulled_day`.  No threshold
    may be shorter than `span_days`.
    """
    day, annulled = nw.col("day"), nw.col("annulled_day")
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
    is_annulled = nw.col("event").is_in([EVENTS[name] for name in ANNULLED])
    span = (
        nw.when(nw.col("event").is_in([EVENTS[name] for name in OUTFLOWS]))
        .then(day // span_days)
        .when((nw.col("event") == EVENTS["opening"]) | is_annulled)
        .then(day)
        .otherwise(nw.lit(0))
    )
    return (
        ledger.filter(day <= until_day)
        .with_columns(event=event.cast(nw.Int32), received_day=RECEIPT_DAY)
        .with_columns(
            span=span.cast(nw.Int32),
            annulled_day=nw.when(is_annulled).then(annulled).otherwise(nw.lit(0)).cast(nw.Int32),
        )
        .group_by(*_PLACE, "event", "span", "annulled_day")
        .agg(day=day.min(), last_day=day.max(), received_day=nw.col("received_day").min())
    )


def span_of(items: pl.DataFrame, stranded_days: int) -> int:
    """The longest span no threshold is shorter than; `items`: slow_days, as `thresholds_of`."""
    shortest: int | None = items.select(pl.col("slow_days").min()).item()
    return max(1, min(shortest or stranded_days, stranded_days))


def item_segments(events: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Stretches of days [from_day, until_day) in which an item is slow, dead or new.

    `events`: collected `clock_events`; `items`: item_no, slow_days, dead_days (see
    `stock_status.thresholds_of`).
    """
    known = _with_receipts(events, items)
    moved = known.group_by(_ITEM).agg(pl.col("day").min()).with_columns(clock="day", phase=_FIRST)
    received = known.filter(pl.col("received_day").is_not_null()).select(
        *_ITEM, "day", clock="received_day", phase=_RECEIVED
    )
    issues = known.filter(pl.col("event") == EVENTS["issue"])
    annulled = known.filter(pl.col("event") == EVENTS["annulled_issue"])
    running = _for_a_while(_clock([moved, received], issues, _ITEM), annulled, _ITEM).join(
        items.select("item_no", "slow_days", "dead_days"), on=_ITEM
    )
    slow_on, dead_on = (pl.col("clock") + pl.col(days) for days in ("slow_days", "dead_days"))
    since, until = pl.col("since"), pl.col("until_day")
    stretches = {
        "slow": (pl.max_horizontal(since, slow_on), pl.min_horizontal(until, dead_on)),
        "dead": (pl.max_horizontal(since, dead_on), until),
        "new": (
            pl.when(pl.col("phase") != _LEFT).then(since),
            pl.min_horizontal(until, slow_on),
        ),
    }
    return stacked(
        running.select(
            *_ITEM, from_day=start, until_day=end, measure=pl.lit(name), sign=pl.lit(1)
        ).filter(pl.col("from_day") < pl.col("until_day"))
        for name, (start, end) in stretches.items()
    )


def stranded_segments(
    events: pl.DataFrame,
    items: pl.DataFrame,
    of_items: pl.DataFrame,
    stranded_days: int,
) -> pl.DataFrame:
    """Stretches without outflow from a place; those in which the item is slow or dead taken away.

    The latter have sign -1: they take back what the whole stretch counted.
    """
    known = _with_receipts(events, items)
    event = pl.col("event")
    arrived = known.filter(event == EVENTS["arrival"]).select(
        *_PLACE, "day", clock="day", phase=_FIRST
    )
    received = known.filter(pl.col("received_day").is_not_null()).select(
        *_PLACE, "day", clock="received_day", phase=_RECEIVED
    )
    left = known.filter(event.is_in([EVENTS[name] for name in OUTFLOWS]))
    annulled = known.filter(event.is_in([EVENTS[name] for name in ANNULLED]))
    idle = (
        _for_a_while(_clock([arrived, received], left, _PLACE), annulled, _PLACE)
        .select(
            *_PLACE,
            "until_day",
            from_day=pl.max_horizontal("since", pl.col("clock") + stranded_days),
        )
        .filter(pl.col("from_day") < pl.col("until_day"))
    )
    inactive = of_items.filter(pl.col("measure") != "new").drop("measure", "sign")
    taken_back = (
        idle.join(inactive, on=_ITEM, suffix="_item")
        .with_columns(
            from_day=pl.max_horizontal("from_day", "from_day_item"),
            until_day=pl.min_horizontal("until_day", "until_day_item"),
        )
        .filter(pl.col("from_day") < pl.col("until_day"))
        .select(idle.columns)
    )
    both = [idle.with_columns(sign=pl.lit(1)), taken_back.with_columns(sign=pl.lit(-1))]
    return stacked(both).select(
        *_PLACE, "from_day", "until_day", pl.lit("stranded").alias("measure"), "sign"
    )


def touching(stretches: pl.DataFrame, first_day: int, last_day: int) -> pl.DataFrame:
    """The stretches that lie at least partly between two days, cut at the first of them."""
    return (
        stretches.filter((pl.col("from_day") <= last_day) & (pl.col("until_day") > first_day))
        .with_columns(
            pl.max_horizontal("from_day", pl.lit(first_day)).cast(pl.Int32),
            pl.col("until_day").cast(pl.Int32),
            pl.col("sign").cast(pl.Int64),
            measure_no=pl.col("measure").replace_strict(
                {name: number for number, name in enumerate(MEASURES)}, return_dtype=pl.Int32
            ),
        )
        .drop("measure")
    )


def status_flows(  # noqa: PLR0913
    rows: nw.LazyFrame[Any],
    of_items: nw.LazyFrame[Any],
    of_places: nw.LazyFrame[Any],
    items: nw.LazyFrame[Any],
    places: nw.LazyFrame[Any],
    *,
    last_day: int,
) -> nw.LazyFrame[Any]:
    """What enters and leaves each status on each day, from the attributed ledger.

    The stretches are those `touching` the range, brought to the engine of the rows; `items` and
    `places` those of `daily.Members`.
    """
    posted = rows.filter(nw.col("day") <= last_day).select(
        "item_no", "warehouse_no", "supplier_no", "day", value_e4=nw.col("value_e4").fill_null(0)
    )
    inside = nw.concat(
        [_within(posted, of_items, _ITEM), _within(posted, of_places, _PLACE)], how="vertical"
    )
    keys = ["company_no", "item_class", "place", "supplier_no", "is_abnormal", "measure_no", "day"]
    return (
        judged(inside, items, places)
        .filter(nw.col("day") <= last_day)
        .group_by(keys)
        .agg(value_e4=nw.col("value_e4").sum())
    )


_FIRST, _RECEIVED, _LEFT = (pl.lit(phase, pl.Int8) for phase in range(3))


def _with_receipts(events: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Events with the day a receipt is counted from; null where the event is no receipt."""
    is_receipt = pl.col("event").is_in([EVENTS["receipt"], EVENTS["opening"]])
    return events.join(items, on="item_no", how="semi").with_columns(
        pl.col("day", "last_day").cast(pl.Int32),
        received_day=pl.when(is_receipt).then("received_day").cast(pl.Int32),
    )


def _clock(begun: list[pl.DataFrame], outflows: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """What the clock says since which day, until which; between outflows of one span: nothing.

    `begun`: what sets the clock until the first outflow (day, clock, phase; a later phase ends the
    earlier one); `outflows`: day and last_day of each span.
    """
    spans = outflows.group_by(*key, "span").agg(pl.col("day").min(), pl.col("last_day").max())
    idle = (
        spans.sort(*key, "span")
        .with_columns(until_day=pl.col("day").shift(-1, fill_value=_NEVER).over(key))
        .select(*key, since="last_day", clock="last_day", phase=_LEFT, until_day="until_day")
    )
    ended = spans.group_by(key).agg(pl.col("day").min()).with_columns(clock="day", phase=_LEFT)
    before = (
        stacked([*begun, ended])
        .group_by(*key, "day", "phase")
        .agg(pl.col("clock").min())
        .sort(*key, "day", "phase")
        .unique([*key, "day"], keep="last", maintain_order=True)
        .with_columns(_reached=pl.col("phase").cum_max().over(key))
        .filter(pl.col("phase") == pl.col("_reached"))
        .with_columns(
            clock=pl.col("clock").cum_min().over(*key, "phase"),
            until_day=pl.col("day").shift(-1, fill_value=_NEVER).over(key),
        )
        .filter(pl.col("phase") != _LEFT)
        .select(*key, since="day", clock="clock", phase="phase", until_day="until_day")
    )
    return stacked([before, idle])


def _for_a_while(running: pl.DataFrame, annulled: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """What the clock says, with outflows that count from their day until they are annulled."""
    if annulled.is_empty():
        return running
    brief = annulled.select(*key, since="day", until_day="annulled_day")
    concerned = running.join(brief, on=key, how="semi")
    pieces = _cut(concerned, brief, key)
    standing = (
        pieces.select(*key, at="since")
        .unique()
        .join(brief, on=key)
        .filter(pl.col("at").is_between(pl.col("since"), pl.col("until_day"), closed="left"))
        .group_by(*key, "at")
        .agg(latest=pl.col("since").max())
    )
    left = pl.when(pl.col("phase") == _LEFT).then("clock")
    latest = pl.when(pl.col("latest").is_not_null())
    counted = pieces.join(standing, left_on=[*key, "since"], right_on=[*key, "at"], how="left")
    counted = counted.with_columns(
        clock=latest.then(pl.max_horizontal("latest", left)).otherwise("clock"),
        phase=latest.then(_LEFT).otherwise("phase"),
    )
    return stacked(
        [running.join(brief, on=key, how="anti"), counted.select(running.columns)],
    )


def _cut(running: pl.DataFrame, brief: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Stretches of the clock, cut wherever one of them or of the brief ones begins or ends."""
    edges = stacked(
        frame.select(*key, at=end) for frame in (running, brief) for end in ("since", "until_day")
    ).unique()
    parts = edges.sort(*key, "at").with_columns(then=pl.col("at").shift(-1).over(key))
    return (
        running.join(parts, on=key)
        .filter(pl.col("at") >= pl.col("since"), pl.col("at") < pl.col("until_day"))
        .with_columns(since="at", until_day="then")
        .drop("at", "then")
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
