"""The report's one sentence: where turnover goes, and what stands beside it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from pipeline.metrics.dead_stock import NO_COST
from pipeline.report.findings.member_names import comparable
from pipeline.report.lookup import Facts
from pipeline.report.sentences import Count, Money, Sentence, Share, Turns, say, say_counted
from pipeline.report.status import NOTABLE_POINTS, change, direction

if TYPE_CHECKING:  # pages are built with these rules
    from pipeline.report.pages.members import MemberLine


def headline(facts: Facts, lines: Sequence["MemberLine"]) -> Sentence:
    """The report's one sentence: where turnover goes, and what stands beside it."""
    total = facts.total
    if total is None:
        return say("No stock and no movement on record for this period")
    if total.turnover is None:
        return _headline_without_turnover(facts, total.stock)
    prior = facts.prior("company", facts.company)
    way = direction(total.turnover, prior.turnover if prior else None, facts.policy.noise)
    slower = [line for line in lines if line.is_slower]
    if way is None:
        return say("Stock turns %(turnover)s times a year", turnover=Turns(total.turnover))
    if way > 0:
        return _headline_rising(facts, len(slower))
    if way < 0:
        return _headline_falling(len(slower), len(comparable(lines)))
    return _headline_steady(len(slower))


def _headline_without_turnover(facts: Facts, stock: Decimal) -> Sentence:
    dead = facts.dead_stock("company", facts.company)
    if dead and dead.reason == NO_COST:
        return say("%(stock)s of stock, as far as its cost is known", stock=Money(stock))
    if dead and dead.dead_share:
        return say(
            "%(stock)s of stock, %(share)s of it dead",
            stock=Money(stock),
            share=Share(dead.dead_share),
        )
    return say("%(stock)s of stock, none of it dead", stock=Money(stock))


def _headline_rising(facts: Facts, slower: int) -> Sentence:
    if slower:
        return say_counted(
            "Turnover is rising, but one category turns slower",
            "Turnover is rising, but %(count)s categories turn slower",
            slower,
        )
    if _dead_share_change(facts) > NOTABLE_POINTS:
        return say("Turnover is rising, but the share of dead stock grows too")
    return say("Turnover is rising, and no category turns slower")


def _headline_falling(slower: int, categories: int) -> Sentence:
    if not slower:
        return say("Turnover is falling")
    if slower == categories:
        return say("Turnover is falling, and every category turns slower")
    return say_counted(
        "Turnover is falling, and one of %(categories)s categories turns slower",
        "Turnover is falling, and %(count)s of %(categories)s categories turn slower",
        slower,
        categories=Count(categories, as_word=True),
    )


def _headline_steady(slower: int) -> Sentence:
    if not slower:
        return say("Turnover holds, and no category turns slower")
    return say_counted(
        "Turnover holds, but one category turns slower",
        "Turnover holds, but %(count)s categories turn slower",
        slower,
    )


def _dead_share_change(facts: Facts) -> float:
    now = facts.dead_stock("company", facts.company)
    prior = facts.prior_dead("company", facts.company)
    return change(now.dead_share if now else None, prior.dead_share if prior else None) or 0.0
