"""Which stock still moves, and what the summary makes of it."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.metrics.dead_stock import COLUMNS
from pipeline.policy import Policy
from pipeline.policy.rules import StatusThresholds
from tests.laws import tried
from tests.metrics.ledgers import Books, books, one

D = "2025-12-31"


def of_sku(stock: Books, sku: str = "A-1", as_of: str = D, **wanted: str) -> dict[str, Any]:
    return one(stock.status(as_of), sku=sku, **wanted)


@pytest.mark.parametrize(
    ("last_issue", "days", "status"),
    [
        ("2025-12-31", 0, "moving"),
        ("2025-10-03", 89, "moving"),
        ("2025-10-02", 90, "slow"),
        ("2025-01-01", 364, "slow"),
        ("2024-12-31", 365, "dead"),
    ],
)
def test_the_last_issue_decides(last_issue: str, days: int, status: str) -> None:
    row = of_sku(
        books(f"""
            posted       | kind    | quantity | value
            2020-01-01   | opening | 10       | 100
            {last_issue} | sale    | -1       | -10
        """)
    )

    assert (row["days_without_issue"], row["status"]) == (days, status)
    assert str(row["last_issue_on"]) == last_issue
    assert (row["quantity"], row["value"]) == (Decimal(9), Decimal(90))


@pytest.mark.parametrize(
    ("received", "days", "status"),
    [("2025-12-01", 30, "new"), ("2025-10-02", 90, "slow"), ("2024-12-31", 365, "dead")],
)
def test_never_issued_counts_from_the_first_receipt(received: str, days: int, status: str) -> None:
    row = of_sku(
        books(f"""
            posted     | kind     | sku   | quantity | value
            2020-01-01 | opening  | other | 10       | 100
            {received} | purchase | A-1   | 10       | 100
            2025-12-30 | purchase | A-1   | 10       | 100
        """)
    )

    assert (row["days_without_issue"], row["status"]) == (days, status)
    assert (row["last_issue_on"], row["history_from"]) == (None, False)


def test_an_opening_counts_from_its_receipt_if_known_else_from_its_own_date() -> None:
    # The company's ledger is nine years old; the shop with `undated` joined 30 days ago.
    stock = books("""
        posted     | kind    | sku     | warehouse | received   | quantity | value
        2016-05-27 | opening | other   | W1        | -          | 1        | 1
        2025-12-01 | opening | dated   | W1        | 2025-06-01 | 1        | 1
        2025-12-01 | opening | undated | W2        | -          | 1        | 1
    """)

    dated, undated = of_sku(stock, "dated"), of_sku(stock, "undated")
    assert (dated["days_without_issue"], dated["status"], dated["history_from"]) == (
        213,
        "slow",
        False,
    )
    assert (undated["days_without_issue"], undated["status"], undated["history_from"]) == (
        30,
        "new",
        True,
    )
    assert undated["days_without_outflow"] == 30


def test_an_undated_opening_after_a_receipt_is_not_where_its_history_begins() -> None:
    row = of_sku(
        books("""
            posted     | kind     | warehouse | quantity | value
            2025-06-01 | purchase | W1        | 1        | 1
            2025-12-01 | opening  | W2        | 1        | 1
        """),
        warehouse="W2",
    )

    assert (row["days_without_issue"], row["history_from"]) == (213, False)
    assert row["days_without_outflow"] == 30


MISTAKEN = """
    posted     | kind | quantity | value | reversal | annulled
    2024-09-01 | opening | 20    | 200   | -        | -
    2025-12-01 | sale    | -20   | -200  | -        | 2025-12-03
    2025-12-03 | sale    | 20    | 200   | yes      | -
