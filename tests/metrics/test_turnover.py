"""How often stock turned: the golden examples, the reasons, and laws that always hold."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from pipeline.metrics.daily import SERIES
from pipeline.metrics.time_windows import FiscalCalendar, window
from pipeline.metrics.turnover import COLUMNS, turnover
from tests.metrics.ledgers import Books, books, one, turns

TWO_POINT = {"dimension": "company", "company": "acme", "scope": "all", "basis": "two_point"}


def a_year(opening: int, cogs: int, closing: int) -> Books:
    """The dated fixture: opening on 1 January, sales and the rest as purchases inside the year."""
    return books(f"""
        posted     | kind     | value
        2025-01-01 | opening  | {opening}
        2025-05-10 | purchase | {cogs + closing - opening}
        2025-08-20 | sale     | {-cogs}
    """)


def company(stock: Books, as_of: str = "2025-12-31", **wanted: str) -> dict[str, Any]:
    name = wanted.pop("name", "trailing_12_months")
    return one(turns(stock, as_of, name), **(TWO_POINT | wanted))


@pytest.mark.parametrize(
    ("cogs", "opening", "closing", "average", "turned", "days"),
    [
        (5_000_000, 1_000_000, 1_500_000, 1_250_000, 4.0, 91.25),  # G01
        (80_000_000, 12_000_000, 16_000_000, 14_000_000, 5.714286, 63.875),  # G02
        (5_000_000, 2_000_000, 3_000_000, 2_500_000, 2.0, 182.5),  # G05
        (1_200_000, 300_000, 300_000, 300_000, 4.0, 91.25),  # G06
    ],
)
def test_turnover_is_cogs_over_the_average_of_opening_and_closing(
    cogs: int, opening: int, closing: int, average: float, turned: float, days: float
) -> None:
    row = company(a_year(opening, cogs, closing))

    assert row["average_inventory"] == average
    assert row["turnover"] == pytest.approx(turned, abs=5e-7)
    assert row["dio_days"] == pytest.approx(days, rel=1e-12)
    assert (row["cogs"], row["days"], row["reason"]) == (Decimal(cogs), 365, None)


def test_closing_or_opening_alone_is_never_a_basis() -> None:
    # G04: 8000 / 1600 = 5.00 and 8000 / 1200 = 6.667 must appear nowhere.
    rows = turns(a_year(12_000_000, 80_000_000, 16_000_000), "2025-12-31")

    assert rows.filter(pl.col("turnover").round(2).is_in([5.0, 6.67])).is_empty()


@pytest.mark.parametrize(
    ("days", "turned"), [(33, 11.1), (40, 9.1), (90, 4.1), (94, 3.9), (106, 3.4)]
)
def test_days_of_stock_and_turns_are_reciprocal(days: int, turned: float) -> None:
    # G07: `days` of stock at an outflow of 1,000 a day.
    row = company(a_year(days * 1000, 365_000, days * 1000))

    assert row["dio_days"] == pytest.approx(days)
    assert round(row["turnover"], 1) == turned


def test_thirty_percent_fewer_days_are_1_43_times_the_turns() -> None:
    before, after = (company(a_year(stock, 1_200_000, stock)) for stock in (300_000, 210_000))

    assert after["dio_days"] == pytest.approx(0.7 * before["dio_days"])
    assert after["turnover"] / before["turnover"] == pytest.approx(1.42857, abs=5e-6)  # G11


THIRTY_DAYS = """
    posted     | kind     | value
    2025-04-01 | opening  | 1000
    2025-04-11 | purchase | 1000
    2025-04-29 | sale     | -1500
