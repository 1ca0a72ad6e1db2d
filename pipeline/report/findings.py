"""Page titles and findings, each by a rule over the figures.

A rule that has nothing true to say says nothing.  No rule claims a cause: the ledger shows what
happened, not why.  Members in a sentence are listed by the money they hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from pipeline.metrics.dead_stock import NO_COST
from pipeline.metrics.reconciliation import differences
from pipeline.report.inputs import PolicyValues
from pipeline.report.lookup import NOUGHT, DeadStock, Facts, Point, share
from pipeline.report.sentences import (
    Count,
    Days,
    Label,
    Money,
    Names,
    Page,
    Sentence,
    Share,
    Turns,
    say,
    say_counted,
)
from pipeline.report.status import NOTABLE_POINTS, change, direction

if TYPE_CHECKING:  # pages are built with these rules
    from pipeline.report.pages.members import MemberLine

MOST_NAMES = 3
HALF = Decimal("0.5")
MATERIAL = 0.001
"""Less than this share of stock is no point for a board to decide."""
LEAST_TURNS = 0.005
"""A smaller difference of two turnovers would read 0.00."""
MORE = 0.01
"""Two shares closer than this would read the same once they are rounded."""
MOSTLY, ALL = 0.6, 0.99
"""Three members that hold less of something are not worth naming, nor three that are all of it."""

REASONS = {
    "short_history": "short history",
    "no_stock": "no stock",
    "no_cogs": "not sold",
    "only_consumed": "consumed",
    "negative_cogs": "returns exceed sales",
    "negative_stock": "negative stock",
    "no_cost": "cost missing",
    "no_rate": "rate missing",
    "incomplete": "days missing",
}
"""Why a ratio is missing, in the words of the page."""


# --------------------------------------------------------------------------- summary


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
        return _headline_falling(len(slower), len(_dated(lines)))
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


def _dated(lines: Sequence["MemberLine"]) -> list["MemberLine"]:
    """The lines that can be compared with a year ago: what never sells turns no slower."""
    return [line for line in lines if line.is_slower is not None]


def _dead_share_change(facts: Facts) -> float:
    now = facts.dead_stock("company", facts.company)
    prior = facts.prior_dead("company", facts.company)
    return change(now.dead_share if now else None, prior.dead_share if prior else None) or 0.0


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
        names=_names(below),
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
        names=_names(holders),
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
            names=_names(slower),
            **values,
        )
    return say(
        "%(slower)s of %(all)s categories turn <b>slower</b> than a year ago; they hold %(stock)s "
        "of stock, %(share)s of all.",
        slower=Count(len(slower), as_word=True),
        all=Count(len(_dated(lines)), as_word=True),
        **values,
    )


def _growth_point(facts: Facts) -> Sentence | None:
    total, prior = facts.total, facts.prior("company", facts.company)
    if total is None or prior is None or prior.stock <= 0 or prior.cogs <= 0:
        return None
    if prior.reason is not None or total.reason is not None:
        return None
    stock = float(total.stock / prior.stock - 1)
    cogs = float(total.cogs / prior.cogs - 1)
    values = {"stock": Share(abs(stock)), "cogs": Share(abs(cogs))}
    if stock >= 0 and cogs >= 0:
        return say(
            "Against a year ago stock is up %(stock)s, the year's cost of goods sold up %(cogs)s.",
            **values,
        )
    if stock >= 0:
        return say(
            "Against a year ago stock is up %(stock)s, the year's cost of goods sold down "
            "%(cogs)s.",
            **values,
        )
    if cogs >= 0:
        return say(
            "Against a year ago stock is down %(stock)s, the year's cost of goods sold up "
            "%(cogs)s.",
            **values,
        )
    return say(
        "Against a year ago stock is down %(stock)s, the year's cost of goods sold down %(cogs)s.",
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


def decisions(
    facts: Facts, lines: Sequence["MemberLine"], suppliers: Sequence["MemberLine"]
) -> tuple[Sentence, ...]:
    """Points that someone has to decide, with the page that has the details."""
    rules = (
        _decide_exit(facts),
        _decide_suppliers(facts, suppliers),
        _decide_categories(lines),
        _decide_difference(facts),
    )
    return tuple(decision for decision in rules if decision)


def _decide_exit(facts: Facts) -> Sentence | None:
    dead = facts.dead_stock("company", facts.company)
    if dead is None or dead.dead <= 0:
        return None
    return say(
        "An exit for the dead stock of %(dead)s: the largest items are on page %(page)s, all of "
        "them in the workbook.",
        dead=Money(dead.dead),
        page=Page("dead-stock"),
    )


def _decide_suppliers(facts: Facts, suppliers: Sequence["MemberLine"]) -> Sentence | None:
    dead = facts.dead_stock("company", facts.company)
    holders = sorted(
        (line for line in suppliers if line.dead.dead > 0), key=lambda line: -line.dead.dead
    )[:2]
    if dead is None or not holders:
        return None
    held = sum((line.dead.dead for line in holders), NOUGHT)
    part = share(held, dead.dead)
    if part is None:
        return None
    return say(
        "Returns or smaller orders with %(names)s: %(held)s of the dead stock came from there "
        "(page %(page)s).",
        names=_names(holders),
        held=Share(part, 0),
        page=Page("suppliers"),
    )


def is_material(part: float | None) -> bool:
    """Whether a share of stock is worth a decision."""
    return part is not None and part >= MATERIAL


def _decide_categories(lines: Sequence["MemberLine"]) -> Sentence | None:
    loose = next((line for line in lines if line.code == "uncategorised"), None)
    if loose is None or not is_material(loose.stock_share):
        return None
    return say(
        "A category for the items without one: %(stock)s of stock (page %(page)s).",
        stock=Money(loose.stock),
        page=Page("categories"),
    )


def _decide_difference(facts: Facts) -> Sentence | None:
    value = differences(facts.given.reconciliation)["value_difference"].abs().sum()
    if not value:
        return None
    return say(
        "Which is right where ledger and ERP balances differ: %(value)s in all (page %(page)s).",
        value=Money(Decimal(str(value))),
        page=Page("quality"),
    )


# --------------------------------------------------------------------------- trend


def trend_title(points: Sequence[Point]) -> Sentence:
    """How often turnover rose in the last twelve months."""
    year = [point.turnover for point in points[-13:]]
    known = [value for value in year if value is not None]
    if len(known) < len(year) or len(year) < 13:  # noqa: PLR2004 - twelve steps
        return _short_trend_title(known)
    steps = [after - before for before, after in pairwise(known)]
    up, down = sum(step > 0 for step in steps), sum(step < 0 for step in steps)
    if up == len(steps):
        return say("Turnover has climbed in each of the last twelve months")
    if down == len(steps):
        return say("Turnover has fallen in each of the last twelve months")
    if up >= 7:  # noqa: PLR2004 - more than half of twelve
        return say(
            "Turnover has climbed in %(months)s of the last twelve months",
            months=Count(up, as_word=True),
        )
    if down >= 7:  # noqa: PLR2004
        return say(
            "Turnover has fallen in %(months)s of the last twelve months",
            months=Count(down, as_word=True),
        )
    return say(
        "Turnover moved between %(low)s and %(high)s in the last twelve months",
        low=Turns(min(known)),
        high=Turns(max(known)),
    )


def _short_trend_title(known: Sequence[float]) -> Sentence:
    if not known:
        return say("The ledger is too short for a turnover of twelve months")
    return say_counted(
        "Turnover can be stated for one month-end so far",
        "Turnover can be stated for %(count)s month-ends so far",
        len(known),
    )


def trend_points(
    facts: Facts, points: Sequence[Point], steps: Sequence[Decimal], since: date | None
) -> tuple[Sentence, ...]:
    """What the charts of the trend page show, in words."""
    rules = (
        _growth_point(facts),
        _range_point(points),
        _steps_point(steps, since),
        _gap_point(facts),
    )
    return tuple(point for point in rules if point)


def _range_point(points: Sequence[Point]) -> Sentence | None:
    known = [point for point in points if point.turnover is not None]
    if len(known) < 3:  # noqa: PLR2004 - two points have no range
        return None
    low = min(known, key=lambda point: point.turnover or 0.0)
    high = max(known, key=lambda point: point.turnover or 0.0)
    if low.turnover is None or high.turnover is None or low.turnover == high.turnover:
        return None
    return say(
        "The lowest trailing figure was %(low)s on %(low_on)s, the highest %(high)s on "
        "%(high_on)s.",
        low=Turns(low.turnover),
        low_on=low.on,
        high=Turns(high.turnover),
        high_on=high.on,
    )


def _steps_point(steps: Sequence[Decimal], since: date | None) -> Sentence | None:
    added = sum((value for value in steps if value > 0), NOUGHT)
    taken = -sum((value for value in steps if value < 0), NOUGHT)
    if not added or not taken:
        return None
    if since:
        return say(
            "Since %(day)s %(added)s came into stock and %(taken)s left it.",
            day=since,
            added=Money(added),
            taken=Money(taken),
        )
    return say(
        "In twelve months %(added)s came into stock and %(taken)s left it.",
        added=Money(added),
        taken=Money(taken),
    )


def _gap_point(facts: Facts) -> Sentence | None:
    total = facts.total
    other = facts.turnover("company", facts.company, basis="two_point")
    if total is None or other is None or facts.policy.basis == "two_point":
        return None
    gap = change(other.turnover, total.turnover)
    if gap is None or other.turnover is None or abs(gap) < LEAST_TURNS:
        return None
    return say(
        "On opening and closing stock alone turnover would read %(other)s, a gap of %(gap)s.",
        other=Turns(other.turnover),
        gap=Turns(gap, signed=True),
    )


# --------------------------------------------------------------------------- categories


def categories_title(lines: Sequence["MemberLine"]) -> Sentence:
    """Categories below their benchmark; without one, slower than a year ago; else the largest."""
    if not lines:
        return say("No category has stock or movements")
    compared = [line for line in lines if line.is_below_benchmark is not None]
    if compared:
        return _benchmark_title(compared, len(lines))
    dated = _dated(lines)
    slower = sum(bool(line.is_slower) for line in dated)
    if slower and slower == len(dated):
        return say("Every category turns slower than a year ago")
    if slower:
        return say_counted(
            "One of %(all)s categories turns slower than a year ago",
            "%(count)s of %(all)s categories turn slower than a year ago",
            slower,
            all=Count(len(dated), as_word=True),
        )
    if dated:
        return say("No category turns slower than a year ago")
    return _largest_title(lines)


def _benchmark_title(compared: Sequence["MemberLine"], categories: int) -> Sentence:
    below = sum(bool(line.is_below_benchmark) for line in compared)
    if not below:
        return say_counted(
            "The one category with a benchmark reaches it",
            "All %(count)s categories with a benchmark reach it",
            len(compared),
        )
    if len(compared) == categories:
        return say_counted(
            "One of %(all)s categories is below its benchmark",
            "%(count)s of %(all)s categories are below their benchmark",
            below,
            all=Count(categories, as_word=True),
        )
    return say_counted(
        "One of %(all)s compared categories is below its benchmark",
        "%(count)s of %(all)s compared categories are below their benchmark",
        below,
        all=Count(len(compared), as_word=True),
    )


def _largest_title(lines: Sequence["MemberLine"]) -> Sentence:
    first = lines[0]
    if first.stock_share is None:
        return say("No category has stock")
    return say(
        "%(name)s holds the most stock, %(share)s of all",
        name=first.label,
        share=Share(first.stock_share, 0),
    )


def ageing_title(ages: Sequence[tuple[Label, Sequence[Decimal]]]) -> Sentence | None:
    """Where the stock older than 180 days sits."""
    old = sorted(
        ((label, sum(values[4:], NOUGHT)) for label, values in ages), key=lambda one: -one[1]
    )
    total = sum((value for _, value in old), NOUGHT)
    if not ages:
        return None
    if total <= 0:
        return say("Ageing: nothing is older than 180 days")
    top = old[:MOST_NAMES]
    held = share(sum((value for _, value in top), NOUGHT), total)
    if len(ages) <= MOST_NAMES or held is None or not MOSTLY <= held < ALL:
        whole = sum((sum(values, NOUGHT) for _, values in ages), NOUGHT)
        return say(
            "Ageing: %(share)s of stock is older than 180 days",
            share=Share(share(total, whole) or 0.0, 0),
        )
    return say(
        "Ageing: three categories hold %(share)s of the stock older than 180 days",
        share=Share(held, 0),
    )


# --------------------------------------------------------------------------- suppliers


def suppliers_title(lines: Sequence["MemberLine"], stock: Decimal, dead: DeadStock) -> Sentence:
    """The fewest suppliers that hold half of the stock, and their share of what is dead."""
    if not lines:
        return say("No stock is attributed to a supplier")
    few, held = _half_of(lines, stock)
    part = share(held, stock)
    if not few or part is None:
        return say(
            "%(name)s is the supplier with the most stock, %(share)s of all",
            name=lines[0].label,
            share=Share(share(lines[0].stock, stock) or 0.0, 0),
        )
    dead_part = share(sum((line.dead.dead for line in few), NOUGHT), dead.dead)
    if dead_part is not None and dead_part - part > MORE:
        return say_counted(
            "One supplier holds %(share)s of the stock and %(dead)s of the dead stock",
            "%(count)s suppliers hold %(share)s of the stock and %(dead)s of the dead stock",
            len(few),
            share=Share(part, 0),
            dead=Share(dead_part, 0),
        )
    return say_counted(
        "One supplier holds %(share)s of the stock",
        "%(count)s suppliers hold %(share)s of the stock",
        len(few),
        share=Share(part, 0),
    )


def _half_of(lines: Sequence["MemberLine"], stock: Decimal) -> tuple[list["MemberLine"], Decimal]:
    few: list[MemberLine] = []
    held = NOUGHT
    for line in lines:
        if held >= HALF * stock:
            break
        few.append(line)
        held += line.stock
    return (few, held) if held >= HALF * stock else ([], NOUGHT)


def supplier_points(
    lines: Sequence["MemberLine"], deliverers: Sequence["MemberLine"], dead: DeadStock
) -> tuple[Sentence, ...]:
    """What stands out among suppliers."""
    rules = (
        _slow_suppliers(deliverers),
        _dead_suppliers(deliverers, dead),
        _special_stock(lines),
    )
    return tuple(point for point in rules if point)


def _slow_suppliers(lines: Sequence["MemberLine"]) -> Sentence | None:
    slower = [line for line in lines if line.is_slower]
    if not slower:
        return None
    stock = sum((line.stock for line in slower), NOUGHT)
    if len(slower) > MOST_NAMES and len(slower) == len(_dated(lines)):
        return say(
            "Stock from <b>every supplier</b> turns slower than a year ago; it amounts to "
            "%(stock)s.",
            stock=Money(stock),
        )
    if len(slower) > MOST_NAMES:
        return say(
            "Stock from <b>%(slower)s of %(all)s suppliers</b> turns slower than a year ago; it "
            "amounts to %(stock)s.",
            slower=Count(len(slower), as_word=True),
            all=Count(len(_dated(lines)), as_word=True),
            stock=Money(stock),
        )
    return say(
        "Stock from <b>%(names)s</b> turns slower than a year ago; it amounts to %(stock)s.",
        names=_names(slower),
        stock=Money(stock),
    )


def _dead_suppliers(lines: Sequence["MemberLine"], dead: DeadStock) -> Sentence | None:
    holders = sorted(
        (line for line in lines if line.dead.dead > 0), key=lambda line: -line.dead.dead
    )[:MOST_NAMES]
    if not holders:
        return None
    held = sum((line.dead.dead for line in holders), NOUGHT)
    part = share(held, dead.dead)
    if part is None:
        return None
    return say(
        "The most dead stock came from <b>%(names)s</b>: %(held)s, %(share)s of all dead stock.",
        names=_names(holders),
        held=Money(held),
        share=Share(part, 0),
    )


def _special_stock(lines: Sequence["MemberLine"]) -> Sentence | None:
    loose = next((line for line in lines if line.code == "unattributed"), None)
    if loose is None or not loose.stock or loose.stock_share is None:
        return None
    return say(
        "%(stock)s of stock (%(share)s) has no known supplier and stands as unattributed.",
        stock=Money(loose.stock),
        share=Share(loose.stock_share),
    )


# --------------------------------------------------------------------------- dead stock


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


def _names(lines: Sequence["MemberLine"]) -> Names:
    return Names(tuple(line.label for line in lines))


# --------------------------------------------------------------------------- data quality


@dataclass(frozen=True)
class Agreement:
    """How ledger and ERP balances compare, in positions; `difference` is the money between."""

    positions: int
    compared: int  # the ERP delivered a balance
    valued: int  # with a value, not only a quantity
    differing: int  # by more than policy tolerates
    difference: Decimal
    broken: int  # opening and movements do not make the closing
    within: int = 0  # differ, but not by more than that


def quality_title(found: Agreement) -> Sentence:
    """Whether the ledger adds up and agrees with the ERP's own balances."""
    if not found.positions:
        return say("There is no position to reconcile")
    if found.broken:
        return say_counted(
            "The ledger does not add up in one position",
            "The ledger does not add up in %(count)s positions",
            found.broken,
        )
    if not found.compared:
        return say("The ledger adds up; no ERP balances were delivered to compare it with")
    return _difference_title(found) if found.differing else _agreement_title(found)


def _agreement_title(found: Agreement) -> Sentence:
    if found.within:
        return say("The ledger agrees with the ERP's balances as far as policy asks")
    if found.valued:
        return say("The ledger agrees with the ERP's balances to the cent")
    return say("The ledger agrees with the ERP's quantities; no values were delivered")


def _difference_title(found: Agreement) -> Sentence:
    if not found.difference:
        return say_counted(
            "The ledger differs from the ERP's quantity in one of %(positions)s positions",
            "The ledger differs from the ERP's quantities in %(count)s of %(positions)s positions",
            found.differing,
            positions=Count(found.compared),
        )
    return say_counted(
        "The ledger differs from the ERP's balance in one of %(positions)s positions, by %(value)s",
        "The ledger differs from the ERP's balances in %(count)s of %(positions)s positions, by "
        "%(value)s",
        found.differing,
        positions=Count(found.compared),
        value=Money(found.difference),
    )
