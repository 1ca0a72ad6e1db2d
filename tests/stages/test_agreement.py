"""Gate, check and page say the same of ledger and ERP: what policy tolerates is no difference."""

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.report.model import report_model
from pipeline.report.pages.quality_checks import Result
from pipeline.settings import load_site
from pipeline.stages.erp_agreement import differing
from pipeline.stages.release_gate import blockers
from pipeline.stages.report_inputs import Audience, Reporting
from pipeline.warehouse import Warehouse
from tests.house.sites import MASTERS, deliver, movements, write_site

DAY = date(2025, 3, 31)
POLICY = """
[[rule]]
valid_from = 2020-01-01
value_tolerance = {value}
quantity_tolerance = 0
reason = "Rounding of the old ERP"
"""
BALANCE = "balance_on,sku,warehouse,quantity,value\n2025-03-31,B-100,MAIN,10,100.01\n"


def site_of(folder: Path, tolerated: str) -> Path:
    """One position worth 100.00, which the ERP says is worth 100.01."""
    extra = "reconciliation_blocks = true\n"
    site = write_site(folder / "site")
    settings = site / "site.toml"
    settings.write_text(settings.read_text().replace("[[company]]", f"{extra}\n[[company]]"))
    (site / "policy").mkdir()
    (site / "policy" / "reconciliation.toml").write_text(POLICY.format(value=tolerated))
    ledger = movements("1|2025-03-01|opening|10|100.00")
    deliver(site, str(DAY), MASTERS | {"stock_movement": ledger, "stock_balance": BALANCE})
    return site


@pytest.mark.parametrize(
    ("tolerated", "code", "result", "title"),
    [
        pytest.param(
            "1.00",
            0,
            Result.PASSED,
            "The ledger agrees with the ERP's balances as far as policy asks",
            marks=pytest.mark.acceptance,
        ),
        (
            "0.01",
            0,
            Result.PASSED,
            "The ledger agrees with the ERP's balances as far as policy asks",
        ),
        ("0.001", 65, Result.FAILED, "The ledger differs from the ERP's balance in one of"),
    ],
)
def test_a_cent_is_a_difference_only_where_policy_says_so(
    tmp_path: Path, tolerated: str, code: int, result: Result, title: str
) -> None:
    folder = site_of(tmp_path, tolerated)

    done = CliRunner().invoke(app, ["run", "--site", str(folder), "--no-report"])

    assert done.exit_code == code, done.output
    with Warehouse(load_site(folder)) as warehouse:
        assert bool(blockers(warehouse, DAY)) == (code == 65)
        assert differing(warehouse, DAY).height == (code == 65)
        page = report_model(Reporting(warehouse, DAY).given(Audience("acme"))).quality
    check = next(each for each in page.checks if "agrees with" in str(each.expectation))
    assert check.result is result
    assert title in str(page.title)
