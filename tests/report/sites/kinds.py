"""What each site delivers: a few lines of a generic ERP, as a controller would write them down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

AS_OF = date(2026, 10, 31)
HEADER = "movement_id,posted_at,sku,warehouse,kind,quantity,value,supplier,transfer_id"
STORES = "warehouse,name,kind\nMAIN,Main store,store\nDC,Distribution centre,dc\n"
SUPPLIERS = "supplier,name\nS1,Norseal\nS2,Sudlager\n"
ITEMS = """sku,name,category,stage,status
B-100,Ball bearing,Bearings,trading,active
B-200,Roller bearing,Bearings,trading,active
S-100,Shaft seal,Seals,trading,active
"""
MASTERS = {"item": ITEMS, "warehouse": STORES, "supplier": SUPPLIERS}
YEAR = tuple(f"2025-{month:02}-15" for month in range(11, 13)) + tuple(
    f"2026-{month:02}-15" for month in range(1, 11)
)
TWO_YEARS = tuple(f"{year}-{month:02}-15" for year in (2024, 2025) for month in range(1, 13)) + (
    tuple(f"2026-{month:02}-15" for month in range(1, 11))
)


@dataclass(frozen=True)
class Kind:
    """One site: what every company of it delivers, and what its settings say beside them."""

    name: str
    companies: Mapping[str, Mapping[str, str]]
    settings: str = ""
    policies: Mapping[str, str] = field(default_factory=dict[str, str])


def ledger(rows: Sequence[str]) -> str:
    """A stock_movement file of rows `day sku warehouse kind quantity value`.

    Behind these comes a supplier or, with a `#`, the transfer; `-` is no value.
    """
    lines = [HEADER]
    for number, row in enumerate(rows, start=1):
        day, sku, warehouse, kind, quantity, value, *more = row.split()
        supplier = next((one for one in more if not one.startswith("#")), "")
        transfer = next((one[1:] for one in more if one.startswith("#")), "")
        cost = "" if value == "-" else value
        lines.append(
            f"{number},{day},{sku},{warehouse},{kind},{quantity},{cost},{supplier},{transfer}"
        )
    return "\n".join(lines) + "\n"


def _of_one(name: str, rows: Sequence[str], **tables: str) -> Kind:
    """A site of one company."""
    return Kind(name, {"acme": MASTERS | tables | {"stock_movement": ledger(rows)}})


def _traded(
    sku: str, days: Sequence[str], *, bought: int, sold: int, price: int = 10, supplier: str = "S1"
) -> list[str]:
    """The same bought and sold on each of these days."""
    return [
        row
        for day in days
        for row in (
            f"{day} {sku} MAIN purchase {bought} {bought * price} {supplier}",
            f"{day} {sku} MAIN sale -{sold} -{sold * price}",
        )
    ]


# Thirty days of ledger: what was there before has no date and no supplier.
YOUNG = _of_one(
    "young",
    [
        "2026-10-01 B-100 MAIN opening 900 9000",
        "2026-10-01 B-200 MAIN opening 400 6000",
        "2026-10-01 S-100 DC opening 120 240",
        "2026-10-05 B-100 MAIN purchase 300 3000 S1",
        "2026-10-09 S-100 DC purchase 100 200 S2",
        "2026-10-12 B-100 MAIN sale -250 -2500",
        "2026-10-20 S-100 DC sale -60 -120",
        "2026-10-26 B-100 MAIN sale -100 -1000",
    ],
)

# Quantities only: there is stock, and nobody knows what it cost.
WITHOUT_COSTS = _of_one(
    "without_costs",
    [
        f"{day} {sku} MAIN {kind} {quantity} - {supplier}"
        for day in TWO_YEARS
        for sku in ("B-100", "S-100")
        for kind, quantity, supplier in (("purchase", 20, "S1"), ("sale", -17, ""))
    ],
)

WITHOUT_SUPPLIERS = _of_one(
    "without_suppliers",
    [
        "2023-12-31 B-200 MAIN opening 100 1500",
        *_traded("B-100", TWO_YEARS, bought=20, sold=19, supplier=""),
        *_traded("S-100", TWO_YEARS, bought=9, sold=8, price=3, supplier=""),
    ],
    supplier="supplier,name\n",
)

# Ten items of 50 each, of which seven were sold on paper before they came.
BELOW_ZERO = _of_one(
    "below_zero",
    [
        row
        for number in range(10)
        for row in (
            f"2024-06-30 N-{number} MAIN purchase 50 250 S1",
            f"2025-12-15 N-{number} MAIN sale -20 -100",
            *((f"2026-06-15 N-{number} MAIN sale -230 -1150",) if number < 7 else ()),
        )
    ],
    item="sku,name,category\n"
    + "".join(f"N-{number},Nut M{number + 3},Nuts\n" for number in range(10)),
)

# Bought two and a half years ago, and never touched again.
ALL_DEAD = _of_one(
    "all_dead",
    [
        "2024-03-31 B-100 MAIN purchase 400 4000 S1",
        "2024-03-31 B-200 MAIN purchase 100 1500 S2",
        "2024-04-15 S-100 DC purchase 3000 6000 S1",
    ],
)

ONE_ITEM = _of_one(
    "one_item",
    _traded("B-100", TWO_YEARS, bought=20, sold=18),
    item="sku,name,category\nB-100,Ball bearing,Bearings\n",
    supplier="supplier,name\nS1,Norseal\n",
    warehouse="warehouse,name,kind\nMAIN,Main store,store\n",
)


def _long_name(number: int) -> str:
    return f"Precision-machined hydraulic couplings and manifold blocks, series {number:02}"


# Forty categories whose names begin alike, and sixty suppliers; every fifth item is dead.
WIDE = _of_one(
    "wide",
    [
        row
        for number in range(60)
        for row in (
            [f"2024-02-15 W-{number:02} MAIN purchase {50 + number} {500 + 10 * number} V{number}"]
            if number % 5 == 0
            else _traded(
                f"W-{number:02}",
                TWO_YEARS[number % 3 :: 3],
                bought=20 + number,
                sold=17 + number,
                supplier=f"V{number}",
            )
        )
    ],
    item="sku,name,category\n"
    + "".join(
        f'W-{number:02},Coupling {number:02},"{_long_name(number % 40)}"\n' for number in range(60)
    ),
    supplier="supplier,name\n"
    + "".join(
        f"V{number},Federated Couplings and Manifolds of District {number:02} (Holding)\n"
        for number in range(60)
    ),
)

LETTERS = "abcdefghijkl"
# Every company has its own vendor V001 and its own store 01; company l stopped selling.
TWELVE = Kind(
    "twelve",
    {
        f"company-{letter}": {
            "item": f"sku,name,category\nA-1,Ball {letter},Bearings\nA-2,Seal {letter},Seals\n",
            "supplier": f"supplier,name\nV001,Vendor {letter.upper()}\n",
            "warehouse": f"warehouse,name,kind\n01,Store of {letter.upper()},store\n",
            "stock_movement": ledger(
                [
                    f"2023-12-31 A-1 01 purchase {10 + number} {100 + 10 * number} V001",
                    *(
                        f"{day} A-2 01 {kind}"
                        for day in TWO_YEARS[: 20 if letter == "l" else None]
                        for kind in ("purchase 12 120 V001", "sale -11 -110")
                    ),
                ]
            ),
        }
        for number, letter in enumerate(LETTERS)
    },
)

# All that ever came was sold three years ago.
EMPTY = _of_one(
    "empty",
    ["2023-03-01 B-100 MAIN purchase 10 100 S1", "2023-06-01 B-100 MAIN sale -10 -100"],
)

# Of 14,900 on hand 1,550 are obsolete and dead, 300 stand in quarantine.
ABNORMAL = _of_one(
    "abnormal",
    [
        "2024-02-15 O-100 MAIN purchase 155 1550 S1",
        "2024-02-15 B-200 HOLD purchase 20 300 S2",
        "2024-01-10 B-100 MAIN purchase 1271 12710 S1",
        *_traded("B-100", TWO_YEARS, bought=60, sold=60),
        *_traded("S-100", TWO_YEARS, bought=20, sold=19, supplier="S2"),
    ],
    item=ITEMS + "O-100,Old gasket,Seals,trading,obsolete\n",
    warehouse=STORES + "HOLD,Quarantine,quarantine\n",
)

# Hundreds of movements, of which one never had a cost: nothing else of that item is known.
COST_MISSING = _of_one(
    "cost_missing",
    [
        *(row for sku in ("B-100", "B-200") for row in _traded(sku, TWO_YEARS, bought=9, sold=8)),
        *_traded("B-100", YEAR, bought=30, sold=29, supplier="S2"),
        "2026-02-20 S-100 MAIN purchase 1 - S2",
        "2026-02-21 S-100 MAIN sale -1 -",
    ],
)

# The ERP gives a value for two of the four positions; 200 are on the way since August.
UNPROVEN = _of_one(
    "unproven",
    [
        *_traded("B-100", TWO_YEARS, bought=20, sold=19),
        *_traded("B-200", TWO_YEARS, bought=20, sold=18, price=15, supplier="S2"),
        "2026-01-05 S-100 DC purchase 100 300 S2",
        "2026-08-20 B-200 MAIN transfer_out -20 -300 #T1",
        "2026-08-24 B-200 DC transfer_in 5 75 #T1",
        "2026-09-20 S-100 MAIN purchase 30 90 S1",
    ],
    stock_balance="balance_on,sku,warehouse,quantity,value\n"
    "2026-10-31,B-100,MAIN,34,340\n"
    "2026-10-31,B-200,MAIN,48,700\n"
    "2026-10-31,B-200,DC,7,\n"
    "2026-10-31,S-100,DC,100,\n",
)

# One company states what its goods cost, the other only how many there are.
HALF_COSTLESS = Kind(
    "half_costless",
    {
        "acme": MASTERS
        | {"stock_movement": ledger(_traded("B-100", TWO_YEARS, bought=20, sold=18))},
        "beta": MASTERS
        | {
            "stock_movement": ledger(
                [
                    f"{day} S-100 MAIN {kind}"
                    for day in TWO_YEARS
                    for kind in ("purchase 10 - S1", "sale -9 -")
                ]
            )
        },
    },
)

# Goods on the shelf that cost nothing.
WORTHLESS = _of_one(
    "worthless",
    [
        f"{day} B-100 MAIN {kind}"
        for day in TWO_YEARS
        for kind in ("purchase 20 0 S1", "sale -18 0")
    ],
)

# Names that look like markup, formats and formulas; most of the stock has no category.
STRANGE_NAMES = _of_one(
    "strange_names",
    [
        *_traded("B-100", TWO_YEARS, bought=20, sold=18),
        *_traded("B-200", TWO_YEARS, bought=5, sold=4, price=9),
        "2024-01-02 S-100 DC purchase 10 100 S2",
    ],
    item='sku,name,category\nB-100,"<b>Ball</b> & ""Co"" {{ x }} 50% %(a)s",\n'
    'B-200,＝１＋１ 很长很长很长很长很长很长很长很长很长的名字,"<i>轴承</i>, A and B"\n'
    'S-100,=1+1,"Seals {% if %}"\n',
    supplier='supplier,name\nS1,"Nor ""sea"" & <Co>"\nS2,北海电器（集团）有限公司\n',
)

KINDS = (
    HALF_COSTLESS,
    WORTHLESS,
    STRANGE_NAMES,
    YOUNG,
    WITHOUT_COSTS,
    WITHOUT_SUPPLIERS,
    BELOW_ZERO,
    ALL_DEAD,
    ONE_ITEM,
    WIDE,
    TWELVE,
    EMPTY,
    ABNORMAL,
    COST_MISSING,
    UNPROVEN,
)
