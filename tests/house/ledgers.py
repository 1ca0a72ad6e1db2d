"""A small ledger in which everything happens, cut into deliveries in any way one likes."""

import random
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

ITEMS = """sku,name,category,stage,status
B-100,Ball bearing,Bearings / Ball,trading,active
B-200,Roller bearing,Bearings / Roller,trading,active
S-100,Shaft seal,Seals,finished,active
R-100,Rubber,Materials / Rubber,raw,active
O-100,Old gasket,Seals,trading,obsolete
"""
WAREHOUSES = """warehouse,name,kind
MAIN,Main store,store
DC,Distribution centre,dc
HOLD,Quarantine,quarantine
"""
SUPPLIERS = "supplier,name\nS1,Norseal\nS2,Sudlager\n"
MASTERS = {"item": ITEMS, "warehouse": WAREHOUSES, "supplier": SUPPLIERS}

COLUMNS = (
    "movement_id,posted_at,sku,warehouse,kind,quantity,value,is_reversal,supplier,order_no,"
    "order_line_no,transfer_id"
)
SKUS = ("B-100", "B-200", "S-100", "R-100", "O-100")
FIRST_DAY = date(2025, 1, 1)


class Line(NamedTuple):
    """One row of a stock_movement file."""

    movement_id: int
    day: date
    sku: str
    warehouse: str
    kind: str
    quantity: int
    value: str
    is_reversal: bool = False
    supplier: str = ""
    order_no: str = ""
    order_line_no: str = ""
    transfer_id: str = ""


class Ledger:
    """Movements of all kinds over some days, drawn from a seed."""

    def __init__(self, seed: int, days: int, per_day: int = 6, *, first: date = FIRST_DAY) -> None:
        """Draw the ledger."""
        self._chance = random.Random(seed)  # noqa: S311 - a sample, no secret
        self.days = [first + timedelta(days=n) for n in range(days)]
        self.lines: list[Line] = []
        for sku in SKUS:
            self._add(first, sku, "MAIN", "opening", 50, 500)
        for day in self.days:
            for _ in range(per_day):
                self._draw(day)

    @property
    def last_day(self) -> date:
        """The day the ledger reaches."""
        return self.days[-1]

    def of(self, *days: date) -> list[Line]:
        """What was posted on some days."""
        return [line for line in self.lines if line.day in days]

    def _add(
        self, day: date, sku: str, warehouse: str, kind: str, quantity: int, cents: int, **more: str
    ) -> None:
        number = len(self.lines) + 1
        value = f"{cents * 1.01:.2f}"
        line = Line(number, day, sku, warehouse, kind, quantity, value)
        self.lines.append(line._replace(**more))

    def _draw(self, day: date) -> None:
        chance = self._chance
        sku, units = chance.choice(SKUS), chance.randint(1, 30)
        place = chance.choice(("MAIN", "MAIN", "MAIN", "DC", "HOLD"))
        cost = units * chance.randint(8, 13)
        order = {"order_no": f"SO{chance.randint(1, 40)}", "order_line_no": "1"}
        supplier = {"supplier": chance.choice(("S1", "S2"))}
        draws = ("buy", "buy", "sell", "sell", "sell", "move", "return", "hand_back", "other")
        match chance.choice(draws):
            case "buy":
                self._add(day, sku, place, "purchase", units, cost, **supplier)
            case "sell":
                self._add(day, sku, place, "sale", -units, -cost, **order)
            case "move":
                leg = {"transfer_id": f"T{len(self.lines)}"}
                self._add(day, sku, "MAIN", "transfer_out", -units, -cost, **leg)
                arrival = min(day + timedelta(days=chance.randint(0, 2)), self.last_day)
                self._add(arrival, sku, "DC", "transfer_in", units, cost, **leg)
            case "return":
                self._add(day, sku, place, "sale_return", units // 3 + 1, cost // 3 + 8, **order)
            case "hand_back":
                self._add(day, sku, place, "purchase_return", -2, -20, **supplier)
            case _:
                self._odd(day, sku, place, units)

    def _odd(self, day: date, sku: str, place: str, units: int) -> None:
        kinds = ("adjustment", "scrap", "revaluation", "production_issue", "production_receipt")
        kind = self._chance.choice(kinds)
        match kind:
            case "revaluation":
                self._add(day, sku, place, kind, 0, self._chance.randint(-40, 40))
            case "production_receipt":
                self._add(day, sku, place, kind, units, units * 9)
            case _:
                self._add(day, sku, place, kind, -units // 4, -units * 2)


def stated(lines: Iterable[Line]) -> str:
    """The lines as a stock_movement file."""
    rows = [",".join(_cell(value) for value in line) for line in lines]
    return "\n".join((COLUMNS, *rows)) + "\n"


def _cell(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
