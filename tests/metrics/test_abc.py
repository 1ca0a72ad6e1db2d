"""Which items carry the outflow."""

from datetime import date
from decimal import Decimal

import narwhals as nw
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.metrics.abc import abc_classes, classified
from pipeline.metrics.fixed_point import collected
from pipeline.metrics.item_sums import item_sums
from pipeline.metrics.running_sums import items_running
from pipeline.metrics.time_windows import windows
from pipeline.metrics.turnover import by_basis
from pipeline.metrics.window_edges import edge_days
from pipeline.metrics.window_flows import Flows
from pipeline.policy import load_policies
from tests.laws import tried
from tests.metrics.ledgers import Books, books, one, turns

CUTS = load_policies().on(date(2025, 1, 1)).abc
D = date(2025, 12, 31)


def classes_of(outflows: dict[str, int | None], company: str = "acme") -> dict[str, str]:
    items = pl.DataFrame(
        [
            {"item_no": n, "company": company, "sku": sku, "outflow": value}
            for n, (sku, value) in enumerate(outflows.items())
        ],
        schema_overrides={"outflow": pl.Decimal(38, 4)},
    )
    return dict(classified(items, CUTS).select("sku", "abc_class").iter_rows())


def test_the_share_before_the_item_decides() -> None:
    # Before A-1: 0 %; A-2: 50 %; A-3: 79 %; A-4: 90 %; A-5: 96 %.
    classes = classes_of({"A-5": 4, "A-4": 6, "A-3": 11, "A-2": 29, "A-1": 50})

    assert classes == {"A-1": "A", "A-2": "A", "A-3": "A", "A-4": "B", "A-5": "C"}


def test_exactly_eighty_percent_before_is_b_and_the_biggest_item_is_always_a() -> None:
    assert classes_of({"big": 80, "next": 15, "last": 5}) == {"big": "A", "next": "B", "last": "C"}
    assert classes_of({"only": 1}) == {"only": "A"}


def test_ties_go_by_sku_and_items_without_outflow_are_c() -> None:
    classes = classes_of({"b": 45, "a": 45, "c": 10, "none": 0, "null": None, "back": -5})

    assert classes == {"a": "A", "b": "A", "c": "B", "none": "C", "null": "C", "back": "C"}
    assert classes_of({"x": 0}) == {"x": "C"}


@given(st.dictionaries(st.text("abc", min_size=1), st.integers(0, 1000), min_size=1, max_size=12))
@tried(40)
def test_scaling_all_outflows_leaves_the_classes(outflows: dict[str, int | None]) -> None:
    scaled = {sku: (value or 0) * 7 for sku, value in outflows.items()}

    assert classes_of(scaled) == classes_of(outflows)


def item_parts(stock: Books) -> tuple[Flows, pl.DataFrame]:
    """The flows of every SKU, and its turnover."""
    members, asked = stock.members, windows([D])
    lookups = (
        nw.from_native(frame.lazy()) for frame in (members.items, members.places, edge_days(asked))
    )
    sums = collected(item_sums(stock.lazy(), *lookups, asked))
    flows = items_running(sums, stock.items, asked).flows(asked)
    return flows, by_basis(flows.kept(stock.companies()))


STOCK = books(
    """
    posted     | kind             | sku | warehouse | value
    2024-12-01 | opening          | big | W1        | 100
    2025-01-02 | purchase         | big | W1        | 900
    2025-02-01 | sale             | big | QC        | -300
    2025-03-01 | sale             | big | W1        | -500
    2024-12-01 | opening          | mid | W1        | 50
    2025-11-01 | production_issue | mid | W1        | -40
    2024-12-01 | opening          | end | W1        | 10
    """,
    items="""
    sku | stage
    mid | raw
    """,
    warehouses="""
    warehouse | kind
    QC        | quarantine
    """,
)


def test_sku_turnover_agrees_with_the_company_and_raw_items_turn_on_consumption() -> None:
    _, by_sku = item_parts(STOCK)
    twelve = {"time_window": "trailing_12_months", "basis": "time_weighted", "scope": "all"}
    mid = one(by_sku, member="mid", **twelve)
    total = one(
        turns(STOCK, "2025-12-31"),
        dimension="company",
        company="acme",
        **{key: twelve[key] for key in ("basis", "scope")},
    )

    # 50 for 304 days, then 10 for 61 days of 365.
    assert mid["inventory_days"] == Decimal(50 * 304 + 10 * 61)
    assert mid["turnover"] == 40 * 365 / (50 * 304 + 10 * 61)
    for column in ("cogs", "consumption", "opening_value", "closing_value", "inventory_days"):
        assert by_sku.filter(**twelve)[column].sum() == total[column]


def test_classes_have_a_turnover_of_their_own_for_company_and_group() -> None:
    flows, _ = item_parts(STOCK)
    classes = abc_classes(flows.outflow_of_year(), STOCK.items, CUTS)
    rows = by_basis(flows.by_class(classes, STOCK.members.group).kept(STOCK.companies()))

    assert dict(classes.select("sku", "abc_class").iter_rows()) == {
        "big": "A",  # 800 of 840
        "mid": "C",  # 95.2 % before it
        "end": "C",
    }
    twelve = {"time_window": "trailing_12_months", "basis": "two_point", "scope": "normal"}
    for company in ("acme", "*"):
        row = one(rows, company=company, member="A", **twelve)
        assert (row["dimension"], row["cogs"]) == ("abc_class", Decimal(500))
        assert row["turnover"] == 500 / ((100 + 500) / 2)
