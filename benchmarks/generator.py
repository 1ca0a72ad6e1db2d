"""A generic company of any size: two years of daily increments, and what two nights add to them.

Trade is skewed (few items make most of it), seasonal and weekly.  Stock never turns negative and a
unit cost never changes, so that a plain program can check every value to the cent.

    <site>            730 daily deliveries
    <site>-nights     one night more, and its successor with the last 30 days stated again
    <site>-bulk       the 730 days as one delivery
"""

import hashlib
import json
import os
import shutil
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

COMPANY = "acme"
FIRST_DAY = date(2024, 1, 1)
DAYS = 730
NIGHT = DAYS
WINDOW_NIGHT = DAYS + 1
WINDOW_DAYS = 30
MASTERS_CHANGE_ON = 400

WAREHOUSES, SUPPLIERS, CATEGORIES = 20, 200, 40
PURCHASES, TRANSFERS, ADJUSTMENTS, SCRAPS = 0.02, 0.07, 0.006, 0.004  # of all decisions
RETURNED, RETURNED_AFTER = 0.023, 9
SITE = """\
[site]
name = "Benchmark"
timezone = "Asia/Shanghai"
start = {first}
languages = ["en", "zh"]
currency = "CNY"
settle_seconds = 0

[[company]]
name = "acme"
erp = "generic"
currency = "CNY"
"""

Integers = npt.NDArray[np.int64]


@dataclass
class Movements:
    """Postings of one kind on one day, at positions (an item in a warehouse)."""

    kind: str
    place: Integers
    quantity: Integers
    order: Integers | None = None
    transfer: Integers | None = None
    supplier: Integers | None = None


@dataclass
class Trade:
    """What the company is and what stands where; everything a day changes."""

    random: np.random.Generator
    item: Integers  # by position
    warehouse: Integers  # by position
    hub: Integers  # by position: the item's first position
    stock: Integers  # by position
    pace: Integers  # by position: a usual sale
    popularity: npt.NDArray[np.float64]  # by position, cumulative
    cost: Integers  # by item, in cents
    supplier: Integers  # by item
    arrivals: dict[int, list[Movements]] = field(default_factory=dict)  # by day
    sold: dict[int, Movements] = field(default_factory=dict)  # by day
    orders: int = 0
    transfers: int = 0
    postings: int = 0


def generate(site: Path, rows: int, seed: int = 20240101) -> dict[str, int]:
    """Write the sites of that many movements; how many rows each part has."""
    trade = _begin(rows, np.random.default_rng(seed))
    counts: list[int] = []
    for day in range(DAYS + 2):
        rest = (rows - sum(counts)) / (DAYS - day) if day < DAYS else rows / DAYS
        frame = _frame(trade, _day(trade, day, round(rest * _season(day))), day)
        counts.append(frame.height)
        frame.write_csv(_folder(site, day) / "stock_movement.csv")
    for day in (0, MASTERS_CHANGE_ON):
        _masters(trade, _folder(site, day), renamed=day > 0)
    window = _state_again(site)
    _as_one_delivery(site)
    for each in (site, bulk_of(site)):
        (each / "site.toml").write_text(SITE.format(first=FIRST_DAY), encoding="utf-8")
    return {
        "movements": sum(counts[:DAYS]),
        "night": counts[NIGHT],
        "window": window,
        "items": len(trade.cost),
        "positions": len(trade.stock),
        "bytes": sum(path.stat().st_size for path in files(site)),
    }


def files(site: Path) -> list[Path]:
    """The ledger's files of the two years."""
    return [_folder(site, day) / "stock_movement.csv" for day in range(DAYS)]


def day_of(number: int) -> date:
    """The date of a day of the benchmark, from 0."""
    return FIRST_DAY + timedelta(days=number)


def bulk_of(site: Path) -> Path:
    """The site that got the two years as one delivery."""
    return site.with_name(f"{site.name}-bulk")


def nights_of(site: Path) -> Path:
    """Where the two nights wait: what lies in landing would be taken in with the two years."""
    return site.with_name(f"{site.name}-nights")


