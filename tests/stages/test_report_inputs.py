"""What a report is told of the companies behind it: who is missing, and whose layers go by lot."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.report.html import html
from pipeline.report.model import report_model
from pipeline.settings import load_site
from pipeline.stages.report_inputs import Audience, Reporting
from pipeline.warehouse import Warehouse
from tests.house.sites import MASTERS, deliver, write_site

COMPANIES = """title = "Acme Trading"
[[company]]
name = "beta"
[[company]]
name = "gamma"
title = "Gamma Works"
"""
HEAD = "movement_id,posted_at,sku,warehouse,kind,quantity,value,lot\n"
BY_LOT = f"{HEAD}1,2025-01-01,B-100,MAIN,purchase,5,50,L1\n2,2025-01-02,B-100,MAIN,sale,-1,-10,L1\n"
WITHOUT = re.sub("L1", "", BY_LOT)

Page = Callable[[str, str], str]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The text of a report, by its audience and language."""
    site = write_site(tmp_path_factory.mktemp("three") / "site", extra=COMPANIES)
    for company, ledger in (("acme", BY_LOT), ("beta", WITHOUT)):
        deliver(site, "2025-01-31", MASTERS | {"stock_movement": ledger}, company=company)
    result = CliRunner().invoke(app, ["run", "--site", str(site), "--no-report"])
    assert result.exit_code == 0, result.output

    def text(company: str, language: str) -> str:
        with Warehouse(load_site(site)) as warehouse:
            given = Reporting(warehouse, date(2025, 1, 31)).given(Audience(company))
        joined = re.sub(r"<[^>]+>", " ", html(report_model(given), language)).replace("\u2060", "")
        return " ".join(joined.split())

    return text


def test_a_company_that_never_delivered_is_named_on_the_groups_page(page: Page) -> None:
    english, chinese = page("*", "en"), page("*", "zh")

    assert "Not included in the group's figures: Gamma Works. No data had been received" in (
        english.replace("\u2019", "'").replace("&#39;", "'")
    )
    assert "No data from Gamma Works yet; not in any figure" in english
    assert "Those that deliver did so up to" in english
    assert "companies delivered up to" not in english
    assert "集团各项数字均不含 Gamma Works：截至2025年1月31日尚未收到其任何数据。" in chinese
    assert "尚未收到 Gamma Works 的数据，未计入任何数字" in chinese


@pytest.mark.parametrize("company", ["acme", "beta"])
def test_the_page_of_a_company_speaks_of_none_but_itself(page: Page, company: str) -> None:
    assert "Gamma" not in page(company, "en")


def test_the_page_says_whose_layers_are_taken_by_lot(page: Page) -> None:
    english, chinese = page("*", "en"), page("*", "zh")

    assert (
        "Lots Acme Trading: what the ERP posts to a lot is taken from that lot; all other stock "
        "first in, first out by item and warehouse." in english
    )
    assert (
        "批次 Acme Trading：ERP 按批次过账的，从该批次出库；其余存货按货品和仓库先进先出。"
        in chinese
    )


def test_nothing_is_said_of_lots_where_no_erp_names_any(page: Page) -> None:
    assert "posts to a lot" in page("acme", "en")
    assert "posts to a lot" not in page("beta", "en")
