"""How Dagster is told what a stage refused: data errors at once, locks and files later."""

from collections.abc import Generator
from contextlib import contextmanager

import dagster as dg

from pipeline.defs.installation import Installation
from pipeline.settings import TryAgainLater
from pipeline.stages.failure_messages import refusal_in
from pipeline.stages.night import Night

RETRY_AFTER_SECONDS = 60


@contextmanager
def told(
    context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext,
    installation: Installation,
) -> Generator[Night]:
    """The run's night, for one asset's or check's work; whatever fails ends it.

    Raises:
        RetryRequested: a lock is held, or files are still being written: tried again in a minute.
        Failure: what a stage refused, in its own words.
    """
    try:
        yield installation.night(context)
    except TryAgainLater as later:
        installation.let_go(str(later))
        raise dg.RetryRequested(max_retries=5, seconds_to_wait=RETRY_AFTER_SECONDS) from later
    except Exception as failure:
        refusal = refusal_in(failure)
        installation.let_go(str(refusal or failure))
        if refusal is None:
            raise
        raise dg.Failure(description=str(refusal), allow_retries=False) from refusal
