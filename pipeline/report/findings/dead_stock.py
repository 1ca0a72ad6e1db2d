"""Titles of the dead stock page: how concentrated it is, where it goes, what joins it."""

from datetime import date
from decimal import Decimal

from pipeline.metrics.dead_stock import NO_COST
from pipeline.report.findings.missing_turnover import without_stock
from pipeline.report.lookup import ALL, Facts
from pipeline.report.member_figures import NOUGHT, DeadStock, share
from pipeline.report.sentences import Count, Money, Sentence, Share, say, say_counted

EVENLY = 1.5
"""Few items hold much only with so many times what they would hold if all held the same."""


def dead_stock_title(
    facts: Facts, total: DeadStock, listed: tuple[Decimal, int], items: int
) -> Sentence:
    """How concentrated the dead stock is; without any, the slow stock.

    Knows: the cost of the stock; that "nothing is dead" and "all was issued" is not said while
    stock nobody dated may have waited longer than the ledger is old.  `listed` is the value and
    number of the largest items, of `items` in all; they are a title only if they hold clearly more
    than an even part.
    """
    if total.is_costless:
        return say("What is dead cannot be stated: the cost of the stock is not known")
    if total.reason == NO_COST:
        return say("What is dead cannot be stated: the cost of some stock is not known")
    if total.value < 0:
        return say("Stock is below zero as a whole: no share of it is dead")
    if total.dead > 0:
        return _dead_title(total, listed, items)
    if total.value == 0:
        return without_stock(facts)
    return _young_title(facts, total) if total.undated else _alive_title(facts, total)


def _dead_title(total: DeadStock, listed: tuple[Decimal, int], items: int) -> Sentence:
    value, count = listed
    part = share(value, total.dead) or 0.0
    if 0 < count < items and part <= 1 and part >= EVENLY * count / items:
        return say_counted(
            "One item is %(share)s of the dead stock",
            "%(count)s items are %(share)s of the dead stock",
            count,
            share=Share(part, 0),
        )
    if items == 0:
        return say("Dead stock amounts to %(dead)s", dead=Money(total.dead))
    return say_counted(
        "Dead stock amounts to %(dead)s, in one item",
        "Dead stock amounts to %(dead)s, in %(items)s items",
        items,
        items=Count(items, as_word=True),
        dead=Money(total.dead),
    )


def _young_title(facts: Facts, total: DeadStock) -> Sentence:
    """Nothing is known to be dead, and much cannot be."""
    if facts.is_young and facts.ledger_from:
        return say(
            "Too early to say what is dead: the ledger begins on %(first)s", first=facts.ledger_from
        )
    return say(
        "Nothing is known to be dead; nobody dated %(undated)s of it", undated=Money(total.undated)
    )


def _alive_title(facts: Facts, total: DeadStock) -> Sentence:
    left_out = abnormal_dead(facts)
    if facts.is_material(left_out):
        return say(
            "Nothing is dead but %(dead)s that policy leaves out as abnormal", dead=Money(left_out)
        )
    return _slow_title(facts, total)


def _slow_title(facts: Facts, total: DeadStock) -> Sentence:
    if total.slow > 0:
        return say(
            "Nothing is dead; %(slow)s has not been sold or used for %(days)s days",
            slow=Money(total.slow),
            days=Count(facts.policy.slow_days),
        )
    if total.slow < 0:
        return say("Nothing is dead")
    return say(
        "No stock has waited %(days)s days or more to be sold or used",
        days=Count(facts.policy.slow_days),
    )


def idle_title(now: Decimal, before: Decimal, since: date, noise: float) -> Sentence:
    """Where the dead stock has gone since the first month-end that could know it.

    Knows: both month-ends lie so far behind the ledger's first day that stock could be dead.
    """
    values = {"before": Money(before), "now": Money(now), "since": since}
    if not now and not before:
        return say("No stock was dead at these month-ends")
    if abs(now - before) <= Decimal(str(noise)) * abs(before):
        return say("Dead stock is as good as unchanged since %(since)s: %(now)s", **values)
    if not before:
        return say("Nothing was dead on %(since)s; now it is %(now)s", since=since, now=Money(now))
    if now > before:
        return say("Dead stock has grown from %(before)s on %(since)s to %(now)s", **values)
    return say("Dead stock has shrunk from %(before)s on %(since)s to %(now)s", **values)


def waiting_title(soon: Decimal, days: int) -> Sentence:
    """What the next months add to the dead stock if nobody takes it."""
    if soon <= 0:
        return say("No slow stock becomes dead within %(days)s days", days=Count(days))
    return say(
        "%(value)s more becomes dead within %(days)s days unless it is sold or used",
        value=Money(soon),
        days=Count(days),
    )


def abnormal_dead(facts: Facts) -> Decimal:
    """Dead stock outside the headline: policy calls it abnormal."""
    everything = facts.dead_stock("company", facts.company, scope=ALL)
    normal = facts.dead_stock("company", facts.company)
    return everything.dead - normal.dead if everything and normal else NOUGHT


def abnormal_note(facts: Facts) -> Sentence | None:
    """What policy leaves out of the headline, and how much of that is dead; material.

    It must not vanish: dead stock that somebody called obsolete is still money.
    """
    everything = facts.dead_stock("company", facts.company, scope=ALL)
    normal = facts.dead_stock("company", facts.company)
    if everything is None or normal is None:
        return None
    value, dead = everything.value - normal.value, abnormal_dead(facts)
    if not facts.is_material(value) and not facts.is_material(dead):
        return None
    if dead <= 0:
        return say("Left out by policy as abnormal: %(value)s of stock.", value=Money(value))
    if dead == value:
        return say(
            "Left out by policy as abnormal: %(value)s of stock, all of it dead.",
            value=Money(value),
        )
    return say(
        "Left out by policy as abnormal: %(value)s of stock, of which %(dead)s is dead.",
        value=Money(value),
        dead=Money(dead),
    )


def undated_note(facts: Facts, total: DeadStock) -> Sentence | None:
    """What may have waited longer than the ledger shows; material."""
    if total.undated <= NOUGHT or not facts.is_material(total.undated):
        return None
    return say(
        "%(undated)s is opening stock that nobody dated and that was not sold or used since: its "
        "wait counts from the opening, so it may be longer.",
        undated=Money(total.undated),
    )
