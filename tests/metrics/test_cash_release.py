"""Which cash comes free: the worked examples, what is not netted, and sums to the cent."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from pipeline.metrics.cash_release import cash_release
from pipeline.metrics.time_windows import window
from pipeline.metrics.turnover import turnover_sums
from pipeline.policy import Policy, load_policies
from tests.metrics.ledgers import Books, books

ON = date(2025, 12, 31)
MONEY = ("cash_release", "dead_release", "other_release", "shortfall", "targeted_inventory")


def aiming(other: float | None = None, level: str = "category", **turnover: float) -> Policy:
    policy = load_policies().on(date(2025, 1, 1))
    said = {"turnover": turnover, "other_turnover": other, "level": level}
    return policy.model_copy(update={"targets": policy.targets.model_copy(update=said)})


def released(stock: Books, policy: Policy) -> pl.DataFrame:
    kept = turnover_sums(stock.daily(), [window("trailing_12_months", ON)], stock.companies())
    dead = stock.dead_stock(ON.isoformat()).with_columns(as_of=pl.lit(ON))
    rows = cash_release(kept, dead, policy).filter(scope="normal")
    cents = [(pl.col(name).cast(pl.Decimal(38, 4)) / 10_000).alias(name) for name in MONEY]
    return rows.with_columns(cents)


def line(rows: pl.DataFrame, member: str, company: str = "acme") -> dict[str, Any]:
    return rows.filter(member=member, company=company).row(0, named=True)


def steady(**sold_and_held: tuple[int, int]) -> Books:
    """Categories that sold so much of a stock that stood the same all year."""
    lines = ["posted | kind | sku | value"]
    for sku, (sold, held) in sold_and_held.items():
        lines += [
            f"2024-12-01 | opening  | {sku} | {held}",
            f"2025-12-30 | purchase | {sku} | {sold}",
            f"2025-12-30 | sale     | {sku} | {-sold}",
        ]
    names = "\n".join(f"{sku} | {sku}" for sku in sold_and_held)
    return books("\n".join(lines), f"sku | category\n{names}")


def test_worked_example_g19() -> None:
    row = line(released(steady(Bearings=(1_200_000, 300_000)), aiming(Bearings=5.6)), "Bearings")

    assert (row["turnover"], row["target_turnover"]) == (4.0, 5.6)
    assert row["cash_release"] == Decimal("85714.2857")
    assert row["target_inventory"] == 2_142_857_143  # 214,285.7143 in ten-thousandths
    assert row["gap_days"] == pytest.approx(91.25 - 365 / 5.6)


def test_worked_example_g09() -> None:
    # 3.0 -> 5.2 turns at constant cost of goods sold C: 0.141026 C comes free.
    row = line(released(steady(Goods=(3_000_000, 1_000_000)), aiming(Goods=5.2)), "Goods")

    assert round(row["cash_release"] / 3_000_000, 6) == Decimal("0.141026")


def test_what_one_category_lacks_never_pays_for_another() -> None:
    stock = steady(Slow=(1_000, 500), Fast=(9_000, 500))
    rows = released(stock, aiming(other=4.0))
    slow, fast, whole = line(rows, "Slow"), line(rows, "Fast"), line(rows, "acme")

    assert (slow["cash_release"], slow["shortfall"]) == (250, 0)  # 500 − 1,000 / 4
    assert (fast["cash_release"], fast["shortfall"]) == (0, 1750)  # 9,000 / 4 − 500
    assert (whole["cash_release"], whole["shortfall"]) == (250, 1750)
    assert whole["targeted_inventory"] == 1000


def test_dead_stock_goes_first() -> None:
    stock = books(
        """
        posted     | kind     | sku | quantity | value
        2023-01-01 | opening  | D   | 1        | 100
        2023-01-01 | opening  | L   | 4        | 400
        2025-12-30 | purchase | L   | 6        | 600
        2025-12-30 | sale     | L   | -6       | -600
        """,
        "sku | category\nD | Goods\nL | Goods",
    )
    # 500 held, 600 ÷ 2 = 300 needed; of the 200 that come free 100 are dead.
    row = line(released(stock, aiming(Goods=2)), "Goods")
    assert (row["cash_release"], row["dead_release"], row["other_release"]) == (200, 100, 100)
    # At 1.3 turns only 38.4615 come free: all of it is dead stock.
    row = line(released(stock, aiming(Goods=1.3)), "Goods")
    assert row["cash_release"] == row["dead_release"] == Decimal("38.4615")


def test_what_was_never_sold_needs_no_stock() -> None:
    row = line(released(steady(Shelf=(0, 700)), aiming(Shelf=4)), "Shelf")

    assert (row["cash_release"], row["turnover"], row["reason"]) == (700, 0, None)
    assert row["gap_days"] is None


def test_what_is_only_consumed_is_not_told_to_go() -> None:
    # Its cost of goods sold stands under what was made of it.
    stock = books(
        """
        posted     | kind             | value
        2024-12-01 | opening          | 500
        2025-06-01 | production_issue | -100
        """,
        "sku | category | stage\nA-1 | Steel | raw",
    )
    row = line(released(stock, aiming(Steel=4)), "Steel")

    assert (row["cash_release"], row["reason"]) == (None, "no_cogs")


def test_without_a_target_nothing_is_said_to_come_free() -> None:
    stock = steady(Aimed=(1_000, 500), Free=(1_000, 500))
    rows = released(stock, aiming(Aimed=4))

    assert line(rows, "Free")["reason"] == "no_target"
    assert all(line(rows, "Free")[name] is None for name in MONEY)
    whole = line(rows, "acme")
    assert (whole["cash_release"], whole["targeted_inventory"], whole["reason"]) == (250, 500, None)
    assert set(released(stock, aiming())["reason"]) == {"no_target"}


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ("2025-11-01 | purchase | A | -", "no_cost"),
        ("2024-12-02 | adjustment | A | -900", "negative_stock"),
    ],
)
def test_an_average_nobody_knows_frees_nothing(more: str, reason: str) -> None:
    drawn = f"posted | kind | sku | value\n2024-01-01 | opening | A | 100\n{more}"
    rows = released(books(drawn, "sku | category\nA | Goods"), aiming(Goods=4))

    assert [line(rows, name)["reason"] for name in ("Goods", "acme")] == [reason, reason]
    assert line(rows, "acme")["cash_release"] is None


def test_lines_of_whole_paths_add_up_to_the_cent_and_to_the_group() -> None:
    lines = ["posted | company | kind | sku | value"]
    for company in ("north", "river"):
        for number in range(7):
            lines += [
                f"2024-12-01 | {company} | opening  | {number} | {1000 + number}.01",
                f"2025-12-30 | {company} | purchase | {number} | 333.33",
                f"2025-12-30 | {company} | sale     | {number} | -333.33",
            ]
    items = ["company | sku | category"]
    items += [f"{c} | {n} | Top / Sub {n}" for c in ("north", "river") for n in range(7)]
    rows = released(books("\n".join(lines), "\n".join(items)), aiming(3, level="subcategory"))

    for company in ("north", "river", "*"):
        own = rows.filter(company=company)
        whole, parts = own.filter(dimension="company"), own.filter(dimension="subcategory")
        assert parts.height == 7
        for name in MONEY:
            assert whole[name].item() == parts[name].sum(), (company, name)
        assert (parts["dead_release"] + parts["other_release"] == parts["cash_release"]).all()


def test_holding_stock_costs_the_rate_of_policy() -> None:
    row = line(released(steady(Goods=(600, 1_000)), aiming()), "Goods")

    assert (row["carrying_cost"], row["average_inventory"]) == (2_000_000, 1_000)  # 20 % of 1,000
