"""Which cash comes free where stock turns as it shall.

    target_inventory = numerator ÷ target turnover
    cash_release     = average inventory − target inventory, at least 0
    shortfall        = target inventory − average inventory, at least 0

Once for each category (or whole path, as policy says) against its own target.  The total is the
sum of those lines: what one category lacks is shown beside it and never pays for another.
Example: 1,200,000 sold from 300,000 turned 4.0 times; at 5.6 times 214,285.71 are enough, and
85,714.29 come free.  Of them up to the category's dead stock is dead: it has to leave before
anything else helps.  Source: metrics.md section 2, G19.
"""

from collections.abc import Sequence

import polars as pl

from pipeline.metrics.averages import NO_COGS, on_basis
from pipeline.metrics.fixed_point import MONEY_SCALE, stacked, whole
from pipeline.metrics.given import Dates
from pipeline.metrics.scopes import in_both_scopes
from pipeline.metrics.spec import (
    ATTRIBUTED_WITH_MASTERS,
    COMPANY,
    CURRENCY,
    DAYS,
    MEMBER,
    PER_YEAR,
    SCOPE,
    Column,
    Kept,
    Metric,
    Type,
)
from pipeline.metrics.time_windows import windows
from pipeline.metrics.turnover import turnover_sums
from pipeline.policy import Policy

NO_TARGET = "no_target"
_OWNER = ["company", "as_of", "scope"]
_SUMMED = ("cash_release", "dead_release", "other_release", "shortfall", "targeted_inventory")
COLUMNS = [
    *_OWNER,
    "dimension",
    "member",
    "numerator",
    "average_inventory",
    "turnover",
    "dio_days",
    "target_turnover",
    "gap_days",
    "target_inventory",
    *_SUMMED,
    "carrying_cost",
    "reason",
]


