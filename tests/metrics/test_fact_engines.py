"""Daily sums, item sums, positions, activity and roll-forward are the same cell on every engine."""

import random
from datetime import date
from typing import Any

import narwhals as nw
import polars as pl
import pytest

from pipeline.metrics.cost_plausibility import cost_of_lines
from pipeline.metrics.daily import daily_sums
from pipeline.metrics.fixed_point import collected
from pipeline.metrics.item_sums import history, item_sums
from pipeline.metrics.ledger_outline import outlined
from pipeline.metrics.reconciliation import roll_forward
from pipeline.metrics.status_changes import (
    clock_events,
    seen_on,
    status_flows,
    status_stretches,
)
from pipeline.metrics.stock_status import activity, positions, thresholds_of
from pipeline.metrics.time_windows import day_number, windows
from pipeline.metrics.window_edges import edge_days
from tests.metrics.engines import Bring, bring, on_polars, spark
from tests.metrics.ledgers import ATTRIBUTED, Books, books

__all__ = ["bring", "spark"]

D = date(2025, 6, 17)
SEEN_ON = [day_number(D) - back for back in (300, 120, 119, 30, 0)]
KINDS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 20, 21]


@pytest.fixture(scope="module")
def stock() -> Books:
    """A few hundred rows of every kind, some without cost, some of them reversals."""
    drawn = random.Random(7)  # noqa: S311
    some = books(
        """
        company | posted     | kind    | sku | warehouse | supplier | value
        acme    | 2024-01-01 | opening | a   | W1        | S1       | 1
        acme    | 2024-01-01 | opening | b   | QC        | S2       | 1
        zeta    | 2024-02-01 | opening | a   | W1        | S1       | 1
        """,
        "sku | status\nb | obsolete",
        "warehouse | kind\nQC | quarantine",
    )
    places = some.rows.select("company", "item_no", "warehouse_no", "supplier_no").rows()
    rows = [
        (
            *(place := drawn.choice(places))[:1],
            n,
            *place[1:],
            drawn.choice([None, 19_700]),
            drawn.randint(19_720, 20_300),
            drawn.choice(KINDS),
            drawn.randint(-9_000_000, 9_000_000),
            drawn.choice([None, *(drawn.randint(-(10**12), 10**12) for _ in range(9))]),
            drawn.random() < 0.2,
            drawn.choice([None, None, drawn.randint(19_720, 20_300)]),
        )
        for n in range(400)
    ]
    ledger = pl.DataFrame(rows, schema=ATTRIBUTED, orient="row")
    return Books(ledger, some.items, some.warehouses, some.suppliers, some.policy)


def facts(stock: Books, to_engine: Bring) -> dict[str, pl.DataFrame]:
    """Every fact, computed on one engine."""
    members = stock.members
    rows, items, places = map(to_engine, (stock.rows, members.items, members.places))
    edges = to_engine(edge_days(windows([D])))
    lines = stock.rows.with_columns(order_line_key=pl.col("movement_no") % 50)
    asked = pl.DataFrame({"order_line_key": range(40)}, {"order_line_key": pl.Int64})
    today = day_number(D)
    lazy: dict[str, Any] = {
        "class": daily_sums(rows, items, places, "item_class"),
        "place": daily_sums(rows, items, places, "place"),
        "supplier": daily_sums(rows, items, places, "supplier_no"),
        "items": item_sums(rows, items, places, edges, windows([D])),
        "positions": positions(rows, today),
        "activity": activity(rows, today),
        "roll_forward": roll_forward(rows, D),
        "history": history(rows),
        "outline": outlined(rows, today, 30),
        "clocks": clock_events(outlined(rows, today, 30), today),
        "outline_around_1970": outlined(rows.with_columns(day=nw.col("day") - today), 0, 30),
        "status": status_flows(
            rows,
            *map(to_engine, stretches(stock)),
            items,
            places,
            seen=to_engine(seen_on(SEEN_ON)),
            first_day=SEEN_ON[0],
            last_day=today,
        ),
        "lines": cost_of_lines(to_engine(lines), to_engine(asked)),
    }
    return {name: comparable(collected(frame)) for name, frame in lazy.items()}


def stretches(stock: Books) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Stretches of days of some statuses, the same for every engine."""
    outline = outlined(stock.ledger(), SEEN_ON[-1], 30)
    events = collected(clock_events(outline, SEEN_ON[-1]))
    return status_stretches(events, thresholds_of(stock.items, stock.policy), 30, SEEN_ON)


def comparable(frame: pl.DataFrame) -> pl.DataFrame:
    """Numbers as text, which is the same whatever width an engine gives them; rows in order."""
    names = sorted(frame.columns)
    return frame.select(pl.col(names).cast(pl.String)).sort(names, nulls_last=True)


def test_every_fact_is_the_same_cell_by_cell(stock: Books, bring: Bring) -> None:
    expected, found = facts(stock, on_polars()), facts(stock, bring)

    assert all(frame.height > 0 for frame in expected.values())
    for name, frame in expected.items():
        assert found[name].equals(frame), name
