"""How many examples a law is tried with: few with every change, more in `make acceptance`.

The examples are always the same ones, so that a change is told of its own faults only;
`make acceptance SEED=7` draws others.
"""

from hypothesis import HealthCheck, settings

EVERY_CHANGE, ACCEPTANCE, NEW_EXAMPLES = "every change", "acceptance", "new examples"
HUNDRED = 100

settings.register_profile(
    EVERY_CHANGE,
    max_examples=HUNDRED,
    deadline=None,
    derandomize=True,
    # Said of a machine that is busy, not of a law.
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile(
    ACCEPTANCE, settings.get_profile(EVERY_CHANGE), max_examples=3 * HUNDRED, print_blob=True
)
settings.register_profile(NEW_EXAMPLES, settings.get_profile(ACCEPTANCE), derandomize=False)


def tried(examples: int, *, large: int | None = None) -> settings:
    """A law is tried with so many examples, in `make acceptance` with three times as many.

    Args:
        examples: how many with every change.
        large: a third of those of `make acceptance`, where one example takes long.
    """
    is_every_change = settings().max_examples == HUNDRED
    some = examples if is_every_change or large is None else large
    return settings(max_examples=some * settings().max_examples // HUNDRED)
