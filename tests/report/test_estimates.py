"""What turnover is without the items whose value is estimated: the range of an estimate."""

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipeline.report.inputs import COSTED, ESTIMATES
from pipeline.report.pages.quality_stock_checks import costed
from pipeline.settings import GROUP, load_site
from pipeline.stages import attribute, compute, ingest
from pipeline.stages.days import Days
from pipeline.stages.report_inputs import Audience, Reporting
from pipeline.warehouse import Warehouse
from tests.house.sites import deliver, write_site
from tests.report.sites.kinds import AS_OF, MASTERS
from tests.report.tiny import facts, said

# B-100 sold 400 from 100 of stock; S-100, which has no posted cost of its sale, 200 from 100.
LEDGER = """movement_id,posted_at,sku,warehouse,kind,quantity,value,value_is_estimated
1,2025-01-01,B-100,MAIN,opening,10,100,
2,2026-10-31,B-100,MAIN,purchase,40,400,
3,2026-10-31,B-100,MAIN,sale,-40,-400,
4,2025-01-01,S-100,MAIN,opening,10,100,
5,2026-10-31,S-100,MAIN,purchase,20,200,
6,2026-10-31,S-100,MAIN,sale,-20,-200,true
"""


@pytest.mark.parametrize(
    ("ledger", "expected"),
    [
        (LEDGER, [(1, Decimal(400), 100.0)]),  # without S-100: 400 / 100 = 4 for 600 / 200 = 3
        (LEDGER.replace(",true", ","), []),
    ],
)
def test_items_with_an_estimate_are_left_out_of_the_other_figure(
    tmp_path: Path, ledger: str, expected: list[tuple[int, Decimal, float]]
) -> None:
    site = tmp_path / "site"
    write_site(site, start="2023-01-01", today=f"{AS_OF}")
    deliver(site, f"{AS_OF}", MASTERS | {"stock_movement": ledger})
    with Warehouse(load_site(site)) as warehouse:
        days = Days(AS_OF, AS_OF)
        ingest.take_in(warehouse, days, lambda _: None)
        attribute.keep_up(warehouse, lambda _: None)
        compute.compute(warehouse, days, lambda _: None)
        given = Reporting(warehouse, AS_OF).given(Audience(GROUP))

    assert given.unestimated.rows() == expected


def estimated(cogs: int | None, average: float, movements: int = 2) -> str:
    row = ("acme", movements, Decimal(900), Decimal(200), 0, 0, None)
    rest = [] if cogs is None else [(1, Decimal(cogs), average)]
    given = facts(
        estimates=pl.DataFrame([row], schema=ESTIMATES, orient="row"),
        unestimated=pl.DataFrame(rest, schema=COSTED, orient="row"),
    )
    return said(costed(given).finding)


def test_the_check_says_turnover_without_their_items() -> None:
    assert estimated(400, 100.0) == (
        "2 movements (CNY 900 in all, each without its sign) are valued at the last known cost; "
        "CNY 200 of it is in the cost of goods sold of the twelve months; without their items, "
        "turnover is 4.00"
    )
    assert estimated(400, 100.0, movements=1).endswith("without its item, turnover is 4.00")


@pytest.mark.parametrize(("cogs", "average"), [(None, 0.0), (0, 100.0), (400, 0.0)])
def test_nothing_is_said_where_nothing_of_it_turns(cogs: int | None, average: float) -> None:
    assert estimated(cogs, average).endswith("in the cost of goods sold of the twelve months")
