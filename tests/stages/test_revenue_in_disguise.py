"""A ledger of sales prices where cost should stand is said so, on the page too (rule 9)."""

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.report.model import report_model
from pipeline.report.pages.quality_checks import Result
from pipeline.report.translate import Words
from pipeline.settings import load_site
from pipeline.stages.report_inputs import Audience, Reporting
from pipeline.warehouse import Warehouse
from tests.house.sites import MASTERS, deliver, published, write_site

DAY = date(2025, 3, 31)
HEADER = "movement_id,posted_at,sku,warehouse,kind,quantity,value,order_no,order_line_no\n"
ORDERS = "order_no,line_no,ordered_on,sku,ordered_quantity,revenue\n"


@pytest.mark.parametrize(
    ("revenue", "is_disguised", "result", "words"),
    [
        (10, True, Result.FAILED, "Acme posts as cost what it earned, on 30 of 30 order lines"),
        (16, False, Result.PASSED, "Holds for 30 order lines"),
    ],
)
def test_thirty_sales_at_their_price_are_flagged(
    tmp_path: Path, revenue: int, is_disguised: bool, result: Result, words: str
) -> None:
    """30 order lines of one piece each cost 10.00; they earned 10.00, or 16.00."""
    folder = write_site(tmp_path / "site")
    sales = "".join(f"s{n},2025-03-10,B-100,MAIN,sale,-1,-10.00,SO{n},1\n" for n in range(30))
    ledger = f"{HEADER}o,2025-01-01,B-100,MAIN,opening,100,1000.00,,\n{sales}"
    orders = ORDERS + "".join(f"SO{n},1,2025-03-09,B-100,1,{revenue}.00\n" for n in range(30))
    deliver(folder, str(DAY), MASTERS | {"stock_movement": ledger, "sales_order_line": orders})

    done = CliRunner().invoke(app, ["run", "--site", str(folder), "--no-report"])

    assert done.exit_code == 0, done.output
    flags = "select company, lines, is_disguised from metrics.cost_plausibility"
    assert published(folder, flags) == [("acme", 30, is_disguised)]
    with Warehouse(load_site(folder)) as warehouse:
        page = report_model(Reporting(warehouse, DAY).given(Audience("acme"))).quality
    check = next(each for each in page.checks if "disguise" in each.expectation.text)
    assert check.result is result
    assert words in Words("en", "CNY").plain(check.finding)
