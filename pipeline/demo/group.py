"""Who the sample group is: three companies, what they trade in, and how each of them behaves.

Nothing here is real.  Daily figures come from `trade.py`; how each ERP writes them down, from
`sap_b1.py`, `u8.py` and `generic.py`.
"""

from dataclasses import dataclass
from datetime import date, timedelta

OPENING_ON = date(2024, 10, 1)
FIRST_EXTRACT = date(2026, 10, 1)
LAST_EXTRACT = date(2026, 10, 31)
WINDOW_DAYS = 45
DAYS = (LAST_EXTRACT - OPENING_ON).days + 1
NIGHTS = tuple(
    FIRST_EXTRACT + timedelta(days=night)
    for night in range(1, (LAST_EXTRACT - FIRST_EXTRACT).days + 1)
)


@dataclass(frozen=True)
class Partner:
    """One and the same supplier in the books of several companies, under different codes."""

    member: str
    name: str
    name_zh: str
    codes: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Line:
    """One category of a company: how it sells and how generously it is stocked.

    `season` has one factor a month; `cover_days` is how long an ordinary order lasts.
    """

    category: str
    category_zh: str
    parts: tuple[tuple[str, str], ...]
    share: float
    unit_cost: float
    cover_days: int
    season: tuple[float, ...]
    sources: tuple[int, ...] = ()  # none: made by the company itself
    stage: str = "trading"
    benchmark: str | None = None
    recent_demand: float = 1.0  # of the last half year, which buyers have not noticed yet

    @property
    def member(self) -> str:
        """The category as reports of both languages show it."""
        return f"{self.category} {self.category_zh}"


@dataclass(frozen=True)
class Source:
    """A supplier: how long it takes, how often it is late, how much it wants ordered at once."""

    code: str
    name: str
    lead_days: int
    late_share: float = 0.06
    minimum_days: int = 0
    landed_cost: bool = False


@dataclass(frozen=True)
class Place:
    """A warehouse: what share of its company's demand it serves."""

    code: str
    name: str
    kind: str
    demand: float


@dataclass(frozen=True)
class Trader:
    """One company of the group."""

    code: str
    title: str
    erp: str
    seed: int
    items: int
    lines: tuple[Line, ...]
    sources: tuple[Source, ...]
    places: tuple[Place, ...]  # the first one receives what is bought
    weekday: tuple[float, ...]  # demand by day of the week, Monday first
    sales_a_day: float
    transfer_days: int
    benchmark: str
    newest_item_days: int = -20  # before the story ends; negative: made known but not yet sold


EVEN = (1.0,) * 12
WINTER = (1.35, 1.1, 0.95, 0.85, 0.8, 0.75, 0.75, 0.85, 0.95, 1.1, 1.35, 1.5)
SUMMER = (0.75, 0.75, 0.9, 1.05, 1.25, 1.5, 1.45, 1.25, 0.95, 0.8, 0.75, 0.7)
FESTIVE = (1.5, 0.7, 0.85, 0.9, 1.0, 1.05, 0.95, 0.95, 1.15, 1.1, 1.25, 1.2)

NORTH = Trader(
    code="north",
    title="North Trading 北方商贸（样例）",
    erp="sap_b1",
    seed=1101,
    items=900,
    lines=(
        Line(
            "Appliances",
            "家电",
            (("Kettles", "水壶"), ("Fans", "风扇"), ("Rice cookers", "电饭煲")),
            0.40,
            160.0,
            38,
            SUMMER,
            sources=(0, 1, 4),
            benchmark="home_appliances_range_china",
        ),
        Line(
            "Electronics",
            "电子",
            (("Chargers", "充电器"), ("Cables", "线缆"), ("Routers", "路由器")),
            0.35,
            95.0,
            45,
            EVEN,
            sources=(0, 1),
            benchmark="industrial_machinery_median_us",
            recent_demand=0.62,
        ),
        Line(
            "Household",
            "日用",
            (("Cleaning", "清洁"), ("Storage", "收纳")),
            0.25,
            28.0,
            26,
            EVEN,
            sources=(2, 3),
            benchmark="non_durable_wholesale_median_us",
        ),
    ),
    sources=(
        Source("V001", "Aurora Components", 21, landed_cost=True),
        Source("V002", "Basin Electric Works", 14),
        Source("V003", "Cedar Home Supply", 10),
        Source("V004", "Delta Housewares", 18, late_share=0.45),
        Source("V005", "Ember Appliance Factory", 30, minimum_days=260),
    ),
    places=(
        Place("01", "North distribution centre", "dc", 0.45),
        Place("02", "North store 1", "store", 0.30),
        Place("03", "North store 2", "store", 0.25),
        Place("04", "North blocked stock", "quarantine", 0.0),
    ),
    weekday=(1.15, 1.1, 1.05, 1.1, 1.2, 0.6, 0.0),
    sales_a_day=128,
    transfer_days=0,
    benchmark="wholesale_star_smb",
)

