"""What the page on cash says: what comes free at the targets, and what holding stock costs."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from pipeline.report.lookup import Facts
from pipeline.report.member_figures import share
from pipeline.report.sentences import Money, Page, Sentence, Share, say, say_counted

if TYPE_CHECKING:  # the page is built with these rules
    from pipeline.report.pages.cash import CashLine

WHOLE = 0.9995
"""A share that reads 100.0 %."""


def cash_title(facts: Facts, total: "CashLine", lines: Sequence["CashLine"]) -> Sentence:
    """What comes free where every category reaches its target.

    Knows: the categories with a target and a turnover.  Material: the cash; less is told as none.
    """
    above = [line for line in lines if line.released > 0]
    if not facts.is_material(total.released):
        return say("No category holds much more stock than its target needs")
    return say_counted(
        "%(cash)s come free if the one category above its target stock reaches it",
        "%(cash)s come free if the %(count)s categories above their target stock reach it",
        len(above),
        cash=Money(total.released),
    )


def carrying_note(facts: Facts, total: "CashLine") -> Sentence | None:
    """What holding the average stock costs a year; knows its average."""
    if total.average is None or total.carrying <= 0:
        return None
    values = {"cost": Money(total.carrying), "rate": Share(facts.policy.carrying_rate)}
    if facts.policy.carrying_is_example:
        return say(
            "Holding the average stock costs %(cost)s a year at %(rate)s of its value; the rate is "
            "an example.",
            **values,
        )
    return say(
        "Holding the average stock costs %(cost)s a year at %(rate)s of its value.", **values
    )


def covered_note(total: "CashLine", targeted: Decimal) -> Sentence | None:
    """How much of the average stock has a target that could be judged; silent where all has."""
    part = share(targeted, total.average) if total.average is not None else None
    if part is None or part >= WHOLE:
        return None
    return say(
        "%(part)s of the average stock has a target; of the rest nothing is said.", part=Share(part)
    )


def decide_cash(facts: Facts) -> Sentence | None:
    """Which cash the targets free; material, and said to rest on examples where it does."""
    wholes = facts.given.release.filter(dimension="company", member=facts.company)
    if wholes.is_empty() or wholes["cash_release"][0] is None:
        return None
    cash, dead = wholes["cash_release"][0], wholes["dead_release"][0]
    if not facts.is_material(cash):
        return None
    values = {"cash": Money(cash), "page": Page("cash")}
    if not facts.is_material(dead):
        return say(
            "Targets of your own: at the example targets %(cash)s come free (page %(page)s)."
            if facts.policy.targets_are_examples
            else "The order in which categories reach their targets: %(cash)s come free (page "
            "%(page)s).",
            **values,
        )
    values |= {"dead": Money(dead)}
    if facts.policy.targets_are_examples:
        return say(
            "Targets of your own: at the example targets %(cash)s come free, %(dead)s of it dead "
            "stock (page %(page)s).",
            **values,
        )
    return say(
        "The order in which categories reach their targets: %(cash)s come free, %(dead)s of it "
        "dead stock (page %(page)s).",
        **values,
    )
