"""The attribution as prose says it, unit by unit: one queue of layers per SKU and warehouse.

Slow and plain on purpose: this is what the fast code is compared with.  First every queue is
walked in order and says which receipt each issued unit came from; then every unit is followed
back to where it began; last the posted values are split.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby
from math import floor, inf
from typing import Any

from pipeline.canonical.movement_kinds import OWN_PRODUCTION, UNATTRIBUTED, Kind
from pipeline.metrics.fact_schemas import FactKind

Row = dict[str, Any]
Cells = dict[tuple[Any, ...], tuple[int, int | None]]
Unit = tuple[int, int]
"""A receipt or an issue, and which of its units."""

TRANSFERS = (Kind.TRANSFER_IN, Kind.TRANSFER_OUT)
GIVEN_BACK_BY = {
    Kind.SALE: "sale",
    Kind.SALE_RETURN: "sale",
    Kind.PRODUCTION_ISSUE: "production",
}
TAKEN_FROM_OWN_SUPPLIER = (Kind.PURCHASE, Kind.PURCHASE_RETURN, Kind.PRODUCTION_RECEIPT)
OF_A_SUPPLIER = (Kind.PURCHASE, Kind.PURCHASE_RETURN, Kind.REVALUATION)
OF_A_RECEIPT = (Kind.LANDED_COST, Kind.PURCHASE, Kind.PURCHASE_RETURN)


class CircleError(Exception):
    """Units that went round through several warehouses of one day began nowhere."""


@dataclass
class Layer:
    """Units of a receipt that have one history."""

    receipt: int
    first: int
    quantity: int
    supplier: int
    received: int | None
    root: int | None
    source: tuple[int, int] | None = None  # the issue they were in before, and its first unit
    backwards: bool = False
    value: int | None = None
    filled: int = 0
    fill_value: int = 0


@dataclass
class Piece:
    """Units of an issue out of one layer, or out of nothing."""

    layer: Layer | None
    first: int
    quantity: int
    value: int | None = None


@dataclass
class Queue:
    """One SKU in one warehouse: what lies there, unit by unit, and what is missing."""

    rows: list[Row]
    done: int = 0
    busy: bool = False
    units: list[Unit] = field(default_factory=list[Unit])
    missing: list[Unit] = field(default_factory=list[Unit])


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


def part_of(value: int, quantity: int, start: int, end: int) -> int:
    """What the units from `start` to `end` of a piece are worth."""

    def until(point: int) -> int:
        return half_up(Fraction(abs(value) * point, quantity))

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
        self.row = {row["movement_no"]: row for row in self.rows}
        self.queues: dict[int, Queue] = {}
        for row in self.rows:
            self.queues.setdefault(row["warehouse_no"], Queue([])).rows.append(row)
        # receipt → where its units come from, unit by unit
        self.came_from: dict[int, list[Unit]] = defaultdict(list)
        # issue → the receipt each of its units was of; None: it was not there
        self.took: dict[int, list[Unit | None]] = {}
        self.filled: dict[int, int] = defaultdict(int)
        self.standing: dict[int, list[Unit]] = {}
        self.layers: dict[int, list[Layer]] = {}
        self.pieces: dict[int, list[Piece]] = {}
        self.pair_transfers()
        self.pair_returns()

    # ------------------------------------------------------------------ who belongs to whom

    def pair_transfers(self) -> None:
        legs: dict[int, list[Row]] = defaultdict(list)
        for row in self.rows:
            if row["kind_no"] in TRANSFERS and row["transfer_key"] is not None:
                legs[row["transfer_key"]].append(row)
        for whole in legs.values():
            for of_key in self.by_lot(whole):
                left = [
                    (row["movement_no"], unit)
                    for row in of_key
                    for unit in range(max(-row["quantity_e6"], 0))
                ]
                for arrival in of_key:
                    count = max(arrival["quantity_e6"], 0)
                    self.came_from[arrival["movement_no"]] = left[:count]
                    left = left[count:]

    @staticmethod
    def by_lot(legs: list[Row]) -> list[list[Row]]:
        """The legs of a transfer lot by lot, if all of them name one."""
        lots = {leg["lot_no"] for leg in legs if leg["quantity_e6"]}
        if None in lots:
            return [legs]
        return [[leg for leg in legs if leg["lot_no"] == lot] for lot in lots]

    def queue_of(self, row: Row) -> tuple[int, int | None]:
        """Its lot's queue, unless something in the position asks for any lot."""
        position = self.queues[row["warehouse_no"]].rows
        any_lot = any(r["lot_no"] is None and r["quantity_e6"] <= 0 for r in position)
        return (row["warehouse_no"], None if any_lot else row["lot_no"])

    def pair_returns(self) -> None:
        for family in ("sale", "production"):
            mine = [
                row
                for row in self.rows
                if GIVEN_BACK_BY.get(row["kind_no"]) == family and row["quantity_e6"]
            ]
            issues: list[list[Any]] = []  # [issue, units it can still give back]
            for row in sorted(mine, key=self.turn):
                if row["quantity_e6"] < 0:
                    issues.append([row, -row["quantity_e6"]])
                else:
                    self.give_back(row, issues)

    @staticmethod
    def turn(row: Row) -> tuple[Any, ...]:
        """Issues in order; a return after those it may go back to: of its order line all of its
        day, else those up to its moment, which is the day where no hour is known.
        """  # noqa: D205
        if row["quantity_e6"] < 0:
            return (row["day"], row["seq"], 0, *order(row))
        linked = row["order_line_key"] is not None
        whole_day = linked or row["until_seq"] is None
        until = inf if whole_day else row["until_seq"]
        return (row["day"], until, 1 if linked else 2 if row["is_reversal"] else 3, *order(row))

    def give_back(self, row: Row, issues: list[list[Any]]) -> None:
        wanted = row["quantity_e6"]
        units = self.came_from[row["movement_no"]]
        line = row["order_line_key"]
        if line is None and row["is_reversal"]:
            for entry in self.taken_back(row, issues):
                units += [(entry[0]["movement_no"], unit) for unit in reversed(range(wanted))]
                entry[1] = 0
                return
        for entry in reversed(issues):
            issue, end = entry
            if line is not None and issue["order_line_key"] != line:
                continue
            end = min(end, self.not_of(row, issue))
            taken = min(end, wanted - len(units))
            if taken > 0:
                units += [(issue["movement_no"], end - 1 - unit) for unit in range(taken)]
                entry[1] = end - taken

    def taken_back(self, row: Row, issues: list[list[Any]]) -> Iterator[list[Any]]:
        """Issues nothing of was given back that say the same as the reversal, latest first.

        Those of the same document come first, then those of the same kind.
        """
        value = None if row["value_e4"] is None else -row["value_e4"]
        same = [
            entry
            for entry in reversed(issues)
            if (entry[0]["quantity_e6"], entry[0]["value_e4"]) == (-row["quantity_e6"], value)
            and entry[1] == min(row["quantity_e6"], self.not_of(row, entry[0]))
            and entry[1] == row["quantity_e6"]
        ]
        document = row["document_key"]
        yield from (e for e in same if document is not None and e[0]["document_key"] == document)
        if value is not None:
            yield from (e for e in same if e[0]["kind_no"] == row["kind_no"])

    def not_of(self, back: Row, issue: Row) -> int:
        """How many units of an issue cannot be of a return: all, unless it was posted after it
        in the same queue.  Then: what was there before the return, if all took the oldest.
        """  # noqa: D205
        size = -issue["quantity_e6"]
        queue = self.queue_of(back)
        if self.queue_of(issue) != queue or order(issue) < order(back):
            return size
        position = self.queues[back["warehouse_no"]].rows
        before = [r for r in position if self.queue_of(r) == queue]
        came = sum(
            r["quantity_e6"] for r in before if r["quantity_e6"] > 0 and order(r) < order(back)
        )
        went = sum(
            -r["quantity_e6"] for r in before if r["quantity_e6"] < 0 and order(r) < order(issue)
        )
        return max(0, min(size, came - went))

    # ------------------------------------------------------------------ the queues

    def run(self) -> None:
        for row in self.rows:
            self.ensure(row)
        for row in self.rows:
            self.layers[row["movement_no"]] = self.layers_of(row)
        for row in self.rows:
            self.pieces[row["movement_no"]] = self.pieces_of(row)
        Values(self).split()
        for row in self.rows:
            self.say_all(row)
        for row in self.rows:
            if row["kind_no"] in TRANSFERS and row["quantity_e6"] < 0:
                self.stand_in_transit(row)

    def ensure(self, row: Row) -> None:
        """Brings the queue of the row up to and including the row, unless it is waited for."""
        queue = self.queues[row["warehouse_no"]]
        while not queue.busy and row not in queue.rows[: queue.done]:
            queue.busy = True
            self.post(queue, queue.rows[queue.done])
            queue.busy = False
            queue.done += 1

    def post(self, queue: Queue, row: Row) -> None:
        number, quantity = row["movement_no"], row["quantity_e6"]
        if quantity > 0:
            for issue, _ in self.came_from[number]:
                self.ensure(self.row[issue])
            mine = [(number, unit) for unit in range(quantity)]
            lacking = [
                unit
                for lot in dict.fromkeys((row["lot_no"], None))
                for unit in queue.missing
                if self.row[unit[0]]["lot_no"] == lot
            ][:quantity]
            self.filled[number] = len(lacking)
            queue.missing = [unit for unit in queue.missing if unit not in lacking]
            queue.units += mine[self.filled[number] :]
        elif quantity < 0:
            there = self.of_lot(row, queue)
            if row["kind_no"] in TAKEN_FROM_OWN_SUPPLIER:
                there = self.own_units(row, there[::-1])
            took = there[:-quantity]
            queue.units = [unit for unit in queue.units if unit not in took]
            self.took[number] = self.in_stretches(took)
            lacking = -quantity - len(took)
            self.took[number] += [None] * lacking
            queue.missing += [(number, unit) for unit in range(len(took), -quantity)]
        else:
            self.standing[number] = self.of_lot(row, queue)

    def own_units(self, row: Row, there: list[Unit]) -> list[Unit]:
        """Those of the receipt an issue names, then those of its supplier."""
        line = row["order_line_key"]
        named = [unit for unit in there if line is not None and self.line_of(unit) == line]
        own = [unit for unit in there if self.supplier(unit) == self.own(row)]
        return named + [unit for unit in own if unit not in named]

    def line_of(self, unit: Unit) -> int | None:
        """The order line of the purchase a unit began with."""
        (_, root), _ = self.history(unit)
        is_bought = root is not None and self.row[root]["kind_no"] == Kind.PURCHASE
        return self.row[root]["order_line_key"] if is_bought else None

    def of_lot(self, row: Row, queue: Queue) -> list[Unit]:
        """The units there of the lot a row names; of all lots, if it names none."""
        lot = row["lot_no"]
        return [u for u in queue.units if lot is None or self.row[u[0]]["lot_no"] == lot]

    def in_stretches(self, units: list[Unit]) -> list[Unit | None]:
        """The units, those taken newest first laid out as they lie in their receipt.

        What an issue takes at once of one layer stays in the receipt's order.
        """
        found: list[Unit | None] = []
        stretch: list[Unit] = []
        for unit in units:
            if stretch and (
                unit != (stretch[-1][0], stretch[-1][1] - 1)
                or self.history(unit)[1:] != self.history(stretch[-1])[1:]
            ):
                found += stretch[::-1]
                stretch = []
            stretch.append(unit)
        return found + stretch[::-1]

    @staticmethod
    def own(row: Row) -> int:
        if row["kind_no"] == Kind.PRODUCTION_RECEIPT:
            return OWN_PRODUCTION
        return UNATTRIBUTED if row["supplier_no"] is None else row["supplier_no"]

    # ------------------------------------------------------------------ where units come from

    def history(self, unit: Unit) -> tuple[tuple[int, int | None], list[tuple[int, int]]]:
        """The receipt a unit began with (None: nobody knows) and its day; the stations between.

        A station is an issue and where in it a receipt's units begin.
        """
        stations: list[tuple[int, int]] = []
        seen: set[Unit] = set()
        while True:
            receipt, place = unit
            if unit in seen:
                raise CircleError
            seen.add(unit)
            sources = self.came_from[receipt]
            if place >= len(sources):
                is_from_outside = not sources
                root = receipt if is_from_outside else None
                return ((self.row[receipt]["day"], root), stations)
            issue, at = sources[place]
            if issue not in self.took:
                return ((self.row[issue]["day"], None), [*stations, (issue, -1)])
            before = self.took[issue][at]
            start = self.tile(issue, at)
            stations.append((issue, start))
            if before is None:
                return ((self.row[issue]["day"], None), stations)
            unit = before

    def tile(self, issue: int, at: int) -> int:
        """Where in an issue the stretch of one receipt begins that a unit is in."""
        took = self.took[issue]
        while at and follows(took[at - 1], took[at]):
            at -= 1
        return at

    def supplier(self, unit: Unit) -> int | None:
        """Who delivered a unit, as far as is known while the queues are walked."""
        (_, root), stations = self.history(unit)
        if root is None:
            return None if stations and stations[-1][1] == -1 else UNATTRIBUTED
        return self.deliverer(self.row[root])[0]

    def layers_of(self, row: Row) -> list[Layer]:
        """The layers a receipt brings: its own, or those its units had before."""
        number = row["movement_no"]
        units = [(number, unit) for unit in range(max(row["quantity_e6"], 0))]
        found: list[Layer] = []
        for (begun, _), group in groupby(units, self.alike):
            mine = list(group)
            day, root = begun
            supplier, received = (
                (UNATTRIBUTED, day) if root is None else self.deliverer(self.row[root])
            )
            first = mine[0][1]
            sources = self.came_from[number][first : mine[-1][1] + 1]
            layer = Layer(number, first, len(mine), supplier, received, root)
            if sources:
                places = [place for _, place in sources]
                layer.source = (sources[0][0], min(places))
                layer.backwards = places[0] > places[-1]
            layer.filled = min(max(self.filled[number] - first, 0), len(mine))
            found.append(layer)
        return found

    def alike(self, unit: Unit) -> tuple[Any, Any]:
        """What units of one layer of a receipt have in common."""
        begun, stations = self.history(unit)
        return (begun, (stations, unit[1] < len(self.came_from[unit[0]])))

    def deliverer(self, row: Row) -> tuple[int, int]:
        """Supplier and day of receipt of what came from outside."""
        if row["kind_no"] in (Kind.PURCHASE, Kind.PURCHASE_RETURN):
            named = row["supplier_no"] is not None
            return (row["supplier_no"] if named else UNATTRIBUTED, row["day"])
        if row["kind_no"] == Kind.PRODUCTION_RECEIPT:
            return (OWN_PRODUCTION, row["day"])
        if row["kind_no"] == FactKind.CONVERTED:
            return (row["supplier_no"], row["received_day"])
        if row["kind_no"] == Kind.OPENING:
            is_dated = row["received_day"] is not None
            return (UNATTRIBUTED, row["received_day"] if is_dated else row["day"] + 1)
        return (UNATTRIBUTED, row["day"])

    def layer_of(self, unit: Unit) -> Layer:
        receipt, place = unit
        return next(
            layer
            for layer in self.layers[receipt]
            if layer.first <= place < layer.first + layer.quantity
        )

    def pieces_of(self, row: Row) -> list[Piece]:
        """What an issue took, layer by layer; what was not there comes last."""
        number = row["movement_no"]
        found: list[Piece] = []
        last: Unit | None = None
        for place, unit in enumerate(self.took.get(number, [])):
            layer = None if unit is None else self.layer_of(unit)
            if found and follows(last, unit) and found[-1].layer is layer:
                found[-1].quantity += 1
            else:
                found.append(Piece(layer, place, 1))
            last = unit
        return found

    # ------------------------------------------------------------------ saying it

    def say_all(self, row: Row) -> None:
        number = row["movement_no"]
        for layer in self.layers[number]:
            assert layer.value is not None
            self.say(row, layer.supplier, layer.received, layer.quantity, layer.value)
            if layer.filled:
                kind = FactKind.NEGATIVE_STOCK_FILLED
                filled, value = layer.filled, layer.fill_value
                self.say(row, layer.supplier, layer.received, -filled, -value, kind=kind)
                self.say(row, UNATTRIBUTED, None, filled, value, kind=kind)
        for piece in self.pieces[number]:
            supplier, received = (
                (UNATTRIBUTED, None)
                if piece.layer is None
                else (piece.layer.supplier, piece.layer.received)
            )
            self.say(row, supplier, received, -piece.quantity, piece.value)

    def difference(self, row: Row, layer: Layer, value: int) -> None:
        """What costing leaves when a layer is used up."""
        kind = FactKind.VALUATION_DIFFERENCE
        self.say(row, layer.supplier, layer.received, 0, -value, kind=kind)
        self.say(row, UNATTRIBUTED, None, 0, value, kind=kind)

    def stand_in_transit(self, issue: Row) -> None:
        """What has left and not arrived the same day stands in the virtual warehouse."""
        number = issue["movement_no"]
        arrivals = {
            place: (arrival, at)
            for arrival, sources in self.came_from.items()
            if self.row[arrival]["kind_no"] in TRANSFERS
            for at, (source, place) in enumerate(sources)
            if source == number
        }
        for piece in self.pieces[number]:
            assert piece.value is not None
            sign = -1 if piece.value < 0 else 1
            standing, worth = piece.quantity, abs(piece.value)
            inside = range(piece.first, piece.first + piece.quantity)
            for arrival, group in groupby(inside, lambda u: arrivals.get(u, (None, 0))[0]):
                units = [unit - piece.first for unit in group]
                if arrival is None:
                    continue
                value = part_of(piece.value, piece.quantity, units[0], units[-1] + 1)
                to = self.row[arrival]
                if to["day"] <= issue["day"]:
                    standing -= len(units)
                    worth -= value
                else:
                    self.leg(issue, to, Kind.TRANSFER_OUT, piece, -len(units), sign * value)
            if standing:
                self.leg(issue, issue, Kind.TRANSFER_IN, piece, standing, -sign * worth)

    def leg(
        self, issue: Row, row: Row, kind: Kind, piece: Piece, quantity: int, value: int
    ) -> None:
        known = value if issue["value_e4"] is not None else None
        supplier, received = (
            (UNATTRIBUTED, issue["day"])
            if piece.layer is None
            else (piece.layer.supplier, piece.layer.received)
        )
        self.add(row, self.transit, supplier, received, kind, quantity, known)

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
        kind = int(row["kind_no"]) if kind is None else kind
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


