"""Title of the data quality page: whether the ledger adds up and agrees with the ERP."""

from dataclasses import dataclass
from decimal import Decimal

from pipeline.report.sentences import Count, Money, Sentence, say, say_counted


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