"""


@pytest.mark.parametrize(
    ("as_of", "days", "status"),
    [("2025-12-02", 1, "moving"), ("2025-12-03", 458, "dead"), ("2025-12-31", 486, "dead")],
)
def test_an_issue_taken_back_whole_keeps_nothing_alive(as_of: str, days: int, status: str) -> None:
    row = one(books(MISTAKEN + "2025-01-01 | scrap | -1 | -10 | - | -").status(as_of))

    assert (row["days_without_issue"], row["status"]) == (days, status)


def test_a_transfer_that_stays_in_its_warehouse_is_no_outflow() -> None:
    row = of_sku(
        books("""
            posted     | kind         | warehouse | quantity | value | annulled
            2025-01-01 | purchase     | W1        | 10       | 100   | -
            2025-12-01 | transfer_out | W1        | -5       | -50   | 2025-12-01
            2025-12-01 | transfer_in  | W1        | 5        | 50    | -
            2025-12-20 | sale         | W2        | -1       | -10   | -
        """),
        warehouse="W1",
    )

    assert (row["days_without_outflow"], row["is_stranded"]) == (364, True)


@pytest.mark.parametrize(
    "line",
    [
        "2025-12-20 | purchase         | W1 | 5  | -",
        "2025-12-20 | sale_return      | W1 | 5  | -",
        "2025-12-20 | purchase_return  | W1 | -5 | -",
        "2025-12-20 | transfer_out     | W1 | -5 | -",
        "2025-12-20 | scrap            | W1 | -5 | -",
        "2025-12-20 | adjustment       | W1 | -5 | -",
        "2025-12-20 | revaluation      | W1 | 0  | -",
        "2025-12-20 | sale             | W1 | 5  | yes",
        "2025-12-20 | production_issue | W1 | 5  | yes",
    ],
)
def test_only_a_sale_or_a_consuming_issue_is_an_issue(line: str) -> None:
    row = of_sku(
        books(f"""
            posted     | kind    | warehouse | quantity | reversal
            2020-01-01 | opening | W1        | 50       | -
            2024-01-01 | sale    | W1        | -1       | -
            {line}
        """)
    )

    assert row["status"] == "dead"
    assert str(row["last_issue_on"]) == "2024-01-01"


def test_an_issue_anywhere_in_the_company_keeps_the_sku_moving_everywhere() -> None:
    stock = books("""
        company | posted     | kind             | warehouse | quantity | value
        acme    | 2020-01-01 | opening          | W1        | 10       | 100
        acme    | 2020-01-01 | opening          | W2        | 10       | 100
        acme    | 2025-12-01 | production_issue | W2        | -1       | -10
        zeta    | 2020-01-01 | opening          | W1        | 10       | 100
    """)
    status = stock.status(D)

    assert one(status, company="acme", warehouse="W1")["status"] == "moving"
    assert one(status, company="zeta", warehouse="W1")["status"] == "dead"


def test_stock_that_moves_elsewhere_but_not_here_is_stranded_not_dead() -> None:
    stock = books("""
        posted     | kind         | warehouse | quantity | value
        2020-01-01 | opening      | DC        | 100      | 1000
        2025-06-01 | transfer_out | DC        | -20      | -200
        2025-06-01 | transfer_in  | W1        | 20       | 200
        2025-12-01 | transfer_out | DC        | -20      | -200
        2025-12-01 | transfer_in  | W2        | 20       | 200
        2025-12-20 | sale         | W2        | -5       | -50
    """)

    at_dc, at_w1, at_w2 = (of_sku(stock, warehouse=place) for place in ("DC", "W1", "W2"))

    # The distribution centre only transfers, the first shop never sold its 20 of 1 June.
    assert (at_dc["days_without_outflow"], at_dc["is_stranded"]) == (30, False)
    assert (at_w1["days_without_outflow"], at_w1["is_stranded"]) == (213, True)
    assert (at_w2["days_without_outflow"], at_w2["is_stranded"]) == (11, False)
    assert {at_dc["status"], at_w1["status"], at_w2["status"]} == {"moving"}


def test_dead_stock_is_not_stranded_as_well() -> None:
    row = of_sku(books("posted | kind | quantity | value\n2020-01-01 | opening | 1 | 10"))

    assert (row["status"], row["is_stranded"]) == ("dead", False)


def test_positions_with_nothing_have_no_row_and_negative_ones_have() -> None:
    stock = books("""
        posted     | kind     | sku  | quantity | value
        2025-12-01 | purchase | gone | 5        | 50
        2025-12-02 | sale     | gone | -5       | -50
        2025-12-02 | sale     | owed | -5       | -50
        2025-12-01 | purchase | rest | 5        | 50
        2025-12-02 | sale     | rest | -5       | -49
    """)
    status = stock.status(D)

    assert status["sku"].to_list() == ["owed", "rest"]
    assert one(status, sku="owed")["quantity"] == Decimal(-5)
    assert one(status, sku="owed")["status"] == "moving"
    assert one(status, sku="rest")["value"] == Decimal(1)


def test_what_is_posted_after_the_date_does_not_count() -> None:
    stock = books("""
        posted     | kind    | quantity | value
        2020-01-01 | opening | 10       | 100
        2025-12-31 | sale    | -10      | -100
    """)

    assert of_sku(stock, as_of="2025-12-30")["status"] == "dead"
    assert of_sku(stock, as_of="2025-12-30")["value"] == Decimal(100)


def with_thresholds(policy: Policy, **stages: tuple[int, int]) -> Policy:
    own = {stage: StatusThresholds(slow=slow, dead=dead) for stage, (slow, dead) in stages.items()}
    return policy.model_copy(
        update={"thresholds": policy.thresholds.model_copy(update={"stages": own})}
    )


def test_thresholds_may_differ_by_stage() -> None:
    ledger = """
        posted     | kind    | sku | quantity | value
        2020-01-01 | opening | R   | 10       | 100
        2020-01-01 | opening | F   | 10       | 100
        2025-06-30 | sale    | R   | -1       | -10
        2025-06-30 | sale    | F   | -1       | -10
    """
    plain = books(ledger, items="sku | stage\nR | raw\nF | finished")
    policy = with_thresholds(plain.policy, raw=(30, 180))
    strict = books(ledger, items="sku | stage\nR | raw\nF | finished", policy=policy)

    assert of_sku(plain, "R")["status"] == "slow"
    assert of_sku(strict, "R")["status"] == "dead"
    assert of_sku(strict, "F")["status"] == "slow"


SHOP = """
    posted     | kind     | sku  | warehouse | supplier | quantity | value
    2020-01-01 | opening  | dead | W1        | S1       | 10       | 100
    2020-01-01 | opening  | slow | W1        | S2       | 10       | 40
    2025-09-01 | sale     | slow | W1        | S2       | -1       | -4
    2020-01-01 | opening  | runs | W1        | S1       | 10       | 60
    2020-01-01 | opening  | runs | QC        | S1       | 10       | 70
    2025-12-20 | sale     | runs | W1        | S1       | -1       | -6
    2025-12-20 | purchase | new  | W1        | S2       | 10       | 10
