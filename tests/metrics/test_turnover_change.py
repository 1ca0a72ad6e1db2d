"""Why turnover changed: the worked example, corners, and bridges that always add up."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.metrics.time_windows import Basis, window
from pipeline.metrics.turnover import turnover_sums
from pipeline.metrics.turnover_change import EFFECTS, turnover_change
from tests.laws import tried
from tests.metrics.ledgers import Books, books

THEN, NOW = date(2024, 12, 31), date(2025, 12, 31)

# T2: A sold 600 and 660 on an average of 100 and 110; B 200 and 180 on 100 and 120.
TWO_CATEGORIES = """
    posted     | kind     | sku | value
    2024-01-01 | opening  | A   | 100
    2024-01-01 | opening  | B   | 100
    2024-07-01 | purchase | A   | 600
    2024-07-01 | sale     | A   | -600
    2024-07-01 | purchase | B   | 200
    2024-07-01 | sale     | B   | -200
    2025-01-01 | purchase | A   | 10
    2025-01-01 | purchase | B   | 20
    2025-07-01 | purchase | A   | 660
    2025-07-01 | sale     | A   | -660
    2025-07-01 | purchase | B   | 180
    2025-07-01 | sale     | B   | -180
"""
CATEGORIES = "sku | category\nA | Appliances\nB | Bearings"


def change(
    stock: Books,
    now: date = NOW,
    then: date = THEN,
    basis: Basis = "time_weighted",
    covered_to: date = date(2099, 12, 31),
) -> pl.DataFrame:
    windows = [window("trailing_12_months", day) for day in sorted((now, then))]
    kept = turnover_sums(stock.daily(), windows, stock.companies(covered_to))
    return turnover_change(kept, [(now, then)], basis)


def row(rows: pl.DataFrame, dimension: str, member: str, company: str = "acme") -> dict[str, Any]:
    found = rows.filter(dimension=dimension, member=member, company=company, scope="normal")
    return found.row(0, named=True)


def test_worked_example_t2_by_category() -> None:
    rows = change(books(TWO_CATEGORIES, CATEGORIES))
    whole, a, b = (
        row(rows, "company", "acme"),
        row(rows, "category", "Appliances"),
        row(rows, "category", "Bearings"),
    )

    assert (whole["turnover_before"], round(whole["turnover"], 6)) == (4.0, 3.652174)
    assert round(whole["change"], 6) == -0.347826
    assert [round(a[name], 6) for name in ("rate_effect", "mix_effect")] == [0, -0.047259]
    assert [round(b[name], 6) for name in ("rate_effect", "mix_effect")] == [-0.255435, -0.045132]
    assert a["change"] + b["change"] == pytest.approx(whole["change"], abs=1e-12)


def test_worked_example_t2_by_outflow_and_stock() -> None:
    whole = row(change(books(TWO_CATEGORIES, CATEGORIES)), "company", "acme")

    # 40 more sold × (1/200 + 1/230) / 2; (1/230 − 1/200) × (800 + 840) / 2.
    assert whole["cogs_effect"] == pytest.approx(40 * (1 / 200 + 1 / 230) / 2)
    assert whole["inventory_effect"] == pytest.approx((1 / 230 - 1 / 200) * 820)
    assert round(whole["cogs_effect"], 6) == 0.186957
    assert round(whole["inventory_effect"], 6) == -0.534783


def test_stock_tied_up_is_what_the_pace_of_then_would_not_need() -> None:
    rows = change(books(TWO_CATEGORIES, CATEGORIES))

    # All: 230 − 840 / 4 = 20.  A: 110 − 660 / 6 = 0.  B: 120 − 180 / 2 = 30; the mix freed 10.
    tied = [
        row(rows, "company", "acme")["tied_value"],
        row(rows, "category", "Appliances")["tied_value"],
        row(rows, "category", "Bearings")["tied_value"],
    ]
    assert tied == pytest.approx([20, 0, 30])


def test_a_category_that_is_new_changes_the_mix_and_no_rate() -> None:
    stock = books(
        """
        posted     | kind     | sku | value
        2024-01-01 | opening  | A   | 100
        2024-07-01 | purchase | A   | 400
        2024-07-01 | sale     | A   | -400
        2025-01-01 | purchase | B   | 100
        2025-07-01 | purchase | A   | 400
        2025-07-01 | sale     | A   | -400
        2025-07-01 | purchase | B   | 200
        2025-07-01 | sale     | B   | -200
        """,
        CATEGORIES,
    )
    rows = change(stock)
    new, old = row(rows, "category", "Bearings"), row(rows, "category", "Appliances")

    # 4 on 100 became 600 on 200: 3.  B: share 0 → ½ × (2 − 3.5); A: ½ → share 1 − ½ × (4 − 3.5).
    assert (new["rate_effect"], new["mix_effect"]) == pytest.approx((0, -0.75))
    assert (old["rate_effect"], old["mix_effect"]) == pytest.approx((0, -0.25))
    assert (new["numerator_before"], new["turnover_before"], new["tied_value"]) == (0, None, None)


def test_companies_are_parts_of_the_group() -> None:
    drawn = TWO_CATEGORIES.replace("| sku |", "| company |")
    rows = change(books(drawn)).filter(company="*", scope="normal")
    parts = rows.filter(pl.col("dimension") == "company", pl.col("member") != "*")

    assert parts["member"].to_list() == ["A", "B"]
    assert [round(effect, 6) for effect in parts["rate_effect"]] == [0, -0.255435]
    assert row(rows, "company", "*", "*")["change"] == pytest.approx(sum(parts["change"]))


@pytest.mark.parametrize(
    ("then", "covered_to", "reason"),
    [(date(2024, 6, 30), date(2099, 1, 1), "short_history"), (THEN, THEN, "incomplete")],
)
def test_a_turnover_nobody_knows_has_no_bridge(then: date, covered_to: date, reason: str) -> None:
    rows = change(books(TWO_CATEGORIES, CATEGORIES), then=then, covered_to=covered_to)

    assert set(rows["reason"]) == {reason}
    assert all(rows[name].is_null().all() for name in EFFECTS)
    unknown = "average_inventory_before" if reason == "short_history" else "average_inventory"
    assert rows[unknown].is_null().all()


def test_missing_cost_of_one_item_leaves_no_bridge_of_the_whole() -> None:
    rows = change(books(TWO_CATEGORIES + "    2025-08-01 | purchase | B | -\n", CATEGORIES))

    assert set(rows["reason"]) == {"no_cost"}


def test_who_sold_nothing_in_both_years_has_turned_nought_and_changed_nothing() -> None:
    rows = change(books("posted | kind | value\n2024-01-01 | opening | 100"))
    whole = row(rows, "company", "acme")

    assert (whole["turnover"], whole["change"], whole["reason"]) == (0, 0, None)
    assert (whole["tied_value"], row(rows, "category", "uncategorised")["rate_effect"]) == (None, 0)


amounts = st.integers(min_value=0, max_value=10**13)
years = st.lists(st.tuples(amounts, amounts), min_size=4, max_size=4)


def _kept(of_categories: list[tuple[int, int]], as_of: date) -> list[dict[str, Any]]:
    """A year as it is kept: what each category sold, and its stock added up over 365 days.

    One category more has stock, so that the whole has some.
    """
    parts = [(f"C{number}", *year) for number, year in enumerate([*of_categories, (0, 365)])]
    whole = ("acme", sum(sold for _, sold, _ in parts), sum(held for _, _, held in parts))
    said = [("category", *part) for part in parts] + [("company", *whole)]
    return [
        {
            "company": "acme",
            "as_of": as_of,
            "dimension": dimension,
            "member": member,
            "scope": "both",
            "days": 365,
            "days_per_year": 365,
            "is_one_year": True,
            "consumes": False,
            "cogs": sold,
            "consumption": 0,
            "inventory_days": held,
        }
        for dimension, member, sold, held in said
    ]


def _changes(then: list[tuple[int, int]], now: list[tuple[int, int]]) -> pl.DataFrame:
    kept = pl.DataFrame([*_kept(then, THEN), *_kept(now, NOW)])
    reasoned = kept.with_columns(known_reason=pl.lit(None, pl.String))
    return turnover_change(reasoned, [(NOW, THEN)], "time_weighted").filter(scope="all")


@tried(60)
@given(then=years, now=years)
def test_effects_add_up_to_the_change_and_turn_their_signs_when_the_dates_are_swapped(
    then: list[tuple[int, int]], now: list[tuple[int, int]]
) -> None:
    rows, swapped = _changes(then, now), _changes(now, then)
    whole, parts = rows.filter(dimension="company"), rows.filter(dimension="category")
    largest = rows.select(pl.max_horizontal(pl.col(EFFECTS).abs().max()))
    near = {"rel": 1e-9, "abs": 1e-9 * (1 + largest.item())}

    two = whole["cogs_effect"] + whole["inventory_effect"]
    assert two.item() == pytest.approx(whole["change"].item(), **near)
    both = parts["rate_effect"].sum() + parts["mix_effect"].sum()
    assert both == pytest.approx(whole["change"].item(), **near)
    for name in EFFECTS:
        there, back = rows[name].drop_nulls(), swapped[name].drop_nulls()
        assert there.len() in (len(whole), len(parts), len(rows))
        assert there.to_list() == pytest.approx((-back).to_list(), **near)
