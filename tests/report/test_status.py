"""Status counts signs: none, one, two or more."""

import pytest

from pipeline.report.status import Status, direction, has_too_much_dead, is_below, status_of


@pytest.mark.parametrize(
    ("signs", "status"),
    [
        ([False, False], Status.ON_TRACK),
        ([True, False, None], Status.WATCH),
        ([True, True, False], Status.ACT),
        ([True, True, True], Status.ACT),
        ([None, None], None),
    ],
)
def test_status_counts_the_signs_that_are_known(
    signs: list[bool | None], status: Status | None
) -> None:
    assert status_of(signs) is status


def test_a_change_inside_the_noise_band_is_no_change() -> None:
    assert direction(5.05, 5.0, 0.02) == 0
    assert direction(5.2, 5.0, 0.02) == 1
    assert direction(4.8, 5.0, 0.02) == -1
    assert direction(None, 5.0, 0.02) is None


def test_exactly_at_the_benchmark_is_not_below_it() -> None:
    assert is_below(3.9, 3.9) is False
    assert is_below(3.89, 3.9) is True
    assert is_below(3.0, None) is None


def test_dead_stock_is_judged_by_its_limit_and_else_by_its_rise() -> None:
    assert has_too_much_dead(0.11, 0.02, 0.10) is True
    assert has_too_much_dead(0.10, 0.02, 0.10) is False
    assert has_too_much_dead(0.08, 0.07, None) is True
    assert has_too_much_dead(0.08, None, None) is None
