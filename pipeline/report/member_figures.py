"""What is known of one member: its turnover, dead stock, benchmark and months."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from pipeline.metrics.averages import NO_COGS
from pipeline.metrics.dead_stock import NO_COST, share_reason
from pipeline.report.sentences import Label

NOUGHT = Decimal(0)
LEAST_SHARE = 0.0005
"""A smaller part of the stock would read 0.0 %."""
Row = dict[str, Any]


def decimal(value: Any) -> Decimal:
    """An amount of a frame as an exact decimal; nothing counts as nought."""
    if value is None:
        return NOUGHT
    return value if isinstance(value, Decimal) else Decimal(str(value))


def share(part: Decimal, whole: Decimal) -> float | None:
    """Part ÷ whole where there is a positive whole."""
    return float(part / whole) if whole > 0 else None


@dataclass(frozen=True)
class Turnover:
    """One member's trailing twelve months on one basis; `reason` says why a ratio is missing."""

    stock: Decimal
    cogs: Decimal
    consumption: Decimal
    average: Decimal | None
    turnover: float | None
    dio: float | None
    reason: str | None


@dataclass(frozen=True)
class Speed:
    """Turnover and days of several members together; `reason` says why they are missing."""

    turnover: float | None
    dio: float | None
    reason: str | None = None


@dataclass(frozen=True)
class DeadStock:
    """One member's stock by how long it has not been issued; `reason` says why no share is dead."""

    value: Decimal
    dead: Decimal
    slow: Decimal
    new: Decimal
    stranded: Decimal
    dead_share: float | None
    reason: str | None
    undated: Decimal = NOUGHT
    """Not dead yet, and waiting for at least so long: nobody said when it came."""

    @property
    def at_most(self) -> Decimal:
        """What may be dead."""
        return self.dead + self.undated

    @property
    def is_least(self) -> bool:
        """Whether what is dead may be more, by as much as can be seen in a share of the stock."""
        part = share(self.undated, self.value)
        return part is not None and part >= LEAST_SHARE

    @property
    def moving(self) -> Decimal:
        """What is none of dead, slow or new."""
        return self.value - self.dead - self.slow - self.new

    @property
    def is_costless(self) -> bool:
        """Whether there is stock of which no cost is known: nought is no amount then."""
        return self.reason == NO_COST and not self.value

    @property
    def is_partly_costed(self) -> bool:
        """Whether the amounts are those of a part of the stock: of the rest no cost is known."""
        return self.reason == NO_COST and not self.is_costless

    @property
    def idle(self) -> Decimal:
        """Dead and slow stock together."""
        return self.dead + self.slow

    def __add__(self, other: "DeadStock") -> "DeadStock":
        """Two members' stock as one; a cost that one lacks is lacking in their sum."""
        value, dead = self.value + other.value, self.dead + other.dead
        lacks_cost = NO_COST in (self.reason, other.reason)
        reason = share_reason(value, lacks_cost=lacks_cost)
        return DeadStock(
            value,
            dead,
            self.slow + other.slow,
            self.new + other.new,
            self.stranded + other.stranded,
            None if reason else share(dead, value),
            reason,
            self.undated + other.undated,
        )


NO_STOCK = DeadStock(NOUGHT, NOUGHT, NOUGHT, NOUGHT, NOUGHT, None, "no_stock")


VALUE_TEXTS = {
    "mean": "mean %(turnover)s",
    "median": "median %(turnover)s",
    "star": "stars %(turnover)s",
    "laggard": "laggards %(turnover)s",
}


@dataclass(frozen=True)
class Benchmark:
    """What an industry achieves: only the parts its source states."""

    label: Label
    statistic: str  # mean, median, range, star, laggard, star_laggard
    value: float | None
    low: float | None
    high: float | None
    source: str
    year: int | None
    region: str
    is_example: bool

    @property
    def threshold(self) -> float | None:
        """Below it, a turnover counts as below the benchmark: its value, else the low end.

        What only the best achieve is something to aim at: to miss it is no sign.
        """
        if self.statistic == "star":
            return None
        return self.value if self.value is not None else self.low

    @property
    def tick(self) -> float | None:
        """A mean or median."""
        return self.value if self.statistic in ("mean", "median") else None

    @property
    def edge(self) -> float | None:
        """The one end of a field that the source states: its stars, or its laggards."""
        return self.value if self.statistic in ("star", "laggard") else None


@dataclass(frozen=True)
class Point:
    """A turnover at one date of the trend."""

    on: date
    turnover: float | None
    reason: str | None = None


def turnover_of(row: Row) -> Turnover:
    """A published row of turnover."""
    average = row["average_inventory"]
    is_sold_never = row["reason"] == NO_COGS
    return Turnover(
        stock=decimal(row["closing_value"]),
        cogs=decimal(row["cogs"]),
        consumption=decimal(row["consumption"]),
        average=None if average is None else decimal(average),
        turnover=ratio_of(row, "turnover"),
        dio=ratio_of(row, "dio_days"),
        reason="only_consumed" if is_sold_never and row["consumption"] else row["reason"],
    )


def ratio_of(row: Row, name: str) -> float | None:
    """A ratio; nought because nothing was sold is no speed."""
    return None if row["reason"] == NO_COGS else row[name]


def dead_stock_of(row: Row, undated: Decimal = NOUGHT) -> DeadStock:
    """A published row of dead stock, beside what of it nobody dated."""
    return DeadStock(
        value=decimal(row["value"]),
        dead=decimal(row["dead_value"]),
        slow=decimal(row["slow_value"]),
        new=decimal(row["new_value"]),
        stranded=decimal(row["stranded_value"]),
        dead_share=row["dead_share"],
        reason=row["reason"],
        undated=undated,
    )


def benchmark_of(row: Row) -> Benchmark:
    """A row of a benchmark and its source."""
    return Benchmark(
        label=Label(row["label_en"], row["label_zh"]),
        statistic=row["statistic"],
        value=row["value"],
        low=row["low"],
        high=row["high"],
        source=row["source"],
        year=row["year"],
        region=row["region"],
        is_example=bool(row["is_example"]),
    )
