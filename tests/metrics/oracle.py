"""The attribution as prose says it, row by row: one queue of layers per SKU and warehouse.

Slow and plain on purpose: this is what the fast code is compared with.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import floor
from typing import Any

from pipeline.canonical.movement_kinds import OWN_PRODUCTION, UNATTRIBUTED, Kind
from pipeline.metrics.fact_schemas import FactKind

Row = dict[str, Any]
Cells = dict[tuple[Any, ...], tuple[int, int | None]]

TRANSFERS = (Kind.TRANSFER_IN, Kind.TRANSFER_OUT)
GIVEN_BACK_BY = {
    Kind.SALE: "sale",
    Kind.SALE_RETURN: "sale",
    Kind.PRODUCTION_ISSUE: "production",
}
TAKEN_FROM_OWN_SUPPLIER = (Kind.PURCHASE, Kind.PURCHASE_RETURN, Kind.PRODUCTION_RECEIPT)
OF_A_RECEIPT = (Kind.LANDED_COST, Kind.PURCHASE, Kind.PURCHASE_RETURN)


class CircleError(Exception):
    """Transfers of one moment wait for one another; a queue in ledger order cannot say it."""


@dataclass
class Layer:
    """Stock of one receipt that lies in one warehouse."""

    supplier: int
    received: int | None
    receipt: Row | None
    quantity: int
    value: int


@dataclass
class Queue:
    """One SKU in one warehouse."""

    rows: list[Row]
    done: int = 0
    busy: bool = False
    layers: list[Layer] = field(default_factory=list[Layer])
    missing: int = 0


def half_up(number: Fraction) -> int:
    """The whole number nearest to one that is not negative."""
    return floor(number + Fraction(1, 2))


def shares(total: int, weights: list[int]) -> list[int]:
    """The total in proportion to the weights, whole numbers by largest remainder."""
    sign, total = (-1, -total) if total < 0 else (1, total)
    exact = [Fraction(total * weight, sum(weights)) for weight in weights]
    parts = [floor(part) for part in exact]
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return [sign * part for part in parts]


def in_proportion(total: int, costs: list[int], quantities: list[int]) -> list[int]:
    """The total in proportion to cost; where there is no cost, to quantity."""
    weights = [max(cost, 0) for cost in costs]
    return shares(total, weights if any(weights) else quantities)


def part_of(piece: Layer, start: int, end: int) -> int:
    """The value of the stretch from `start` to `end` of a piece, in quantity."""

    def until(point: int) -> int:
        return half_up(Fraction(abs(piece.value) * point, piece.quantity))

    return until(end) - until(start)


def order(row: Row) -> tuple[int, int]:
    """The ledger's order."""
    return (row["seq"], row["movement_no"])


