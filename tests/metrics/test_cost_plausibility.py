"""Sales prices that stand where cost should stand are noticed."""

import narwhals as nw
import polars as pl
import pytest

from pipeline.canonical.movement_kinds import Kind
from pipeline.metrics.cost_plausibility import cost_of_lines, revenue_in_disguise
from pipeline.metrics.fixed_point import collected


def flag(*lines: tuple[int, int]) -> pl.DataFrame:
    """The verdict on order lines of (cost, revenue)."""
    ledger = pl.DataFrame(
        {
            "company": "acme",
            "order_line_key": range(len(lines)),
            "kind_no": Kind.SALE.value,
            "value_e4": [-cost * 10_000 for cost, _ in lines],
        }
    )
    revenue = pl.DataFrame(
        {
            "company": "acme",
            "order_line_key": range(len(lines)),
            "revenue": pl.Series([earned for _, earned in lines]).cast(pl.Decimal(18, 4)),
        }
    )
    posted, asked = (nw.from_native(frame.lazy()) for frame in (ledger, revenue))
    return revenue_in_disguise(collected(cost_of_lines(posted, asked)), revenue)


@pytest.mark.parametrize(
    ("lines", "is_disguised"),
    [
        ([(100, 100)] * 30, True),
        ([(100, 100)] * 29, False),  # too few to call it a pattern
        ([(98, 100)] * 27 + [(60, 100)] * 3, True),  # 90 %
        ([(102, 100)] * 26 + [(60, 100)] * 4, False),
        ([(97, 100)] * 40, False),
        ([(80, 100)] * 40, False),  # G03: 8000 of 10000 is an honest cost
    ],
)
def test_cost_that_equals_revenue_on_nine_of_ten_lines_is_flagged(
    lines: list[tuple[int, int]], *, is_disguised: bool
) -> None:
    assert flag(*lines)["is_disguised"].to_list() == [is_disguised]


def test_revenue_as_numerator_is_flagged() -> None:
    # G03: 1亿 of revenue posted as cost of sales would turn 7.142857 times instead of 5.714286.
    row = flag(*[(2_000_000, 2_000_000)] * 50).row(0, named=True)

    assert (row["lines"], row["alike"], row["is_disguised"]) == (50, 50, True)


def test_lines_without_revenue_say_nothing() -> None:
    assert flag(*[(100, 0)] * 40).is_empty()
