"""Geometry of the small marks inside tables: where a page's macros draw lines, bars and dots.

Everything is in the user units of the mark's own view box.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from pipeline.report.pages.members import MemberLine

SPARK_WIDTH, SPARK_HEIGHT, SPARK_EDGE = 76.0, 20.0, 4.0
MUCH = 3
"""So many times the usual change is as much as lines on one scale show."""


@dataclass(frozen=True)
class Sparkline:
    """A line through what is known; `end` is the dot at today's figure."""

    lines: tuple[str, ...]
    end: tuple[float, float] | None
    first: float | None = None
    last: float | None = None


@dataclass(frozen=True)
class Field:
    """A band from x, so wide."""

    x: float
    width: float


@dataclass(frozen=True)
class Bullet:
    """A turnover against its benchmark and a year ago, on a shared scale."""

    bar: float | None
    field: Field | None
    tick: float | None
    edge: float | None
    prior: float | None
    runs_on: bool  # beyond the end of the scale
    line: MemberLine


@dataclass(frozen=True)
class Tick:
    """A labelled place on a scale."""

    x: float
    label: str


@dataclass(frozen=True)
class Scale:
    """A linear scale from nought, so that bars of several rows can be compared."""

    largest: float
    width: float
    step: float

    def at(self, value: float | None) -> float | None:
        """Where a value stands; values beyond the scale stop at its end."""
        if value is None:
            return None
        return round(min(max(value, 0.0) / self.largest, 1.0) * self.width, 2)

    @property
    def ticks(self) -> tuple[Tick, ...]:
        """The labelled places, nought included."""
        count = int(self.largest / self.step + 1e-9)
        return tuple(
            Tick(round(index * self.step / self.largest * self.width, 2), f"{index * self.step:g}")
            for index in range(count + 1)
        )


def shared_spread(lines: Sequence[Sequence[float | None]]) -> float:
    """The relative change that fills the height of some lines which are drawn on one scale.

    The largest; but one that changed far more than is usual here must not flatten all others: it
    fills its own height.  Nought where there is nothing to compare.
    """
    drawn = [known for line in lines if len(known := _known(line)) > 1]
    spreads = sorted(_relative_spread(known) for known in drawn)
    return min(spreads[-1], MUCH * spreads[len(spreads) // 2]) if len(spreads) > 1 else 0.0


def _known(values: Sequence[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _relative_spread(known: Sequence[float]) -> float:
    middle = (min(known) + max(known)) / 2
    return (max(known) - min(known)) / middle if middle > 0 else 0.0


def sparkline(values: Sequence[float | None], shared: float = 0.0) -> Sparkline:
    """A line over equally spaced values; gaps stay gaps.

    With a shared spread the same slope is the same relative change in every line.
    """
    known = _known(values)
    if len(known) < 2:  # noqa: PLR2004 - one point is no line
        return Sparkline((), None)
    middle = (min(known) + max(known)) / 2
    spread = max(max(known) - min(known), shared * middle)
    step = (SPARK_WIDTH - 2 * SPARK_EDGE) / (len(values) - 1)

    def place(index: int, value: float) -> tuple[float, float]:
        part = (value - middle) / spread if spread else 0.0
        height = SPARK_HEIGHT / 2 - part * (SPARK_HEIGHT - 2 * SPARK_EDGE)
        return round(SPARK_EDGE + index * step, 2), round(height, 2)

    runs: list[list[tuple[float, float]]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(place(index, value))
    last = values[-1]
    return Sparkline(
        tuple(" ".join(f"{x},{y}" for x, y in run) for run in runs if len(run) > 1),
        place(len(values) - 1, last) if last is not None else None,
        known[0],
        known[-1],
    )


def scale_of(lines: Sequence[MemberLine], width: float) -> Scale:
    """One scale for the turnover of all lines and their benchmarks."""
    values = [one for line in lines for one in (line.turnover, line.prior, *_marks(line))]
    largest = max((value for value in values if value is not None), default=1.0)
    # One member that hardly holds stock must not flatten all others.
    usual = sorted(line.turnover for line in lines if line.turnover is not None)
    if usual:
        largest = min(largest, max(4 * usual[len(usual) // 2], 1.0))
    step = next(
        (one for one in (0.5, 1, 2, 3, 5, 10, 20, 50, 100, 200, 500) if largest / one <= 4.5),  # noqa: PLR2004
        1000,
    )
    steps = int(largest / step - 1e-9) + 1
    return Scale(steps * step, width, step)


def bullet(line: MemberLine, scale: Scale) -> Bullet:
    """The bullet of one line; it draws only what its benchmark states."""
    benchmark = line.benchmark
    return Bullet(
        bar=scale.at(line.turnover),
        field=_field(line, scale),
        tick=scale.at(benchmark.tick) if benchmark else None,
        edge=scale.at(benchmark.edge) if benchmark else None,
        prior=scale.at(line.prior),
        runs_on=line.turnover is not None and line.turnover > scale.largest,
        line=line,
    )


def bar(value: Decimal | float | None, largest: Decimal | float, width: float) -> float:
    """The length of a bar; nought for what is missing or negative."""
    if value is None or value <= 0 or largest <= 0:
        return 0.0
    return round(float(value) / float(largest) * width, 2)


def _field(line: MemberLine, scale: Scale) -> Field | None:
    benchmark = line.benchmark
    if benchmark is None or benchmark.low is None or benchmark.high is None:
        return None
    low, high = scale.at(benchmark.low) or 0.0, scale.at(benchmark.high) or 0.0
    return Field(low, round(high - low, 2))


def _marks(line: MemberLine) -> tuple[float | None, ...]:
    benchmark = line.benchmark
    return (benchmark.value, benchmark.low, benchmark.high) if benchmark else ()
