"""The data dictionary knows every published column and every benchmark."""

from datetime import date
from pathlib import Path

import pytest

from pipeline.metrics import dead_stock, turnover
from pipeline.metrics.fixed_point import collected
from pipeline.metrics.reconciliation import reconciled, roll_forward
from pipeline.policy import load_policies
from tests.metrics.ledgers import Books, books

TEXT = Path(__file__).parents[2].joinpath("docs", "metrics.md").read_text(encoding="utf-8")
STOCK = books("posted | kind | quantity | value\n2025-01-01 | opening | 1 | 1")


def columns(stock: Books) -> dict[str, list[str]]:
    """The columns of each published table, as computed."""
    as_of = date(2025, 1, 31)
    sums = collected(roll_forward(stock.ledger(), as_of))
    rolled = reconciled(sums, stock.items, stock.warehouses, as_of=as_of)
    return {
        "daily": [name for name in stock.daily().columns if not name.startswith("production")],
        "turnover": list(turnover.COLUMNS),
        "stock_status": stock.status("2025-01-31").columns,
        "dead_stock": list(dead_stock.COLUMNS),
        "reconciliation": [name.replace("value_", "quantity_") for name in rolled.columns],
    }


@pytest.mark.parametrize("table", sorted(columns(STOCK)))
def test_every_column_of_a_published_table_is_explained(table: str) -> None:
    section = TEXT.split(f"## metrics.{table}\n")[1].split("\n## ")[0]
    common = TEXT.split("## metrics.")[0]
    kinds = {"purchase", "sale", "adjustment", "scrap", "revaluation", "purchase_return"}
    kinds |= {"sale_return", "transfer_in", "transfer_out", "quantity_difference"}
    missing = [
        name
        for name in columns(STOCK)[table]
        if name not in kinds and f"`{name}`" not in section + common
    ]

    assert missing == []


@pytest.mark.parametrize("reason", turnover.REASONS)
def test_every_reason_is_explained(reason: str) -> None:
    assert f"`{reason}`" in TEXT


def test_the_list_of_benchmarks_is_that_of_the_policy() -> None:
    listed = [line.split("`")[1] for line in TEXT.splitlines() if line.startswith("| `")]

    assert set(load_policies().benchmarks) <= set(listed)
