"""Title of the data quality page: whether the ledger adds up and agrees with the ERP.

A title says of how much of the stock it speaks: what came without a value is compared in quantity
only, and goods in transit and positions without a balance are not compared at all.
"""

from dataclasses import dataclass
from decimal import Decimal

from pipeline.report.sentences import Count, Money, Sentence, Share, say, say_counted


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
    share: float | None = 1.0  # of the stock, compared in value


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
    if found.valued and found.share == 1:
        return say("The ledger agrees with the ERP's balances to the cent")
    if found.valued:
        return say(
            "The ledger agrees with the ERP's balances; %(share)s of the stock was compared in "
            "value",
            share=Share(found.share or 0.0, 0),
        )
    return say("The ledger agrees with the ERP's quantities; no values were delivered")


def _difference_title(found: Agreement) -> Sentence:
    if not found.difference:
        return say_counted(
            "The ledger differs from the ERP's quantity in one of %(positions)s positions",
            "The ledger differs from the ERP's quantities in %(count)s of %(positions)s positions",
            found.differing,
            positions=Count(found.compared, as_word=True),
        )
    said = {
        "positions": Count(found.compared, as_word=True),
        "value": Money(found.difference),
    }
    if found.share != 1:
        return say_counted(
            "The ledger differs from the ERP's balance in one of %(positions)s positions, by "
            "%(value)s; %(share)s of the stock was compared in value",
            "The ledger differs from the ERP's balances in %(count)s of %(positions)s positions, "
            "by %(value)s; %(share)s of the stock was compared in value",
            found.differing,
            share=Share(found.share or 0.0, 0),
            **said,
        )
    return say_counted(
        "The ledger differs from the ERP's balance in one of %(positions)s positions, by %(value)s",
        "The ledger differs from the ERP's balances in %(count)s of %(positions)s positions, by "
        "%(value)s",
        found.differing,
        **said,
    )
