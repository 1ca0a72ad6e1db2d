"""Why turnover is another than it was: the exact bridge from then to now.

    of the whole     cogs effect       ΔN × mean(1 / A)       what more or less outflow did
                     inventory effect  Δ(1 / A) × mean N      what more or less stock did
    of a part        rate effect       mean share × Δrate     it turned faster or slower
                     mix effect        Δshare × (mean rate − mean turnover of the whole)

N is the numerator of twelve months, A the average inventory, a share the part's A ÷ the whole's, a
rate its N ÷ A.  Example: A turns 6 on 100 of stock, B 2 on 100; a year later A 6 on 110, B 1.5 on
120.  Turnover fell from 4.0000 to 3.6522, by 0.3478:

    part | rate effect | mix effect
    A    |      0.0000 |    -0.0473   it holds less of the stock
    B    |     -0.2554 |    -0.0451   it turned slower, and holds more of the stock

Effects add up to the change, and change their signs where then and now are swapped.  Source:
metrics.md section 2, "Explain the change".
"""

from collections.abc import Sequence
from datetime import date

import polars as pl

from pipeline.metrics.averages import NO_COGS, on_basis
from pipeline.metrics.fixed_point import MONEY_SCALE, stacked
from pipeline.metrics.given import Dates
from pipeline.metrics.scopes import in_both_scopes
from pipeline.metrics.spec import (
    ATTRIBUTED_WITH_MASTERS,
    COMPANY,
    CURRENCY,
    DIMENSION,
    MEMBER,
    PER_YEAR,
    SCOPE,
    Column,
    Kept,
    Metric,
    Type,
)
from pipeline.metrics.time_windows import Basis, same_place
from pipeline.metrics.trend import DIMENSIONS
from pipeline.settings import GROUP

MONTHS_BEFORE = (12, 1)
"""A date is compared with the same place a year before, and a month before."""
_WHOLE = ["company", "scope", "as_of", "compared_on"]
_PART = [*_WHOLE, "dimension", "member"]
SIDES = ("", "_before")
_AGE = "short_history or incomplete"
_REASONED = "undefined, see reason"
_UNDEFINED = "undefined then, or nothing was there"
_AMOUNTS = ("numerator", "average_inventory")
EFFECTS = ("change", "cogs_effect", "inventory_effect", "rate_effect", "mix_effect")
_SIDED = [f"{name}{side}" for name in (*_AMOUNTS, "turnover") for side in SIDES]
COLUMNS = [*_PART, *_SIDED, *EFFECTS, "tied_value", "reason"]


def turnover_change(
    kept: pl.DataFrame, compared: Sequence[tuple[date, date]], basis: Basis
) -> pl.DataFrame:
    """The bridge of every pair of dates, of each company and of the group.

    `kept`: turnover of twelve months as kept, of all dates; `compared`: each as-of date with one
    it is compared with.  Among the group's rows of dimension `company` are its companies: parts.
    """
    pairs = pl.DataFrame(compared, schema={"as_of": pl.Date, "compared_on": pl.Date}, orient="row")
    both = _now_and_then(_sides(kept, basis), pairs)
    wholes = _of_wholes(both.filter(_is_whole()))
    parts = stacked([both.filter(~_is_whole()), _companies_of_group(both)])
    rows = stacked([wholes, _of_parts(parts, wholes)])
    return rows.with_columns(tied_value=_tied()).select(COLUMNS).sort(_PART)


def _is_whole() -> pl.Expr:
    return (pl.col("dimension") == "company") & (pl.col("member") == pl.col("company"))


def _sides(rows: pl.DataFrame, basis: Basis) -> pl.DataFrame:
    """What each member turned on each date."""
    used = pl.when("consumes").then("consumption").otherwise(0)
    return on_basis(in_both_scopes(rows), basis).select(
        "company",
        "dimension",
        "member",
        "scope",
        "turnover",
        "average_inventory",
        on="as_of",
        numerator=pl.col("cogs") + used,
        reason=pl.when(pl.col("reason") != NO_COGS).then("reason"),
    )


