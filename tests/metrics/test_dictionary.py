"""The document on the published metrics is made from their specs, and knows every benchmark."""

from pathlib import Path

import pytest

from pipeline.metrics.dictionary import markdown, renewed
from pipeline.metrics.tables import METRICS
from pipeline.metrics.turnover import REASONS
from pipeline.policy import load_policies

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_the_document_says_what_the_specs_say() -> None:
    assert renewed(TEXT) == TEXT, "run: python -m pipeline.metrics.dictionary"


def test_what_is_written_by_hand_stays() -> None:
    assert renewed(TEXT.replace(markdown(), "")) == TEXT


def test_every_column_of_a_metric_is_told_with_its_unit_and_what_null_means() -> None:
    line = (
        "| `dio_days` | DOUBLE | days | days per year ÷ turnover | undefined, see reason, no_cogs"
    )

    assert line in markdown({"turnover": METRICS["turnover"]})


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_is_explained(reason: str) -> None:
    assert f"`{reason}`" in TEXT


def test_the_list_of_benchmarks_is_that_of_the_policy() -> None:
    listed = [line.split("`")[1] for line in TEXT.splitlines() if line.startswith("| `")]

    assert set(load_policies().benchmarks) <= set(listed)
