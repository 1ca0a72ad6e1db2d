"""What polars is told of the memory it may keep, before it is loaded."""

import os
import subprocess
import sys

import pytest

ASKED = """
import os, sys
import pipeline
assert "polars" not in sys.modules, "polars was loaded before it was told"
print(os.environ["_RJEM_MALLOC_CONF"])
"""


def told(**environment: str) -> str:
    """What a process of ours tells the allocator."""
    mine = {name: value for name, value in os.environ.items() if name != "_RJEM_MALLOC_CONF"}
    command = [sys.executable, "-c", ASKED]
    return subprocess.check_output(command, env=mine | environment, text=True).strip()


def test_memory_is_kept_for_some_seconds() -> None:
    assert told() == "dirty_decay_ms:20000,muzzy_decay_ms:20000"


@pytest.mark.parametrize("own", ["dirty_decay_ms:0", ""])
def test_whoever_runs_the_site_may_say_otherwise(own: str) -> None:
    assert told(_RJEM_MALLOC_CONF=own) == own
