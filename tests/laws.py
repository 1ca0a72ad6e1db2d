"""How many examples a law is tried with: few with every change, many in `make acceptance`.

With every change the examples are always the same ones, so that a change is told of its own faults
only; `make acceptance` draws new ones each time.
"""

from hypothesis import HealthCheck, settings

EVERY_CHANGE, ACCEPTANCE = "every change", "acceptance"
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
    ACCEPTANCE,
    max_examples=10 * HUNDRED,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def tried(examples: int) -> settings:
    """A law is tried with so many examples, in `make acceptance` with ten times as many."""
    return settings(max_examples=examples * settings().max_examples // HUNDRED)
