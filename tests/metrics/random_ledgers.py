"""Random stock ledgers for the laws of the attribution."""

from typing import Any

import polars as pl
from hypothesis import strategies as st

from pipeline.canonical.movement_kinds import INFLOWS, OUTFLOWS, VALUE_ONLY, Kind
from pipeline.metrics.fact_schemas import LEDGER

TRANSIT = {"acme": 901, "beta": 902}
SECONDS = 86_400

Row = dict[str, Any]


def movement(number: int, kind: Kind, quantity: float, value: float | None, **more: Any) -> Row:
    """One row of the ledger; `at` is the second of the day, the rest may be left out."""
    day, at = more.pop("day", 0), more.pop("at", 0)
    direction = 0 if quantity > 0 else 1 if quantity == 0 else 2
    row: Row = {
        "company": "acme",
        "movement_no": number,
        "item_no": 1,
        "warehouse_no": 11,
        "supplier_no": None,
        "day": day,
        "seq": ((day * SECONDS + at) << 30) + (direction << 28) + number,
        "kind_no": int(kind),
        "quantity_e6": round(quantity * 1_000_000),
        "value_e4": None if value is None else round(value * 10_000),
        "order_line_key": None,
        "transfer_key": None,
        "received_day": None,
        "is_reversal": False,
        "document_key": None,
        "lot_no": None,
        "until_seq": until(day, at),
    }
    return row | more


def until(day: int, at: int) -> int | None:
    """How far a moment reaches in the order; at midnight only the day is known."""
    return ((day * SECONDS + at + 1) << 30) - 1 if at else None


def ledger(rows: list[Row]) -> pl.DataFrame:
    """The rows as the frame that the facts take."""
    return pl.DataFrame(rows, schema=LEDGER, orient="row")


@st.composite
def _moves(draw: st.DrawFn, number: int, lots: tuple[int | None, ...]) -> list[Row]:
    kind = draw(
        st.sampled_from(
            [Kind.PURCHASE] * 4
            + [Kind.SALE] * 5
            + [Kind.TRANSFER_OUT] * 4
            + [Kind.SALE_RETURN] * 2
            + list(Kind)
        )
    )
    item = draw(st.sampled_from([1, 1, 1, 2]))
    company = draw(st.sampled_from(["acme", "acme", "beta"]))
    offset = 0 if company == "acme" else 100
    where = st.sampled_from([11, 12, 13])
    day = draw(st.integers(0, 8))
    at = draw(st.sampled_from([0, 0, 1, 2]))
    size = draw(st.integers(0, 9))
    if kind in OUTFLOWS:
        size = -size
    elif kind in VALUE_ONLY:
        size = 0
    elif kind not in INFLOWS and draw(st.booleans()):
        size = -size
    if draw(st.integers(0, 19)) == 0:
        size = -size
    value = draw(st.one_of(st.none(), st.integers(-3, 40), st.integers(0, 4000)))
    if draw(st.booleans()):  # so that a reversal says what an issue said
        size, value = (3 if size > 0 else -3 if size < 0 else 0), 30
    if value is not None and size < 0:
        value = -value
    row = movement(
        number,
        kind,
        0,
        None,
        day=day,
        company=company,
        item_no=item + offset,
        warehouse_no=draw(where) + offset,
        supplier_no=draw(st.sampled_from([None, 21, 22, 23])),
        order_line_key=draw(st.sampled_from([None, None, 31, 32, 33])),
        document_key=draw(st.sampled_from([None, 51, 52])),
        lot_no=draw(st.sampled_from(lots)),
        is_reversal=draw(st.booleans()),
        until_seq=until(day, at),
    )
    direction = 0 if size > 0 else 1 if size == 0 else 2
    row |= {
        "quantity_e6": size,
        "value_e4": value,
        "seq": ((day * SECONDS + at) << 30) + (direction << 28) + number,
    }
    if kind == Kind.OPENING and draw(st.booleans()):
        row["received_day"] = draw(st.integers(-40, 0))
    if kind not in (Kind.TRANSFER_IN, Kind.TRANSFER_OUT):
        return [row]
    # One document names lots or does not.
    shared = number if None in lots and row["lot_no"] else 41
    row["transfer_key"] = draw(st.sampled_from([number, number, number, shared]))
    if draw(st.integers(0, 4)) == 0:
        return [row]
    later = draw(st.sampled_from([-1, 0, 0, 0, 1, 2, 3]))
    arrived = -size + draw(st.sampled_from([0, 0, 0, 0, -1, 1]))
    other = row | {
        "movement_no": number + 1,
        "kind_no": int(Kind.TRANSFER_IN if kind == Kind.TRANSFER_OUT else Kind.TRANSFER_OUT),
        "warehouse_no": draw(where) + offset,
        "day": day + later,
        "quantity_e6": arrived,
        "value_e4": draw(
            st.one_of(st.just(None if value is None else -value), st.integers(0, 500))
        ),
    }
    direction = 0 if arrived > 0 else 1 if arrived == 0 else 2
    at = draw(st.sampled_from([0, 0, 3]))
    moment = (day + later) * SECONDS + at
    other["seq"] = (moment << 30) + (direction << 28) + number + 1
    other["until_seq"] = until(day + later, at)
    return [row, other]


@st.composite
def ledgers(draw: st.DrawFn, size: int = 30) -> list[Row]:
    """Up to that many postings of two companies, two items and three warehouses each."""
    count = draw(st.integers(1, size))
    numbers = draw(st.permutations(range(1, count + 1)))
    lots = draw(st.sampled_from([(None,), (61, 62), (None, 61, 62)]))
    rows = [row for number in numbers for row in draw(_moves(number * 2, lots))]
    return [row for row in rows if row["quantity_e6"] or row["kind_no"] not in (5, 6)]
