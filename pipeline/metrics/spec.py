"""How a published metric is described: once, as data, beside the function that computes it.

Assets and their columns, storage and retention, the published views with their comments and
`docs/metrics.md` are all generated from these descriptions; no metric is described anywhere else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import polars as pl

from pipeline.metrics.time_windows import Basis

if TYPE_CHECKING:
    from pipeline.metrics.given import Dates, OneDate


class Type(StrEnum):
    """What a cell holds; the value is how DuckDB publishes it."""

    CODE = "VARCHAR"  # a member, an item, a warehouse …; also one of a few words
    DATE = "DATE"
    DAY = "INTEGER"  # days since 1970-01-01, or a number of days
    COUNT = "BIGINT"
    FLAG = "BOOLEAN"
    MONEY = "DECIMAL(18,4)"
    TOTAL = "DECIMAL(38,4)"  # money whose sums may outgrow MONEY
    PIECES = "DECIMAL(18,6)"
    QUANTITY = "DECIMAL(38,6)"
    RATIO = "DOUBLE"


class Kept(StrEnum):
    """Which rows of a metric stay; the value is how the documentation says it."""

    EVERY_DATE = "every as-of date"
    DETAIL = "month ends, the newest days and the last date asked for"
    NEWEST = "the newest as-of date only"


CURRENCY, BASE_UNIT, DAYS, PER_YEAR = "company currency", "base unit", "days", "times a year"


@dataclass(frozen=True)
class Column:
    """One column of a published metric."""

    name: str
    type: Type
    about: str
    unit: str = ""
    nulls: str = ""
    """What null means here; empty: there is none."""
    is_scaled: bool = False
    """Stored as whole numbers: ten-thousandths of money, millionths of quantities."""
    made_of: str = ""
    """Not stored but said: SQL over the stored columns, scaled as they are."""
    on_bases: Mapping[Basis, str] = field(default_factory=dict[Basis, str])
    """Not stored but said on each basis of the average: SQL over the stored columns."""

    @property
    def comment(self) -> str:
        """What an analyst reads beside the column."""
        unit = f", in {self.unit}" if self.unit else ""
        return f"{self.about}{unit}" + (f"; null: {self.nulls}" if self.nulls else "")


@dataclass(frozen=True)
class Metric:
    """One published metric: what its rows mean, what identifies them, and what they are made of."""

    name: str
    about: str
    key: tuple[str, ...]
    """What names one row; empty where rows are pieces that only add up."""
    columns: tuple[Column, ...]
    needs: tuple[str, ...]
    """The tables it is computed from, as `schema/table`."""
    kept: Kept
    version: str
    """Raised whenever a published number of it changes its meaning."""
    of_dates: "Callable[[Dates], pl.DataFrame] | None" = None
    """Its rows of many dates at once, `as_of` among their columns."""
    of_date: "Callable[[OneDate], pl.DataFrame] | None" = None
    """Its rows of one date in detail."""
    detail: str = ""
    """SQL: which of its rows are kept as detail is, though the metric itself is of every date."""
    rows: str = ""
    """SQL of the rows as they are kept, where not all of them have a row of their own."""
    is_fact: bool = False
    """Whether other metrics are made of it."""
    notes: tuple[str, ...] = ()
    """Sentences the documentation adds."""

    @property
    def table(self) -> str:
        """Where its rows are stored."""
        return f"facts.{self.name}"

    @property
    def kept_rows(self) -> str:
        """Where its rows are read from."""
        return f"({self.rows})" if self.rows else self.table

    @property
    def of_detail(self) -> str:
        """SQL: which of its rows only detailed dates have; empty where all dates have all."""
        return "true" if self.kept is Kept.DETAIL else self.detail


COMMON = (
    Column("as_of", Type.DATE, "the date the figures are of"),
    Column("known_on", Type.DATE, "when the newest delivery they rest on came"),
    Column("data_through", Type.DATE, "up to which day deliveries reach"),
    Column("currency", Type.CODE, "the currency of all money in the row"),
    Column("definition_version", Type.CODE, "version of the metric's definition"),
    Column("policy_version", Type.CODE, "version of the policy that held on the date"),
)
"""What every row has beside its metric's own columns."""

ATTRIBUTED_WITH_MASTERS = (
    "metrics/attributed_movement",
    "canonical/item",
    "canonical/supplier",
    "canonical/warehouse",
)
"""What is needed to say who delivered what lies where."""

COMPANY = Column("company", Type.CODE, "the company, * for the group")
DIMENSION = Column(
    "dimension",
    Type.CODE,
    "what the member is one of: company, category, subcategory, supplier, warehouse, stage, "
    "channel, abc_class or sku",
)
MEMBER = Column(
    "member",
    Type.CODE,
    "its code, of the group company/code; uncategorised, unattributed and the like are members",
)
SCOPE = Column("scope", Type.CODE, "all, or normal = without what policy calls abnormal")
SKU = Column("sku", Type.CODE, "the item")
WAREHOUSE = Column("warehouse", Type.CODE, "where it lies")
SUPPLIER = Column("supplier", Type.CODE, "who delivered it: of the FIFO layer")
