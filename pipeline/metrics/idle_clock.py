"""Since when a clock runs: the stretches of days between the events that set it.

Until the first outflow of an item (or of a place) its clock says when it first moved, or was first
received; from then on when it last left.  Rows are worked on in order of their key, so that what is
running per key is one running sum over all of them.

    received ----|----- first outflow ---|--- next outflow ----------- no other
                 | phase RECEIVED        | phase LEFT    | phase LEFT  …  until NEVER
"""

import polars as pl

from pipeline.metrics.fixed_point import stacked

NEVER = 2**30
PHASES = range(3)
FIRST, RECEIVED, LEFT = (pl.lit(phase, pl.Int8) for phase in PHASES)
_DAYS = 2**24
"""More than there are days, on either side of 1970."""


def clock_of(
    begun: list[pl.DataFrame], outflows: pl.DataFrame, key: str, at_least: int
) -> pl.DataFrame:
    """What the clock says since which day, until which; nothing between outflows that are near.

    `begun`: what sets the clock until the first outflow (day, clock, phase; a later phase ends the
    earlier one); `outflows`: day and last_day of each span.  Near is what lies no more than so many
    days apart.
    """
    spans = _in_order(outflows, key)
    idle = spans.select(
        key,
        since="last_day",
        clock="last_day",
        phase=LEFT,
        until_day=_following("day", key),
    ).filter(pl.col("until_day") - pl.col("since") > at_least)
    ended = spans.filter(pl.col(key).shift().ne_missing(pl.col(key))).select(
        key, "day", clock="day", phase=LEFT
    )
    return stacked([_until_first(stacked(begun), ended, key), idle])


def for_a_while(running: pl.DataFrame, annulled: pl.DataFrame, key: str) -> pl.DataFrame:
    """What the clock says, with outflows that count from their day until they are annulled."""
    if annulled.is_empty():
        return running
    brief = annulled.select(key, since="day", until_day="annulled_day")
    concerned = running.join(brief, on=key, how="semi")
    pieces = _cut(concerned, brief, key)
    standing = (
        pieces.select(key, at="since")
        .unique()
        .join(brief, on=key)
        .filter(pl.col("at").is_between(pl.col("since"), pl.col("until_day"), closed="left"))
        .group_by(key, "at")
        .agg(latest=pl.col("since").max())
    )
    left = pl.when(pl.col("phase") == LEFT).then("clock")
    latest = pl.when(pl.col("latest").is_not_null())
    counted = pieces.join(standing, left_on=[key, "since"], right_on=[key, "at"], how="left")
    counted = counted.with_columns(
        clock=latest.then(pl.max_horizontal("latest", left)).otherwise("clock"),
        phase=latest.then(LEFT).otherwise("phase"),
    )
    return stacked(
        [running.join(brief, on=key, how="anti"), counted.select(running.columns)],
    )


def _in_order(outflows: pl.DataFrame, key: str) -> pl.DataFrame:
    """Spans of outflows by key and day, each with the last day of all up to it."""
    length = pl.col("last_day") - pl.col("day")
    many = 1 + (outflows.select(length.max()).item() or 0)
    # A span is one number while it is sorted: to sort rows takes twice as long.
    code = (pl.col(key) * _DAYS + pl.col("day") + _DAYS // 2) * many + length
    spans = outflows.select(code=code).to_series().sort().to_frame()
    started = (pl.col("code") // many % _DAYS - _DAYS // 2).cast(pl.Int32)
    return spans.select(
        pl.col("code").floordiv(_DAYS * many).alias(key),
        day=started,
        last_day=started + (pl.col("code") % many).cast(pl.Int32),
    ).with_columns(_latest("last_day", pl.col(key)))


def _until_first(begun: pl.DataFrame, ended: pl.DataFrame, key: str) -> pl.DataFrame:
    """What the clock says until the first outflow, which `ended` names."""
    first = ended.select(key, first="day")
    before = begun.join(first, on=key, how="left").filter(
        pl.col("first").is_null() | (pl.col("day") < pl.col("first"))
    )
    stretch = pl.col(key) * len(PHASES) + pl.col("phase")
    return (
        stacked([before.drop("first"), ended.join(before, on=key, how="semi")])
        .group_by(key, "day", "phase")
        .agg(pl.col("clock").min())
        .sort(key, "day", "phase")
        .filter(_following("day", key) > pl.col("day"))
        .filter(_latest("phase", pl.col(key)) == pl.col("phase"))
        .with_columns(_earliest("clock", stretch), until_day=_following("day", key))
        .filter(pl.col("phase") != LEFT)
        .select(key, since="day", clock="clock", phase="phase", until_day="until_day")
    )


def _following(day: str, key: str) -> pl.Expr:
    """The day of the next row of the same key; never, after the last one."""
    is_there = pl.col(key) == pl.col(key).shift(-1)
    return pl.when(is_there).then(pl.col(day).shift(-1)).otherwise(pl.lit(NEVER, pl.Int32))


def _latest(name: str, key: pl.Expr) -> pl.Expr:
    """The highest so far of rows sorted by their key: a later key has the higher codes."""
    code = key.cast(pl.Int64) * _DAYS
    return ((code + pl.col(name)).cum_max() - code).cast(pl.Int32).alias(name)


def _earliest(name: str, key: pl.Expr) -> pl.Expr:
    """The lowest so far of rows sorted by their key: a later key has the lower codes."""
    code = key.cast(pl.Int64) * -_DAYS
    return ((code + pl.col(name)).cum_min() - code).cast(pl.Int32).alias(name)


def _cut(running: pl.DataFrame, brief: pl.DataFrame, key: str) -> pl.DataFrame:
    """Stretches of the clock, cut wherever one of them or of the brief ones begins or ends."""
    edges = stacked(
        frame.select(key, at=end) for frame in (running, brief) for end in ("since", "until_day")
    ).unique()
    parts = edges.sort(key, "at").with_columns(then=pl.col("at").shift(-1).over(key))
    return (
        running.join(parts, on=key)
        .filter(pl.col("at") >= pl.col("since"), pl.col("at") < pl.col("until_day"))
        .with_columns(since="at", until_day="then")
        .drop("at", "then")
    )
