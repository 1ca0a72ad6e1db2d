"""The thirteen kinds of stock movement, and the sign each of them carries.

`kind_no` is what the ledger stores beside the word, so that facts compare integers.
"""

from enum import IntEnum


class Kind(IntEnum):
    """Why stock moved; the number is stored, the lower-case name is published."""

    OPENING = 0
    PURCHASE = 1
    PURCHASE_RETURN = 2
    SALE = 3
    SALE_RETURN = 4
    TRANSFER_IN = 5
    TRANSFER_OUT = 6
    PRODUCTION_RECEIPT = 7
    PRODUCTION_ISSUE = 8
    ADJUSTMENT = 9
    SCRAP = 10
    REVALUATION = 11
    LANDED_COST = 12

    @property
    def word(self) -> str:
        """The kind as extracts and published tables spell it."""
        return self.name.lower()


INFLOWS = frozenset(
    {Kind.PURCHASE, Kind.SALE_RETURN, Kind.TRANSFER_IN, Kind.PRODUCTION_RECEIPT},
)
OUTFLOWS = frozenset(
    {Kind.PURCHASE_RETURN, Kind.SALE, Kind.TRANSFER_OUT, Kind.PRODUCTION_ISSUE, Kind.SCRAP},
)
VALUE_ONLY = frozenset({Kind.REVALUATION, Kind.LANDED_COST})

UNATTRIBUTED = -1
"""Supplier number of stock whose deliverer is not known."""
OWN_PRODUCTION = -2
"""Supplier number of layers made in the company's own production."""
SPECIAL_SUPPLIERS = {UNATTRIBUTED: "unattributed", OWN_PRODUCTION: "own_production"}

UNCATEGORISED = "uncategorised"
IN_TRANSIT = "in_transit"
"""Code of the virtual warehouse of goods that left one place and have not arrived at the other."""