class Sku:
    """One item of one company, in all its warehouses."""

    def __init__(
        self, rows: list[Row], transit: int, cells: dict[tuple[Any, ...], list[Any]]
    ) -> None:
        self.transit = transit
        self.cells = cells
        self.rows = sorted(rows, key=order)
        self.queues: dict[int, Queue] = {}
        for row in self.rows:
            self.queues.setdefault(row["warehouse_no"], Queue([])).rows.append(row)
        # movement → what it took, in order; the hole last
        self.taken: dict[int, list[Layer]] = {}
        # movement → where its units come from: (issue, start, end, last first)
        self.sources: dict[int, list[tuple[Row, int, int, bool]]] = {}
        self.pair_transfers()
        self.pair_returns()

    # ------------------------------------------------------------------ who belongs to whom

    def pair_transfers(self) -> None:
        legs: dict[int, tuple[list[Row], list[Row]]] = defaultdict(lambda: ([], []))
        for row in self.rows:
            if row["kind_no"] in TRANSFERS and row["transfer_key"] is not None:
                if row["quantity_e6"] < 0:
                    legs[row["transfer_key"]][0].append(row)
                elif row["quantity_e6"] > 0:
                    legs[row["transfer_key"]][1].append(row)
        for leaving, arriving in legs.values():
            left = [(row, -row["quantity_e6"]) for row in leaving]
            for arrival in arriving:
                wanted = arrival["quantity_e6"]
                found = self.sources.setdefault(arrival["movement_no"], [])
                while wanted and left:
                    issue, rest = left[0]
                    taken = min(rest, wanted)
                    start = -issue["quantity_e6"] - rest
                    found.append((issue, start, start + taken, False))
                    wanted -= taken
                    left[0] = (issue, rest - taken)
                    if rest == taken:
                        left.pop(0)

    def pair_returns(self) -> None:
        def in_order(row: Row) -> tuple[int, bool, int, int]:
            linked = row["quantity_e6"] > 0 and row["order_line_key"] is not None
            return (row["day"], linked, *order(row))

        for family in ("sale", "production"):
            issues: list[list[Any]] = []
            mine = [row for row in self.rows if GIVEN_BACK_BY.get(row["kind_no"]) == family]
            for row in sorted(mine, key=in_order):
                if row["quantity_e6"] < 0:
                    issues.append([row, -row["quantity_e6"]])
                    continue
                wanted = row["quantity_e6"]
                found = self.sources.setdefault(row["movement_no"], [])
                for entry in reversed(issues):
                    issue, end = entry
                    line = row["order_line_key"]
                    if line is not None and issue["order_line_key"] != line:
                        continue
                    taken = min(end, wanted)
                    if taken:
                        found.append((issue, end - taken, end, True))
                        wanted -= taken
                        entry[1] -= taken

    # ------------------------------------------------------------------ the queues

    def run(self) -> None:
        for row in self.rows:
            self.ensure(row)
        for row in self.rows:
            if row["kind_no"] in TRANSFERS and row["quantity_e6"] < 0:
                self.stand_in_transit(row)

    def ensure(self, row: Row) -> None:
        """Brings the queue of the row up to and including the row."""
        queue = self.queues[row["warehouse_no"]]
        while row not in queue.rows[: queue.done]:
            if queue.busy:
                raise CircleError
            queue.busy = True
            self.post(queue, queue.rows[queue.done])
            queue.busy = False
            queue.done += 1

    def post(self, queue: Queue, row: Row) -> None:
        if row["quantity_e6"] > 0:
            self.receive(queue, row)
        elif row["quantity_e6"] < 0:
            self.issue(queue, row)
        else:
            self.revalue(queue, row)

    def receive(self, queue: Queue, row: Row) -> None:
        layers = self.layers_of(row)
        for layer in layers:
            self.say(row, layer.supplier, layer.received, layer.quantity, layer.value)
            filled = min(layer.quantity, queue.missing)
            if filled:
                value = half_up(Fraction(abs(layer.value) * filled, layer.quantity))
                value = -value if layer.value < 0 else value
                kind = FactKind.NEGATIVE_STOCK_FILLED
                self.say(row, layer.supplier, layer.received, -filled, -value, kind=kind)
                self.say(row, UNATTRIBUTED, None, filled, value, kind=kind)
                layer.quantity -= filled
                layer.value -= value
                queue.missing -= filled
            if layer.quantity:
                queue.layers.append(layer)

    def layers_of(self, row: Row) -> list[Layer]:
        """The layers a receipt brings: its own, or those its units had before."""
        quantity, value = row["quantity_e6"], row["value_e4"] or 0
        if row["kind_no"] not in TRANSFERS and row["kind_no"] not in GIVEN_BACK_BY:
            return [Layer(*self.deliverer(row), row, quantity, value)]
        known = [
            part
            for source in self.sources.get(row["movement_no"], [])
            for part in self.parts_of(*source)
        ]
        there = sum(layer.quantity for layer in known)
        known_value, unknown_value = shares(value, [there, quantity - there])
        if known:
            worths = in_proportion(
                known_value, [part.value for part in known], [part.quantity for part in known]
            )
            for layer, worth in zip(known, worths, strict=True):
                layer.value = worth
        if there < quantity:
            known.append(Layer(UNATTRIBUTED, row["day"], None, quantity - there, unknown_value))
        return known

    def deliverer(self, row: Row) -> tuple[int, int]:
        """Supplier and day of receipt of what came from outside."""
        if row["kind_no"] in (Kind.PURCHASE, Kind.PURCHASE_RETURN):
            named = row["supplier_no"] is not None
            return (row["supplier_no"] if named else UNATTRIBUTED, row["day"])
        if row["kind_no"] == Kind.PRODUCTION_RECEIPT:
            return (OWN_PRODUCTION, row["day"])
        if row["kind_no"] == Kind.OPENING:
            is_dated = row["received_day"] is not None
            return (UNATTRIBUTED, row["received_day"] if is_dated else row["day"] + 1)
        return (UNATTRIBUTED, row["day"])

    def parts_of(self, issue: Row, start: int, end: int, backwards: bool) -> list[Layer]:
        """What an issue took between two of its units."""
        self.ensure(issue)
        pieces: list[Layer] = []
        at = 0
        for piece in self.taken[issue["movement_no"]]:
            low, high = max(start - at, 0), min(end - at, piece.quantity)
            if low < high:
                worth = part_of(piece, low, high)
                pieces.append(replace(piece, quantity=high - low, value=worth))
            at += piece.quantity
        return pieces[::-1] if backwards else pieces

    def issue(self, queue: Queue, row: Row) -> None:
        wanted, value = -row["quantity_e6"], row["value_e4"] or 0
        candidates = list(queue.layers)
        if row["kind_no"] in TAKEN_FROM_OWN_SUPPLIER:
            own = OWN_PRODUCTION
            if row["kind_no"] != Kind.PRODUCTION_RECEIPT:
                own = UNATTRIBUTED if row["supplier_no"] is None else row["supplier_no"]
            candidates = [layer for layer in reversed(candidates) if layer.supplier == own]
        pieces: list[tuple[Layer, int, int]] = []
        missing = wanted
        for layer in candidates:
            taken = min(layer.quantity, missing)
            if taken:
                cost = half_up(Fraction(max(layer.value, 0) * taken, layer.quantity))
                pieces.append((layer, taken, cost))
                missing -= taken
        present_value, missing_value = shares(value, [wanted - missing, missing])
        worths = (
            in_proportion(
                present_value, [cost for _, _, cost in pieces], [taken for _, taken, _ in pieces]
            )
            if pieces
            else []
        )
        took: list[Layer] = []
        for (layer, taken, _), worth in zip(pieces, worths, strict=True):
            self.say(row, layer.supplier, layer.received, -taken, worth)
            took.append(replace(layer, quantity=taken, value=worth))
            layer.quantity -= taken
            layer.value += worth
            if not layer.quantity and layer.value:
                kind = FactKind.VALUATION_DIFFERENCE
                self.say(row, layer.supplier, layer.received, 0, -layer.value, kind=kind)
                self.say(row, UNATTRIBUTED, None, 0, layer.value, kind=kind)
        queue.layers = [layer for layer in queue.layers if layer.quantity]
        if missing:
            self.say(row, UNATTRIBUTED, None, -missing, missing_value)
            took.append(Layer(UNATTRIBUTED, row["day"], None, missing, missing_value))
            queue.missing += missing
        self.taken[row["movement_no"]] = took

    def revalue(self, queue: Queue, row: Row) -> None:
        value = row["value_e4"]
        layers = queue.layers
        if row["kind_no"] in OF_A_RECEIPT and row["order_line_key"] is not None:
            receipts = [
                other["movement_no"]
                for other in self.rows
                if other["kind_no"] == Kind.PURCHASE
                and other["quantity_e6"] > 0
                and other["order_line_key"] == row["order_line_key"]
                and order(other) < order(row)
            ]
            if receipts:
                layers = [
                    layer
                    for layer in layers
                    if layer.receipt is not None and layer.receipt["movement_no"] in receipts
                ]
        if not value or not layers:
            self.say(row, UNATTRIBUTED, None, 0, value)
            return
        parts = shares(value, [layer.quantity for layer in layers])
        for layer, part in zip(layers, parts, strict=True):
            self.say(row, layer.supplier, layer.received, 0, part)
            layer.value += part

    # ------------------------------------------------------------------ in transit

    def stand_in_transit(self, issue: Row) -> None:
        """What has left and not arrived the same day stands in the virtual warehouse."""
        parts = [
            (arrival, start, end)
            for arrival in self.rows
            for source, start, end, _ in self.sources.get(arrival["movement_no"], [])
            if source is issue
        ]
        at = 0
        for piece in self.taken[issue["movement_no"]]:
            sign = -1 if piece.value < 0 else 1
            standing, worth = piece.quantity, abs(piece.value)
            for arrival, start, end in parts:
                low, high = max(start - at, 0), min(end - at, piece.quantity)
                if low >= high:
                    continue
                value = part_of(piece, low, high)
                if arrival["day"] <= issue["day"]:
                    standing -= high - low
                    worth -= value
                else:
                    self.leg(issue, arrival, Kind.TRANSFER_OUT, piece, low - high, sign * value)
            if standing:
                self.leg(issue, issue, Kind.TRANSFER_IN, piece, standing, -sign * worth)
            at += piece.quantity

    def leg(
        self, issue: Row, row: Row, kind: Kind, piece: Layer, quantity: int, value: int
    ) -> None:
        known = value if issue["value_e4"] is not None else None
        self.add(row, self.transit, piece.supplier, piece.received, kind, quantity, known)

    # ------------------------------------------------------------------ the result

    def say(
        self,
        row: Row,
        supplier: int,
        received: int | None,
        quantity: int,
        value: int | None,
        *,
        kind: int | None = None,
    ) -> None:
        if row["value_e4"] is None and kind != FactKind.VALUATION_DIFFERENCE:
            value = None
        kind = row["kind_no"] if kind is None else kind
        self.add(row, row["warehouse_no"], supplier, received, kind, quantity, value)

    def add(
        self,
        row: Row,
        warehouse: int,
        supplier: int,
        received: int | None,
        kind: int,
        quantity: int,
        value: int | None,
    ) -> None:
        key = (
            row["company"],
            row["movement_no"],
            row["item_no"],
            warehouse,
            supplier,
            received,
            row["day"],
            int(kind),
        )
        cell = self.cells.setdefault(key, [0, None])
        cell[0] += quantity
        if value is not None:
            cell[1] = (cell[1] or 0) + value


def simulate(rows: Iterable[Row], transit: dict[str, int]) -> Cells:
    """The attributed ledger, summed by every column that is not a number of it."""
    cells: dict[tuple[Any, ...], list[Any]] = {}
    skus: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in rows:
        skus[row["company"], row["item_no"]].append(row)
    for (company, _), mine in skus.items():
        Sku(mine, transit[company], cells).run()
    return {key: (quantity, value) for key, (quantity, value) in cells.items()}