def follows(before: Unit | None, unit: Unit | None) -> bool:
    """Whether two units of an issue lay side by side, or were both not there."""
    if before is None or unit is None:
        return before is unit
    return before == (unit[0], unit[1] - 1)


class Values:
    """The posted values of one SKU, split as soon as all that they rest on is known."""

    def __init__(self, sku: Sku) -> None:
        self.sku = sku
        self.waiting = [row for row in sku.rows if row["quantity_e6"]]
        # layer → (movement, units, value) of every taking and addition, in order of the queue
        self.events: dict[int, list[tuple[int, int, int | None]]] = defaultdict(list)

    def split(self) -> None:
        sku = self.sku
        for row in sku.rows:
            if row["quantity_e6"] < 0:
                for piece in sku.pieces[row["movement_no"]]:
                    if piece.layer is not None:
                        self.events[id(piece.layer)].append((row["movement_no"], 0, None))
            elif not row["quantity_e6"]:
                self.revalue(row)
        while self.waiting:
            ready = [row for row in self.waiting if self.try_to_split(row)]
            if not ready:
                self.split_receipt(self.first_of_a_circle(), by_quantity=True)
            self.waiting = [row for row in self.waiting if not self.is_split(row)]
        self.find_differences()

    def is_split(self, row: Row) -> bool:
        number = row["movement_no"]
        parts = [*self.sku.layers[number], *self.sku.pieces[number]]
        return all(part.value is not None for part in parts)

    def first_of_a_circle(self) -> Row:
        return next(row for row in self.waiting if row["quantity_e6"] > 0)

    def try_to_split(self, row: Row) -> bool:
        if row["quantity_e6"] > 0:
            return self.split_receipt(row)
        return self.split_issue(row)

    def split_receipt(self, row: Row, *, by_quantity: bool = False) -> bool:
        layers, value = self.sku.layers[row["movement_no"]], row["value_e4"] or 0
        if len(layers) == 1:
            layers[0].value = value
        else:
            worths = [0 if by_quantity else self.worth_at_the_source(layer) for layer in layers]
            if any(worth is None for worth in worths):
                return False
            known = [layer for layer in layers if layer.source]
            lost = [layer for layer in layers if not layer.source]
            quantities = [[layer.quantity for layer in part] for part in (known, lost)]
            values = shares(value, [sum(part) for part in quantities])
            if known:
                costs = [w or 0 for w, layer in zip(worths, layers, strict=True) if layer.source]
                parts = in_proportion(values[0], costs, quantities[0])
                for layer, part in zip(known, parts, strict=True):
                    layer.value = part
            if lost:
                for layer, part in zip(lost, shares(values[1], quantities[1]), strict=True):
                    layer.value = part
        for layer in layers:
            assert layer.value is not None
            if layer.filled:
                part = half_up(Fraction(abs(layer.value) * layer.filled, layer.quantity))
                layer.fill_value = -part if layer.value < 0 else part
        return True

    def worth_at_the_source(self, layer: Layer) -> int | None:
        """What the issue a layer was in before says its units are worth."""
        if layer.source is None:
            return 0
        issue, first = layer.source
        piece = next(
            piece
            for piece in self.sku.pieces[issue]
            if piece.first <= first < piece.first + piece.quantity
        )
        if piece.value is None:
            return None
        start = first - piece.first
        return part_of(piece.value, piece.quantity, start, start + layer.quantity)

    def split_issue(self, row: Row) -> bool:
        number, value = row["movement_no"], row["value_e4"] or 0
        pieces = self.sku.pieces[number]
        there = [piece for piece in pieces if piece.layer is not None]
        lacking = [piece for piece in pieces if piece.layer is None]
        missing = sum(piece.quantity for piece in lacking)
        present_value, missing_value = shares(value, [-row["quantity_e6"] - missing, missing])
        for piece in lacking:
            piece.value = missing_value
        if len(there) == 1:
            there[0].value = present_value
        elif there:
            costs = [self.cost(number, piece) for piece in there]
            if None in costs:
                return False
            quantities = [piece.quantity for piece in there]
            known = [cost or 0 for cost in costs]
            parts = in_proportion(present_value, known, quantities)
            for piece, part in zip(there, parts, strict=True):
                piece.value = part
        return True

    def cost(self, number: int, piece: Piece) -> int | None:
        """What a piece's share of its layer is worth when the issue comes."""
        layer = piece.layer
        assert layer is not None
        if layer.value is None:
            return None
        worth = layer.value - layer.fill_value
        left = layer.quantity - layer.filled
        for quantity, value in self.before(number, layer):
            if value is None:
                return None
            left -= quantity
            worth += value
        return half_up(Fraction(max(worth, 0) * piece.quantity, left))

    def before(self, number: int | None, layer: Layer) -> Iterator[tuple[int, int | None]]:
        """What was taken from a layer and added to it before a movement of its queue."""
        for movement, _, value in self.events[id(layer)]:
            if movement == number:
                return
            if value is not None:
                yield (0, value)
                continue
            for piece in self.sku.pieces[movement]:
                if piece.layer is layer:
                    yield (piece.quantity, piece.value)

    def revalue(self, row: Row) -> None:
        """A value without quantity goes to the layers there, in proportion to their quantity."""
        sku, value, number = self.sku, row["value_e4"], row["movement_no"]
        units = self.sold(row) or sku.standing[number]
        receipts: list[int] = []
        if row["kind_no"] in OF_A_RECEIPT and row["order_line_key"] is not None:
            receipts = [
                other["movement_no"]
                for other in sku.rows
                if other["kind_no"] == Kind.PURCHASE
                and other["quantity_e6"] > 0
                and other["order_line_key"] == row["order_line_key"]
                and order(other) < order(row)
            ]
        if receipts:
            units = [unit for unit in units if sku.layer_of(unit).root in receipts]
        elif row["kind_no"] in OF_A_SUPPLIER and row["supplier_no"] is not None:
            units = [unit for unit in units if sku.layer_of(unit).supplier == row["supplier_no"]]
        if not value or not units:
            sku.say(row, UNATTRIBUTED, None, 0, value)
            return
        layers: dict[int, Layer] = {}
        for unit in units:
            layers.setdefault(id(sku.layer_of(unit)), sku.layer_of(unit))
        counts = [sum(sku.layer_of(u) is layer for u in units) for layer in layers.values()]
        for layer, part in zip(layers.values(), shares(value, counts), strict=True):
            sku.say(row, layer.supplier, layer.received, 0, part)
            self.events[id(layer)].append((number, 0, part))

    def sold(self, row: Row) -> list[Unit]:
        """What the sales took that a value without quantity corrects."""
        sku, line = self.sku, row["order_line_key"]
        if GIVEN_BACK_BY.get(row["kind_no"]) != "sale" or line is None:
            return []
        units = [
            unit
            for sale in sku.rows
            if GIVEN_BACK_BY.get(sale["kind_no"]) == "sale"
            and sale["order_line_key"] == line
            and sku.queue_of(sale) == sku.queue_of(row)
            and order(sale) < order(row)
            for unit in sku.took.get(sale["movement_no"], [])
            if unit is not None
        ]
        return sorted(units, key=lambda unit: (order(sku.row[unit[0]]), unit))

    def find_differences(self) -> None:
        """Where the last unit of a layer went and some of its value stayed, or came later."""
        for layer in (layer for layers in self.sku.layers.values() for layer in layers):
            assert layer.value is not None
            left, worth = layer.quantity - layer.filled, layer.value - layer.fill_value
            for movement, _, value in self.events[id(layer)]:
                if value is not None:
                    worth += value
                else:
                    for piece in self.sku.pieces[movement]:
                        if piece.layer is layer:
                            left -= piece.quantity
                            worth += piece.value or 0
                if not left and worth:
                    self.sku.difference(self.sku.row[movement], layer, worth)
                    worth = 0


def simulate(rows: Iterable[Row], transit: dict[str, int]) -> Cells:
    """The attributed ledger, summed by every column that is not a number of it."""
    cells: dict[tuple[Any, ...], list[Any]] = {}
    skus: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in rows:
        skus[row["company"], row["item_no"]].append(row)
    for (company, _), mine in skus.items():
        Sku(mine, transit[company], cells).run()
    return {key: (quantity, value) for key, (quantity, value) in cells.items()}
