"""Points that someone has to decide, each with the page that has the details.

None is asked for less than policy calls material.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from pipeline.metrics.reconciliation import differences
from pipeline.report.findings.cash import decide_cash
from pipeline.report.findings.member_names import largest, names_of
from pipeline.report.lookup import Facts
from pipeline.report.member_figures import NOUGHT, decimal, share
from pipeline.report.sentences import Count, Money, Page, Sentence, Share, say, say_counted

if TYPE_CHECKING:  # pages are built with these rules
    from pipeline.report.pages.members import MemberLine

MOST_DECISIONS = 4
MOST_SUPPLIERS = 2


def decisions(
    facts: Facts, lines: Sequence["MemberLine"], suppliers: Sequence["MemberLine"]
) -> tuple[Sentence, ...]:
    """Points that someone has to decide, with the page that has the details."""
    rules = (
        _decide_exit(facts),
        decide_cash(facts),
        _decide_suppliers(facts, suppliers),
        _decide_transfers(facts),
        _decide_values(facts),
        _decide_categories(facts, lines),
        _decide_difference(facts),
    )
    return tuple(decision for decision in rules if decision)[:MOST_DECISIONS]


def _decide_exit(facts: Facts) -> Sentence | None:
    """What becomes of the dead stock; material."""
    dead = facts.dead_stock("company", facts.company)
    if dead is None or dead.dead <= 0 or not facts.is_material(dead.dead):
        return None
    return say(
        "An exit for the dead stock of %(dead)s: the largest items are on page %(page)s, all of "
        "them in the workbook.",
        dead=Money(dead.dead),
        page=Page("dead-stock"),
    )


def _decide_suppliers(facts: Facts, suppliers: Sequence["MemberLine"]) -> Sentence | None:
    """With whom to talk about dead stock.

    Knows: nothing of a right to return, so none is claimed.  Material: what came from those named,
    and their part of all dead stock; named are at most two, and only if the next is clearly less.
    """
    dead = facts.dead_stock("company", facts.company)
    ranked = sorted(suppliers, key=lambda line: (-line.dead.dead, line.code))
    named = [
        line
        for line in largest(ranked, MOST_SUPPLIERS)
        if dead and (share(line.dead.dead, dead.dead) or 0.0) >= facts.policy.share_named
    ]
    held = sum((line.dead.dead for line in named), NOUGHT)
    if dead is None or not named or not facts.is_material(held):
        return None
    return say(
        "Terms and order sizes with %(names)s: %(held)s of the dead stock (%(share)s) came from "
        "there (page %(page)s).",
        names=names_of(named),
        held=Money(held),
        share=Share(share(held, dead.dead) or 0.0, 0),
        page=Page("suppliers"),
    )


def _decide_transfers(facts: Facts) -> Sentence | None:
    """Who looks for goods that left one warehouse and reached none; material."""
    rows = facts.given.unpaired_transfers
    value = decimal(rows["value"].sum() if rows.height else None)
    oldest = min(rows["oldest_on"], default=None)
    if oldest is None or value <= 0 or not facts.is_material(value):
        return None
    count = int(rows["transfers"].sum())
    return say_counted(
        "Who looks for the goods of one transfer, %(value)s, open since %(oldest)s (page "
        "%(page)s).",
        "Who looks for the goods of %(transfers)s transfers, %(value)s in all, the oldest open "
        "since %(oldest)s (page %(page)s).",
        count,
        transfers=Count(count),
        value=Money(value),
        oldest=oldest,
        page=Page("quality"),
    )


def _decide_values(facts: Facts) -> Sentence | None:
    """Whether the ERP shall deliver values with its balances.

    Knows: balances came for some positions.  Material: the part of stock without a value to
    compare with is at least what policy names.
    """
    rows = facts.given.reconciliation
    bare = rows.filter(pl.col("erp_value").is_null() & pl.col("erp_quantity").is_not_null())
    if bare.is_empty() or facts.total is None:
        return None
    part = share(decimal(bare["value_closing"].sum()), decimal(rows["value_closing"].sum()))
    if part is None or part < facts.policy.share_named:
        return None
    return say(
        "Whether the ERP shall deliver values with its balances: %(share)s of stock was compared "
        "in quantity only (page %(page)s).",
        share=Share(part, 0),
        page=Page("quality"),
    )


def _decide_categories(facts: Facts, lines: Sequence["MemberLine"]) -> Sentence | None:
    """Where items without a category belong; material, and some others have one."""
    loose = next((line for line in lines if line.code == "uncategorised"), None)
    if loose is None or loose.stock <= 0 or not facts.is_material(loose.stock):
        return None
    return say(
        "A category for the items without one: %(stock)s of stock (page %(page)s).",
        stock=Money(loose.stock),
        page=Page("categories"),
    )


def _decide_difference(facts: Facts) -> Sentence | None:
    """Which is right where ledger and ERP differ in value; material."""
    value = differences(facts.given.reconciliation)["value_difference"].abs().sum()
    difference = Decimal(str(value or 0))
    if not difference or not facts.is_material(difference):
        return None
    return say(
        "Which is right where ledger and ERP balances differ: %(value)s in all (page %(page)s).",
        value=Money(difference),
        page=Page("quality"),
    )
