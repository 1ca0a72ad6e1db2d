"""Status counts signs, and praises only what is known."""

from decimal import Decimal

import pytest

from pipeline.report.inputs import PolicyValues
from pipeline.report.member_figures import DeadStock
from pipeline.report.status import Status, dead_signs, direction, is_below, is_slower, status_of

POLICY = PolicyValues(dead_share_limit=0.10)
NO_LIMIT = PolicyValues(dead_share_limit=None)


@pytest.mark.parametrize(
    ("groups", "status"),
    [
        ([(False, False)], Status.ON_TRACK),
        ([(False, None)], Status.ON_TRACK),
        ([(True, False, None)], Status.WATCH),
        ([(True, True, False)], Status.ACT),
        ([(True, None), (2,)], Status.ACT),
        ([(None, None), (2,)], Status.ACT),
        ([(None, None)], None),
        # On track needs an answer to each question: the speed, and what is dead.
        ([(False, None), (0,)], Status.ON_TRACK),
        ([(None, None), (0,)], None),
        ([(False, None), (None,)], None),
        ([(True, None), (None,)], Status.WATCH),
        ([], None),
    ],
)
def test_status_counts_the_signs_that_are_known(
    groups: list[tuple[int | None, ...]], status: Status | None
) -> None:
    assert status_of(*groups) is status


def test_a_change_inside_the_noise_band_is_no_change() -> None:
    assert direction(5.05, 5.0, 0.02) == 0
    assert direction(5.2, 5.0, 0.02) == 1
    assert direction(4.8, 5.0, 0.02) == -1
    assert direction(None, 5.0, 0.02) is None


def test_a_difference_nobody_can_see_is_none() -> None:
    # 2.6 % of a tiny ratio; both are printed 0.16.
    assert direction(0.1575, 0.1617, 0.02) == 0
    assert is_slower(0.1575, 0.1617, 0.02) is False
    assert direction(0.15, 0.16, 0.02) == -1
    assert is_below(3.896, 3.9) is False


def test_exactly_at_the_benchmark_is_not_below_it() -> None:
    assert is_below(3.9, 3.9) is False
    assert is_below(3.89, 3.9) is True
    assert is_below(3.0, None) is None


def stock(dead: int, undated: int = 0, value: int = 1000) -> DeadStock:
    parts = (Decimal(value), Decimal(dead), *(Decimal(0),) * 3)
    share = dead / value if value > 0 else None
    return DeadStock(*parts, share, None if value > 0 else "no_stock", Decimal(undated))


@pytest.mark.parametrize(
    ("dead", "prior", "policy", "signs"),
    [
        (stock(110), 0.02, POLICY, 1),
        (stock(100), 0.02, POLICY, 0),  # exactly the limit
        (stock(199), None, POLICY, 1),
        (stock(200), None, POLICY, 2),  # twice the limit
        (stock(950), None, POLICY, 2),
        (stock(50, undated=40), None, POLICY, 0),  # 90 of 1,000 at most
        (stock(50, undated=60), None, POLICY, None),  # 110 at most
        (stock(120, undated=60), None, POLICY, 1),
        (stock(0, value=0), None, POLICY, None),
        (stock(80), 0.07, NO_LIMIT, 1),
        (stock(80), 0.076, NO_LIMIT, 0),  # less than half a percentage point
        (stock(80), None, NO_LIMIT, None),
    ],
)
def test_dead_stock_is_judged_by_its_limit_and_else_by_its_rise(
    dead: DeadStock, prior: float | None, policy: PolicyValues, signs: int | None
) -> None:
    assert dead_signs(dead, prior, policy) == signs
