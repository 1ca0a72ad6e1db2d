"""What is folded together into one table, and the account of its rows."""

from dataclasses import dataclass
from datetime import date

from pipeline.canonical.load_contract import Delivery, Statement, TableLoad
from pipeline.canonical.spec import TableSpec
from pipeline.settings import DataRefused, DeliveryMode, StockturnError
from pipeline.wording import counted


class DeliveryRefused(DataRefused):
    """A delivery that cannot be folded; those beside it can."""

    def __init__(self, delivery: Delivery, message: str) -> None:
        super().__init__(message)
        self.delivery = delivery


class OrderRefused(DeliveryRefused):
    """A delivery with which the order of a day cannot be told."""

    def __init__(self, delivery: Delivery, day: date, rows: int, numbered: int) -> None:
        super().__init__(
            delivery,
            f"{delivery.title}: of the movements of {day}, {numbered} of {rows} have an entry_no. "
            "Inside a day it decides the order, so all of its movements need one, or none: have "
            "it delivered on each, or left out; where a mapping gives it, correct the mapping",
        )


class ClosuresRefused(DeliveryRefused):
    """A delivery that would empty much of what it states."""

    def __init__(self, delivery: Delivery, what: str, limit: float) -> None:
        super().__init__(
            delivery,
            f"{what}, more than {limit:.0%}; have a complete extract delivered, or accept it with "
            "--accept-closures",
        )
        self.what = what


@dataclass(frozen=True)
class Piece:
    """Deliveries folded together into one table: each newer than all before, or one alone."""

    company: str
    spec: TableSpec
    deliveries: tuple[Delivery, ...]
    is_late: bool

    def statement(self, delivery: Delivery) -> Statement:
        """What a delivery says about the table."""
        return next(said for said in delivery.statements if said.table == self.spec.name)

    @property
    def complete(self) -> list[Statement]:
        """Statements that close what they leave out."""
        statements = (self.statement(delivery) for delivery in self.deliveries)
        return [said for said in statements if said.mode is not DeliveryMode.INCREMENT]

    @property
    def numbers(self) -> str:
        """The deliveries' numbers, as an SQL list."""
        return ", ".join(str(delivery.number) for delivery in self.deliveries)


@dataclass
class Counts:
    """What became of the rows of one delivery, while it is folded."""

    rows_in: int = 0
    new: int = 0
    corrected: int = 0
    unchanged: int = 0
    quarantined: int = 0
    duplicate: int = 0
    closed: int = 0
    left_out: int = 0

    def load_of(self, delivery: Delivery, table: str) -> TableLoad:
        """The account of one table: every row delivered stands in exactly one of its parts.

        Raises:
            StockturnError: it does not add up.
        """
        parts = (self.new, self.corrected, self.unchanged, self.quarantined, self.duplicate)
        if self.rows_in != sum(parts):
            message = (
                f"{delivery.title}: {table} has {counted(self.rows_in, 'row')}, accounted for: "
                f"{parts} new, corrected, unchanged, quarantined, duplicate; report this as a bug"
            )
            raise StockturnError(message)
        return TableLoad(
            delivery_no=delivery.number,
            extract_on=delivery.extract_on,
            version=delivery.version,
            table=table,
            rows_in=self.rows_in,
            rows_new=self.new,
            rows_corrected=self.corrected,
            rows_unchanged=self.unchanged,
            rows_quarantined=self.quarantined,
            rows_duplicate=self.duplicate,
            rows_closed=self.closed,
            rows_left_out=self.left_out,
        )