"""


def test_time_weighted_and_two_point_averages_of_thirty_days() -> None:
    # T1: 10 days at 1000, 18 at 2000, 2 at 500: 47,000 / 30 = 1566.67; two-point 750.
    rows = turns(books(THIRTY_DAYS), "2025-04-30", "month")
    weighted = one(rows, **(TWO_POINT | {"basis": "time_weighted"}))
    two_point = one(rows, **TWO_POINT)

    assert weighted["inventory_days"] == two_point["inventory_days"] == Decimal(47_000)
    assert weighted["average_inventory"] == pytest.approx(1566.6667, abs=1e-4)
    assert weighted["turnover"] == pytest.approx(1500 / (47_000 / 30) * 365 / 30)
    assert round(weighted["turnover"], 2) == 11.65
    assert two_point["average_inventory"] == 750
    assert round(two_point["turnover"], 2) == 24.33


def test_month_ends_take_the_closing_before_each_month_end_and_the_last_day() -> None:
    stock = books("""
        posted     | kind     | value
        2025-01-01 | opening  | 100
        2025-01-20 | purchase | 100
        2025-02-10 | sale     | -50
        2025-03-10 | sale     | -30
    """)
    # Before 100; 31 Jan 200; 28 Feb 150; 15 Mar 120: 570 / 4.  Quarter ends: only 100 and 120.
    rows = turns(stock, "2025-03-15", "year_to_date")

    assert one(rows, **(TWO_POINT | {"basis": "month_ends"}))["average_inventory"] == 142.5
    assert one(rows, **(TWO_POINT | {"basis": "quarter_ends"}))["average_inventory"] == 110
    # On 31 March the last day is itself a month end and a quarter end, and counts once.
    rows = turns(stock, "2025-03-31", "year_to_date")
    assert one(rows, **(TWO_POINT | {"basis": "month_ends"}))["average_inventory"] == 142.5
    assert one(rows, **(TWO_POINT | {"basis": "quarter_ends"}))["average_inventory"] == 110


def test_twelve_whole_months_are_one_year_with_a_leap_day_too() -> None:
    stock = books("""
        posted     | kind     | value
        2024-01-01 | opening  | 100
        2024-05-10 | purchase | 400
        2024-08-20 | sale     | -400
    """)

    assert company(stock, "2024-12-31")["days"] == 366
    assert company(stock, "2024-12-31")["turnover"] == 4.0
    assert company(stock, "2024-12-31", name="year_to_date")["turnover"] == 4.0


def test_a_month_is_scaled_to_the_days_a_year_has_by_policy() -> None:
    fiscal = FiscalCalendar(days_per_year=360)
    asked = [window("month", date(2025, 4, 30), fiscal)]
    stock = books(THIRTY_DAYS)
    row = one(turnover(stock.daily(), asked, stock.companies()), **TWO_POINT)

    # 1500 in 30 days is 18,000 in 360, over a mean stock of 750.
    assert (row["turnover"], row["dio_days"]) == (24.0, 15.0)


def test_days_per_year_is_policy() -> None:
    stock = a_year(300_000, 1_200_000, 300_000)
    fiscal = FiscalCalendar(days_per_year=360)
    asked = [window("trailing_12_months", date(2025, 12, 31), fiscal)]
    rows = turnover(stock.daily(), asked, stock.companies())

    assert one(rows, **TWO_POINT)["turnover"] == 4.0
    assert one(rows, **TWO_POINT)["dio_days"] == 90.0


def test_transfers_scrap_and_adjustments_are_no_cogs() -> None:
    stock = books("""
        posted     | kind         | warehouse | value
        2025-01-01 | opening      | W1        | 1000
        2025-02-01 | transfer_out | W1        | -400
        2025-02-01 | transfer_in  | W2        | 400
        2025-03-01 | scrap        | W1        | -50
        2025-03-02 | adjustment   | W1        | -20
        2025-03-03 | sale         | W2        | -100
        2025-03-05 | sale_return  | W2        | 40
    """)
    rows = turns(stock, "2025-12-31")

    assert company(stock)["cogs"] == Decimal(60)
    by_place = TWO_POINT | {"dimension": "warehouse"}
    assert one(rows, **(by_place | {"member": "W1"}))["cogs"] == 0
    assert one(rows, **(by_place | {"member": "W1"}))["reason"] == "no_cogs"
    assert one(rows, **(by_place | {"member": "W2"}))["cogs"] == Decimal(60)


def test_raw_material_and_suppliers_turn_on_consumption_too() -> None:
    stock = books(
        """
        posted     | kind               | sku | supplier       | value
        2025-01-01 | opening            | R   | S1             | 100
        2025-02-01 | production_issue   | R   | S1             | -80
        2025-02-01 | purchase           | R   | S1             | 80
        2025-02-02 | production_receipt | F   | own_production | 80
        2025-02-03 | sale               | F   | own_production | -50
        """,
        items="""
        sku | stage    | category
        R   | raw      | Steel
        F   | finished | Pumps
        """,
    )
    rows = turns(stock, "2025-12-31")

    def of(dimension: str, member: str) -> dict[str, Any]:
        return one(rows, **(TWO_POINT | {"dimension": dimension, "member": member}))

    assert of("stage", "raw")["turnover"] == 80 / 100
    assert of("supplier", "S1")["turnover"] == 80 / 100
    assert of("supplier", "own_production")["turnover"] == 50 / 15
    assert of("category", "Steel")["reason"] == "no_cogs"
    assert of("category", "Steel")["consumption"] == Decimal(80)
    assert company(stock)["turnover"] == 50 / 115  # (100 + 130) / 2


def test_scope_normal_leaves_abnormal_places_and_items_out() -> None:
    stock = books(
        """
        posted     | kind     | sku | warehouse | value
        2025-01-01 | opening  | A   | W1        | 100
        2025-01-01 | opening  | A   | QC        | 30
        2025-01-01 | opening  | OLD | W1        | 20
        2025-03-01 | sale     | A   | W1        | -50
        2025-03-01 | purchase | A   | W1        | 50
        2025-03-01 | sale     | A   | QC        | -10
        """,
        items="""
        sku | status
        OLD | obsolete
        """,
        warehouses="""
        warehouse | kind
        QC        | quarantine
        """,
    )

    everything = company(stock)
    normal = company(stock, scope="normal")

    assert (everything["opening_value"], everything["cogs"]) == (Decimal(150), Decimal(60))
    assert (normal["opening_value"], normal["cogs"]) == (Decimal(100), Decimal(50))
    assert normal["turnover"] == 0.5


REASONED = [
    # No sale in the year: slow, not unknown.
    ("no_cogs", 0.0, "2025-01-01 | opening | 100"),
    # More came back than went out.
    ("negative_cogs", None, "2025-01-01 | opening | 100\n2025-02-01 | sale_return | 10"),
    # Bought and sold on one day: nothing ever stood there overnight.
    (
        "no_stock",
        None,
        "2025-01-01 | opening | 0\n2025-02-01 | purchase | 10\n2025-02-01 | sale | -10",
    ),
    # Sold before it was received.
    ("negative_stock", None, "2025-01-01 | opening | 0\n2025-02-01 | sale | -10"),
    # The ledger starts inside the window.
    ("short_history", None, "2025-01-02 | opening | 100\n2025-02-01 | sale | -10"),
    # One posting has no value.
    ("no_cost", None, "2025-01-01 | opening | 100\n2025-02-01 | sale | -"),
]


@pytest.mark.parametrize(("reason", "turned", "lines"), REASONED)
def test_a_ratio_without_meaning_is_null_with_its_reason(
    reason: str, turned: float | None, lines: str
) -> None:
    drawn = "posted | kind | value\n" + lines
    row = one(turns(books(drawn), "2025-12-31"), **(TWO_POINT | {"basis": "time_weighted"}))

    assert (row["turnover"], row["dio_days"], row["reason"]) == (turned, None, reason)


def test_an_average_of_exactly_nothing_with_stock_in_between_is_no_stock() -> None:
    stock = books("""
        posted     | kind     | value
        2025-01-01 | opening  | 0
        2025-02-01 | purchase | 10
        2025-03-01 | sale     | -10
    """)

    assert company(stock)["reason"] == "no_stock"
    assert company(stock, basis="time_weighted")["turnover"] == pytest.approx(10 / (280 / 365))


def test_with_short_history_cogs_stays_and_the_stock_is_unknown() -> None:
    row = company(books("posted | kind | value\n2025-01-02 | opening | 9\n2025-02-01 | sale | -4"))

    assert row["cogs"] == Decimal(4)
    assert row["closing_value"] == Decimal(5)
    assert row["opening_value"] is row["average_inventory"] is row["inventory_days"] is None


def test_a_day_no_delivery_reached_is_incomplete() -> None:
    stock = a_year(100, 400, 100)
    asked = [window("trailing_12_months", date(2025, 12, 31))]
    rows = turnover(stock.daily(), asked, stock.companies(date(2025, 12, 30)))

    assert set(rows["reason"]) == {"incomplete"}
    assert rows["turnover"].null_count() == rows["closing_value"].null_count() == rows.height


def test_the_group_is_the_plain_sum_and_knows_no_more_than_its_companies() -> None:
    stock = books("""
        company | posted     | kind    | value
        acme    | 2025-01-01 | opening | 100
        acme    | 2025-02-01 | sale    | -50
        zeta    | 2025-03-01 | opening | 10
        zeta    | 2025-04-01 | sale    | -5
    """)
    group = company(stock, company="*")

    assert (group["member"], group["cogs"]) == ("*", Decimal(55))
    assert group["reason"] == "short_history"
    assert company(stock)["reason"] is None
    assert company(stock, name="month", company="*")["closing_value"] == Decimal(55)


def test_a_member_has_rows_while_it_has_stock_or_flows() -> None:
    stock = books("""
        posted     | kind     | sku | value
        2024-01-01 | opening  | A   | 100
        2024-01-01 | opening  | B   | 10
        2024-03-01 | sale     | B   | -10
    """)
    by_place = {"dimension": "category"}

    assert turns(stock, "2025-03-01").filter(**by_place).height > 0
    sold_out = books("posted | kind | value\n2024-01-01 | opening | 5\n2024-03-01 | sale | -5")
    assert turns(sold_out, "2025-02-28").height > 0
    assert turns(sold_out, "2025-03-01").is_empty()


def test_the_columns_are_the_published_ones() -> None:
    assert tuple(turns(a_year(1, 1, 1), "2025-12-31").columns) == COLUMNS


def test_many_dates_in_one_pass_are_the_same_as_date_by_date() -> None:
    stock = books("""
        posted     | kind     | supplier | warehouse | value
        2024-01-01 | opening  | S1       | W1        | 100
        2024-03-05 | purchase | S2       | W1        | 70
        2024-06-30 | sale     | S1       | W1        | -60
        2024-11-05 | purchase | S2       | W2        | 10
        2025-02-28 | sale     | S2       | W1        | -30
    """)
    table, known = stock.daily(), stock.companies()
    dates = [date(2025, 2, 20) + timedelta(days=n) for n in range(12)]
    names = ("month", "quarter", "year_to_date", "trailing_12_months")
    together = turnover(table, [window(n, day) for day in dates for n in names], known)
    apart = [turnover(table, [window(n, day) for n in names], known) for day in dates]

    keys = ["as_of", *SERIES, "time_window", "basis"]
    assert together.sort(keys).equals(pl.concat(apart).sort(keys))


def test_no_sum_wraps_at_the_largest_values_a_ledger_may_hold() -> None:
    # Two years at 9e13: the inventory days exceed 64 bits 70 times over.
    stock = books("""
        posted     | kind    | value
        2024-01-01 | opening | 90000000000000
        2025-12-31 | sale    | -10000000000000
    """)
    row = company(stock, basis="time_weighted")

    assert row["inventory_days"] == Decimal(90_000_000_000_000 * 365 - 10_000_000_000_000)
    assert row["turnover"] == pytest.approx(1 / 9, rel=1e-3)