def arrive(site: Path, day: int) -> None:
    """Let a night that waits be delivered."""
    waiting = nights_of(site) / day_of(day).isoformat()
    shutil.move(waiting, site / "landing" / COMPANY / waiting.name)


def _folder(site: Path, day: int) -> Path:
    place = nights_of(site) if day >= NIGHT else site / "landing" / COMPANY
    folder = place / day_of(day).isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _season(day: int) -> float:
    is_weekend = day_of(day).weekday() >= 5
    return (0.35 if is_weekend else 1.26) * (1 + 0.2 * float(np.sin(2 * np.pi * day / 365)))


def _begin(rows: int, random: np.random.Generator) -> Trade:
    """The company on the eve of the first day: 50,000 items at ten million movements."""
    items = max(500, rows // 200)
    spread = np.minimum(random.geometric(0.25, items), WAREHOUSES)
    first = np.cumsum(spread) - spread
    item = np.repeat(np.arange(items), spread)
    places = len(item)
    shelf = np.arange(places) - first[item]
    weight = (1 / np.arange(1, items + 1) ** 0.7)[random.permutation(items)]
    weight[random.random(items) < 0.06] = 0  # never asked for
    pace = np.maximum(1, np.round(random.pareto(2.5, places) * 4)).astype(np.int64)
    return Trade(
        random=random,
        item=item,
        warehouse=(item * 7 + shelf) % WAREHOUSES,
        hub=first[item],
        stock=pace * random.integers(5, 60, places),
        pace=pace,
        popularity=np.cumsum((weight / spread)[item] * random.gamma(2, 0.5, places)),
        cost=random.integers(50, 50_000, items),
        supplier=random.integers(0, SUPPLIERS, items),
    )


def _day(trade: Trade, day: int, target: int) -> list[Movements]:
    """All postings of a day; inflows count from the next day, so any order stays positive."""
    begin = [_openings(trade)] if day == 0 else []
    back = [_returns(trade, day)] if day >= RETURNED_AFTER else []
    expected = sum(len(each.place) for each in (*begin, *back))
    decided = _decisions(trade, day, max(1, round((target - expected) / (1 + TRANSFERS))))
    inflows = [*back, *trade.arrivals.pop(day, [])]
    for each in inflows:
        np.add.at(trade.stock, each.place, each.quantity)
    return [*begin, *decided, *inflows]


def _openings(trade: Trade) -> Movements:
    return Movements("opening", np.arange(len(trade.stock)), trade.stock.copy())


def _decisions(trade: Trade, day: int, count: int) -> list[Movements]:
    """What people do on a day, at most one thing per position."""
    draws = trade.random.random(count * 2) * trade.popularity[-1]
    asked = np.unique(np.searchsorted(trade.popularity, draws, side="right"))
    places = trade.random.permutation(asked)[:count]
    quantity = trade.random.geometric(1 / (trade.pace[places] + 0.5)).astype(np.int64)
    short = trade.stock[places] < quantity
    limits = np.cumsum([PURCHASES, TRANSFERS, ADJUSTMENTS, SCRAPS])
    choice = np.searchsorted(limits, trade.random.random(len(places)))
    choice[(choice == 1) & (trade.hub[places] == places)] = 4  # a hub sends nothing to itself
    choice[short] = 0
    chosen = [(places[choice == each], quantity[choice == each]) for each in range(5)]
    return [
        _purchases(trade, chosen[0][0]),
        _transfers(trade, day, *chosen[1]),
        _issue(trade, "adjustment", *chosen[2]),
        _issue(trade, "scrap", *chosen[3]),
        _sales(trade, day, *chosen[4]),
    ]


def _purchases(trade: Trade, places: Integers) -> Movements:
    """A lot lasts some weeks; one in ten comes from another supplier than usual."""
    quantity = trade.pace[places] * trade.random.integers(10, 60, len(places))
    trade.stock[places] += quantity
    usual = trade.supplier[trade.item[places]]
    other = trade.random.random(len(places)) < 0.1
    return Movements("purchase", places, quantity, supplier=(usual + other) % SUPPLIERS)


def _transfers(trade: Trade, day: int, places: Integers, quantity: Integers) -> Movements:
    """To the item's hub; one in four arrives one to three days later."""
    identity = trade.transfers + np.arange(len(places))
    trade.transfers += len(places)
    late = trade.random.random(len(places)) < 0.25
    lag = np.where(late, trade.random.integers(1, 4, len(places)), 0)
    for days in range(4):
        these = lag == days
        trade.arrivals.setdefault(day + days, []).append(
            Movements(
                "transfer_in", trade.hub[places[these]], quantity[these], transfer=identity[these]
            )
        )
    sent = _issue(trade, "transfer_out", places, quantity)
    sent.transfer = identity
    return sent


def _sales(trade: Trade, day: int, places: Integers, quantity: Integers) -> Movements:
    sold = _issue(trade, "sale", places, quantity)
    sold.order = trade.orders + np.arange(len(places))
    trade.orders += len(places)
    trade.sold[day] = sold
    return sold


def _returns(trade: Trade, day: int) -> Movements:
    """Some of what was sold nine days ago comes back under the order it left by."""
    sold = trade.sold.pop(day - RETURNED_AFTER)
    back = trade.random.random(len(sold.place)) < RETURNED
    quantity = trade.random.integers(1, 1 - sold.quantity[back])
    order = sold.order[back] if sold.order is not None else None
    return Movements("sale_return", sold.place[back], quantity, order=order)


def _issue(trade: Trade, kind: str, places: Integers, quantity: Integers) -> Movements:
    trade.stock[places] -= quantity
    return Movements(kind, places, -quantity)


def _frame(trade: Trade, parts: list[Movements], day: int) -> pl.DataFrame:
    """Movements as the rows of a delivered file, in the order of their times."""
    frame = pl.concat(_columns(trade, each) for each in parts)
    minutes = pl.Series(trade.random.integers(0, 14 * 60, frame.height))
    # goods sent during the day arrive in the evening
    from_minute = pl.when(pl.col("kind") == "transfer_in").then(22 * 60).otherwise(6 * 60)
    clock = from_minute + minutes % pl.when(pl.col("kind") == "transfer_in").then(90).otherwise(840)
    at = pl.lit(day_of(day)).cast(pl.Datetime) + pl.duration(minutes=clock)
    numbers = trade.postings + pl.int_range(1, frame.height + 1)
    trade.postings += frame.height
    return (
        frame.with_columns(
            posted_at=pl.when(pl.col("kind") == "opening")
            .then(pl.lit(day_of(day)).cast(pl.Datetime))
            .otherwise(at)
            .dt.strftime("%Y-%m-%d %H:%M:%S")
        )
        .sort("posted_at", maintain_order=True)
        .select(_code("M", numbers, 9).alias("movement_id"), *COLUMNS)
    )


COLUMNS = (
    "posted_at",
    "sku",
    "warehouse",
    "kind",
    "quantity",
    "value",
    "supplier",
    "order_no",
    "order_line_no",
    "transfer_id",
)


def _columns(trade: Trade, part: Movements) -> pl.DataFrame:
    item = trade.item[part.place]
    cents = part.quantity * trade.cost[item]
    frame = pl.DataFrame({"item": item, "place": trade.warehouse[part.place]}).with_columns(
        sku=_code("S", pl.col("item"), 6),
        warehouse=_code("W", pl.col("place"), 2),
        kind=pl.lit(part.kind),
        quantity=pl.Series(part.quantity),
        cents=pl.Series(cents),
        supplier=_numbered("V", part.supplier, 4),
        order_no=_numbered("O", part.order, 9),
        order_line_no=pl.lit(None if part.order is None else "1", pl.String),
        transfer_id=_numbered("T", part.transfer, 8),
    )
    sign = pl.when(pl.col("cents") < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    amount = pl.col("cents").abs()
    fraction = (amount % 100).cast(pl.String).str.zfill(2)
    return frame.with_columns(value=pl.format("{}{}.{}", sign, amount // 100, fraction)).select(
        COLUMNS[1:]
    )


def _numbered(letter: str, numbers: Integers | None, digits: int) -> pl.Expr:
    if numbers is None:
        return pl.lit(None, pl.String)
    return _code(letter, pl.lit(pl.Series(numbers)), digits)


def _code(letter: str, numbers: pl.Expr, digits: int) -> pl.Expr:
    return pl.format(f"{letter}{{}}", numbers.cast(pl.String).str.zfill(digits))


def _masters(trade: Trade, folder: Path, *, renamed: bool) -> None:
    """The whole masters, as a snapshot; the second one moved some items to another category."""
    items = pl.DataFrame({"n": np.arange(len(trade.cost)), "supplier_n": trade.supplier})
    moved = (pl.col("n") % 97 == 0).cast(pl.Int64) if renamed else pl.lit(0)
    sku, number = _code("S", pl.col("n"), 6), (pl.col("n") * 31 + moved) % CATEGORIES
    category = pl.format("Group {} / Type {}", number, pl.col("n") % 7)
    items.select(
        sku=sku,
        name=pl.format("Item {}", pl.col("n")),
        category=category,
        base_uom=pl.lit("pcs"),
        stage=pl.lit("trading"),
        status=pl.lit("active"),
    ).write_csv(folder / "item.csv")
    items.select(
        sku=sku,
        supplier=_code("V", pl.col("supplier_n"), 4),
        is_primary=pl.lit("true"),
        lead_time_days=7 + pl.col("n") % 60,
    ).write_csv(folder / "item_supplier.csv")
    _listed("V", 4, SUPPLIERS, "supplier").write_csv(folder / "supplier.csv")
    _listed("W", 2, WAREHOUSES, "warehouse").with_columns(kind=pl.lit("store")).write_csv(
        folder / "warehouse.csv"
    )


def _listed(letter: str, digits: int, count: int, column: str) -> pl.DataFrame:
    numbers = pl.DataFrame({"n": np.arange(count)})
    return numbers.select(
        _code(letter, pl.col("n"), digits).alias(column),
        name=pl.format(f"{column.title()} {{}}", pl.col("n")),
    )


def _state_again(site: Path) -> int:
    """The last night states thirty days: all that stood, some of it corrected, and its own."""
    days = range(WINDOW_NIGHT - WINDOW_DAYS + 1, WINDOW_NIGHT + 1)
    paths = [_folder(site, day) / "stock_movement.csv" for day in days]
    stated = pl.concat(pl.read_csv(path, infer_schema=False) for path in paths)
    is_corrected = pl.int_range(pl.len()) % 1009 == 0
    corrected = stated.with_columns(
        channel=pl.when(is_corrected).then(pl.lit("web")).otherwise(pl.lit(None, pl.String))
    )
    path = paths[-1]
    corrected.write_csv(path)
    window: dict[str, Any] = {
        "file": path.name,
        "rows": corrected.height,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "mode": "window",
        "from": day_of(days[0]).isoformat(),
        "to": day_of(days[-1]).isoformat(),
    }
    manifest = {"tables": {"stock_movement": window}}
    (path.parent / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return corrected.height


def _as_one_delivery(site: Path) -> None:
    """The same files once more, linked, as the parts of one delivery of the last day."""
    folder = bulk_of(site) / "landing" / COMPANY / day_of(DAYS - 1).isoformat()
    (folder / "stock_movement").mkdir(parents=True, exist_ok=True)
    for number, path in enumerate(files(site)):
        os.link(path, folder / "stock_movement" / f"part_{number:03}.csv")
    for name in ("item", "item_supplier", "supplier", "warehouse"):
        os.link(
            _folder(site, MASTERS_CHANGE_ON) / f"{name}.csv",
            folder / f"{name}.csv",
        )
