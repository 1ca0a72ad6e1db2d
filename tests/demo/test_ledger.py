"""The sample group through the real intake: its ledger and what its ERPs say must agree."""

from dataclasses import dataclass

import pytest

from pipeline.demo import write_corrections, write_demo
from pipeline.settings import Site, load_site
from pipeline.stages.days import Days
from pipeline.stages.ingest import Intake, take_in
from pipeline.warehouse import Warehouse

# A small extract of each ERP goes through the same intake in tests/erp with every change.
pytestmark = pytest.mark.acceptance

DIFFERENCES = """
WITH ledger AS (
    SELECT movement.company, balance_on, sku, warehouse,
        sum(quantity) AS quantity, sum(value) AS value
    FROM canonical.stock_movement AS movement
    JOIN (SELECT DISTINCT company, balance_on FROM canonical.stock_balance) AS stated
        ON movement.company = stated.company
        AND movement.day <= stated.balance_on - DATE '1970-01-01'
    GROUP BY ALL
)
SELECT company, balance_on::VARCHAR, count(*)::INTEGER,
    sum(coalesce(ledger.value, 0) - coalesce(balance.value, 0))::VARCHAR
FROM canonical.stock_balance AS balance
FULL JOIN ledger USING (company, balance_on, sku, warehouse)
WHERE coalesce(ledger.quantity, 0) <> coalesce(balance.quantity, 0)
    OR balance.value IS NOT NULL AND balance.value <> coalesce(ledger.value, 0)
GROUP BY ALL ORDER BY ALL
"""


@dataclass(frozen=True)
class Told:
    """The story taken in: differences as first sent, as corrected, and what a third run did."""

    site: Site
    at_first: list[tuple[object, ...]]
    corrected: list[tuple[object, ...]]
    again: Intake


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The whole story, with its corrections."""
    story = write_demo(tmp_path_factory.mktemp("demo"))
    site = load_site(story.folder)

    def take() -> Intake:
        with Warehouse(site) as warehouse:
            taken = take_in(warehouse, Days(story.first, story.last), say=lambda _: None)
        assert taken.problems == []
        return taken

    take()
    at_first = rows(site, DIFFERENCES)
    write_corrections(story.folder)
    take()
    return Told(site, at_first, rows(site, DIFFERENCES), take())


def rows(site: Site, query: str) -> list[tuple[object, ...]]:
    with Warehouse(site) as warehouse:
        return warehouse.rows(query)


# An add-on's posting nobody mapped, and a sale nobody can read.
ODD = [("coast", "2026-10-31", 1, "420.0000"), ("north", "2026-10-31", 1, "-480.0000")]


def test_the_ledger_equals_what_the_erps_say_but_for_two_odd_rows(told: Told) -> None:
    assert told.corrected == ODD


def test_freight_billed_twice_shows_until_the_extract_is_sent_again(told: Told) -> None:
    days = {row[1] for row in told.at_first if row[0] == "coast"}
    assert days == {"2026-09-30", "2026-10-01", "2026-10-31"}
    assert [row for row in told.at_first if row[0] == "north"] == ODD[1:]


def test_taking_it_in_again_changes_nothing(told: Told) -> None:
    assert not told.again.changed


def test_odd_rows_are_where_they_belong(told: Told) -> None:
    refused = rows(told.site, "SELECT DISTINCT company FROM quarantine.stock_movement ORDER BY 1")
    assert refused == [("coast",), ("north",)]
    assert rows(told.site, "SELECT sku FROM canonical.item WHERE is_stub") == [("N-999999",)]
    # two lines of a deleted document, one that was un-audited
    closed = "SELECT count(*)::INTEGER FROM canonical.stock_movement_history WHERE why = 'absent'"
    assert rows(told.site, closed) == [(3,)]


def test_every_movement_has_a_cost_though_a_month_is_not_costed_yet(told: Told) -> None:
    counts = rows(
        told.site,
        "SELECT count(*) FILTER (value IS NULL)::INTEGER, bool_or(value_is_estimated) "
        "FROM canonical.stock_movement WHERE company = 'river'",
    )
    assert counts == [(0, True)]
