"""Counts in the lines of the terminal."""

import pytest

from pipeline.wording import are, counted, have


@pytest.mark.parametrize(
    ("count", "thing", "said"),
    [
        (1, "new item code", "1 new item code"),
        (2, "new item code", "2 new item codes"),
        (0, "row", "0 rows"),
        (1, "delivery", "1 delivery"),
        (2400, "delivery", "2,400 deliveries"),
        (3, "day", "3 days"),
        (1, "row of kind sale", "1 row of kind sale"),
        (3, "row of kind sale", "3 rows of kind sale"),
    ],
)
def test_one_of_something_is_never_told_as_many(count: int, thing: str, said: str) -> None:
    assert counted(count, thing) == said


def test_the_verb_follows_the_count() -> None:
    assert [are(0), are(1), are(2), have(1), have(2)] == ["are", "is", "are", "has", "have"]
