"""What stock every member had on every day."""

from datetime import date
from typing import Any

import narwhals as nw
import polars as pl
import pytest
from hypothesis import given

from pipeline.metrics.daily import (
    FLOWS,
    SERIES,
    closings,
    daily,
    daily_sums,
    members_of,
    published,
)
from pipeline.metrics.fixed_point import collected, refuse_overflow
from pipeline.metrics.time_windows import day_number, window
from pipeline.metrics.turnover import turnover
from pipeline.settings import DataRefused
from tests.laws import tried
from tests.metrics.ledgers import GRAINS, Books, books, one
from tests.metrics.test_stock_status import ledgers, random_books

KEYS = [*SERIES, "day"]

TRADE = """
    posted     | kind         | sku | warehouse | supplier | value
    2025-01-01 | opening      | a   | W1        | S1       | 100
    2025-01-05 | purchase     | a   | W1        | S2       | 50
    2025-01-05 | sale         | a   | W1        | S1       | -30
    2025-01-07 | transfer_out | a   | W1        | S1       | -20
    2025-01-07 | transfer_in  | a   | QC        | S1       | 20
"""
PLACES = "warehouse | kind\nQC | quarantine"


def line(stock: Books, day: str, **wanted: str) -> dict[str, Any]:
    usual = {"company": "acme", "dimension": "company", "scope": "all"}
    rows = stock.daily().filter(day=day_number(date.fromisoformat(day)))
    return one(rows, **(usual | wanted))


def test_a_day_has_an_opening_its_flows_by_kind_and_a_closing() -> None:
    row = line(books(TRADE, warehouses=PLACES), "2025-01-05")

    assert row["opening_value"] == 100_0000
    assert (row["purchase"], row["sale"]) == (50_0000, -30_0000)
    assert row["closing_value"] == 120_0000
    assert row["movements"] == 2


def test_members_of_every_dimension_and_scope() -> None:
    stock = books(TRADE, warehouses=PLACES)

    assert line(stock, "2025-01-07", dimension="supplier", member="S1")["closing_value"] == 70_0000
    assert line(stock, "2025-01-07", dimension="warehouse", member="QC")["closing_value"] == 20_0000
    assert line(stock, "2025-01-07")["closing_value"] == 120_0000
    # What went into quarantine left the normal stock.
    assert line(stock, "2025-01-07", scope="normal")["closing_value"] == 100_0000
    assert line(stock, "2025-01-07", company="*")["member"] == "*"


def test_days_without_postings_have_no_row() -> None:
    days = books(TRADE, warehouses=PLACES).daily()["day"].unique().sort().to_list()

    # The opening of 1 January stands on the day before.
    posted = (date(2024, 12, 31), date(2025, 1, 5), date(2025, 1, 7))
    assert days == [day_number(day) for day in posted]


def test_a_night_continues_from_the_closings_before_it() -> None:
    stock = books(TRADE, warehouses=PLACES)
    whole, since = stock.daily(), day_number(date(2025, 1, 5))
    night = stock.daily(since, closings(whole, since))

    assert night.sort(KEYS).equals(whole.filter(pl.col("day") >= since).sort(KEYS))


def test_published_money_is_decimal_and_reads_back_the_same() -> None:
    stock = books(TRADE, warehouses=PLACES)
    plain, shown = stock.daily(), published(stock.daily())
    asked = [window("month", date(2025, 1, 31))]
    since = day_number(date(2025, 1, 5))

    assert shown.schema["closing_value"] == pl.Decimal(18, 4)
    assert turnover(plain, asked, stock.companies()).equals(
        turnover(shown, asked, stock.companies())
    )
    night = stock.daily(since, closings(shown, since))
    assert night.sort(KEYS).equals(plain.filter(pl.col("day") >= since).sort(KEYS))


def test_flows_by_channel_have_no_stock() -> None:
    stock = books(TRADE, warehouses=PLACES)
    members = stock.members
    sales = stock.rows.with_columns(channel=pl.lit(None, pl.String))
    lookups = [nw.from_native(frame.lazy()) for frame in (members.items, members.places)]
    sums = collected(daily_sums(nw.from_native(sales.lazy()), *lookups, "channel"))
    table = daily({"channel": sums}, members)
    row = one(table, company="acme", scope="all")

    assert (row["member"], row["sale"], row["closing_value"]) == ("unattributed", -30_0000, None)
    asked = [window("month", date(2025, 1, 31))]
    turned = one(turnover(table, asked, stock.companies(), ["two_point"]), company="*", scope="all")
    assert (turned["cogs"], turned["turnover"], turned["reason"]) == (30, None, "no_stock")
    assert turned["closing_value"] is turned["average_inventory"] is None


