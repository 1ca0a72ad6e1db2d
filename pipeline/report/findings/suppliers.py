"""What the suppliers page says: who holds the stock, and whose stock is slow or dead."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from pipeline.report.findings.member_names import MOST_NAMES, comparable, names_of
from pipeline.report.member_figures import NOUGHT, DeadStock, share
from pipeline.report.sentences import Count, Money, Sentence, Share, say, say_counted

if TYPE_CHECKING:  # pages are built with these rules
    from pipeline.report.pages.members import MemberLine

HALF = Decimal("0.5")
MORE = 0.01
"""Two shares closer than this would read the same once they are rounded."""


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
    if len(slower) > MOST_NAMES and len(slower) == len(comparable(lines)):
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
            all=Count(len(comparable(lines)), as_word=True),
            stock=Money(stock),
        )
    return say(
        "Stock from <b>%(names)s</b> turns slower than a year ago; it amounts to %(stock)s.",
        names=names_of(slower),
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
        names=names_of(holders),
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
