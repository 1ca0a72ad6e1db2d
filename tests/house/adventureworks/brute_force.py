"""What AdventureWorks' inventory fact says, counted row by row in plain Python.

It shares nothing with the pipeline: a queue per item, money as whole ten-thousandths, one day after
the other.  Slow, obvious, and the judge.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import polars as pl

FIRST_DAY = date(2010, 12, 28)
LAST_DAY = date(2014, 6, 30)
UNITS_OF_MONEY = 10_000
BUCKETS = ((30, "0-30"), (60, "31-60"), (90, "61-90"), (180, "91-180"), (365, "181-365"))


class Product(NamedTuple):
    """One item, all versions of it."""

    sku: str
    category: str
    subcategory: str
    stage: str
    is_made: bool


class Fact(NamedTuple):
    """One row of the fact: a version of a product on a day; money in ten-thousandths."""

    product_key: int
    day: date
    cost: int
    units_in: int
    units_out: int
    balance: int


@dataclass
class Layer:
    """What is left of one receipt."""

    received_on: date
    supplier: str
    units: int
    value: int


@dataclass
class Item:
    """One item's stock as a first-in-first-out queue, and what happened to it."""

    layers: deque[Layer] = field(default_factory=deque[Layer])
    missing: int = 0
    value: int = 0
    cogs: dict[date, int] = field(default_factory=dict[date, int])
    closing: dict[date, int] = field(default_factory=dict[date, int])
    last_issue_on: date | None = None

    @property
    def units(self) -> int:
        """The stock at hand; what was issued without being there counts against it."""
        return sum(layer.units for layer in self.layers) - self.missing

    @property
    def valuation(self) -> int:
        """Value that no unit at hand explains."""
        return self.value - sum(layer.value for layer in self.layers)

    def receive(self, layer: Layer) -> None:
        """A receipt first fills what was missing; the rest queues."""
        self.value += layer.value
        filled = min(self.missing, layer.units)
        self.missing -= filled
        kept = layer.units - filled
        if kept:
            _, value = apportion(layer.value, (filled, kept))
            self.layers.append(Layer(layer.received_on, layer.supplier, kept, value))

    def revalue(self, value: int) -> None:
        """A change of cost goes to the layers at hand by their units."""
        self.value += value
        shares = apportion(value, [layer.units for layer in self.layers])
        for layer, share in zip(self.layers, shares, strict=True):
            layer.value += share

    def issue(self, day: date, units: int, value: int) -> None:
        """An issue takes the oldest layers first; its value is theirs in proportion to cost."""
        self.value -= value
        self.cogs[day] = self.cogs.get(day, 0) + value
        self.last_issue_on = day
        taken = self._take(units)
        lacking = units - sum(number for _, number in taken)
        self.missing += lacking
        ours, _ = apportion(value, (units - lacking, lacking))
        # Issues at the cost of a dearer version can leave a layer worth less than nothing.
        costs = [max(layer.value, 0) * number / layer.units for layer, number in taken]
        weights = costs if any(costs) else [number for _, number in taken]
        for (layer, number), share in zip(taken, apportion(ours, weights), strict=True):
            layer.units -= number
            layer.value -= share
        while self.layers and not self.layers[0].units:
            self.layers.popleft()

    def _take(self, units: int) -> list[tuple[Layer, int]]:
        taken: list[tuple[Layer, int]] = []
        for layer in self.layers:
            if not units:
                break
            number = min(units, layer.units)
            taken.append((layer, number))
            units -= number
        return taken


