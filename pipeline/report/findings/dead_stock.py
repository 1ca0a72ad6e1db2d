"""Titles of the dead stock page: how concentrated it is, where it goes, what joins it."""

from datetime import date
from decimal import Decimal

from pipeline.report.inputs import PolicyValues
from pipeline.report.member_figures import DeadStock, share
from pipeline.report.sentences import Count, Money, Sentence, Share, say, say_counted


def dead_stock_title(total: DeadStock, top: Decimal, items: int, policy: PolicyValues) -> Sentence:
    """How concentrated the dead stock is; without any, the slow stock."""
    if total.value <= 0:
        return say("There is no stock")
    if total.dead > 0:
        part = share(top, total.dead)
        if part is None or items == 0:
            return say("Dead stock amounts to %(dead)s", dead=Money(total.dead))
        return say_counted(
            "One item is all the dead stock",
            "%(items)s items hold %(share)s of the dead stock",
            items,
            items=Count(items, as_word=True),
            share=Share(part, 0),
        )
    if total.slow > 0:
        return say(
            "Nothing is dead; %(slow)s has not been issued for %(days)s days",
            slow=Money(total.slow),
            days=Count(policy.slow_days),
        )
    return say(
        "All stock was issued within the last %(days)s days or is new",
        days=Count(policy.slow_days),
    )


def idle_title(now: Decimal, before: Decimal, since: date, noise: float) -> Sentence:
    """Where the dead stock has gone since the first month-end that could know it."""
    values = {"before": Money(before), "now": Money(now), "since": since}
    if abs(now - before) <= Decimal(str(noise)) * abs(before):
        return say("Dead stock is as good as unchanged since %(since)s: %(now)s", **values)
    if now > before:
        return say("Dead stock has grown from %(before)s on %(since)s to %(now)s", **values)
    return say("Dead stock has shrunk from %(before)s on %(since)s to %(now)s", **values)


def waiting_title(soon: Decimal, days: int) -> Sentence:
    """What the next months add to the dead stock if nobody takes it."""
    if soon <= 0:
        return say("No slow stock becomes dead within %(days)s days", days=Count(days))
    return say(
        "%(value)s more becomes dead within %(days)s days unless it is issued",
        value=Money(soon),
        days=Count(days),
    )
