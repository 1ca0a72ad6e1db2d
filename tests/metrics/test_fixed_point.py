"""Decimals of unequal scale are never put below one another without a word."""

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipeline.metrics.fixed_point import stacked

PIPELINE = Path(__file__).parents[2] / "pipeline"


def of(scale: int, *amounts: str) -> pl.DataFrame:
    kind = pl.Decimal(38, scale)
    return pl.DataFrame({"value": [Decimal(each) for each in amounts]}, schema={"value": kind})


def test_frames_of_one_scale_keep_every_digit() -> None:
    assert stacked([of(4, "1.2345"), of(4, "2.0001")])["value"].to_list() == [
        Decimal("1.2345"), Decimal("2.0001"),
    ]  # fmt: skip


def test_a_second_frame_of_finer_scale_is_refused_not_rounded() -> None:
    with pytest.raises(TypeError, match="value is of unequal types"):
        stacked([of(2, "1.00"), of(4, "1.2345")])


WHOLE_NUMBERS = {
    "attribution.py", "attributed_rows.py", "incremental.py", "open_layers.py",
}  # fmt: skip
"""Layers and pieces carry ten-thousandths and millionths: there is no decimal among them."""


@pytest.mark.parametrize("room", ["metrics", "stages", "report"])
def test_nothing_else_puts_frames_of_decimals_below_one_another(room: str) -> None:
    own = {"fixed_point.py"} if room == "metrics" else set[str]()
    files = [path for path in (PIPELINE / room).rglob("*.py") if path.name not in WHOLE_NUMBERS]
    calls = {
        path.name: [part for part in path.read_text().split("pl.concat(")[1:] if _is_plain(part)]
        for path in files
    }

    assert {name for name, plain in calls.items() if plain} == own


def _is_plain(call: str) -> bool:
    """Whether a call takes the first frame's types; the relaxed ones take the finest."""
    return "_relaxed" not in call.split("\n\n", maxsplit=1)[0]
