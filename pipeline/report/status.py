"""Status of a figure: a shape, a word and a colour, by counting signs.

    on track = no sign      watch = one sign      act = two signs or more

Signs: below the benchmark; slower than a year ago; more dead stock than the policy's limit, or,
where it sets none, a larger dead share than a year ago.  A figure that nothing is known to compare
with has no status.
"""

from collections.abc import Sequence
from enum import Enum

NOTABLE_POINTS = 0.005
"""A change of a share below half a percentage point counts as unchanged."""


class Status(Enum):
    """How urgent a figure is."""

    ON_TRACK = "on-track"
    WATCH = "watch"
    ACT = "act"


def status_of(signs: Sequence[bool | None]) -> Status | None:
    """The status these signs amount to; None among them could not be judged."""
    known = [sign for sign in signs if sign is not None]
    if not known:
        return None
    return (Status.ON_TRACK, Status.WATCH, Status.ACT)[min(sum(known), 2)]


def is_below(turnover: float | None, threshold: float | None) -> bool | None:
    """Whether a turnover is below its benchmark."""
    if turnover is None or threshold is None:
        return None
    return turnover < threshold


def change(now: float | None, prior: float | None) -> float | None:
    """Now − prior, where both are known."""
    return None if now is None or prior is None else now - prior


def direction(now: float | None, prior: float | None, noise: float) -> int | None:
    """1 faster, −1 slower, 0 inside the noise band; None where there is no comparison."""
    if now is None or prior is None:
        return None
    if abs(now - prior) <= noise * abs(prior):
        return 0
    return 1 if now > prior else -1


def is_slower(now: float | None, prior: float | None, noise: float) -> bool | None:
    """Whether a turnover fell by more than the noise band."""
    found = direction(now, prior, noise)
    return None if found is None else found < 0


def has_too_much_dead(share: float | None, prior: float | None, limit: float | None) -> bool | None:
    """Whether the dead share is above its limit or, without one, has risen."""
    if share is None:
        return None
    if limit is not None:
        return share > limit
    return None if prior is None else share - prior > NOTABLE_POINTS
