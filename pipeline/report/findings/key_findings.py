"""The findings of the summary: turnover, benchmarks, dead, slower and old stock."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.report.findings.member_names import ALL, MOST_NAMES, MOSTLY, comparable, names_of
from pipeline.report.lookup import Facts
from pipeline.report.member_figures import NOUGHT, share
from pipeline.report.sentences import Count, Days, Money, Sentence, Share, Turns, say, say_counted
from pipeline.report.status import direction

if TYPE_CHECKING:  # pages are built with these rules
    from pipeline.report.pages.members import MemberLine


def findings(facts: Facts, lines: Sequence["MemberLine"]) -> tuple[Sentence, ...]:
    """What changed, the most important first; at most three."""
    rules = (
        _turnover_finding(facts),
        _benchmark_finding(lines),
        _dead_finding(facts, lines),
        _slower_finding(facts, lines),
        _old_finding(facts),
    )
    return tuple(finding for finding in rules if finding)[:3]


def _turnover_finding(facts: Facts) -> Sentence | None:
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
    if way == 0:
        return say(
            "Stock turns <b>%(turnover)s times a year</b>, as good as unchanged from %(prior)s; "
            "on average it stays %(days)s days.",
            **values,
        )
    if prior.dio is None:
        return None
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


def _benchmark_finding(lines: Sequence["MemberLine"]) -> Sentence | None:
    compared = [line for line in lines if line.is_below_benchmark is not None]
    below = [line for line in compared if line.is_below_benchmark]
    if not below:
        return None
    stock = sum((line.stock for line in below), NOUGHT)
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
    dead = facts.dead_stock("company", facts.company)
    if dead is None or dead.dead <= 0 or dead.dead_share is None:
        return None
    values = {
        "dead": Money(dead.dead),
        "share": Share(dead.dead_share),
        "days": Count(facts.policy.dead_days),
    }
    holders = sorted(
        (line for line in lines if line.dead.dead > 0), key=lambda line: -line.dead.dead
    )[:MOST_NAMES]
    held = share(sum((line.dead.dead for line in holders), NOUGHT), dead.dead)
    if len(lines) <= MOST_NAMES or held is None or not MOSTLY <= held < ALL:
        return say(
            "<b>%(dead)s</b> (%(share)s of stock) has not been issued for %(days)s days or more.",
            **values,
        )
    return say_counted(
        "<b>%(dead)s</b> (%(share)s of stock) has not been issued for %(days)s days or more. "
        "%(names)s holds %(held)s of it.",
        "<b>%(dead)s</b> (%(share)s of stock) has not been issued for %(days)s days or more. "
        "%(names)s hold %(held)s of it.",
        len(holders),
        **values,
        names=names_of(holders),
        held=Share(held, 0),
    )


def _slower_finding(facts: Facts, lines: Sequence["MemberLine"]) -> Sentence | None:
    slower = [line for line in lines if line.is_slower]
    total = facts.total
    if not slower or total is None:
        return None
    stock = sum((line.stock for line in slower), NOUGHT)
    part = share(stock, total.stock)
    if part is None:
        return None
    values = {"stock": Money(stock), "share": Share(part, 0)}
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
    return say(
        "%(slower)s of %(all)s categories turn <b>slower</b> than a year ago; they hold %(stock)s "
        "of stock, %(share)s of all.",
        slower=Count(len(slower), as_word=True),
        all=Count(len(comparable(lines)), as_word=True),
        **values,
    )


def _old_finding(facts: Facts) -> Sentence | None:
    ages = facts.ages()
    old = share(sum(ages[4:], NOUGHT), sum(ages, NOUGHT))
    if not old:
        return None
    return say(
        "%(share)s of stock was received more than 180 days ago.",
        share=Share(old, 0),
    )