def apportion(value: int, weights: Sequence[float]) -> list[int]:
    """A value in whole parts by weight that add up to it; all 0 where nothing weighs."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    exact = [value * weight / whole for weight in weights]
    parts = [int(share // 1) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda n: parts[n] - exact[n])
    for n in by_remainder[: value - sum(parts)]:
        parts[n] += 1
    return parts


class BruteForce:
    """Every item of the fact, replayed from the first day to the last."""

    def __init__(self, folder: Path) -> None:
        """Read the fact and replay it."""
        versions = _products(folder)
        self.products = {product.sku: product for product in versions.values()}
        self.items: dict[str, Item] = {}
        rows: dict[str, list[Fact]] = defaultdict(list)
        self.negative_rows = 0
        for fact in _facts(folder):
            rows[versions[fact.product_key].sku].append(fact)
            self.negative_rows += fact.balance < 0
        for sku, facts in rows.items():
            self.items[sku] = _replay(self.products[sku], facts)

    def members(self, dimension: str) -> dict[str, list[Item]]:
        """The items of each member of a dimension."""
        groups: dict[str, list[Item]] = defaultdict(list)
        for sku, item in self.items.items():
            groups[_member(self.products[sku], dimension)].append(item)
        return groups


def cogs(items: Iterable[Item], first: date, last: date) -> int:
    """Cost of what was sold from one day to another."""
    return sum(value for item in items for day, value in item.cogs.items() if first <= day <= last)


def closing(items: Iterable[Item], day: date) -> int:
    """Value of the stock at the end of a day; before the first day, what it began with."""
    return sum(item.closing[day] for item in items)


def days(first: date, last: date) -> list[date]:
    """Every day from one to another."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def bucket(received_on: date) -> str:
    """The age bucket of a layer on the last day."""
    age = (LAST_DAY - received_on).days
    return next((name for most, name in BUCKETS if age <= most), ">365")


def _replay(product: Product, facts: Sequence[Fact]) -> Item:
    item = Item()
    before: dict[int, Fact] = {}
    by_day: dict[date, list[Fact]] = defaultdict(list)
    for fact in facts:
        by_day[fact.day].append(fact)
    supplier = "own_production" if product.is_made else "unattributed"
    for fact in by_day[FIRST_DAY]:
        opening = fact.balance - fact.units_in + fact.units_out
        item.receive(Layer(FIRST_DAY, "unattributed", opening, opening * fact.cost))
    item.closing[FIRST_DAY - timedelta(days=1)] = item.value
    for day, today in sorted(by_day.items()):
        _live(item, supplier, before, today)
        before = {fact.product_key: fact for fact in today}
        item.closing[day] = sum(fact.balance * fact.cost for fact in today)
        assert item.value == item.closing[day]
        assert item.units == sum(fact.balance for fact in today)
    return item


def _live(item: Item, supplier: str, before: dict[int, Fact], today: Sequence[Fact]) -> None:
    """One day: inflow, then changes of cost, then outflow; versions of a product in their order."""
    for fact in today:
        if fact.units_in:
            item.receive(Layer(fact.day, supplier, fact.units_in, fact.units_in * fact.cost))
    for fact in today:
        previous = before.get(fact.product_key)
        if previous and previous.cost != fact.cost:
            item.revalue(previous.balance * (fact.cost - previous.cost))
    for fact in today:
        if fact.units_out:
            item.issue(fact.day, fact.units_out, fact.units_out * fact.cost)


def _member(product: Product, dimension: str) -> str:
    if dimension == "company":
        return "adventureworks"
    if dimension == "warehouse":
        return "main"
    return str(getattr(product, dimension))


def _facts(folder: Path) -> list[Fact]:
    frame = pl.read_parquet(folder / "FactProductInventory.parquet").select(
        "ProductKey",
        "MovementDate",
        (pl.col("UnitCost") * UNITS_OF_MONEY).cast(pl.Int64),
        "UnitsIn",
        "UnitsOut",
        "UnitsBalance",
    )
    return [Fact(*row) for row in frame.sort("MovementDate", "ProductKey").iter_rows()]


def _products(folder: Path) -> dict[int, Product]:
    """The item of each version of a product."""
    columns = ("ProductKey", "ProductAlternateKey", "ProductSubcategoryKey", "FinishedGoodsFlag")
    names = {
        key: (f"{category} / {name}", category)
        for key, name, category in pl.read_parquet(folder / "DimProductSubcategory.parquet")
        .join(pl.read_parquet(folder / "DimProductCategory.parquet"), on="ProductCategoryKey")
        .select(
            "ProductSubcategoryKey",
            "EnglishProductSubcategoryName",
            "EnglishProductCategoryName",
        )
        .iter_rows()
    }
    versions = pl.read_parquet(folder / "DimProduct.parquet")
    products: dict[int, Product] = {}
    for key, sku, group, is_finished, days_to_make in versions.select(
        *columns, "DaysToManufacture"
    ).iter_rows():
        path, category = names.get(group, ("uncategorised", "uncategorised"))
        is_made = days_to_make > 0
        bought_or_made = ("finished", "trading") if is_finished else ("wip", "raw")
        stage = bought_or_made[0] if is_made else bought_or_made[1]
        products[key] = Product(sku, category, path, stage, is_made)
    return products