def _now_and_then(sides: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Each member's two sides in one row; who had nothing on one of them had nought there."""
    told = [*_PART, *_AMOUNTS, "turnover", "reason"]
    now = sides.join(pairs, left_on="on", right_on="as_of").rename({"on": "as_of"})
    then = sides.join(pairs, left_on="on", right_on="compared_on").rename({"on": "compared_on"})
    either = stacked(
        [
            now.select(told).with_columns(is_now=pl.lit(value=True)),
            then.select(told).with_columns(is_now=pl.lit(value=False)),
        ]
    )
    ours, before = pl.col("is_now"), ~pl.col("is_now")
    return either.group_by(_PART, maintain_order=True).agg(
        _of_side(ours),
        _of_side(before).name.suffix("_before"),
        turnover=pl.col("turnover").filter(ours).first(),
        turnover_before=pl.col("turnover").filter(before).first(),
        sides=pl.col("is_now").n_unique(),
        reason=pl.coalesce(
            pl.col("reason").filter(ours).first(), pl.col("reason").filter(before).first()
        ),
    )


def _of_side(is_side: pl.Expr) -> pl.Expr:
    """A side's amounts: nought where the member was not there, null where nobody knows."""
    return pl.when(is_side.any()).then(pl.col(_AMOUNTS).filter(is_side).first()).otherwise(0)


def _companies_of_group(both: pl.DataFrame) -> pl.DataFrame:
    """The companies as parts of the group; a lone company has none."""
    groups = both.filter(_is_whole(), pl.col("company") == GROUP).select(_WHOLE)
    companies = both.filter(_is_whole(), pl.col("company") != GROUP)
    return companies.with_columns(company=pl.lit(GROUP)).join(groups, on=_WHOLE, how="semi")


def _of_wholes(both: pl.DataFrame) -> pl.DataFrame:
    """What outflow and stock did to a company's turnover, or the group's."""
    is_one_sided = pl.col("sides") < 2  # noqa: PLR2004 - then and now
    known = both.with_columns(
        reason=pl.when(is_one_sided).then(pl.lit("short_history")).otherwise("reason")
    )
    held, held_before = 1 / pl.col("average_inventory"), 1 / pl.col("average_inventory_before")
    outflow, outflow_before = _money("numerator"), _money("numerator_before")
    return known.with_columns(
        _if_known(
            change=pl.col("turnover") - pl.col("turnover_before"),
            cogs_effect=(outflow - outflow_before) * (held + held_before) / 2,
            inventory_effect=(held - held_before) * (outflow + outflow_before) / 2,
            rate_effect=pl.lit(None, pl.Float64),
            mix_effect=pl.lit(None, pl.Float64),
        )
    )


def _of_parts(parts: pl.DataFrame, wholes: pl.DataFrame) -> pl.DataFrame:
    """What each part did to the turnover of all parts of its dimension together.

    A part that had no stock on one side has the other side's rate there: all it does is mix.
    What flowed out of no stock at all is rate.
    """
    known = parts.drop("reason").join(wholes.select(*_WHOLE, "reason"), on=_WHOLE, how="left")
    summed = known.with_columns(
        pl.col(name).sum().over([*_WHOLE, "dimension"]).alias(f"all_{name}")
        for name in (f"{amount}{side}" for amount in _AMOUNTS for side in SIDES)
    )
    added, share, rate, whole = zip(*(_ratios(side) for side in SIDES), strict=True)
    mean_rate = (pl.coalesce(rate[0], rate[1], 0.0) + pl.coalesce(rate[1], rate[0], 0.0)) / 2
    moved = share[0] - share[1]
    rate_effect = added[0] - added[1] - moved * mean_rate
    mix_effect = moved * (mean_rate - (whole[0] + whole[1]) / 2)
    return summed.with_columns(
        _if_known(
            change=rate_effect + mix_effect,
            cogs_effect=pl.lit(None, pl.Float64),
            inventory_effect=pl.lit(None, pl.Float64),
            rate_effect=rate_effect,
            mix_effect=mix_effect,
        )
    ).select(wholes.columns)


def _ratios(side: str) -> tuple[pl.Expr, pl.Expr, pl.Expr, pl.Expr]:
    """Of a side: what a part adds to the turnover, its share, its rate, and the turnover."""
    outflow, held = _money(f"numerator{side}"), pl.col(f"average_inventory{side}")
    all_held = pl.col(f"all_average_inventory{side}")
    rate = pl.when(held > 0).then(outflow / held)
    return outflow / all_held, held / all_held, rate, _money(f"all_numerator{side}") / all_held


def _money(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Float64) / 10**MONEY_SCALE


def _if_known(**effects: pl.Expr) -> list[pl.Expr]:
    """Effects where both turnovers of the whole are numbers."""
    is_known = pl.col("reason").is_null()
    return [pl.when(is_known).then(effect).alias(name) for name, effect in effects.items()]


def _tied() -> pl.Expr:
    """Stock beyond what the outflow would need at the turnover of then."""
    then = pl.col("turnover_before")
    is_known = pl.col("turnover").is_not_null() & (then > 0)
    return pl.when(is_known).then(pl.col("average_inventory") - _money("numerator") / then)


def _of_dates(given: Dates) -> pl.DataFrame:
    """The bridges of the detailed dates, from the months behind them."""
    pairs = [(day, same_place(day, -months)) for day in given.detailed for months in MONTHS_BEFORE]
    asked = sorted({day for pair in pairs for day in pair})
    basis = given.policy.turnover.headline_basis
    return turnover_change(given.turnover_on(asked), pairs, basis)


def _effect(name: str, about: str, nulls: str = "") -> Column:
    undefined = f"{nulls}, or {_REASONED}" if nulls else _REASONED
    return Column(name, Type.RATIO, about, PER_YEAR, undefined)


TURNOVER_CHANGE = Metric(
    name="turnover_change",
    about="Why turnover is another than a year and a month before: effects that add up to it.",
    key=("company", "as_of", "compared_on", "dimension", "member", "scope"),
    columns=(
        COMPANY,
        Column("compared_on", Type.DATE, "the date it is compared with"),
        DIMENSION,
        MEMBER,
        SCOPE,
        Column(
            "numerator",
            Type.MONEY,
            "what the turnover divides: cogs, of suppliers, raw material and work in progress "
            "with consumption",
            CURRENCY,
            is_scaled=True,
        ),
        Column("numerator_before", Type.MONEY, "the same then", CURRENCY, is_scaled=True),
        Column("average_inventory", Type.RATIO, "mean stock on the headline basis", CURRENCY, _AGE),
        Column("average_inventory_before", Type.RATIO, "the same then", CURRENCY, _AGE),
        Column("turnover", Type.RATIO, "as of the date", PER_YEAR, "undefined"),
        Column("turnover_before", Type.RATIO, "as of the date compared with", PER_YEAR, _UNDEFINED),
        _effect("change", "what it adds to the change of the whole; of the whole, the change"),
        _effect("cogs_effect", "what more or less outflow did", "a part"),
        _effect("inventory_effect", "what more or less stock did", "a part"),
        _effect("rate_effect", "what its own turnover did", "the whole"),
        _effect("mix_effect", "what its share of the stock did", "the whole"),
        Column(
            "tied_value",
            Type.RATIO,
            "average inventory beyond what its numerator needs at the turnover of then; negative: "
            "freed",
            CURRENCY,
            "either turnover is not a number above nought",
        ),
        Column(
            "reason",
            Type.CODE,
            "why the whole has no change: the reason of its turnover, else of that of then",
            nulls="the effects are defined",
        ),
    ),
    of_dates=_of_dates,
    needs=(*ATTRIBUTED_WITH_MASTERS, "metrics/daily"),
    kept=Kept.DETAIL,
    version="1",
    notes=(
        f"Turnover of twelve months, headline basis; of the dimensions {', '.join(DIMENSIONS)}.",
        "The parts of a dimension add up to the change of their own whole.",
        "Of suppliers and stages that whole has consumption in its numerator where they have.",
        "Rows of the group with dimension `company` and a company as member are parts of it.",
    ),
)
