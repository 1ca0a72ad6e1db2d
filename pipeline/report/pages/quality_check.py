"""One check of the data, and what it can come to."""

from dataclasses import dataclass
from enum import Enum

import polars as pl

from pipeline.report.sentences import Label, Sentence


class Result(Enum):
    """What a check came to; without anything to look at it neither passes nor fails."""

    PASSED = "passed"
    NOTED = "noted"
    FAILED = "failed"
    NO_DATA = "no-data"


@dataclass(frozen=True)
class Check:
    """One check of the data: what is expected, and what was found."""

    expectation: Label
    result: Result
    finding: Sentence


def none_of(count: int, expectation: Label, passed: Sentence, noted: Sentence) -> Check:
    """A check that passes where there is none of what it counts."""
    if count:
        return Check(expectation, Result.NOTED, noted)
    return Check(expectation, Result.PASSED, passed)


def sum_of(rows: pl.DataFrame, column: str) -> int:
    """Σ of a column of counts."""
    return int(rows[column].sum() or 0) if rows.height else 0