RIVER = Trader(
    code="river",
    title="River Works 江畔制造（样例）",
    erp="u8",
    seed=2202,
    items=720,
    lines=(
        Line(
            "Machinery",
            "机械",
            (("Bearings", "轴承"), ("Gearboxes", "减速机"), ("Pumps", "水泵")),
            0.45,
            310.0,
            75,
            EVEN,
            stage="finished",
            benchmark="machinery_range_china",
        ),
        Line(
            "Raw material",
            "原料",
            (("Steel", "钢材"), ("Castings", "铸件"), ("Fasteners", "紧固件")),
            0.55,
            42.0,
            32,
            EVEN,
            sources=(0, 1, 2, 3),
            stage="raw",
        ),
    ),
    sources=(
        Source("V001", "晨星钢材（样例）", 12),
        Source("V002", "远山铸造（样例）", 20, late_share=0.4),
        Source("V003", "白鹭标准件（样例）", 9, minimum_days=300),
        Source("V004", "长桥轴承配件（样例）", 15),
    ),
    places=(
        Place("01", "原料仓", "plant", 0.0),
        Place("02", "成品仓", "dc", 0.7),
        Place("03", "门市仓", "store", 0.3),
    ),
    weekday=(1.1, 1.1, 1.1, 1.1, 1.1, 0.5, 0.0),
    sales_a_day=92,
    transfer_days=2,
    benchmark="manufacturing_mean_china",
    newest_item_days=90,  # the cost of anything newer would not be known yet
)

COAST = Trader(
    code="coast",
    title="Coast Retail 海岸零售（样例）",
    erp="generic",
    seed=3303,
    items=780,
    lines=(
        Line(
            "Apparel",
            "服装",
            (("Coats", "外套"), ("Shirts", "衬衫"), ("Shoes", "鞋")),
            0.40,
            75.0,
            62,
            WINTER,
            sources=(0, 4),
            benchmark="apparel_stores_median_us",
        ),
        Line(
            "Food",
            "食品",
            (("Snacks", "零食"), ("Drinks", "饮料")),
            0.35,
            14.0,
            13,
            FESTIVE,
            sources=(1, 2),
            benchmark="food_stores_median_us",
        ),
        Line(
            "Health",
            "健康",
            (("Vitamins", "维生素"), ("Care", "护理")),
            0.25,
            38.0,
            30,
            EVEN,
            sources=(3,),
            benchmark="pharma_range_china",
        ),
    ),
    sources=(
        Source("V001", "Fern Textiles", 35, minimum_days=240),
        Source("V002", "Grove Foods", 5),
        Source("V003", "Harbour Drinks", 6, late_share=0.3),
        Source("V004", "Iris Health", 14),
        Source("V005", "Juniper Shoes", 40, landed_cost=True),
    ),
    places=(
        Place("01", "Coast distribution centre", "dc", 0.20),
        Place("02", "Coast store, old town", "store", 0.45),
        Place("03", "Coast store, station", "store", 0.35),
    ),
    weekday=(0.85, 0.85, 0.9, 0.95, 1.1, 1.35, 1.25),
    sales_a_day=92,
    transfer_days=2,
    benchmark="department_stores_median_us",
)

GROUP = (NORTH, RIVER, COAST)
PARTNERS = (
    Partner(
        "basin",
        "Basin Electric Works",
        "长桥机电（样例）",
        (("north", "V002"), ("river", "V004")),
    ),
)
"""Every account set numbers its suppliers from V001 and its warehouses from 01: most that share a
code are strangers, and one that two companies buy from has a code of its own in each."""
TARGETS = {
    "Machinery 机械": 4.5,
    "Appliances 家电": 4.5,
    "Electronics 电子": 4.5,
    "Apparel 服装": 4.0,
    "Household 日用": 6.0,
    "Health 健康": 6.0,
    "Food 食品": 9.0,
}
"""Turns a year the sample group aims at; raw material is consumed, it has no cost of goods sold."""

WHOLE_BENCHMARK = "laggard_smb"
"""The one published figure that speaks of manufacturing, retail and wholesale together."""
