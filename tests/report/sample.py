"""An invented group whose figures agree with each other: every table is summed from one ledger.

The ledger has a row per item and month.  Nothing here is computed by the metrics; it is small
enough to be summed in plain Python, so that the report can be tested on its own.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

import polars as pl

from pipeline.report.inputs import (
    ACCOUNT,
    BENCHMARKS,
    CHANGES,
    COSTS,
    COVERAGE,
    DELIVERIES,
    ESTIMATES,
    FLOWS,
    ITEMS,
    MEMBERS,
    OPEN_TRANSFERS,
    QUARANTINE,
    RELEASE,
    SINCE,
    STUBS,
    UNKNOWN_CODES,
    UNPAIRED,
    PolicyValues,
    ReportInput,
    Since,
)

AS_OF = date(2026, 10, 31)
YEAR_AGO_ON = date(2025, 10, 31)
MONTHS = 38
CENT = Decimal("0.0001")
MONEY = pl.Decimal(38, 4)

# code, Chinese, stock (CNY m), turns, yearly drift of turns, dead share, benchmark
CATEGORIES = (
    ("Food & grocery", "食品与杂货", 21.6, 9.8, 0.14, 0.02, ("median", 9.1, None, None)),
    ("Personal care", "个人护理", 14.9, 7.4, 0.08, 0.03, ("range", None, 8.0, 20.0)),
    ("Household non-durables", "家居日用品", 12.7, 6.9, 0.04, 0.05, ("median", 9.1, None, None)),
    ("Consumer electronics", "消费电子", 28.4, 5.1, -0.04, 0.09, ("star_laggard", None, 2.0, 5.7)),
    ("Home appliances", "家用电器", 25.1, 4.6, 0.07, 0.07, ("range", None, 3.0, 8.0)),
    ("Apparel & accessories", "服装与配饰", 31.8, 3.1, -0.09, 0.17, ("median", 3.9, None, None)),
    ("Industrial parts", "工业备件", 24.2, 2.7, 0.08, 0.13, ("median", 3.4, None, None)),
    ("Seasonal & gifts", "季节与礼品", 9.0, 2.2, -0.16, 0.24, None),
    ("uncategorised", None, 0.6, 3.0, 0.0, 0.10, None),
)
SUPPLIERS = (
    ("S01", "Meilan Trading", "美兰贸易"),
    ("S02", "Haitai Garments", "海泰服饰"),
    ("S03", "Corelight", "芯光科技"),
    ("S04", "Northsea Appliances", "北海电器"),
    ("S05", "Precision Bearings", "精密轴承"),
    ("S06", "Freshline", "鲜线食品"),
    ("S07", "Tidewater Foods", "潮水食品"),
    ("S08", "Homeware Works", "家居工坊"),
    ("S09", "Care Labs", "护理实验室"),
    ("S10", "Giftworks", "礼品工坊"),
    ("S11", "Plain Textiles", "素织纺织"),
    ("S12", "Delta Components", "三角元件"),
    ("own_production", None, None),
    ("unattributed", None, None),
)
WAREHOUSES = (
    ("W1", "Central warehouse", "中心仓", "north"),
    ("W2", "Harbour warehouse", "港口仓", "north"),
    ("W3", "River warehouse", "江畔仓", "south"),
    ("W4", "Quarantine", "待处置仓", "south"),
)
STAGES = ("trading", "trading", "trading", "finished", "raw")
NOUNS = (
    "Down parka", "Gift box", "Bearing 6204", "Phone case", "Patio heater", "Silk scarf",
    "LED string", "Seal kit", "Tablet stand", "Snow boots", "Smart plug", "V-belt", "Rice cooker",
    "Wool blazer", "Gearbox", "Cable 3 m", "Picnic set", "Air fryer", "Ski gloves", "Spice rack",
)  # fmt: skip


@dataclass(frozen=True)
class Item:
    """One item in one warehouse, with its stock and flows month by month."""

    sku: str
    name: str
    category: str
    supplier: str
    warehouse: str
    company: str
    stage: str
    status: str
    days_without_issue: int
    closing: tuple[Decimal, ...]  # MONTHS + 1 values: before the first month, then each month-end
    cogs: tuple[Decimal, ...]
    adjusted: tuple[Decimal, ...]

    @property
    def is_abnormal(self) -> bool:
        """Whether it is outside the headline scope."""
        return self.warehouse == "W4"

    def receipts(self, month: int) -> Decimal:
        """What must have come in for the month to add up."""
        return (
            self.closing[month + 1] - self.closing[month] + self.cogs[month] - self.adjusted[month]
        )


def month_end(back: int) -> date:
    """The month-end so many months before the report's."""
    index = AS_OF.year * 12 + AS_OF.month - back
    return date(index // 12, index % 12 + 1, 1) - timedelta(days=1)


def money(value: float) -> Decimal:
    """An invented amount, to four decimals."""
    return Decimal(str(round(value, 2))).quantize(CENT)


@cache
def ledger() -> tuple[Item, ...]:
    """Every item of the group."""
    dice = random.Random(20261031)  # noqa: S311 - figures, not secrets
    return tuple(
        _item(dice, number, category)
        for number, category in enumerate(c for c in CATEGORIES for _ in range(36))
    )


def _item(dice: random.Random, number: int, category: tuple) -> Item:  # type: ignore[type-arg]
    code, _, stock, turns, drift, dead_share, _ = category
    rank = number % 36
    weight = 1.6 ** (-rank / 6)
    total = sum(1.6 ** (-other / 6) for other in range(36))
    size = stock * 1e6 * weight / total
    kind = _kind(rank, dead_share)
    days = {"dead": 366 + 11 * (number % 40), "slow": 95 + 7 * (number % 30)}.get(
        kind, 2 + number % 60
    )
    if kind == "new":
        days = 30
    closing, cogs, adjusted = _months(dice, size, turns, drift, kind)
    index = number // 36
    supplier = SUPPLIERS[(index * 3 + rank % 4 + (rank == 35)) % 14][0]
    if rank < 6:
        supplier = SUPPLIERS[index % 12][0]
    return Item(
        sku=f"SK-{10007 + number * 37}",
        name=f"{NOUNS[number % 20]}, model {number:03d}",
        category=code,
        supplier=supplier,
        warehouse="W4" if rank == 33 else ("W1", "W2", "W3")[number % 3],
        company=("north", "north", "south")[number % 3] if rank != 33 else "south",
        stage=STAGES[number % 5],
        status=kind,
        days_without_issue=days,
        closing=closing,
        cogs=cogs,
        adjusted=adjusted,
    )


def _kind(rank: int, dead_share: float) -> str:
    """Some items of each category are dead, slow or new: more where the category is worse."""
    if rank in (4, 9, 14, 19, 24, 29)[: round(dead_share * 25)]:
        return "dead"
    if rank in (6, 16, 26):
        return "slow"
    return "new" if rank == 31 else "moving"


def _months(
    dice: random.Random, size: float, turns: float, drift: float, kind: str
) -> tuple[tuple[Decimal, ...], tuple[Decimal, ...], tuple[Decimal, ...]]:
    closing = [money(size * 0.9)]
    cogs, adjusted = [], []
    for month in range(MONTHS):
        still = kind == "dead"
        slow = kind == "slow" and month >= MONTHS - 3
        years = (month - MONTHS) / 12
        pace = turns * (1 + drift) ** years / 12
        level = size * (1 + 0.05 * years + dice.uniform(-0.05, 0.05))
        sold = 0.0 if still or slow else level * pace * dice.uniform(0.8, 1.25)
        if kind == "new" and month < MONTHS - 2:
            level, sold = 0.0, 0.0
        if kind == "new":
            sold = 0.0
        change = money(-size * 0.002) if month % 6 == 5 and not still and level else Decimal(0)
        cogs.append(money(sold))
        adjusted.append(change)
        closing.append(closing[-1] if still or slow else money(level))
    if kind == "new":
        closing[0] = Decimal(0)
    return tuple(closing), tuple(cogs), tuple(adjusted)


# ------------------------------------------------------------------------ published tables

DIMENSIONS: dict[str, Callable[[Item], str]] = {
    "company": lambda _: "*",
    "category": lambda item: item.category,
    "supplier": lambda item: item.supplier,
    "warehouse": lambda item: f"{item.company}/{item.warehouse}",
    "stage": lambda item: item.stage,
}


def groups(scope: str) -> Iterable[tuple[str, str, list[Item]]]:
    """The items behind every (dimension, member) of a scope, and of each company."""
    items = [item for item in ledger() if scope == "all" or not item.is_abnormal]
    for dimension, member_of in DIMENSIONS.items():
        for member in sorted({member_of(item) for item in items}):
            yield dimension, member, [item for item in items if member_of(item) == member]
    for company in ("north", "south"):
        yield "company", company, [item for item in items if item.company == company]


def turnover_row(
    dimension: str, member: str, items: list[Item], back: int, scope: str, basis: str
) -> dict[str, object]:
    """A row of metrics.turnover: trailing twelve months to the month-end so many months back."""
    last = MONTHS - back
    months = range(last - 12, last)
    ends = [
        sum((item.closing[at] for item in items), Decimal(0)) for at in range(last - 12, last + 1)
    ]
    cogs = sum((item.cogs[month] for item in items for month in months), Decimal(0))
    average = {
        "month_ends": sum(ends) / 13,
        "quarter_ends": sum(ends[::3]) / 5,
        "two_point": (ends[0] + ends[-1]) / 2,
        # Each month stands at the mean of its two ends.
        "time_weighted": sum(ends[1:-1], (ends[0] + ends[-1]) / 2) / 12,
    }[basis]
    turnover = float(cogs) / float(average) if average else None
    return {
        "company": member if member in ("north", "south") else "*",
        "currency": "CNY",
        "as_of": month_end(back),
        "known_on": AS_OF,
        "data_through": AS_OF,
        "time_window": "trailing_12_months",
        "basis": basis,
        "dimension": dimension,
        "member": member,
        "scope": scope,
        "days": 365,
        "cogs": cogs,
        "consumption": Decimal(0),
        "opening_value": ends[0],
        "closing_value": ends[-1],
        "inventory_days": average * 365,
        "average_inventory": float(average),
        "turnover": turnover,
        "dio_days": 365 / turnover if turnover else None,
        "reason": None if average else "no_stock",
    }


TURNOVER = {
    "company": pl.String, "currency": pl.String, "as_of": pl.Date, "known_on": pl.Date,
    "data_through": pl.Date, "time_window": pl.String, "basis": pl.String, "dimension": pl.String,
    "member": pl.String, "scope": pl.String, "days": pl.Int64, "cogs": MONEY, "consumption": MONEY,
    "opening_value": MONEY, "closing_value": MONEY, "inventory_days": pl.Float64,
    "average_inventory": pl.Float64, "turnover": pl.Float64, "dio_days": pl.Float64,
    "reason": pl.String,
}  # fmt: skip
BASES = ("time_weighted", "month_ends", "quarter_ends", "two_point")


def turnover() -> pl.DataFrame:
    """metrics.turnover of the report's date and of a year before."""
    rows = [
        turnover_row(dimension, member, items, back, scope, basis)
        for scope in ("normal", "all")
        for dimension, member, items in groups(scope)
        for back in (0, 12)
        for basis in BASES
    ]
    return pl.DataFrame(rows, schema=TURNOVER)


def trend() -> pl.DataFrame:
    """metrics.turnover of 25 month-ends."""
    rows = [
        turnover_row(dimension, member, items, back, "normal", "time_weighted")
        for dimension, member, items in groups("normal")
        if dimension in ("company", "category", "supplier")
        for back in range(25)
    ]
    return pl.DataFrame(rows, schema=TURNOVER)


def daily() -> pl.DataFrame:
    """metrics.daily of the group: one day with movements a month, its last."""
    items = [item for item in ledger() if not item.is_abnormal]
    rows = []
    for month in range(MONTHS - 25, MONTHS):
        flows = dict.fromkeys(FLOWS, Decimal(0)) | {
            "purchase": sum((item.receipts(month) for item in items), Decimal(0)),
            "sale": -sum((item.cogs[month] for item in items), Decimal(0)),
            "adjustment": sum((item.adjusted[month] for item in items), Decimal(0)),
        }
        rows.append(
            {
                "company": "*",
                "day": month_end(MONTHS - 1 - month),
                "dimension": "company",
                "member": "*",
                "scope": "normal",
                "opening_value": sum((item.closing[month] for item in items), Decimal(0)),
                "closing_value": sum((item.closing[month + 1] for item in items), Decimal(0)),
                **flows,
            }
        )
    schema = {"company": pl.String, "day": pl.Date, "dimension": pl.String, "member": pl.String}
    amounts = dict.fromkeys(("opening_value", "closing_value", *FLOWS), MONEY)
    return pl.DataFrame(rows, schema={**schema, "scope": pl.String, **amounts})


def dead_stock() -> pl.DataFrame:
    """metrics.dead_stock; earlier months are scaled back so that the share has a history."""
    rows = [
        _dead_row(dimension, member, items, back, scope)
        for scope in ("normal", "all")
        for dimension, member, items in groups(scope)
        for back in range(13)
    ]
    amounts = dict.fromkeys(
        ("value", "slow_value", "dead_value", "new_value", "stranded_value"), MONEY
    )
    text = dict.fromkeys(("dimension", "member", "scope"), pl.String)
    schema = {"company": pl.String, "as_of": pl.Date, **text, **amounts, "dead_share": pl.Float64}
    return pl.DataFrame(rows, schema={**schema, "reason": pl.String})


def _dead_row(
    dimension: str, member: str, items: list[Item], back: int, scope: str
) -> dict[str, object]:
    def value(status: str) -> Decimal:
        return sum(
            (item.closing[MONTHS - back] for item in items if item.status == status), Decimal(0)
        )

    whole = sum((item.closing[MONTHS - back] for item in items), Decimal(0))
    dead = (value("dead") * (100 - back) / 100).quantize(CENT)
    return {
        "company": member if member in ("north", "south") else "*",
        "as_of": month_end(back),
        "dimension": dimension,
        "member": member,
        "scope": scope,
        "value": whole,
        "slow_value": value("slow"),
        "dead_value": dead,
        "new_value": value("new"),
        "stranded_value": (value("moving") / 50).quantize(CENT),
        "dead_share": float(dead / whole) if whole else None,
        "reason": None if whole else "no_stock",
    }


def stock_status() -> pl.DataFrame:
    """metrics.stock_status."""
    rows = [
        {
            "company": item.company,
            "sku": item.sku,
            "warehouse": item.warehouse,
            "supplier": item.supplier,
            "quantity": (item.closing[-1] / 25).quantize(Decimal("0.01")),
            "value": item.closing[-1],
            "last_issue_on": None
            if item.status == "new"
            else AS_OF - timedelta(days=item.days_without_issue),
            "days_without_issue": item.days_without_issue,
            "days_without_outflow": item.days_without_issue,
            "status": item.status,
            "is_stranded": False,
            "supplier_member": item.supplier,
            "history_from": False,
            "is_abnormal": item.is_abnormal,
        }
        for item in ledger()
        if item.closing[-1]
    ]
    schema = {
        "company": pl.String, "sku": pl.String, "warehouse": pl.String, "supplier": pl.String,
        "quantity": pl.Decimal(38, 6), "value": MONEY, "last_issue_on": pl.Date,
        "days_without_issue": pl.Int64, "days_without_outflow": pl.Int64, "status": pl.String,
        "is_stranded": pl.Boolean, "supplier_member": pl.String, "history_from": pl.Boolean,
        "is_abnormal": pl.Boolean,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema)


AGES = {
    "moving": (
        (0.34, "0-30"), (0.26, "31-60"), (0.16, "61-90"), (0.16, "91-180"), (0.08, "181-365"),
    ),
    "slow": ((0.6, "91-180"), (0.4, "181-365")),
    "dead": ((0.2, "181-365"), (0.8, ">365")),
    "new": ((1.0, "0-30"),),
}  # fmt: skip


def stock_age() -> pl.DataFrame:
    """metrics.stock_age; the last bucket of an item takes what rounding leaves."""
    rows = []
    for item in ledger():
        left = item.closing[-1]
        parts = AGES[item.status]
        for part, bucket in parts:
            value = left if bucket == parts[-1][1] else money(float(item.closing[-1]) * part)
            left -= value
            if value:
                rows.append(
                    (item.company, item.sku, item.warehouse, item.supplier, bucket, value / 25,
                     value, item.is_abnormal)
                )  # fmt: skip
    schema = {
        "company": pl.String, "sku": pl.String, "warehouse": pl.String, "supplier": pl.String,
        "bucket": pl.String, "quantity": pl.Decimal(38, 6), "value": MONEY,
        "is_abnormal": pl.Boolean,
    }  # fmt: skip
    table = pl.DataFrame(rows, schema=schema, orient="row")
    return table.with_columns(supplier_member="supplier")


def reconciliation() -> pl.DataFrame:
    """metrics.reconciliation of the last month; one position differs from its ERP balance."""
    names = (
        "opening", "receipts", "production", "consumption", "transfers", "adjustments", "scrap",
        "revaluations", "cogs", "closing",
    )  # fmt: skip
    rows = []
    for item in ledger():
        value = dict.fromkeys(names, Decimal(0)) | {
            "opening": item.closing[-2],
            "receipts": item.receipts(MONTHS - 1),
            "adjustments": item.adjusted[-1],
            "cogs": -item.cogs[-1],
            "closing": item.closing[-1],
        }
        off = Decimal("128.4000") if item.sku == "SK-10081" else Decimal(0)
        rows.append(
            {
                "company": item.company, "as_of": AS_OF, "warehouse": item.warehouse,
                "sku": item.sku, "period": "2026-10",
                **{f"quantity_{name}": (value[name] / 25).quantize(CENT) for name in names},
                **{f"value_{name}": amount for name, amount in value.items()},
                "erp_quantity": (value["closing"] / 25).quantize(CENT),
                "erp_value": value["closing"] - off,
                "quantity_difference": Decimal(0), "value_difference": off,
                "quarantined_value": Decimal(0), "adds_up": True, "agrees": not off,
            }
        )  # fmt: skip
    frame = pl.DataFrame(
        rows,
        schema_overrides={
            name: MONEY for name in rows[0] if name.startswith(("value_", "erp_", "quar"))
        },
        infer_schema_length=None,
    )
    # Quantities are a 25th of the values, so they add up before rounding only.
    return frame.with_columns(
        pl.sum_horizontal(f"quantity_{name}" for name in names[:-1]).alias("quantity_closing")
    )


def items() -> pl.DataFrame:
    """The item master."""
    rows = [(item.company, item.sku, item.name, item.category) for item in ledger()]
    return pl.DataFrame(rows, schema=ITEMS, orient="row")


def members() -> pl.DataFrame:
    """Names of companies, categories, suppliers and warehouses."""
    rows: list[tuple[str, str, str, str, str | None, str | None]] = [
        ("*", "company", "north", "Northern Trading", "北方商贸", None),
        ("*", "company", "south", "Southern Retail", "南方零售", None),
    ]
    rows += [("*", "category", code, code, zh, None) for code, zh, *_ in CATEGORIES]
    # Suppliers are members of the group; warehouses are a company's own.
    rows += [("*", "supplier", code, name, zh, None) for code, name, zh in SUPPLIERS if name]
    for code, name, zh, company in WAREHOUSES:
        rows += [
            ("*", "warehouse", f"{company}/{code}", name, zh, company),
            (company, "warehouse", code, name, zh, None),
        ]
    return pl.DataFrame(rows, schema=MEMBERS, orient="row")


BENCHMARK_LABELS = {
    "Food & grocery": ("Food stores", "食品零售", "ReadyRatios", 2024, "US listed"),
    "Personal care": ("FMCG", "快消品", "Trade press", 2023, "China"),
    "Household non-durables": ("Wholesale", "非耐用品批发", "ReadyRatios", 2024, "US listed"),
    "Consumer electronics": ("Retail SMB", "零售中小企业", "Netstock", 2025, "North America"),
    "Home appliances": ("Home appliances", "家电", "Trade press", 2023, "China"),
    "Apparel & accessories": ("Apparel stores", "服装零售", "ReadyRatios", 2024, "US listed"),
    "Industrial parts": ("Industrial machinery", "工业机械", "ReadyRatios", 2024, "US listed"),
}  # fmt: skip


def benchmarks() -> pl.DataFrame:
    """A benchmark for most categories, and one for the whole."""
    rows = []
    for code, _, _, _, _, _, benchmark in CATEGORIES:
        if benchmark:
            en, zh, source, year, region = BENCHMARK_LABELS[code]
            rows.append(("category", code, en, zh, *benchmark, source, year, region, False))
    rows.append(
        ("company", "*", "Wholesale SMB", "批发中小企业", "star_laggard", None, 2.0, 6.4,
         "Netstock", 2025, "North America", False)
    )  # fmt: skip
    return pl.DataFrame(rows, schema=BENCHMARKS, orient="row")


def deliveries() -> pl.DataFrame:
    """What the run took in."""
    rows = [
        ("north", "item", 216, 2, 1, 213, 0, 0),
        ("north", "stock_movement", 12480, 410, 6, 12050, 4, 10),
        ("south", "item", 108, 0, 0, 108, 0, 0),
        ("south", "stock_movement", 6140, 205, 2, 5930, 3, 0),
        ("south", "stock_balance", 108, 108, 0, 0, 0, 0),
    ]
    return pl.DataFrame(rows, schema=DELIVERIES, orient="row")


def quarantine() -> pl.DataFrame:
    """What is refused."""
    rows = [
        ("north", "stock_movement", "unknown kind gift", "north/2026-10-31/OINM.txt", 3, 3),
        (
            "north",
            "stock_movement",
            "outflow_is_not_positive",
            "north/2026-10-31/OINM.txt",
            1,
            1,
        ),
        ("south", "stock_movement", "unreadable quantity", "south/2026-10-31/rd.csv", 3, 3),
    ]
    return pl.DataFrame(rows, schema=QUARANTINE, orient="row")


def sample_input(**changed: object) -> ReportInput:
    """The group's report, with whatever a test wants different."""
    given: dict[str, object] = {
        "company": "*",
        "titles": {"en": "Northern Light Group (sample)", "zh": "北辰集团（样例）"},
        "currency": "CNY",
        "as_of": AS_OF,
        "known_on": AS_OF,
        "data_through": AS_OF,
        "run_label": "2026-10-31/r1",
        "policy": PolicyValues(
            dead_share_limit=0.10,
            carrying_rate=0.2,
            carrying_is_example=True,
            policy_version="2026-01-01",
            definition_version="1",
        ),
        "turnover": turnover(),
        "trend": trend(),
        "daily": daily(),
        "dead_stock": dead_stock(),
        "stock_status": stock_status(),
        "stock_age": stock_age(),
        "reconciliation": reconciliation(),
        "items": items(),
        "members": members(),
        "benchmarks": benchmarks(),
        "deliveries": deliveries(),
        "quarantine": quarantine(),
        "coverage": pl.DataFrame(
            [("north", AS_OF), ("south", AS_OF)], schema=COVERAGE, orient="row"
        ),
        "stubs": pl.DataFrame([("north", "item", 2, 1)], schema=STUBS, orient="row"),
        "unpaired_transfers": pl.DataFrame(
            [("north", 1, Decimal("18400.0000"), date(2026, 9, 12))], schema=UNPAIRED, orient="row"
        ),
        "estimates": pl.DataFrame(
            [("south", 214, Decimal("612345.5000"), Decimal("201340.2500"), 0, 0, None)],
            schema=ESTIMATES,
            orient="row",
        ),
        "open_transfers": pl.DataFrame(
            [
                (
                    "north",
                    "T-881",
                    ledger()[0].sku,
                    "W1",
                    Decimal(736),
                    Decimal(18400),
                    date(2026, 9, 12),
                ),
            ],
            schema=OPEN_TRANSFERS,
            orient="row",
        ),
        "costs": pl.DataFrame(
            [("south", ledger()[2].sku, 214, Decimal("612345.5"), Decimal("201340.25"), 0)],
            schema=COSTS,
            orient="row",
        ),
        "unknown_codes": pl.DataFrame(
            [("north", "item", "N-999999", False), ("north", "item", "N-4711", True)],
            schema=UNKNOWN_CODES,
            orient="row",
        ),
        "changes": changes(),
        "release": release(),
        "since": since(),
        "account": pl.DataFrame(
            [
                ("north", 31, 402_116, 401_220, 310, 560, 12, 14),
                ("south", 31, 190_004, 189_700, 98, 203, 3, 0),
            ],
            schema=ACCOUNT,
            orient="row",
        ),
    }
    return ReportInput(**(given | changed))  # type: ignore[arg-type]


def since() -> Since:
    """What is new since the day before: three items are dead, and one that was moves again."""
    dead = [item for item in ledger() if item.status == "dead" and not item.is_abnormal]
    moving = next(item for item in ledger() if item.status == "moving" and not item.is_abnormal)
    rows = [(item.company, item.sku, item.closing[-1], "became_dead") for item in dead[:3]]
    rows.append((moving.company, moving.sku, Decimal(480_000), "moves_again"))
    items = pl.DataFrame(rows, schema=SINCE, orient="row")
    return Since(AS_OF - timedelta(days=1), 4.63, items)


def changes() -> pl.DataFrame:
    """metrics.turnover_change of the group against a year and a month before."""
    rows: list[dict[str, object]] = []
    for back in (12, 1):
        for dimension in ("company", "category", "supplier"):
            both = [
                [
                    turnover_row(dimension, member, items, at, "normal", "time_weighted")
                    for of, member, items in groups("normal")
                    if of == dimension
                ]
                for at in (back, 0)
            ]
            rows += _changes(dimension, back, *both)
    return pl.DataFrame(rows, schema=CHANGES)


def _changes(
    dimension: str, back: int, then: list[dict[str, object]], now: list[dict[str, object]]
) -> list[dict[str, object]]:
    """Each member's effects; of the group as a whole those of outflow and stock."""
    wholes = [next((row for row in side if row["member"] == "*"), None) for side in (then, now)]
    parts = [[row for row in side if row["member"] != "*"] for side in (then, now)]
    (sold_0, held_0), (sold_1, held_1) = (
        [sum(float(row[name]) for row in side) for name in ("cogs", "average_inventory")]  # type: ignore[arg-type]
        for side in parts
    )
    made = [
        _part_change(*pair, (held_0, held_1), (sold_0, sold_1)) for pair in zip(*parts, strict=True)
    ]
    if all(wholes):
        made.append(
            _change_row(*wholes)  # type: ignore[arg-type]
            | {
                "cogs_effect": (sold_1 - sold_0) * (1 / held_0 + 1 / held_1) / 2,
                "inventory_effect": (1 / held_1 - 1 / held_0) * (sold_0 + sold_1) / 2,
                "change": sold_1 / held_1 - sold_0 / held_0,
            }
        )
    return [row | {"dimension": dimension, "compared_on": month_end(back)} for row in made]


def _part_change(
    then: dict[str, object],
    now: dict[str, object],
    held: tuple[float, float],
    sold: tuple[float, float],
) -> dict[str, object]:
    rates = [float(side["cogs"]) / float(side["average_inventory"]) for side in (then, now)]  # type: ignore[arg-type]
    shares = [
        float(side["average_inventory"]) / of for side, of in zip((then, now), held, strict=True)
    ]  # type: ignore[arg-type]
    whole = (sold[0] / held[0] + sold[1] / held[1]) / 2
    rate = sum(shares) / 2 * (rates[1] - rates[0])
    mix = (shares[1] - shares[0]) * (sum(rates) / 2 - whole)
    return _change_row(then, now) | {"rate_effect": rate, "mix_effect": mix, "change": rate + mix}


def _change_row(then: dict[str, object], now: dict[str, object]) -> dict[str, object]:
    pace = float(then["turnover"])  # type: ignore[arg-type]
    tied = float(now["average_inventory"]) - float(now["cogs"]) / pace  # type: ignore[arg-type]
    return {
        "member": now["member"],
        "numerator": now["cogs"],
        "numerator_before": then["cogs"],
        "average_inventory": now["average_inventory"],
        "average_inventory_before": then["average_inventory"],
        "turnover": now["turnover"],
        "turnover_before": then["turnover"],
        "tied_value": tied,
    }


TARGETS = {"Apparel & accessories": 4.0, "Consumer electronics": 5.0, "Industrial parts": 3.4}


def release() -> pl.DataFrame:
    """metrics.cash_release of the group: three categories have a target."""
    lines = [
        _release_row(turnover_row("category", member, items, 0, "normal", "time_weighted"), member)
        for dimension, member, items in groups("normal")
        if dimension == "category"
    ]
    amounts = ("target_inventory", "cash_release", "dead_release", "other_release", "shortfall")
    summed = (*amounts, "targeted_inventory")
    whole = next(
        turnover_row(dimension, member, items, 0, "normal", "time_weighted")
        for dimension, member, items in groups("normal")
        if (dimension, member) == ("company", "*")
    )
    total = _release_row(whole, "") | {
        name: sum((line[name] for line in lines if line[name] is not None), Decimal(0))
        for name in summed
    }
    total |= {"dimension": "company", "member": "*", "reason": None}
    return pl.DataFrame([total, *lines], schema=RELEASE)


def _release_row(row: dict[str, object], member: str) -> dict[str, object]:
    average, target = money(float(row["average_inventory"])), TARGETS.get(member)  # type: ignore[arg-type]
    needed = money(float(row["cogs"]) / target) if target else None  # type: ignore[arg-type]
    above = average - needed if needed is not None else None
    released = None if above is None else max(above, Decimal(0))
    dead = None if released is None else money(float(released) / 4)
    return {
        "dimension": "category",
        "member": member,
        "numerator": row["cogs"],
        "average_inventory": row["average_inventory"],
        "turnover": row["turnover"],
        "dio_days": row["dio_days"],
        "target_turnover": target,
        "gap_days": float(row["dio_days"]) - 365 / target if target else None,  # type: ignore[arg-type]
        "target_inventory": needed,
        "cash_release": released,
        "dead_release": dead,
        "other_release": None if released is None or dead is None else released - dead,
        "shortfall": None if above is None else max(-above, Decimal(0)),
        "targeted_inventory": average if target else None,
        "carrying_cost": money(float(average) / 5),
        "reason": None if target else "no_target",
    }


def empty_input() -> ReportInput:
    """A report on a date for which there is nothing at all."""
    full = sample_input()
    return sample_input(
        **{
            name: getattr(full, name).clear()
            for name in full.__dataclass_fields__
            if isinstance(getattr(full, name), pl.DataFrame)
        },
        since=None,
    )