def test_a_ledger_row_without_a_master_is_never_dropped_in_silence() -> None:
    stock = books(TRADE, warehouses=PLACES)
    members = members_of(
        stock.items, stock.warehouses.filter(warehouse="W1"), stock.suppliers, stock.policy
    )
    lookups = [nw.from_native(frame.lazy()) for frame in (members.items, members.places)]
    sums = collected(daily_sums(stock.lazy(), *lookups, "place"))

    with pytest.raises(ValueError, match="without a master"):
        daily({"place": sums}, members)


def test_nor_is_a_row_whose_item_has_none() -> None:
    stock = books(TRADE, warehouses=PLACES)
    members = stock.members
    items = nw.from_native(members.items.clear().lazy())
    places = nw.from_native(members.places.lazy())
    sums = collected(daily_sums(stock.lazy(), items, places, "item_class"))

    with pytest.raises(ValueError, match="without a master"):
        daily({"item_class": sums}, members)


def test_values_too_large_for_exact_sums_are_refused() -> None:
    refuse_overflow(4e14, 4e12)
    with pytest.raises(DataRefused, match=r"values of this ledger .* deliver values in thousands"):
        refuse_overflow(5e14, 1)
    with pytest.raises(DataRefused, match=r"quantities of this ledger .* in a larger unit"):
        refuse_overflow(1, 5e12)


@given(ledgers())
@tried(10, large=20)
def test_closings_equal_a_brute_force_grid(text: str) -> None:
    stock = random_books(text)
    rows = stock.rows.join(stock.warehouses.select("warehouse_no", "warehouse"), on="warehouse_no")
    table = stock.daily().filter(dimension="warehouse", company="acme", scope="all")

    for row in table.iter_rows(named=True):
        posted = rows.filter(pl.col("day") <= row["day"], warehouse=row["member"])
        assert row["closing_value"] == posted["value_e4"].sum()


@given(ledgers())
@tried(10, large=20)
def test_parts_of_every_dimension_add_up_to_the_company(text: str) -> None:
    table = random_books(text).daily()
    totals = table.group_by("company", "scope", "day", "dimension").agg(pl.col(FLOWS).sum())

    assert totals.drop("dimension").unique().height * len(GRAINS) * 2 == totals.height


@given(ledgers())
@tried(8, large=15)
def test_average_of_daily_closings_equals_the_one_pass(text: str) -> None:
    stock = random_books(text)
    asked = [window("month", date(2025, 6, 30)), window("trailing_12_months", date(2025, 6, 17))]
    table, known = stock.daily(), stock.companies().with_columns(first_day=pl.lit(0, pl.Int32))
    turned = turnover(table, asked, known, ["time_weighted"])

    for this in asked:
        days = range(day_number(this.start), day_number(this.as_of) + 1)
        grid = sum(stock.rows.filter(pl.col("day") <= day)["value_e4"].sum() for day in days)
        row = one(turned, time_window=this.name, dimension="company", company="*", scope="all")
        assert (row["inventory_days"] if row else 0) == grid / 10_000


@given(ledgers())
@tried(8, large=15)
def test_scaling_all_values_leaves_turnover_unchanged(text: str) -> None:
    stock = random_books(text)
    tenfold = Books(
        stock.rows.with_columns(pl.col("value_e4") * 8),
        stock.items,
        stock.warehouses,
        stock.suppliers,
        stock.policy,
    )
    asked = [window("trailing_12_months", date(2025, 12, 31))]
    plain, scaled = (turnover(each.daily(), asked, each.companies()) for each in (stock, tenfold))

    assert plain.select(*SERIES, "turnover", "reason").equals(
        scaled.select(*SERIES, "turnover", "reason")
    )


@given(ledgers())
@tried(8, large=15)
def test_splitting_a_category_keeps_the_total(text: str) -> None:
    split = random_books(text)  # Top / One and Top / Two
    asked = [window("trailing_12_months", date(2025, 12, 31))]
    rows = turnover(split.daily(), asked, split.companies(), ["two_point"]).filter(scope="all")
    one_level = rows.filter(dimension="category", company="acme")
    two_level = rows.filter(dimension="subcategory", company="acme")

    for column in ("cogs", "consumption", "inventory_days"):
        assert one_level[column].sum() == two_level[column].sum()
