"""What the sample group hands over."""

import json
import shutil
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from pipeline.canonical.movement_kinds import Kind
from pipeline.demo import DemoStory, demo_settings, write_corrections, write_demo
from pipeline.demo.group import COAST, GROUP, RIVER, Trader
from pipeline.demo.trade import Trade, trade
from pipeline.policy import site_policies
from pipeline.settings import load_site

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> DemoStory:
    """The sample site as it is first written."""
    return write_demo(tmp_path_factory.mktemp("demo"))


@cache
def told(trader: Trader) -> Trade:
    """All that happened in a company."""
    return trade(trader)


@pytest.fixture(scope="module")
def coast() -> Trade:
    """All that happened in the retail company."""
    return told(COAST)


def delivery(story: DemoStory, company: str, on: date) -> Path:
    return story.folder / "landing" / company / on.isoformat()


def manifest(story: DemoStory, company: str, on: date) -> dict[str, dict[str, object]]:
    return json.loads((delivery(story, company, on) / "manifest.json").read_text())["tables"]


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_the_group_is_as_large_as_promised(story: DemoStory) -> None:
    assert story.items >= 2000
    assert story.suppliers >= 12
    assert story.warehouses >= 6
    assert story.movements >= 300_000


def test_a_first_delivery_of_24_months_is_followed_by_30_nights(story: DemoStory) -> None:
    for trader in GROUP:
        days = sorted(path.name for path in (story.folder / "landing" / trader.code).iterdir())
        nights = [FIRST + timedelta(days=night) for night in range(31)]
        assert days == [day.isoformat() for day in nights]
        stated = manifest(story, trader.code, FIRST)["stock_movement"]
        assert (stated["from"], stated["to"]) == ("2024-10-01", "2026-10-01")


@pytest.mark.parametrize("company", [trader.code for trader in GROUP])
def test_a_night_states_45_days(story: DemoStory, company: str) -> None:
    stated = manifest(story, company, LAST)["stock_movement"]
    # 17 to 30 September are 14 days, October has 31
    assert (stated["mode"], stated["from"], stated["to"]) == ("window", "2026-09-17", "2026-10-31")


def test_the_same_story_is_told_every_time(coast: Trade) -> None:
    again = trade(COAST)
    assert again.journal.equals(coast.journal)
    assert again.purchases.equals(coast.purchases)


@pytest.mark.acceptance  # what was corrected and is written again goes with every change
def test_writing_it_again_changes_nothing(story: DemoStory) -> None:
    before = contents(story.folder)
    assert write_demo(story.folder).files_written == 0
    assert contents(story.folder) == before


def test_corrections_change_two_deliveries_and_stay(tmp_path: Path, story: DemoStory) -> None:
    shutil.copytree(story.folder, tmp_path, dirs_exist_ok=True)
    first = contents(tmp_path)
    write_corrections(tmp_path)
    corrected = contents(tmp_path)
    changed = {str(Path(name).parent) for name in corrected if corrected[name] != first[name]}
    assert changed == {"landing/north/2026-10-31", "landing/coast/2026-10-20"}

    assert write_demo(tmp_path).files_written == 0
    assert write_corrections(tmp_path) == 0
    assert contents(tmp_path) == corrected


def test_the_site_is_valid_and_speaks_both_languages(story: DemoStory) -> None:
    site = load_site(story.folder)
    assert site.settings == demo_settings()
    assert site.settings.site.languages == ("en", "zh")
    assert site.today() == LAST


def test_companies_number_alike_and_only_a_mapped_supplier_is_the_same(story: DemoStory) -> None:
    site = load_site(story.folder)
    rule = site_policies(site).on(LAST).group_members
    codes = {trader.code: {source.code for source in trader.sources} for trader in GROUP}
    places = [{place.code for place in trader.places} for trader in GROUP]

    assert set.intersection(*codes.values()) == {"V001", "V002", "V003", "V004"}
    assert set.intersection(*places) == {"01", "02", "03"}
    for partner in rule.members:
        assert all(code in codes[company] for company, code in partner.pairs)
    assert [sorted(partner.pairs) for partner in rule.members] == [
        [("north", "V002"), ("river", "V004")]
    ]


