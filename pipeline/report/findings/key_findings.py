"""The findings of the summary: turnover, benchmarks, dead, slower, negative and old stock."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from pipeline.report.findings.member_names import (
    ALL,
    MOST_NAMES,
    MOSTLY,
    comparable,
    largest,
    names_of,
    slower_lines,
    stock_of,
)
from pipeline.report.findings.missing_turnover import costed_finding, missing_finding
from pipeline.report.knowledge import aged
from pipeline.report.lookup import Facts
from pipeline.report.member_figures import NOUGHT, DeadStock, decimal, share
from pipeline.report.sentences import Count, Days, Money, Sentence, Share, Turns, say, say_counted
from pipeline.report.status import direction

if TYPE_CHECKING:  # pages are built with these rules
    from pipeline.report.pages.members import MemberLine

MOST_FINDINGS = 3


def findings(facts: Facts, lines: Sequence["MemberLine"]) -> tuple[Sentence, ...]:
    """What stands out, the most important first; at most three."""
    rules = (
        _turnover_finding(facts),
        missing_finding(facts),
        costed_finding(facts),
        _negative_finding(facts),
        _benchmark_finding(facts, lines),
        _dead_finding(facts, lines),
        _slower_finding(facts, lines),
        _old_finding(facts),
    )
    return tuple(finding for finding in rules if finding)[:MOST_FINDINGS]


def _turnover_finding(facts: Facts) -> Sentence | None:
    """How often stock turns, and how that compares with a year ago.

    Knows: the turnover; a comparison needs that of a year ago.  A difference counts beyond the
    noise band, and if it can be seen at two decimals.
    """
    total = facts.total
    if total is None or total.turnover is None or total.dio is None:
        return None
    prior = facts.prior("company", facts.company)
    values = {"turnover": Turns(total.turnover), "days": Days(total.dio)}
    way = direction(total.turnover, prior.turnover if prior else None, facts.policy.noise)
    if prior is None or prior.turnover is None or way is None:
        return say(
            "Stock turns <b>%(turnover)s times a year</b>; on average it stays %(days)s days.",
            **values,
        )
    values |= {"prior": Turns(prior.turnover)}
    if way == 0 or prior.dio is None:
        return say(
            "Stock turns <b>%(turnover)s times a year</b>, as good as unchanged from %(prior)s; "
            "on average it stays %(days)s days.",
            **values,
        )
    values |= {"difference": Days(abs(total.dio - prior.dio))}
    if way > 0:
        return say(
            "Stock turns <b>%(turnover)s times a year</b>, up from %(prior)s; on average it stays "
            "%(days)s days, %(difference)s fewer than a year ago.",
            **values,
        )
    return say(
        "Stock turns <b>%(turnover)s times a year</b>, down from %(prior)s; on average it stays "
        "%(days)s days, %(difference)s more than a year ago.",
        **values,
    )


def _negative_finding(facts: Facts) -> Sentence | None:
    """How many positions are below zero, and by how much; material beside the stock."""
    positions = (
        facts.given.stock_status.filter(~pl.col("is_abnormal"))
        .group_by("company", "sku", "warehouse")
        .agg(pl.col("quantity").sum(), pl.col("value").sum())
    )
    below = positions.filter(pl.col("quantity") < 0)
    value = decimal(below["value"].sum() if below.height else None)
    if value >= 0 or not facts.is_material(value):
        return None
    return say_counted(
        "<b>One of %(positions)s positions is below zero</b>, by %(value)s: more was taken from it "
        "than came in.",
        "<b>%(count)s of %(positions)s positions are below zero</b>, by %(value)s in all: more was "
        "taken from them than came in.",
        below.height,
        positions=Count(positions.height, as_word=True),
        value=Money(-value),
    )


def _benchmark_finding(facts: Facts, lines: Sequence["MemberLine"]) -> Sentence | None:
    """Which categories are below their benchmark.

    Knows: a benchmark that the category is mapped to.  Material: the stock of those below it.
    """
    compared = [line for line in lines if line.is_below_benchmark is not None]
    below = [line for line in compared if line.is_below_benchmark]
    stock = stock_of(below)
    if not below or not facts.is_material(stock):
        return None
    if len(below) == len(compared) > 1:
        return say(
            "<b>All %(compared)s</b> categories with a benchmark are below it; they hold %(stock)s "
            "of stock.",
            compared=Count(len(compared), as_word=True),
            stock=Money(stock),
        )
    return say_counted(
        "<b>%(names)s</b> is below its benchmark and holds %(stock)s of stock.",
        "<b>%(count)s of %(compared)s</b> categories with a benchmark are below it; they hold "
        "%(stock)s of stock.",
        len(below),
        compared=Count(len(compared), as_word=True),
        names=names_of(below),
        stock=Money(stock),
    )


def _dead_finding(facts: Facts, lines: Sequence["MemberLine"]) -> Sentence | None:
    """How much stock is dead, and which categories hold most of it.

    Knows: a ledger that young says since when it looks, not that nothing was taken before.
    Material: the dead stock.  Ranked among all categories, those without one included; three are
    named if together they hold most of it and the next is clearly smaller.
    """
    dead = facts.dead_stock("company", facts.company)
    if dead is None or dead.dead <= 0 or not facts.is_material(dead.dead):
        return None
    values = {"dead": Money(dead.dead), "days": Count(facts.policy.dead_days)}
    if facts.is_young and facts.ledger_from:
        return say(
            "<b>%(dead)s</b> came in %(days)s days ago or earlier and has not been sold or used "
            "since the ledger begins on %(first)s.",
            first=facts.ledger_from,
            **values,
        )
    if dead.dead_share is not None and dead.dead_share >= 1:
        return say(
            "<b>All stock</b>, %(dead)s, has not been sold or used for %(days)s days or more.",
            **values,
        )
    return _dead_with_holders(dead, _holders(dead, lines), values)


def _dead_with_holders(
    dead: DeadStock, holders: Sequence["MemberLine"], values: dict[str, Money | Count]
) -> Sentence | None:
    if dead.dead_share is None:
        return None
    part = Share(dead.dead_share)
    if not holders:
        return say(
            "<b>%(dead)s</b> (%(share)s of stock) has not been sold or used for %(days)s days or "
            "more.",
            share=part,
            **values,
        )
    held = share(sum((line.dead.dead for line in holders), NOUGHT), dead.dead) or 0.0
    return say_counted(
        "<b>%(dead)s</b> (%(share)s of stock) has not been sold or used for %(days)s days or more. "
        "%(names)s holds %(held)s of it.",
        "<b>%(dead)s</b> (%(share)s of stock) has not been sold or used for %(days)s days or more. "
        "%(names)s hold %(held)s of it.",
        len(holders),
        share=part,
        names=names_of(holders),
        held=Share(held, 0),
        **values,
    )


def _holders(dead: DeadStock, lines: Sequence["MemberLine"]) -> Sequence["MemberLine"]:
    ranked = sorted(lines, key=lambda line: (-line.dead.dead, line.code))
    holders = largest(ranked, MOST_NAMES)
    held = share(sum((line.dead.dead for line in holders), NOUGHT), dead.dead)
    if len(lines) <= MOST_NAMES or held is None or not MOSTLY <= held < ALL:
        return ()
    return holders


def _slower_finding(facts: Facts, lines: Sequence["MemberLine"]) -> Sentence | None:
    """Which categories turn slower than a year ago, and what they hold.

    Knows: both years.  Material: each category's stock.  A lone category is the whole, of which
    the first finding speaks.
    """
    slower = slower_lines(facts, lines)
    stock = stock_of(slower)
    part = share(stock, facts.total.stock) if facts.total else None
    if not slower or part is None or len(lines) == 1:
        return None
    values = {"stock": Money(stock), "share": Share(part, 0)}
    if len(slower) == len(lines):
        return say("<b>Every category</b> turns slower than a year ago.")
    if len(slower) <= MOST_NAMES:
        return say_counted(
            "%(names)s turns <b>slower</b> than a year ago and holds %(stock)s of stock, "
            "%(share)s of all.",
            "%(names)s turn <b>slower</b> than a year ago and hold %(stock)s of stock, "
            "%(share)s of all.",
            len(slower),
            names=names_of(slower),
            **values,
        )
    if len(slower) == len(comparable(lines)):
        return say(
            "<b>All %(slower)s</b> categories that can be compared turn slower than a year ago; "
            "they hold %(stock)s of stock, %(share)s of all.",
            slower=Count(len(slower), as_word=True),
            **values,
        )
    return say(
        "%(slower)s of %(all)s categories turn <b>slower</b> than a year ago; they hold %(stock)s "
        "of stock, %(share)s of all.",
        slower=Count(len(slower), as_word=True),
        all=Count(len(comparable(lines)), as_word=True),
        **values,
    )


def _old_finding(facts: Facts) -> Sentence | None:
    """How much of the stock was received more than 180 days ago.

    Knows: a positive stock of which hardly anything has no age; where opening stock was not dated,
    at least so much.  Material: the share named by policy.
    """
    ages = facts.ages()
    old = share(aged(ages), sum(ages, NOUGHT))
    if old is None or old < facts.policy.share_named or _is_unaged(facts, sum(ages, NOUGHT)):
        return None
    if facts.opened_within_180_days:
        return say(
            "At least %(share)s of stock was received more than 180 days ago.",
            share=Share(old, 0),
        )
    if old >= 1:
        return say("All stock was received more than 180 days ago.")
    return say("%(share)s of stock was received more than 180 days ago.", share=Share(old, 0))


def _is_unaged(facts: Facts, with_age: Decimal) -> bool:
    """Whether more has no age than a share of all would bear."""
    stock = facts.total.stock if facts.total else NOUGHT
    return abs(stock - with_age) > Decimal(str(facts.policy.share_named)) * with_age
