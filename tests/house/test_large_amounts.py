"""A ledger in a currency of many noughts, counted in grams: the same figures, times as much.

Ten times the money of every row is ten times the stock, at the same turnover.
"""

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import polars as pl
import pytest

from pipeline.metrics.spec import CURRENCY, Type
from pipeline.metrics.tables import METRICS
from pipeline.settings import load_site
from pipeline.stages import attribute, compute, ingest
from pipeline.stages.days import Days
from pipeline.warehouse import Warehouse
from tests.house.sites import deliver, write_site
from tests.report.sites.kinds import AS_OF, MASTERS, TWO_YEARS, ledger

QUANTITIES = {Type.PIECES, Type.QUANTITY}
AMOUNTS = {Type.MONEY, Type.TOTAL}


ROUNDED = ("cash_release",)
"""Its amounts are quotients, rounded once to ten-thousandths: large ones have more digits."""


def movements(pieces: int, money: int) -> list[str]:
    """Two items, one of them by way of a second warehouse; whole amounts, so that parts are too."""
    rows = [
        f"{day} B-100 MAIN {kind}"
        for day in TWO_YEARS
        for kind in (
            f"purchase {20 * pieces} {200 * money} S1",
            f"sale -{17 * pieces} -{170 * money}",
        )
    ]
    return [
        *rows,
        f"2024-01-05 B-200 MAIN opening {40 * pieces} {400 * money}",
        f"2026-02-03 B-200 MAIN transfer_out -{11 * pieces} -{110 * money} #T1",
        f"2026-02-05 B-200 DC transfer_in {11 * pieces} {110 * money} #T1",
        f"2026-05-05 B-200 DC sale -{5 * pieces} -{50 * money}",
        f"2026-06-06 B-100 MAIN sale_return {3 * pieces} {30 * money}",
        f"2026-07-07 B-100 MAIN adjustment {pieces} {10 * money}",
    ]


def figures(folder: Path, pieces: int, money: int) -> dict[str, list[tuple[object, ...]]]:
    """Every published row of a site whose rows are so many times as large, divided by that."""
    write_site(folder, start="2023-01-01", today=f"{AS_OF}")
    deliver(folder, f"{AS_OF}", MASTERS | {"stock_movement": ledger(movements(pieces, money))})
    found: dict[str, list[tuple[object, ...]]] = {}
    with Warehouse(load_site(folder)) as warehouse:
        days = Days(AS_OF, AS_OF)
        ingest.take_in(warehouse, days, lambda _: None)
        attribute.keep_up(warehouse, lambda _: None)
        compute.compute(warehouse, days, lambda _: None)
        for metric in METRICS.values():
            frame = warehouse.frame(f"FROM metrics.{metric.name}")
            for column in metric.columns:
                by = pieces if column.type in QUANTITIES else money
                if column.type in QUANTITIES | AMOUNTS or column.unit == CURRENCY:
                    shown = [
                        divided(value, by, is_rounded=metric.name in ROUNDED)
                        for value in frame[column.name]
                    ]
                    frame = frame.with_columns(pl.Series(column.name, shown, pl.String))
            frame = frame.with_columns(pl.col(pl.Float64).round_sig_figs(12))
            rows = frame.drop("known_on", strict=False).rows()
            found[metric.name] = sorted(rows, key=repr)
    return found


def divided(value: Decimal | float | None, by: int, *, is_rounded: bool) -> str | None:
    """An amount in the size of the small ledger; a double, where it is one, as it is printed."""
    if isinstance(value, float):
        return f"{value / by:.6f}"
    if value is not None and is_rounded:
        return str((value / by).quantize(Decimal("0.0001"), ROUND_HALF_UP))
    return None if value is None else str((value / by).normalize())


@pytest.mark.parametrize(
    ("pieces", "money"),
    [
        (60_000, 1),  # a million grams in a row
        (1, 60_000_000),  # ten thousand million in a row
        (10**8, 10**10),  # as much as the whole ledger may hold
    ],
)
def test_figures_grow_with_the_ledger_and_nothing_else(
    tmp_path: Path, pieces: int, money: int
) -> None:
    small = figures(tmp_path / "small", 1, 1)
    large = figures(tmp_path / "large", pieces, money)
    assert set(small) == set(large)
    for name, rows in small.items():
        assert large[name] == rows, name