def test_sap_comes_as_utf_16_with_tabs_and_midnights(story: DemoStory) -> None:
    content = (delivery(story, "north", LAST) / "OINM.csv").read_bytes()
    assert content.startswith(b"\xff\xfe")
    header, first, *_ = content.decode("utf-16").split("\r\n")
    assert header.split("\t")[:2] == ["TransNum", "TransType"]
    assert " 00:00:00.000\t" in first


def test_u8_comes_as_gb18030_with_chinese_names(story: DemoStory) -> None:
    folder = delivery(story, "river", FIRST)
    assert "钢" in (folder / "Vendor.csv").read_bytes().decode("gb18030")
    assert "调拨出库" in (folder / "RdRecord09.csv").read_bytes().decode("gb18030")


def costed(story: DemoStory, on: date) -> dict[tuple[str, str], bool]:
    """Whether the issues of a month have a cost, by month and document type."""
    content = (delivery(story, "river", on) / "IA_Subsidiary.csv").read_bytes()
    frame = pl.read_csv(content.decode("gb18030").encode(), infer_schema=False)
    price = pl.coalesce("iAInPrice", "iAOutPrice")
    months = frame.group_by(pl.col("dVouDate").str.slice(0, 7).alias("month"), "cVouType").agg(
        price.is_not_null().all().alias("is_costed"),
    )
    return {(month, kind): is_costed for month, kind, is_costed in months.iter_rows()}


def test_what_was_sold_has_no_cost_until_the_fifth_of_the_next_month(story: DemoStory) -> None:
    before, after = costed(story, date(2026, 10, 4)), costed(story, date(2026, 10, 5))
    assert before["2026-08", "32"]
    assert not before["2026-09", "32"]
    assert before["2026-09", "01"]
    assert after["2026-09", "32"]
    assert not after["2026-10", "32"]


def test_the_story_has_something_to_say_for_every_page(coast: Trade) -> None:
    journal = coast.journal
    kinds = {Kind(kind) for kind in journal["kind"].unique()}
    assert kinds >= {
        Kind.PURCHASE_RETURN,
        Kind.SALE_RETURN,
        Kind.TRANSFER_OUT,
        Kind.ADJUSTMENT,
        Kind.SCRAP,
        Kind.LANDED_COST,
        Kind.REVALUATION,
    }
    legs = journal.filter(pl.col("transfer") >= 0).group_by("transfer").agg(pl.len())
    assert (legs["len"] == 1).any()  # still in transit
    stock = journal.with_columns(stock=pl.col("quantity").cum_sum().over("place", "item"))
    assert stock["stock"].min() < 0  # sold before it was booked
    assert (coast.sales["sold"] < coast.sales["wanted"]).any()
    late = coast.purchases.join(
        journal.filter(kind=int(Kind.PURCHASE)), left_on="row", right_on="order"
    )
    assert (late["day_right"] > late["promised"] + 5).any()


def test_what_production_takes_and_gives_balances_in_cost() -> None:
    journal = told(RIVER).journal
    by_kind = dict(journal.group_by("kind").agg(pl.col("cents").sum()).iter_rows())
    used = -by_kind[int(Kind.PRODUCTION_ISSUE)]
    # what is made is worth its material and 35 % conversion, rounded line by line
    assert by_kind[int(Kind.PRODUCTION_RECEIPT)] == pytest.approx(used * 1.35, rel=1e-6)


@pytest.mark.parametrize("trader", GROUP, ids=lambda trader: trader.code)
def test_no_position_holds_value_without_stock(trader: Trader) -> None:
    held = told(trader).journal.group_by("place", "item").agg(pl.col("quantity", "cents").sum())
    assert held.filter((pl.col("quantity") == 0) & (pl.col("cents") != 0)).is_empty()
    assert held.filter((pl.col("quantity") > 0) & (pl.col("cents") <= 0)).is_empty()