"""
SHOP_ITEMS = """
    sku  | category
    dead | Seals / Old
    slow | Seals / Old
    runs | Bearings
"""


def shop() -> Books:
    return books(SHOP, SHOP_ITEMS, "warehouse | kind\nQC | quarantine")


def test_the_summary_adds_up_by_status_dimension_and_scope() -> None:
    summary = shop().dead_stock(D)

    def of(dimension: str, member: str, scope: str = "all") -> tuple[object, ...]:
        row = one(summary, company="acme", dimension=dimension, member=member, scope=scope)
        return tuple(float(str(row[name])) for name in COLUMNS[4:9])

    # value, slow, dead, new, stranded: the 70 in quarantine never went out of there.
    assert of("company", "acme") == (270, 36, 100, 10, 70)
    assert of("company", "acme", "normal") == (200, 36, 100, 10, 0)
    assert of("category", "Seals") == (136, 36, 100, 0, 0)
    assert of("subcategory", "Seals / Old") == (136, 36, 100, 0, 0)
    assert of("supplier", "S1") == (224, 0, 100, 0, 70)
    assert of("supplier", "S2") == (46, 36, 0, 10, 0)
    assert of("warehouse", "QC") == (70, 0, 0, 0, 70)
    assert of("category", "uncategorised") == (10, 0, 0, 10, 0)
    total = one(summary, company="*", dimension="company", scope="all")
    assert (total["member"], total["dead_share"]) == ("*", 100 / 270)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("2025-01-01 | opening | a | 0 | 0\n2025-02-01 | sale | a | -1 | -5", "negative_stock"),
        ("2025-01-01 | opening | a | 1 | 5\n2025-12-01 | sale | b | -1 | -5", "no_stock"),
        ("2025-01-01 | opening | a | 1 | -", "no_cost"),
    ],
)
def test_a_share_without_meaning_is_null_with_its_reason(lines: str, reason: str) -> None:
    stock = books("posted | kind | sku | quantity | value\n" + lines)
    row = one(stock.dead_stock(D), company="acme", dimension="company", scope="all")

    assert (row["dead_share"], row["reason"]) == (None, reason)


@st.composite
def ledgers(draw: st.DrawFn) -> str:
    kinds = st.sampled_from(["purchase", "sale", "transfer_out", "transfer_in", "scrap"])
    lines = ["posted | kind | sku | warehouse | supplier | quantity | value"]
    for _ in range(draw(st.integers(1, 12))):
        day = draw(st.dates(date(2024, 1, 1), date(2025, 12, 31)))
        kind = draw(kinds)
        sign = 1 if kind in {"purchase", "transfer_in"} else -1
        amount = sign * draw(st.integers(1, 9))
        codes = [draw(st.sampled_from(names)) for names in (["a", "b"], ["W1", "QC"], ["S1", "S2"])]
        lines.append(" | ".join([str(day), kind, *codes, str(amount), str(amount * 3)]))
    return "\n".join(lines)


def random_books(text: str) -> Books:
    items = "sku | category | stage\na | Top / One | raw\nb | Top / Two | finished"
    return books(text, items, "warehouse | kind\nQC | quarantine")


@given(ledgers())
@tried(25)
def test_an_item_issued_inside_the_window_is_never_dead(text: str) -> None:
    stock = random_books(text)
    status = stock.status(D)
    issued = {
        row["sku"]
        for row in stock.rows.join(stock.items, on="item_no").iter_rows(named=True)
        if row["kind_no"] == 3 and row["day"] > 20088  # 2024-12-31
    }

    assert status.filter(pl.col("sku").is_in(issued), status="dead").is_empty()


@given(ledgers())
@tried(25)
def test_the_parts_of_every_dimension_add_up_to_the_company(text: str) -> None:
    summary = random_books(text).dead_stock(D)
    sums = summary.group_by("company", "scope", "dimension").agg(
        pl.col(*COLUMNS[4:9]).sum(), rows=pl.len()
    )

    for (company, scope), parts in sums.group_by("company", "scope"):
        totals = parts.select(COLUMNS[4:9]).unique()
        assert totals.height == 1, (company, scope, parts)
