"""Whether what a sentence says stands somewhere else too: its numbers, its names, its dates.

A number is proved by a figure of the pages or of the rows they were made from, by the sum,
difference or share of two of them, or by the sum over the members that the sentence names, over
the first of a table or over those of which the table says the same.
"""

import dataclasses
import itertools
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from pipeline.report.inputs import ReportInput
from pipeline.report.model import ReportModel
from pipeline.report.sentences import (
    Count,
    Days,
    Label,
    Money,
    Names,
    Points,
    Sentence,
    Share,
    Turns,
    Value,
)

NEAR = 1e-9
SIGNS = ("is_slower", "is_below_benchmark", "has_too_much_dead")


class Proof:
    """Every figure, name and date of a report that is no sentence."""

    def __init__(self, model: ReportModel, given: ReportInput) -> None:
        """Collect them from the pages and from the rows behind them."""
        parts = list(_parts(model))
        self.sentences = [one for one in parts if isinstance(one, Sentence)]
        self.dates = {one for one in parts if isinstance(one, date)} | set(_dates(given))
        self.names = {one for one in parts if isinstance(one, Label)}
        self.counts = {len(one) for one in parts if isinstance(one, tuple)} | set(_counts(given))
        self.counts |= {one for one in parts if isinstance(one, int)}
        self.counts |= {count for one in parts if isinstance(one, tuple) for count in _claims(one)}
        figures = {float(one) for one in parts if isinstance(one, Decimal | float)}
        figures |= {abs(one) for one in figures}  # −3 fell by 3
        self.lines = list(dict.fromkeys(one for one in parts if hasattr(one, "label")))
        running = {sum_ for one in parts if isinstance(one, tuple) for sum_ in _running(one)}
        self.figures = sorted(figures | {0.0} | set(_sums(given)) | running)

    def unproved(self, sentence: Sentence) -> list[str]:
        """What of a sentence stands nowhere else."""
        values = list(sentence.values.values())
        named = {label for value in values for label in _labels(value)}
        own = self._sums_of(named)
        return [f"{sentence.text} % {value}" for value in values if not self._is_proved(value, own)]

    def _is_proved(self, value: Value, own: set[float]) -> bool:
        match value:
            case Count():
                return value.value in self.counts
            case Money() | Turns() | Days() | Points() | Share():
                return self._is_known(float(value.value), own)
            case Names() | Label():
                return all(label in self.names for label in _labels(value))
            case date():
                return value in self.dates
            case _:
                return True

    def _is_known(self, wanted: float, own: set[float]) -> bool:
        known = sorted({*self.figures, *own})
        if _holds(known, wanted):
            return True
        return any(
            _holds(known, other)
            for one in known
            for other in (wanted - one, wanted + one, wanted * one)
            if one and abs(other) > NEAR
        )

    def _sums_of(self, named: set[Label]) -> set[float]:
        """The sums over the named members, of each kind of figure and each kind of line."""
        kinds: dict[tuple[type, str], list[float]] = {}
        for line in self.lines:
            if line.label in named:
                for name, figure in _figures_of(line):
                    kinds.setdefault((type(line), name), []).append(figure)
        return {sum(figures) for figures in kinds.values()}


def _parts(thing: Any) -> Iterator[Any]:
    """A value and all that stands inside it; sentences are not looked into."""
    yield thing
    if isinstance(thing, Sentence):
        return
    if dataclasses.is_dataclass(thing):
        for one in dataclasses.fields(thing):
            yield from _parts(getattr(thing, one.name))
    elif isinstance(thing, tuple):
        for one in thing:
            yield from _parts(one)


def _claims(lines: tuple[Any, ...]) -> Iterator[int]:
    """Of how many lines of a table something is said, and of how many it is not."""
    for name in SIGNS:
        said = [getattr(line, name, None) for line in lines]
        yield from (said.count(True), said.count(False), sum(one is not None for one in said))


def _running(lines: tuple[Any, ...]) -> Iterator[float]:
    """The sums of the first lines of a table, of its largest, and of those with the same sign."""
    named = [dict(_figures_of(line)) for line in lines if hasattr(line, "label")]
    if len(named) != len(lines):
        return
    for name in named[0] if named else ():
        figures = [line.get(name, 0.0) for line in named]
        yield from itertools.accumulate(figures)
        yield from itertools.accumulate(sorted(figures, reverse=True))
        for sign in SIGNS:
            said = [getattr(line, sign, None) for line in lines]
            yield sum(figure for figure, one in zip(figures, said, strict=True) if one)


def _figures_of(line: Any) -> Iterator[tuple[str, float]]:
    for one in dataclasses.fields(line):
        value = getattr(line, one.name)
        if isinstance(value, Decimal):
            yield one.name, float(value)
        elif dataclasses.is_dataclass(value):
            yield from ((f"{one.name}.{name}", figure) for name, figure in _figures_of(value))


def _labels(value: Value) -> Iterable[Label]:
    return (
        value.values if isinstance(value, Names) else (value,) if isinstance(value, Label) else ()
    )


def _frames(given: ReportInput) -> Iterator[pl.DataFrame]:
    for one in dataclasses.fields(given):
        frame = getattr(given, one.name)
        if isinstance(frame, pl.DataFrame):
            yield frame
    if given.since:
        compared = {"on": [given.since.on], "turnover": [given.since.turnover]}
        yield pl.DataFrame(compared)
        yield from given.since.items.partition_by("change")


def _sums(given: ReportInput) -> Iterator[float]:
    """The sum of every amount of every table, of its rows above and below nought."""
    for frame in _frames(given):
        for column in frame.select(pl.selectors.numeric()).iter_columns():
            known = column.cast(pl.Float64).drop_nulls()
            yield from (known.sum(), known.abs().sum(), known.filter(known > 0).sum())
            if known.len() < 100:
                yield from known


def _counts(given: ReportInput) -> Iterator[int]:
    for frame in _frames(given):
        yield frame.height
        for column in frame.iter_columns():
            yield column.n_unique()
            if column.dtype.is_integer():
                yield int(column.sum() or 0)
            if column.dtype == pl.Boolean:
                yield from (int(column.sum() or 0), frame.height - int(column.sum() or 0))


def _dates(given: ReportInput) -> Iterator[date]:
    for frame in _frames(given):
        for column in frame.select(pl.col(pl.Date)).iter_columns():
            yield from column.drop_nulls().unique()


def _holds(known: list[float], wanted: float) -> bool:
    at = bisect_left(known, wanted)
    return any(
        abs(one - wanted) <= NEAR * max(1.0, abs(wanted)) for one in known[max(at - 1, 0) : at + 1]
    )
