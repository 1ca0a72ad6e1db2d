"""The report's one sentence: where turnover goes, and what stands beside it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.metrics.dead_stock import NO_COST
from pipeline.report.findings.member_names import comparable, slower_lines
from pipeline.report.findings.missing_turnover import WINDOWS, without_stock
from pipeline.report.lookup import Facts
from pipeline.report.member_figures import NO_STOCK, Turnover
from pipeline.report.sentences import (
    Count,
    Money,
    Sentence,
    Share,
    Turns,
    say,
    say_counted,
    term,
)
from pipeline.report.status import change, direction

if TYPE_CHECKING:  # pages are built with these rules
    from pipeline.report.pages.members import MemberLine


def headline(facts: Facts, lines: Sequence["MemberLine"]) -> Sentence:
    """The report's one sentence: where turnover goes, and what stands beside it.

    Knows: a direction needs the turnover of both years, a difference beyond the noise band that
    can be seen at two decimals; "no category" and "every category" need each category compared.
    Material: a category counts as slower only with a stock worth a word.
    """
    total = facts.total
    if total is None:
        return say("No stock and no movement on record for this period")
    if total.turnover is None:
        return _without_turnover(facts, total)
    prior = facts.prior("company", facts.company)
    way = direction(total.turnover, prior.turnover if prior else None, facts.policy.noise)
    if way is None:
        return say("Stock turns %(turnover)s times a year", turnover=Turns(total.turnover))
    if way < 0:
        return _falling(facts, lines)
    return _rising(facts, lines) if way > 0 else _steady(facts, lines)


def _without_turnover(facts: Facts, total: Turnover) -> Sentence:
    """What can be said without a turnover of twelve months.

    Knows: whether the cost of the stock is known, whether there is any, what of it is dead, and
    in a young ledger how fast a shorter window turned.
    """
    dead = facts.dead_stock("company", facts.company) or NO_STOCK
    stock = Money(total.stock)
    if dead.reason == NO_COST:
        if not total.stock:
            return say("There is stock, but no cost of it is known")
        return say("%(stock)s of stock, as far as its cost is known", stock=stock)
    if total.stock < 0:
        return say("Stock stands below zero: %(stock)s", stock=stock)
    if not total.stock:
        return without_stock(facts)
    if total.reason == "short_history" and (known := facts.known_windows()):
        window, row = known[0]
        return say(
            "%(stock)s of stock, turning at %(turnover)s times a year in %(window)s",
            stock=stock,
            turnover=Turns(row.turnover or 0.0),
            window=term(WINDOWS[window]),
        )
    return _stock_and_dead(facts, total)


def _stock_and_dead(facts: Facts, total: Turnover) -> Sentence:
    dead = facts.dead_stock("company", facts.company) or NO_STOCK
    stock = Money(total.stock)
    if dead.undated and facts.is_material(dead.undated):
        if dead.dead <= 0 or dead.dead_share is None:
            return say("%(stock)s of stock; what of it is dead cannot be known yet", stock=stock)
        return say(
            "%(stock)s of stock, at least %(share)s of it dead",
            stock=stock,
            share=Share(dead.dead_share),
        )
    if dead.dead_share and dead.dead_share >= 1:
        return say("%(stock)s of stock, all of it dead", stock=stock)
    if dead.dead_share:
        return say(
            "%(stock)s of stock, %(share)s of it dead", stock=stock, share=Share(dead.dead_share)
        )
    return say("%(stock)s of stock, none of it dead", stock=stock)


def _rising(facts: Facts, lines: Sequence["MemberLine"]) -> Sentence:
    slower = len(slower_lines(facts, lines))
    if slower and len(lines) > 1:
        return say_counted(
            "Turnover is rising, but one category turns slower",
            "Turnover is rising, but %(count)s categories turn slower",
            slower,
        )
    if _dead_share_change(facts) > facts.policy.notable_points:
        return say("Turnover is rising, but the share of dead stock grows too")
    if _none_is_slower(lines):
        return say("Turnover is rising, and no category turns slower")
    return say("Turnover is rising")


def _falling(facts: Facts, lines: Sequence["MemberLine"]) -> Sentence:
    slower, compared = len(slower_lines(facts, lines)), len(comparable(lines))
    if not slower or len(lines) == 1:
        return say("Turnover is falling")
    if slower == len(lines):
        return say("Turnover is falling, and every category turns slower")
    if slower == compared == 1:
        return say("Turnover is falling")
    if slower == compared:
        return say(
            "Turnover is falling, in all %(count)s categories that can be compared",
            count=Count(compared, as_word=True),
        )
    return say_counted(
        "Turnover is falling, and one of %(categories)s categories turns slower",
        "Turnover is falling, and %(count)s of %(categories)s categories turn slower",
        slower,
        categories=Count(compared, as_word=True),
    )


def _steady(facts: Facts, lines: Sequence["MemberLine"]) -> Sentence:
    slower = len(slower_lines(facts, lines))
    if slower and len(lines) > 1:
        return say_counted(
            "Turnover holds, but one category turns slower",
            "Turnover holds, but %(count)s categories turn slower",
            slower,
        )
    if _none_is_slower(lines):
        return say("Turnover holds, and no category turns slower")
    return say("Turnover holds")


def _none_is_slower(lines: Sequence["MemberLine"]) -> bool:
    """Whether several categories were compared, and none of them turns slower."""
    return len(comparable(lines)) > 1 and not any(line.is_slower for line in lines)


def _dead_share_change(facts: Facts) -> float:
    now = facts.dead_stock("company", facts.company)
    prior = facts.prior_dead("company", facts.company)
    return change(now.dead_share if now else None, prior.dead_share if prior else None) or 0.0
