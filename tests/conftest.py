"""What goes with every change, what only with `make acceptance`, and in which order.

`make test` leaves out the cases marked `acceptance` and says so at its end.
"""

import time
from collections import Counter
from typing import Any

import pytest
from hypothesis import settings

from tests.laws import ACCEPTANCE, EVERY_CHANGE, NEW_EXAMPLES

# The files that take longest, longest first: a core that began one of them last would work alone.
LONG = (
    "house/test_crash.py",
    "house/test_adventureworks.py",
    "demo/test_ledger.py",
    "sites/test_lint.py",
    "browser/test_ui.py",
    "report/test_pdf.py",
    "defs/test_events.py",
    "metrics/test_engines.py",
    "house/test_night.py",
    "house/test_packaging.py",
    "house/test_crash_points.py",
    "house/test_orphans.py",
    "metrics/test_fact_engines.py",
    "warehouse/test_packing.py",
    "house/test_rebuild.py",
    "defs/test_automation.py",
    "house/test_mended_deliveries.py",
    "house/test_exit_codes.py",
    "house/test_documents.py",
    "deploy/test_wheel.py",
    "house/test_quarantine.py",
    "stages/test_tried_contracts.py",
    "house/test_ui_guard.py",
    "stages/test_alone_and_in_a_range.py",
    "metrics/test_attribution_laws.py",
    "demo/test_story.py",
    "report/test_workbook.py",
    "sites/test_pages.py",
    "stages/test_doctor.py",
    "house/test_shared_numbers.py",
)
BEGAN = time.monotonic()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--acceptance`: the large cases, and every law with many more examples."""
    parser.addoption("--acceptance", action="store_true", help="the cases of make acceptance only")
    parser.addoption("--within", type=float, help="begin no case after so many seconds")


def pytest_configure(config: pytest.Config) -> None:
    """Laws are tried with few examples or with many, which a seed makes new ones."""
    config.addinivalue_line("markers", "acceptance: too large for every change")
    profile = ACCEPTANCE if config.getoption("acceptance") else EVERY_CHANGE
    settings.load_profile(NEW_EXAMPLES if config.getoption("hypothesis_seed") else profile)
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(LeftOut(config), "left out")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep what is asked for, the long files first; last where time may end before them."""
    chosen = [item for item in items if _is_wanted(item, large=config.getoption("acceptance"))]
    kept = set(chosen)
    left_out = [item for item in items if item not in kept]
    config.hook.pytest_deselected(items=left_out)
    items[:] = sorted(chosen, key=_place, reverse=config.getoption("within") is not None)
    names = Counter(str(item.path.relative_to(config.rootpath)) for item in left_out)
    if hasattr(config, "workeroutput"):
        config.workeroutput["left_out"] = dict(names)
    else:
        config.pluginmanager.get_plugin("left out").add(names)


def _is_wanted(item: pytest.Item, *, large: bool) -> bool:
    is_large = item.get_closest_marker("acceptance") is not None
    is_law = item.get_closest_marker("hypothesis") is not None
    return is_large or is_law if large else not is_large


def _place(item: pytest.Item) -> int:
    name = f"{item.path.parent.name}/{item.path.name}"
    return LONG.index(name) if name in LONG else len(LONG)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A case for which no time is left is said to be skipped, not passed."""
    within = item.config.getoption("within")
    if within is not None and time.monotonic() > BEGAN + within:
        pytest.skip(f"{item.path.name} was NOT run: {within:.0f} seconds were over")


class LeftOut:
    """Says at the end what was not run: what is left out never counts as passed."""

    def __init__(self, config: pytest.Config) -> None:
        self.config, self.names = config, dict[str, int]()

    def add(self, names: dict[str, int]) -> None:
        self.names = dict(names)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Every worker collects the same cases."""
        self.add(node.workeroutput.get("left_out", {}))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.names and not self.config.getoption("acceptance"):
            lines = [f"{name}: {count}" for name, count in sorted(self.names.items())]
            terminalreporter.section("NOT run here, but by make acceptance")
            terminalreporter.write_line("\n".join(lines))
