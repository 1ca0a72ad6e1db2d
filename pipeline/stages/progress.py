"""Who hears what a stage has to say."""

from collections.abc import Callable

Say = Callable[[str], None]
"""Takes one line about what a stage did."""
