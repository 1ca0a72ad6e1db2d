"""When stock turned slow, dead, new or stranded, for a whole range of days at once.

A clock tells from which day the days without an issue are counted; it changes when the item is
received for the first time, and with every issue.  Between two changes the status follows from the
thresholds alone:

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

from pipeline.canonical.movement_kinds import Kind
from pipeline.metrics.stock_status import ISSUES, TRANSFERS

MEASURES = ("slow", "dead", "new", "stranded")
EVENTS = {
    "movement": 0,
    "arrival": 1,
    "receipt": 2,
    "dated": 3,
    "undated": 4,
    "transfer_out": 5,
    "issue": 6,
}
OUTFLOWS = ("transfer_out", "issue")
_NEVER = 2**30
_ITEM = ["item_no"]
_PLACE = ["item_no", "warehouse_no"]


def clock_events(ledger: nw.LazyFrame[Any], until_day: int, span_days: int) -> nw.LazyFrame[Any]:
    """Per item and warehouse the days on which a clock may change, and to what.

    `event`, as numbers in `EVENTS`: arrival, receipt, undated (an opening nobody dated) and
    movement, of which only the first is kept; dated openings; issue and transfer_out with their
    first `day` and `last_day` in each span of days (`span`).  No threshold may be shorter than
    `span_days`.
    """
    kind, amount, day = nw.col("kind_no"), nw.col("quantity_e6"), nw.col("day")
    is_issue = kind.is_in(ISSUES) & (amount < 0) & ~nw.col("is_reversal")
    is_transfer_out = (kind == Kind.TRANSFER_OUT.value) & (amount < 0)
    is_opening = (amount > 0) & (kind == Kind.OPENING.value)
    is_receipt = (amount > 0) & ~kind.is_in(TRANSFERS)
    event = (
        nw.when(is_issue)
        .then(nw.lit(EVENTS["issue"]))
        .when(is_transfer_out)
        .then(nw.lit(EVENTS["transfer_out"]))
        .when(is_opening & nw.col("received_day").is_null())
        .then(nw.lit(EVENTS["undated"]))
        .when(is_opening)
        .then(nw.lit(EVENTS["dated"]))
        .when(is_receipt)
        .then(nw.lit(EVENTS["receipt"]))
        .when(amount > 0)
        .then(nw.lit(EVENTS["arrival"]))
        .otherwise(nw.lit(EVENTS["movement"]))
    )
    is_outflow = nw.col("event").is_in([EVENTS[name] for name in OUTFLOWS])
    span = (
        nw.when(is_outflow)
        .then(day // span_days)
        .when(nw.col("event") == EVENTS["dated"])
        .then(day)
        .otherwise(nw.lit(0))
    )
    return (
        ledger.filter(day <= until_day)
        .with_columns(event=event.cast(nw.Int32))
        .with_columns(span=span.cast(nw.Int32))
        .group_by(*_PLACE, "event", "span")
        .agg(day=day.min(), last_day=day.max(), received_day=nw.col("received_day").min())
    )


def span_of(items: pl.DataFrame, stranded_days: int) -> int:
    """The longest span no threshold is shorter than; `items`: slow_days, as `thresholds_of`."""
    shortest: int | None = items.select(pl.col("slow_days").min()).item()
    return max(1, min(shortest or stranded_days, stranded_days))


def item_segments(
    events: pl.DataFrame,
    items: pl.DataFrame,
    companies: pl.DataFrame,
) -> pl.DataFrame:
    """Stretches of days [from_day, until_day) in which an item is slow, dead or new.

    `events`: collected `clock_events`; `items`: item_no, company, slow_days, dead_days (see
    `stock_status.thresholds_of`); `companies`: company, first_day.
    """
    known = _with_receipts(events, items, companies)
    moved = known.group_by(_ITEM).agg(pl.col("day").min()).with_columns(clock="day", phase=_FIRST)
    received = known.filter(pl.col("received_day").is_not_null()).select(
        *_ITEM, "day", clock="received_day", phase=_RECEIVED
    )
    issues = known.filter(pl.col("event") == EVENTS["issue"])
    running = _clock([moved, received], issues, _ITEM).join(
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
    return pl.concat(
        running.select(
            *_ITEM, from_day=start, until_day=end, measure=pl.lit(name), sign=pl.lit(1)
        ).filter(pl.col("from_day") < pl.col("until_day"))
        for name, (start, end) in stretches.items()
    )


def stranded_segments(
    events: pl.DataFrame,
    items: pl.DataFrame,
    companies: pl.DataFrame,
    of_items: pl.DataFrame,
    stranded_days: int,
) -> pl.DataFrame:
    """Stretches without outflow from a place; those in which the item is slow or dead taken away.

    The latter have sign -1: they take back what the whole stretch counted.
    """
    known = _with_receipts(events, items, companies)
    event = pl.col("event")
    arrived = known.filter(event == EVENTS["arrival"]).select(
        *_PLACE, "day", clock="day", phase=_FIRST
    )
    received = known.filter(pl.col("received_day").is_not_null()).select(
        *_PLACE, "day", clock="received_day", phase=_RECEIVED
    )
    left = known.filter(event.is_in([EVENTS[name] for name in OUTFLOWS]))
    idle = (
        _clock([arrived, received], left, _PLACE)
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
    return pl.concat(both).select(
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
    named = inside.join(items, on="item_no", how="left").join(places, on="warehouse_no", how="left")
    return (
        named.with_columns(is_abnormal=nw.col("is_abnormal_item") | nw.col("is_abnormal_place"))
        .filter(nw.col("day") <= last_day)
        .group_by(keys)
        .agg(value_e4=nw.col("value_e4").sum())
    )


_FIRST, _RECEIVED, _LEFT = (pl.lit(phase, pl.Int8) for phase in range(3))


def _with_receipts(
    events: pl.DataFrame,
    items: pl.DataFrame,
    companies: pl.DataFrame,
) -> pl.DataFrame:
    """Events with the day a receipt is counted from; null where the event is no receipt."""
    event = pl.col("event")
    return (
        events.join(items.select("item_no", "company"), on="item_no")
        .join(companies.select("company", ledger_day="first_day"), on="company")
        .with_columns(
            pl.col("day", "last_day").cast(pl.Int32),
            received_day=pl.when(event == EVENTS["undated"])
            .then("ledger_day")
            .when(event == EVENTS["dated"])
            .then("received_day")
            .when(event == EVENTS["receipt"])
            .then("day")
            .cast(pl.Int32),
        )
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
        pl.concat([*begun, ended])
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
    return pl.concat([before, idle])


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
