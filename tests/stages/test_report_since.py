"""What a report calls new: through the stages, one night after the other."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from pipeline.report.inputs import ReportInput
from pipeline.report.mail import mail_text
from pipeline.report.model import report_model
from pipeline.settings import GROUP, load_site
from pipeline.stages import attribute, compute, ingest
from pipeline.stages.days import Days
from pipeline.stages.report_inputs import Audience, Reporting
from pipeline.warehouse import Warehouse
from tests.house.sites import MASTERS, deliver, write_site
from tests.report.sites.kinds import ledger

FIRST, NEXT = date(2026, 1, 9), date(2026, 1, 10)
ITEM = "sku,name,category,stage,status\n"
ITEMS = {sku: f"{sku},{sku},Parts,trading,active" for sku in ("AGES", "WAKES", "GOES", "STAYS")}
# Last sold 365 days before the second day, and a year and more before the first.
HELD = [
    "2025-01-02 AGES MAIN purchase 50 5000 S1",
    "2025-01-10 AGES MAIN sale -10 -1000",
    "2024-06-01 WAKES MAIN purchase 30 3000 S1",
    "2024-06-02 WAKES MAIN sale -10 -1000",
    "2024-06-01 GOES MAIN purchase 25 2500 S1",
    "2024-06-02 GOES MAIN sale -10 -1000",
    "2024-06-01 STAYS MAIN purchase 9 900 S1",
    "2025-12-01 B-100 MAIN purchase 90 9000 S1",
]
SOLD = ["2026-01-10 WAKES MAIN sale -5 -500", "2026-01-10 GOES MAIN sale -15 -1500"]
STRICTER = """[[rule]]
valid_from = 1970-01-01
slow = 90
dead = 365
reason = "As it was"
[[rule]]
valid_from = 2026-01-10
slow = 90
dead = 300
reason = "What has not moved for ten months is dead"
"""

OF_STAGES = """[[rule]]
valid_from = 1970-01-01
slow = 90
dead = 365
reason = "Raw material waits longer"
[rule.stages.raw]
slow = 900
dead = 1000
"""


def items(**instead: str) -> str:
    return ITEM + "\n".join((ITEMS | instead).values()) + "\nB-100,Bearing,Parts,trading,active\n"


def site_of(
    folder: Path, sold: Sequence[str] = (), held: Sequence[str] = HELD, **then: str
) -> Path:
    """A site that delivered on both days; what it sold on the second, and other masters then."""
    site = write_site(folder / "site", start="2024-01-01", today=f"{NEXT}")
    first = MASTERS | {"item": items(), "stock_movement": ledger(held)}
    deliver(site, f"{FIRST}", first)
    deliver(site, f"{NEXT}", first | {"stock_movement": ledger([*held, *sold])} | then)
    return site


def given(site: Path, day: date = NEXT, first: date = FIRST) -> ReportInput:
    with Warehouse(load_site(site)) as warehouse:
        days = Days(first, NEXT)
        ingest.take_in(warehouse, days, quiet)
        attribute.keep_up(warehouse, quiet)
        compute.compute(warehouse, days, quiet)
        return Reporting(warehouse, day).given(Audience(GROUP))


def quiet(_: str) -> None:
    """Say nothing."""


def changes(site: Path) -> list[tuple[str, float, str]]:
    news = given(site).since
    assert news is not None
    assert news.on == FIRST
    return [
        (sku, float(value), change)
        for sku, value, change in news.items.select("sku", "value", "change").iter_rows()
    ]


def test_an_item_that_aged_one_that_was_sold_and_one_that_left_are_new(tmp_path: Path) -> None:
    site = site_of(tmp_path, SOLD)
    assert changes(site) == [
        ("AGES", 4000, "became_dead"),
        ("GOES", 1500, "left"),
        ("WAKES", 2000, "moves_again"),
    ]


def test_the_mail_says_it_in_both_languages(tmp_path: Path) -> None:
    site = site_of(tmp_path, SOLD)
    model = report_model(given(site))
    assert (
        "\n\nSince 9 January 2026 one item (CNY 4,000) became dead. One dead item (CNY 2,000) was "
        "sold or used again. One dead item (CNY 1,500) is no longer in stock. Turnover went from "
    ) in mail_text(model, "en")[1]
    assert (
        "\n\n自2026年1月9日以来，新增呆滞物料 1 项，金额 4,000 元。"
        "1 项呆滞物料（2,000 元）重新动销。1 项呆滞物料（1,500 元）已无库存。"
        "库存周转率由 "
    ) in mail_text(model, "zh")[1]


def test_a_night_without_news_has_none(tmp_path: Path) -> None:
    quiet_ones = [row for row in HELD if "AGES" not in row]
    site = site_of(tmp_path, held=quiet_ones)
    assert changes(site) == []
    found = given(site)
    assert found.since is not None
    assert found.since.turnover is None  # nothing was sold in the twelve months: no speed
    assert "No item became dead since 9 January 2026." in mail_text(report_model(found), "en")[1]


def test_what_became_abnormal_did_not_leave(tmp_path: Path) -> None:
    gone = items(STAYS="STAYS,STAYS,Parts,trading,obsolete")
    site = site_of(tmp_path, item=gone)
    assert changes(site) == [("AGES", 4000, "became_dead")]


def test_what_another_threshold_called_alive_was_not_sold(tmp_path: Path) -> None:
    material = items(STAYS="STAYS,STAYS,Parts,raw,active")
    site = site_of(tmp_path, item=material)
    (site / "policy").mkdir()
    (site / "policy" / "thresholds.toml").write_text(OF_STAGES, encoding="utf-8")
    assert changes(site) == [("AGES", 4000, "became_dead")]


def test_the_first_date_has_nothing_to_compare_with(tmp_path: Path) -> None:
    site = site_of(tmp_path)
    assert given(site, first=NEXT).since is None
    assert "since" not in mail_text(report_model(given(site, first=NEXT)), "en")[1].lower()


def test_what_another_policy_made_dead_is_not_new(tmp_path: Path) -> None:
    site = site_of(tmp_path)
    (site / "policy").mkdir()
    (site / "policy" / "thresholds.toml").write_text(STRICTER, encoding="utf-8")
    assert given(site).since is None


@pytest.mark.parametrize("dead", ["STAYS", "GOES"])
def test_the_old_dead_stock_of_a_company_that_joins_is_not_new(tmp_path: Path, dead: str) -> None:
    site = site_of(tmp_path)
    with (site / "site.toml").open("a", encoding="utf-8") as settings:
        settings.write('[[company]]\nname = "beta"\n')
    own = [row for row in HELD if dead in row]
    joined = MASTERS | {"item": items(), "stock_movement": ledger(own)}
    deliver(site, f"{NEXT}", joined, company="beta")
    assert changes(site) == [("AGES", 4000, "became_dead")]
