"""What the suppliers page says: who holds the stock, and whose stock is slow or dead.

Own production and what has no known supplier are no suppliers, and are ranked with them all the
same wherever a sentence says who holds the most: a ranking without its largest part is none.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.metrics.dead_stock import NO_COST
from pipeline.report.findings.member_names import (
    MOST_NAMES,
    comparable,
    largest,
    names_of,
    slower_lines,
    stock_of,
)
from pipeline.report.findings.missing_turnover import without_stock
from pipeline.report.knowledge import UNATTRIBUTED
from pipeline.report.lookup import Facts
from pipeline.report.member_figures import NO_STOCK, NOUGHT, share
from pipeline.report.sentences import Count, Money, Sentence, Share, say, say_counted

if TYPE_CHECKING:  # pages are built with these rules
    from pipeline.report.pages.members import MemberLine

HALF = 0.5
EVENLY = 1.5
"""Few suppliers hold much only with so many times what they would hold if all held the same."""
MORE = 0.05
"""Two shares closer than this are not worth telling apart in a title."""


def suppliers_title(
    facts: Facts, lines: Sequence["MemberLine"], deliverers: Sequence["MemberLine"]
) -> Sentence:
    """Who holds the stock.

    Knows: a positive stock whose cost is known.  Few suppliers are named if at most three of them
    hold half of all stock and clearly more than an even part of it; else the largest, if it is
    material and no other is as large.  Where more stock has no supplier, or is made here, that is
    said first.
    """
    costless = [line for line in lines if line.dead.reason == NO_COST]
    if not deliverers:
        return say("No stock is attributed to a supplier")
    if costless and len(costless) < len(lines):
        return say("Some stock has no known cost: suppliers are not ranked by it")
    if stock_of(lines) <= 0:
        return _title_without_stock(facts)
    few = _few(lines, deliverers) or deliverers[:1]
    if not any(line.stock for line in lines if line not in few):
        return say("All stock comes from %(names)s", names=names_of(few))
    if few := _few(lines, deliverers):
        return _few_title(facts, few, lines)
    return _largest_title(facts, lines, deliverers)


def _title_without_stock(facts: Facts) -> Sentence:
    dead = facts.dead_stock("company", facts.company) or NO_STOCK
    if dead.reason == NO_COST:
        return say("The cost of each supplier's stock is not known")
    if dead.reason == NO_STOCK.reason:
        return without_stock(facts)
    return say("Stock is below zero as a whole: no supplier's part of it can be stated")


def _few(
    lines: Sequence["MemberLine"], deliverers: Sequence["MemberLine"]
) -> Sequence["MemberLine"]:
    stock = stock_of(lines)
    for count in range(1, min(MOST_NAMES, len(deliverers)) + 1):
        part = share(stock_of(deliverers[:count]), stock) or 0.0
        if part >= HALF and part >= EVENLY * count / len(lines):
            return deliverers[:count]
    return ()


def _few_title(
    facts: Facts, few: Sequence["MemberLine"], lines: Sequence["MemberLine"]
) -> Sentence:
    part = share(stock_of(few), stock_of(lines)) or 0.0
    dead = sum((line.dead.dead for line in lines), NOUGHT)
    dead_part = share(sum((line.dead.dead for line in few), NOUGHT), dead)
    values = {"names": names_of(few), "share": Share(part, 0)}
    if dead_part is not None and facts.is_material(dead) and dead_part - part >= MORE:
        return say_counted(
            "%(names)s accounts for %(share)s of the stock and %(dead)s of the dead stock",
            "%(names)s account for %(share)s of the stock and %(dead)s of the dead stock",
            len(few),
            **values,
            dead=Share(dead_part, 0),
        )
    return say_counted(
        "%(names)s accounts for %(share)s of the stock",
        "%(names)s account for %(share)s of the stock",
        len(few),
        **values,
    )


def _largest_title(
    facts: Facts, lines: Sequence["MemberLine"], deliverers: Sequence["MemberLine"]
) -> Sentence:
    first, stock = deliverers[0], stock_of(lines)
    part = share(first.stock, stock) or 0.0
    most = max(lines, key=lambda line: line.stock)
    if most.stock > first.stock:
        return _special_title(most.code, share(most.stock, stock) or 0.0)
    if part < facts.policy.share_named or not largest(deliverers, 1, stock=True):
        return say(
            "The stock comes from %(count)s suppliers, none of whom stands out",
            count=Count(len(deliverers), as_word=True),
        )
    return say(
        "%(name)s is the supplier with the most stock, %(share)s of all",
        name=first.label,
        share=Share(part, 0),
    )


def _special_title(code: str, part: float) -> Sentence:
    if code == UNATTRIBUTED:
        return say("%(share)s of the stock has no known supplier", share=Share(part, 0))
    return say("%(share)s of the stock is own production", share=Share(part, 0))


def supplier_points(
    facts: Facts, lines: Sequence["MemberLine"], deliverers: Sequence["MemberLine"]
) -> tuple[Sentence, ...]:
    """What stands out among suppliers."""
    rules = (
        _slow_suppliers(facts, deliverers),
        _incomparable_year(facts) if deliverers else None,
        _dead_suppliers(facts, lines),
        _special_stock(facts, lines) if deliverers else None,
    )
    return tuple(point for point in rules if point)


def _slow_suppliers(facts: Facts, lines: Sequence["MemberLine"]) -> Sentence | None:
    """Whose stock turns slower than a year ago.

    Knows: a year ago as well attributed as today (else no line has a prior).  Material: the stock
    of those that are slower.
    """
    slower = slower_lines(facts, lines)
    stock = stock_of(slower)
    if not slower:
        return None
    if len(slower) == len(lines) > 1:
        return say(
            "Stock from <b>every supplier</b> turns slower than a year ago; it amounts to "
            "%(stock)s.",
            stock=Money(stock),
        )
    if len(slower) <= MOST_NAMES:
        return say(
            "Stock from <b>%(names)s</b> turns slower than a year ago; it amounts to %(stock)s.",
            names=names_of(slower),
            stock=Money(stock),
        )
    if len(slower) == len(comparable(lines)):
        return say(
            "Stock from <b>every supplier that can be compared</b> turns slower than a year ago; "
            "it amounts to %(stock)s.",
            stock=Money(stock),
        )
    values = {
        "slower": Count(len(slower), as_word=True),
        "all": Count(len(comparable(lines)), as_word=True),
        "stock": Money(stock),
    }
    if len(comparable(lines)) == len(lines):
        return say(
            "Stock from <b>%(slower)s of %(all)s suppliers</b> turns slower than a year ago; it "
            "amounts to %(stock)s.",
            **values,
        )
    return say(
        "Stock from <b>%(slower)s of %(all)s suppliers</b> that can be compared turns slower than "
        "a year ago; it amounts to %(stock)s.",
        **values,
    )


def _incomparable_year(facts: Facts) -> Sentence | None:
    """Why suppliers have no year before: too much of it had no known supplier.

    Knows: the whole has a turnover of today and of a year ago.
    """
    prior = facts.prior("company", facts.company)
    then = facts.unattributed_share(facts.prior_as_of) if facts.prior_as_of else None
    if prior is None or prior.turnover is None or then is None:
        return None
    if facts.can_compare_suppliers(facts.prior_as_of):
        return None
    return say(
        "Suppliers are not compared with a year ago: %(share)s of that year's stock or outflow had "
        "no known supplier.",
        share=Share(then, 0),
    )


def _dead_suppliers(facts: Facts, lines: Sequence["MemberLine"]) -> Sentence | None:
    """The largest parts of the dead stock.

    Material: the dead stock, and the smallest part that is named.  Ranked against all of it,
    own production and what has no known supplier too.
    """
    dead = sum((line.dead.dead for line in lines), NOUGHT)
    if dead <= 0 or not facts.is_material(dead) or len(lines) == 1:
        return None
    ranked = sorted(lines, key=lambda line: (-line.dead.dead, line.code))
    named = [
        line
        for line in largest(ranked, MOST_NAMES)
        if (share(line.dead.dead, dead) or 0.0) >= facts.policy.share_named
    ]
    held = sum((line.dead.dead for line in named), NOUGHT)
    if not named:
        return None
    return say_counted(
        "The largest part of the dead stock: <b>%(names)s</b> with %(held)s, %(share)s of it.",
        "The largest parts of the dead stock: <b>%(names)s</b> with %(held)s, %(share)s of it.",
        len(named),
        names=names_of(named),
        held=Money(held),
        share=Share(share(held, dead) or 0.0, 0),
    )


def _special_stock(facts: Facts, lines: Sequence["MemberLine"]) -> Sentence | None:
    """How much of the stock has no known supplier; material, no stock below zero, and not all."""
    loose = next((line for line in lines if line.code == UNATTRIBUTED), None)
    if loose is None or loose.stock <= 0 or not loose.stock_share:
        return None
    if not facts.is_material(loose.stock):
        return None
    return say(
        "%(stock)s of stock (%(share)s) has no known supplier and stands as unattributed.",
        stock=Money(loose.stock),
        share=Share(loose.stock_share),
    )
