"""Status of a figure: a shape, a word and a colour, by counting signs.

    on track = no sign      watch = one sign      act = two signs or more

Signs: below the benchmark; slower than a year ago; more dead stock than the policy's limit, or,
where it sets none, a larger dead share than a year ago.  Dead stock far over its limit counts as
two signs.  Whatever is asked for is on track only where it is known: its speed against a benchmark
or a year ago, and that its dead stock keeps the limit.  Differences that nobody can see at the
decimals printed are none.
"""

from collections.abc import Sequence
from decimal import Decimal
from enum import Enum

from pipeline.report.inputs import PolicyValues
from pipeline.report.member_figures import DeadStock, share
from pipeline.report.number_format import rounded

TURNS_DECIMALS = 2
"""As turnovers are printed."""


class Status(Enum):
    """How urgent a figure is."""

    ON_TRACK = "on-track"
    WATCH = "watch"
    ACT = "act"


def status_of(*groups: Sequence[int | None]) -> Status | None:
    """The status these signs amount to; None among them could not be judged.

    Each group is one question.  Without any sign the status is on track only if every group has
    a sign that is known.
    """
    signs = sum(int(sign) for group in groups for sign in group if sign)
    if signs:
        return Status.WATCH if signs == 1 else Status.ACT
    answered = all(any(sign is not None for sign in group) for group in groups)
    return Status.ON_TRACK if groups and answered else None


def is_below(turnover: float | None, threshold: float | None) -> bool | None:
    """Whether a turnover is below its benchmark, as far as anybody can see."""
    if turnover is None or threshold is None:
        return None
    return _printed(turnover) < _printed(threshold)


def change(now: float | None, prior: float | None) -> float | None:
    """Now − prior, where both are known."""
    return None if now is None or prior is None else now - prior


def direction(now: float | None, prior: float | None, noise: float) -> int | None:
    """1 faster, −1 slower, 0 inside the noise band or printed alike; None without a comparison."""
    if now is None or prior is None:
        return None
    if abs(now - prior) <= noise * abs(prior) or _printed(now) == _printed(prior):
        return 0
    return 1 if now > prior else -1


def is_slower(now: float | None, prior: float | None, noise: float) -> bool | None:
    """Whether a turnover fell by more than the noise band."""
    found = direction(now, prior, noise)
    return None if found is None else found < 0


def dead_signs(dead: DeadStock, prior: float | None, policy: PolicyValues) -> int | None:
    """How many signs the dead stock gives; None where nobody can know.

    Above the limit it is one sign, far above it two.  Below it there is none, if that still holds
    once all stock whose age nobody stated should prove to be dead.  Without a limit, a dead share
    that has risen is one sign.
    """
    limit = policy.dead_share_limit
    if dead.dead_share is None:
        return None
    if limit is None:
        return None if prior is None else int(dead.dead_share - prior > policy.notable_points)
    if dead.dead_share > limit:
        return 2 if dead.dead_share >= policy.far_over_limit * limit else 1
    at_most = share(dead.at_most, dead.value)
    return 0 if at_most is not None and at_most <= limit else None


def _printed(turnover: float) -> Decimal:
    return rounded(turnover, TURNS_DECIMALS)
