"""How a canonical table is described: once, as data.

Typing, refusal reasons, the header contract of the generic ERP and the data dictionary are all
generated from these descriptions; no column is described anywhere else.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from pipeline.canonical.surrogate_keys import KeyNumber
from pipeline.settings import DeliveryMode


class ColumnType(StrEnum):
    """What a cell means, and with it how its text is read and how it is stored."""

    TEXT = "text"  # free text, trimmed
    CODE = "code"  # identifying text: trimmed, NFKC-normalised, case-sensitive
    CHOICE = "choice"  # one of `choices`
    DATE = "date"
    DATETIME = "datetime"  # local time of the company; an offset is converted to it
    QUANTITY = "quantity"  # DECIMAL(18,6)
    MONEY = "money"  # DECIMAL(18,4)
    NUMBER = "number"  # DECIMAL(38,10): native columns that are neither, such as rates
    INTEGER = "integer"
    BOOLEAN = "boolean"


STORED_AS = {
    ColumnType.TEXT: "VARCHAR",
    ColumnType.CODE: "VARCHAR",
    ColumnType.CHOICE: "VARCHAR",
    ColumnType.DATE: "DATE",
    ColumnType.DATETIME: "TIMESTAMP",
    ColumnType.QUANTITY: "DECIMAL(18,6)",
    ColumnType.MONEY: "DECIMAL(18,4)",
    ColumnType.NUMBER: "DECIMAL(38,10)",
    ColumnType.INTEGER: "BIGINT",
    ColumnType.BOOLEAN: "BOOLEAN",
}


@dataclass(frozen=True)
class Column:
    """One column of a canonical table."""

    name: str
    type: ColumnType
    about: str
    required: bool = False
    choices: tuple[str, ...] = ()
    rounds: bool = False  # a price per piece is computed: finer numbers are rounded, not refused


@dataclass(frozen=True)
class Rule:
    """A named fact that every admitted row obeys; `holds` is SQL over the typed columns.

    A row is refused where `holds` is false; where it is null the rule has nothing to say.
    """

    name: str
    holds: str
    about: str


@dataclass(frozen=True)
class TableSpec:
    """One canonical table: what its rows mean, identify and obey."""

    name: str
    about: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...] = ()
    mode: DeliveryMode = DeliveryMode.SNAPSHOT
    dated_by: str | None = None  # the column a window is stated in
    numbers: dict[str, KeyNumber] = field(default_factory=dict[str, KeyNumber])  # its own first

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)