def cash_release(turned: pl.DataFrame, dead: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """What comes free in every member of the policy's level, and in all of them together.

    `turned`: turnover of twelve months as kept, `dead`: `dead_stock` as kept; of dimension
    `company` and of the level, of the same dates.
    """
    level, basis = policy.targets.level, policy.turnover.headline_basis
    sides = on_basis(in_both_scopes(turned), basis).join(
        in_both_scopes(_dead_values(dead)),
        on=[*_OWNER, "dimension", "member"],
        how="left",
    )
    lines = _released(sides.filter(dimension=level), policy)
    wholes = sides.filter(dimension="company")
    return stacked([_together(wholes, lines, policy), lines]).sort(
        *_OWNER, pl.col("dimension") != "company", "member"
    )


def _dead_values(dead: pl.DataFrame) -> pl.DataFrame:
    exact = whole(dead, MONEY_SCALE, "dead_value")
    return exact.select(*_OWNER, "dimension", "member", "dead_value")


def _released(sides: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """The lines of one level, each against its own target."""
    targets = {name: policy.targets.target_of(name) for name in sides["member"].unique().to_list()}
    asked = pl.DataFrame(
        {"member": targets.keys(), "target_turnover": targets.values()},
        schema={"member": pl.String, "target_turnover": pl.Float64},
    )
    aimed = sides.join(asked, on="member", how="left").with_columns(
        reason=pl.when(pl.col("target_turnover").is_null())
        .then(pl.lit(NO_TARGET))
        .when((pl.col("reason") != NO_COGS) | (pl.col("consumption") != 0))
        .then("reason")
    )
    is_known = pl.col("reason").is_null()
    needed = pl.col("cogs") / pl.col("target_turnover")
    above = pl.col("average_inventory") * 10**MONEY_SCALE - needed
    released, lacking = (
        _ten_thousandths(above.clip(lower_bound=0)),
        _ten_thousandths((-above).clip(lower_bound=0)),
    )
    dead = pl.min_horizontal(released, pl.col("dead_value").fill_null(0).clip(lower_bound=0))
    return aimed.select(
        *_OWNER,
        "dimension",
        "member",
        "average_inventory",
        "turnover",
        "dio_days",
        "target_turnover",
        numerator="cogs",
        gap_days=pl.when(is_known).then(
            pl.col("dio_days") - policy.turnover.days_per_year / pl.col("target_turnover")
        ),
        target_inventory=pl.when(is_known).then(_ten_thousandths(needed)),
        cash_release=pl.when(is_known).then(released),
        dead_release=pl.when(is_known).then(dead),
        other_release=pl.when(is_known).then(released - dead),
        shortfall=pl.when(is_known).then(lacking),
        targeted_inventory=pl.when(is_known).then(
            _ten_thousandths(pl.col("average_inventory") * 10**MONEY_SCALE)
        ),
        carrying_cost=_carrying(policy),
        reason="reason",
    ).select(COLUMNS)


def _together(wholes: pl.DataFrame, lines: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """What all lines of a company come to; null where none of them has a target that holds."""
    sums = (
        lines.sort("member")
        .group_by(_OWNER)
        .agg(
            *(pl.col(name).sum() for name in (*_SUMMED, "target_inventory")),
            known=pl.col("cash_release").count(),
            first_reason=pl.col("reason").filter(pl.col("reason") != NO_TARGET).first(),
        )
    )
    has_lines = pl.col("known") > 0
    said = [pl.when(has_lines).then(name).alias(name) for name in (*_SUMMED, "target_inventory")]
    nothing = [pl.lit(None, pl.Float64).alias(name) for name in ("target_turnover", "gap_days")]
    reasons = pl.coalesce("first_reason", pl.lit(NO_TARGET))
    return (
        wholes.join(sums, on=_OWNER, how="left")
        .with_columns(
            *said,
            *nothing,
            numerator="cogs",
            carrying_cost=_carrying(policy),
            reason=pl.when(~has_lines.fill_null(value=False)).then(reasons),
        )
        .select(COLUMNS)
    )


def _carrying(policy: Policy) -> pl.Expr:
    """A year of holding the average stock."""
    return _ten_thousandths(
        pl.col("average_inventory") * 10**MONEY_SCALE * policy.carrying_cost.rate
    )


def _ten_thousandths(amount: pl.Expr) -> pl.Expr:
    """An amount in ten-thousandths as the whole number next to it."""
    return amount.round().cast(pl.Int128)


def _of_dates(given: Dates) -> pl.DataFrame:
    """The detailed dates, each against the targets of its policy."""
    level = given.policy.targets.level
    asked = windows(given.detailed, given.fiscal, ("trailing_12_months",))
    shown = given.daily.filter(pl.col("dimension").is_in(["company", level]))
    turned = turnover_sums(shown, asked, given.companies)
    dead = given.dead_stock_on(given.detailed).filter(pl.col("dimension").is_in(["company", level]))
    return cash_release(turned, dead, given.policy)


def _sum(name: str, about: str, nulls: str = "no target, or undefined: see reason") -> Column:
    return Column(name, Type.MONEY, about, CURRENCY, nulls, is_scaled=True)


_UNKNOWN: Sequence[str] = ("short_history", "incomplete", "no_cost", "negative_stock", "no_stock")
CASH_RELEASE = Metric(
    name="cash_release",
    about="Which cash comes free where each category turns as often as it shall.",
    key=("company", "as_of", "dimension", "member", "scope"),
    columns=(
        COMPANY,
        Column(
            "dimension", Type.CODE, "category or subcategory, as policy says; company: all of them"
        ),
        MEMBER,
        SCOPE,
        _sum("numerator", "cost of goods sold of twelve months", ""),
        Column(
            "average_inventory",
            Type.RATIO,
            "mean stock on the headline basis",
            CURRENCY,
            "short_history or incomplete",
        ),
        Column("turnover", Type.RATIO, "numerator ÷ average inventory", PER_YEAR, "undefined"),
        Column("dio_days", Type.RATIO, "days per year ÷ turnover", DAYS, "undefined"),
        Column("target_turnover", Type.RATIO, "what policy aims at", PER_YEAR, "no target, a sum"),
        Column(
            "gap_days",
            Type.RATIO,
            "days of inventory − days at the target; negative: faster than the target",
            DAYS,
            "no target, a sum, or undefined: see reason",
        ),
        _sum("target_inventory", "numerator ÷ target turnover"),
        _sum("cash_release", "average − target inventory, at least 0; of a company Σ of its lines"),
        _sum("dead_release", "the part of it that is dead stock: it goes first"),
        _sum("other_release", "the rest of it"),
        _sum("shortfall", "target − average inventory, at least 0: shown, never netted"),
        _sum("targeted_inventory", "average inventory of the lines with a target"),
        _sum("carrying_cost", "average inventory × the rate of policy", "as average_inventory"),
        Column(
            "reason",
            Type.CODE,
            f"why nothing is said to come free: {NO_TARGET}, or of the turnover "
            f"{', '.join(_UNKNOWN)}, negative_cogs, no_cogs",
            nulls="the amounts are defined",
        ),
    ),
    of_dates=_of_dates,
    needs=(*ATTRIBUTED_WITH_MASTERS, "metrics/daily"),
    kept=Kept.DETAIL,
    version="1",
    notes=(
        "Lines of different levels are never added: a date has one level.",
        "The group's lines compare its own categories with the targets: no sums of its companies'.",
        "What was neither sold nor consumed in twelve months needs no stock and has no reason.",
        "What was only consumed has `no_cogs`: its cost of goods sold stands elsewhere.",
    ),
)
