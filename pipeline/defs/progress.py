"""Who hears what a stage has to say: Dagster's log, and whoever sits at a terminal."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

import dagster as dg

from pipeline.stages.progress import Say

_LISTENER: ContextVar[Say | None] = ContextVar("listener", default=None)


@contextmanager
def heard_by(listener: Say) -> Generator[None]:
    """What stages say inside is also said to the listener."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def teller(context: dg.AssetExecutionContext) -> Say:
    """What a stage is given to talk with."""
    listener = _LISTENER.get()

    def say(line: str) -> None:
        context.log.info(line)
        if listener is not None:
            listener(line)

    return say
