"""What each company of the sample group sells: items with their cost, demand, life and terms."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipeline.demo.books import Integers
from pipeline.demo.group import DAYS, Line, Trader

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]

DEAD_SHARE = 0.055
FADED_SHARE = 0.05
NEW_SHARE = 0.04
SHORT_SHARE = 0.01  # sold before the receipt is booked: negative stock
BOUND_SHARE = 0.4  # of the items of a supplier with a minimum
LISTED = 0.8  # of the items, in an ordinary store
MAIN_SHARE = 0.45  # from this share of demand on a warehouse sells everything
COMPONENTS = 3
FOREVER = 10**6  # days
MODEL = pl.col("item") * 7 % 900 + 100
CONVERSION = 0.35  # of the material's cost


@dataclass(frozen=True)
class Catalogue:
    """The items of one company, one array a property."""

    line: Integers
    part: Integers
    source: Integers  # -1: made here
    unit_cents: Integers
    lot_size: Numbers  # units a sale takes on average
    sales_a_day: Numbers  # place × item
    demand: Numbers  # units a day, sold or consumed, place × item
    begins: Integers
    ends: Integers
    cover_days: Numbers
    minimum: Integers
    pack: Integers
    goes_short: Flags
    components: Integers  # made item × component: which item, -1 none
    units_each: Integers

    @property
    def size(self) -> int:
        """How many items there are."""
        return len(self.line)

    @property
    def is_made(self) -> Flags:
        """Which items the company makes itself."""
        return self.source < 0

    def positions(self) -> pl.DataFrame:
        """Demand a day by place and item, where there is any."""
        place, item = np.nonzero(self.demand)
        return pl.DataFrame({"place": place, "item": item, "a_day": self.demand[place, item]})

    def frame(self, trader: Trader) -> pl.DataFrame:
        """The items with what people call them."""
        parts = [
            (number * 10 + place, line, part)
            for number, line in enumerate(trader.lines)
            for place, part in enumerate(line.parts)
        ]
        groups = pl.DataFrame(
            {
                "group": [100 + number for number, _, _ in parts],
                "category": [line.member for _, line, _ in parts],
                "category_zh": [line.category_zh for _, line, _ in parts],
                "part": [f"{english} {chinese}" for _, _, (english, chinese) in parts],
                "part_zh": [chinese for _, _, (_, chinese) in parts],
                "stage": [line.stage for _, line, _ in parts],
            }
        )
        columns = {
            name: getattr(self, name)
            for name in ("line", "source", "unit_cents", "begins", "ends", "minimum", "pack")
        }
        return (
            pl.DataFrame({"item": np.arange(self.size), **columns})
            .with_columns(
                group=pl.lit(100 + self.line * 10 + self.part),
                created=pl.when(pl.col("begins") >= 0)
                .then(pl.col("begins") - 30)
                .otherwise(-(pl.col("item") * 37 % 900) - 60),
            )
            .join(groups, on="group", how="left", maintain_order="left")
            .with_columns(name=pl.format("{} {}-{}", "part", pl.lit(trader.code[0].upper()), MODEL))
        )


def draw_catalogue(trader: Trader, random: np.random.Generator) -> Catalogue:
    """The catalogue of a company; the same seed gives the same one."""
    size = trader.items
    line = random.choice(len(trader.lines), size, p=[entry.share for entry in trader.lines])
    source = _sources(trader, line, random)
    spread = random.lognormal(0, 0.55, size)
    unit_cents = _whole(_of_line(trader, line, lambda entry: entry.unit_cost) * 100 * spread, 20)
    components, units_each = _recipes(source, random)
    unit_cents = _cost_of_made(unit_cents, components, units_each)
    lots = 420 / np.sqrt(unit_cents) * random.lognormal(0, 0.4, size)
    lot_size = np.clip(np.rint(lots), 1, 40)
    begins, ends = _lives(trader, random)
    is_used = np.isin(np.arange(size), components)  # what production needs is always bought
    sales = _sales_by_place(trader, line, random)
    demand = _consumption(sales * lot_size, components, units_each)
    minimum_days = np.array([entry.minimum_days for entry in trader.sources])[source]
    is_bound = (random.random(size) < BOUND_SHARE) & (source >= 0)
    part_counts = np.array([len(entry.parts) for entry in trader.lines])
    cover = _of_line(trader, line, lambda entry: entry.cover_days)
    return Catalogue(
        line=line,
        part=random.integers(0, 10**6, size) % part_counts[line],
        source=source,
        unit_cents=unit_cents,
        lot_size=lot_size,
        sales_a_day=sales,
        demand=demand,
        begins=np.where(is_used, -1, begins),
        ends=np.where(is_used, FOREVER, ends),
        cover_days=cover * random.lognormal(0, 0.25, size),
        minimum=_whole(demand.sum(axis=0) * minimum_days * is_bound, 0),
        pack=random.choice([1, 1, 6, 10, 12], size),
        goes_short=random.random(size) < SHORT_SHARE,
        components=components,
        units_each=units_each,
    )


def _whole(numbers: Numbers, least: int) -> Integers:
    return np.maximum(np.rint(numbers), least).astype(np.int64)


def _of_line(trader: Trader, line: Integers, value: Callable[[Line], float]) -> Numbers:
    return np.array([value(entry) for entry in trader.lines])[line]


def _sources(trader: Trader, line: Integers, random: np.random.Generator) -> Integers:
    """One supplier an item, of those its line has; -1 where the line is made here."""
    pick = random.integers(0, 10**6, len(line))
    by_line = [
        np.array(entry.sources or (-1,))[pick % max(len(entry.sources), 1)]
        for entry in trader.lines
    ]
    return np.choose(line, by_line)


def _lives(trader: Trader, random: np.random.Generator) -> tuple[Integers, Integers]:
    """When each item starts and stops to sell: most always do, some died, faded or are new."""
    size, latest = trader.items, DAYS - trader.newest_item_days
    fate = random.random(size)
    died = random.integers(60, DAYS - 375, size)
    faded = random.integers(DAYS - 330, DAYS - 100, size)
    begun = random.integers(latest - 140, latest, size)
    is_dead = fate < DEAD_SHARE
    is_faded = (fate >= DEAD_SHARE) & (fate < DEAD_SHARE + FADED_SHARE)
    ends = np.select([is_dead, is_faded], [died, faded], FOREVER)
    begins = np.where(fate > 1 - NEW_SHARE, begun, -1)
    return begins, ends


def _sales_by_place(trader: Trader, line: Integers, random: np.random.Generator) -> Numbers:
    """Sales a day of each item in each warehouse: few items make most of them."""
    popularity = random.lognormal(0, 1.0, len(line))
    is_sold = np.array([entry.stage != "raw" for entry in trader.lines])[line]
    share = np.array([place.demand for place in trader.places])[:, None]
    is_listed = (random.random((len(trader.places), len(line))) < LISTED) | (share >= MAIN_SHARE)
    weight = popularity * is_sold * share * is_listed
    return np.minimum(weight / weight.sum() * trader.sales_a_day, 0.9)


def _recipes(source: Integers, random: np.random.Generator) -> tuple[Integers, Integers]:
    """What goes into each made item: components are items the company buys."""
    made, bought = np.flatnonzero(source < 0), np.flatnonzero(source >= 0)
    components = np.full((len(source), COMPONENTS), -1)
    units_each = np.zeros((len(source), COMPONENTS), np.int64)
    if len(made):
        first = random.integers(0, len(bought), len(made))
        step = random.integers(1, len(bought) // COMPONENTS, len(made))
        places = (first[:, None] + step[:, None] * np.arange(COMPONENTS)) % len(bought)
        components[made] = bought[places]
        units_each[made] = random.integers(1, 4, (len(made), COMPONENTS))
    return components, units_each


def _cost_of_made(unit_cents: Integers, components: Integers, units: Integers) -> Integers:
    material = (unit_cents[components] * units).sum(axis=1)
    return np.where(components[:, 0] >= 0, _whole(material * (1 + CONVERSION), 1), unit_cents)


def _consumption(demand: Numbers, components: Integers, units: Integers) -> Numbers:
    """Demand of all items, that of components following from what they go into."""
    total = demand.sum(axis=0)
    made = components[:, 0] >= 0
    consumed = demand.copy()
    for number in range(components.shape[1]):
        np.add.at(consumed[0], components[made, number], total[made] * units[made, number])
    return consumed
