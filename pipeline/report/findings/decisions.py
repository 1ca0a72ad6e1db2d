"""Points that someone has to decide, each with the page that has the details."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from pipeline.metrics.reconciliation import differences
from pipeline.report.findings.member_names import names_of
from pipeline.report.lookup import Facts
from pipeline.report.member_figures import NOUGHT, share
from pipeline.report.sentences import Money, Page, Sentence, Share, say

if TYPE_CHECKING:  # pages are built with these rules
    from pipeline.report.pages.members import MemberLine

MATERIAL = 0.001
"""Less than this share of stock is no point for a board to decide."""


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
        names=names_of(holders),
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
