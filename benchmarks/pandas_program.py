"""The same tables as somebody would write them in pandas, without a warehouse.

Turnover of the trailing twelve months (time-weighted) and dead stock, by category and by supplier.
What pandas has no verb for, the first-in first-out queue that says whose goods were sold, is a
plain loop.  Transfers neither add nor take stock of the company, so only the queue looks at them.
"""

import json
import sys
import time
from collections import defaultdict, deque
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks import generator

SLOW_DAYS, DEAD_DAYS = 90, 365
UNATTRIBUTED = "unattributed"
TEXTS = ("movement_id", "sku", "warehouse", "kind", "supplier", "order_no", "transfer_id")


def read(site: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The two years' ledger with its days, and the items with their category."""
    folder = generator.bulk_of(site) / "landing" / generator.COMPANY
    folder /= generator.day_of(generator.DAYS - 1).isoformat()
    moves = pd.concat(
        pd.read_csv(path, dtype=dict.fromkeys(TEXTS, str), parse_dates=["posted_at"])
        for path in sorted((folder / "stock_movement").glob("*.csv"))
    )
    moves["day"] = moves["posted_at"].dt.normalize()
    moves.loc[moves["kind"] == "opening", "day"] -= pd.Timedelta(days=1)
    items = pd.read_csv(folder / "item.csv", dtype=str).set_index("sku")
    items["category"] = items["category"].str.split(" / ").str[0]
    moves["category"] = moves["sku"].map(items["category"])
    return moves, items


def turnover(flows: pd.DataFrame, member: str, as_of: date) -> pd.DataFrame:
    """COGS of the last twelve months, the mean of the daily closing values, and their ratio."""
    begin = pd.Timestamp(as_of) - pd.DateOffset(years=1) + pd.Timedelta(days=1)
    window = pd.date_range(begin, as_of)
    daily = flows.pivot_table(index="day", columns=member, values="value", aggfunc="sum")
    every_day = pd.date_range(flows["day"].min(), as_of)
    closing = daily.reindex(every_day).fillna(0).cumsum().loc[window]
    sold = flows[flows["kind"].isin(["sale", "sale_return"]) & (flows["day"] >= begin)]
    result = pd.DataFrame({"cogs": -sold.groupby(member)["value"].sum()})
    result = result.reindex(closing.columns).fillna(0)
    result["average_inventory"] = closing.mean()
    result["turnover"] = result["cogs"] / result["average_inventory"]
    return result


def status(moves: pd.DataFrame, as_of: date) -> pd.Series:
    """Whether an item still moves, by the days since anybody bought it."""
    first_day = moves["posted_at"].min().normalize()
    sold = moves[moves["kind"] == "sale"].groupby("sku")["day"].max()
    last = sold.reindex(moves["sku"].unique())
    days = (pd.Timestamp(as_of) - last.fillna(first_day)).dt.days
    result = pd.Series("moving", index=days.index)
    result[days >= SLOW_DAYS] = "slow"
    result[days >= DEAD_DAYS] = "dead"
    result[(days < SLOW_DAYS) & last.isna()] = "new"
    return result


def dead_stock(stock: pd.DataFrame, member: str, states: pd.Series) -> pd.DataFrame:
    """Stock value by status, and the share that is dead; `stock` has sku, the member, value."""
    named = stock.assign(status=stock["sku"].map(states))
    wide = named.pivot_table(index=member, columns="status", values="value", aggfunc="sum")
    wide = wide.reindex(columns=["moving", "slow", "dead", "new"]).fillna(0)
    result = wide[["slow", "dead", "new"]].add_suffix("_value")
    result.insert(0, "value", wide.sum(axis="columns"))
    result["dead_share"] = result["dead_value"] / result["value"]
    return result


def by_supplier(moves: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Flows and stock with the supplier whose goods they are: first in, first out."""
    rows = moves.assign(outward=moves["quantity"] < 0)
    rows = rows.sort_values(["day", "posted_at", "outward", "movement_id"])
    queues: dict[tuple[str, str], deque[list[Any]]] = defaultdict(deque)
    under_way: dict[str, list[list[Any]]] = {}
    of_order: dict[str, list[list[Any]]] = {}
    flows: list[tuple[Any, ...]] = []
    cost: dict[str, float] = {}
    columns = ["sku", "warehouse", "kind", "quantity", "value", "supplier", "order_no"]
    columns += ["transfer_id", "day"]
    for row in rows[columns].itertuples(index=False, name=None):
        sku, warehouse, kind, quantity, value, supplier, order, transfer, day = row
        queue = queues[sku, warehouse]
        if kind in ("opening", "purchase"):
            cost.setdefault(sku, value / quantity)
            pieces = [[UNATTRIBUTED if kind == "opening" else supplier, quantity]]
        elif kind == "transfer_in":
            pieces = under_way.pop(transfer)
        elif kind == "sale_return":
            pieces = _take(of_order[order], quantity, newest_first=True)
        else:
            pieces = _take(queue, -quantity)
            if kind == "sale":
                of_order[order] = pieces
        if quantity > 0:
            queue.extend([who, amount] for who, amount in pieces)
        if kind == "transfer_out":
            under_way[transfer] = pieces
        elif kind != "transfer_in":
            sign = 1 if quantity > 0 else -1
            flows += [(sku, who, kind, day, sign * amount) for who, amount in pieces]
    attributed = pd.DataFrame(flows, columns=["sku", "supplier", "kind", "day", "quantity"])
    attributed["value"] = attributed["quantity"] * attributed["sku"].map(cost)
    return attributed, attributed[["sku", "supplier", "value"]]


def _take(layers: Any, quantity: int, *, newest_first: bool = False) -> list[list[Any]]:
    """Pieces of the oldest layers (or the newest), taken off them."""
    end = -1 if newest_first else 0
    pieces: list[list[Any]] = []
    while quantity:
        layer = layers[end]
        taken = min(quantity, layer[1])
        pieces.append([layer[0], taken])
        quantity -= taken
        layer[1] -= taken
        if not layer[1]:
            if newest_first:
                layers.pop()
            else:
                layers.popleft()
    return pieces


def tables(site: Path) -> tuple[dict[str, pd.DataFrame], dict[str, float]]:
    """All four tables, and the seconds since the start after each step."""
    as_of = generator.day_of(generator.DAYS - 1)
    begin = time.perf_counter()
    moves, items = read(site)
    at = {"read": time.perf_counter() - begin}
    own = moves[~moves["kind"].isin(["transfer_in", "transfer_out"])]
    states = status(moves, as_of)
    result = {
        "turnover_category": turnover(own, "category", as_of),
        "dead_stock_category": dead_stock(own, "category", states),
    }
    at["category"] = time.perf_counter() - begin
    flows, stock = by_supplier(moves)
    result["turnover_supplier"] = turnover(flows, "supplier", as_of)
    result["dead_stock_supplier"] = dead_stock(stock, "supplier", states)
    at["supplier"] = time.perf_counter() - begin
    assert set(states.index) <= set(items.index)  # noqa: S101
    return result, at


if __name__ == "__main__":
    made, seconds = tables(Path(sys.argv[1]))
    target = Path(sys.argv[2])
    target.mkdir(parents=True, exist_ok=True)
    for name, table in made.items():
        table.rename_axis("member").reset_index().to_csv(target / f"{name}.csv", index=False)
    print(json.dumps(seconds))
