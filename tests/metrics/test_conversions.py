"""Goods that became other goods: who delivered what came out, and since when it is there."""

from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.canonical.movement_kinds import Kind
from pipeline.metrics.attribution import Attribution, together
from pipeline.metrics.conversions import (
    CONVERSIONS,
    attributed_with_conversions,
    items_that_meet,
)
from pipeline.metrics.fact_schemas import ATTRIBUTED, FactKind
from pipeline.metrics.incremental import Rebuilding, extend, items_to_rebuild
from pipeline.metrics.open_layers import OPEN_LAYERS
from tests.laws import tried
from tests.metrics.ledgers import table
from tests.metrics.oracle import Cells, shares, simulate
from tests.metrics.postings import IN_TRANSIT, SUPPLIERS, code_of, postings
from tests.metrics.random_ledgers import TRANSIT, Row, ledger, movement

Found = list[tuple[int, str, int | None, Any, Any]]


def on_hand(text: str) -> Found:
    """(sku, supplier, received, quantity, value) of what lies there."""
    drawn = postings(text)
    lines = [
        {"movement_no": no, "item_no": int(row["sku"] or 1), "conversion_key": int(key)}
        for no, row in enumerate(table(text), 1)
        if (key := row["conversion"])
    ]
    made = attributed_with_conversions(drawn, pl.DataFrame(lines, CONVERSIONS), IN_TRANSIT)
    rows = together(made).attributed
    posted = drawn.group_by("movement_no", "kind_no").agg(pl.col("quantity_e6", "value_e4").sum())
    said = rows.filter(pl.col("kind_no") < len(Kind)).group_by("movement_no", "kind_no")
    assert (
        said.agg(pl.col("quantity_e6", "value_e4").sum())
        .sort("movement_no")
        .equals(posted.sort("movement_no"))
    )
    left = rows.group_by("item_no", "supplier_no", "received_day").agg(
        pl.col("quantity_e6", "value_e4").sum()
    )
    return [
        (item, code_of(SUPPLIERS, who), since, Decimal(q) / 10**6, Decimal(v) / 10**4)
        for item, who, since, q, v in left.sort(
            "item_no", "received_day", "supplier_no", nulls_last=True
        ).iter_rows()
        if q or v
    ]


def test_what_comes_out_is_as_old_as_what_went_in_in_proportion_to_value() -> None:
    # 100 of value went in, 40 of them S1's: 40 % of the 20 pieces and of the 110 are S1's.
    assert on_hand("""
        day | sku | kind       | supplier | quantity | value | conversion
        1   | 1   | purchase   | S1       | 4        | 40    | -
        9   | 2   | purchase   | S2       | 6        | 60    | -
        30  | 1   | adjustment | -        | -4       | -40   | 7
        30  | 2   | adjustment | -        | -6       | -60   | 7
        30  | 3   | adjustment | -        | 20       | 110   | 7
    """) == [(3, "S1", 1, 8, 44), (3, "S2", 9, 12, 66)]


def test_what_is_taken_apart_keeps_age_and_supplier_in_every_part() -> None:
    assert on_hand("""
        day | sku | kind       | supplier | quantity | value | conversion
        1   | 1   | purchase   | S1       | 10       | 100   | -
        5   | 1   | purchase   | S2       | 10       | 300   | -
        30  | 1   | adjustment | -        | -20      | -400  | 7
        30  | 2   | adjustment | -        | 40       | 100   | 7
        30  | 3   | adjustment | -        | 4        | 300   | 7
    """) == [
        (2, "S1", 1, 10, 25),
        (2, "S2", 5, 30, 75),
        (3, "S1", 1, 1, 75),
        (3, "S2", 5, 3, 225),
    ]


def test_assembly_by_production_documents_is_not_own_production() -> None:
    assert on_hand("""
        day | sku | kind               | supplier | quantity | value | conversion
        1   | 1   | purchase           | S1       | 5        | 50    | -
        30  | 1   | production_issue   | -        | -5       | -50   | 7
        30  | 2   | production_receipt | -        | 5        | 50    | 7
    """) == [(2, "S1", 1, 5, 50)]


def test_goods_converted_twice_are_followed_to_where_they_began() -> None:
    assert on_hand("""
        day | sku | kind       | supplier | quantity | value | conversion
        1   | 1   | purchase   | S1       | 10       | 100   | -
        30  | 1   | adjustment | -        | -10      | -100  | 7
        30  | 2   | adjustment | -        | 5        | 100   | 7
        60  | 2   | adjustment | -        | -3       | -60   | 8
        60  | 1   | adjustment | -        | 6        | 60    | 8
        90  | 1   | adjustment | -        | -2       | -20   | 9
        90  | 3   | adjustment | -        | 1        | 20    | 9
    """) == [(1, "S1", 1, 4, 40), (2, "S1", 1, 2, 40), (3, "S1", 1, 1, 20)]


def test_issues_take_the_oldest_of_what_came_out() -> None:
    assert on_hand("""
        day | sku | kind       | supplier | quantity | value | conversion
        1   | 1   | purchase   | S1       | 4        | 40    | -
        9   | 2   | purchase   | S2       | 6        | 60    | -
        30  | 1   | adjustment | -        | -4       | -40   | 7
        30  | 2   | adjustment | -        | -6       | -60   | 7
        30  | 3   | adjustment | -        | 10       | 100   | 7
        31  | 3   | sale       | -        | -5       | -50   | -
    """) == [(3, "S2", 9, 5, 50)]


def test_a_purchase_return_takes_its_suppliers_goods_out_of_what_they_became() -> None:
    assert on_hand("""
        day | sku | kind            | supplier | quantity | value | conversion
        1   | 1   | purchase        | S1       | 4        | 40    | -
        9   | 2   | purchase        | S2       | 6        | 60    | -
        30  | 1   | adjustment      | -        | -4       | -40   | 7
        30  | 2   | adjustment      | -        | -6       | -60   | 7
        30  | 3   | adjustment      | -        | 10       | 100   | 7
        31  | 3   | purchase_return | S2       | -6       | -60   | -
    """) == [(3, "S1", 1, 4, 40)]


def test_what_lacked_when_it_went_in_is_nobodys_from_the_day_it_came_out() -> None:
    # 2 of the 5 that went in were there.
    assert on_hand("""
        day | sku | kind       | supplier | quantity | value | conversion
        1   | 1   | purchase   | S1       | 2        | 20    | -
        30  | 1   | adjustment | -        | -5       | -50   | 7
        30  | 2   | adjustment | -        | 5        | 50    | 7
    """) == [
        (1, "unattributed", None, -3, -30),
        (2, "S1", 1, 2, 20),
        (2, "unattributed", 30, 3, 30),
    ]


def test_without_a_value_quantities_are_the_shares() -> None:
    assert on_hand("""
        day | sku | kind       | supplier | quantity | value | conversion
        1   | 1   | purchase   | S1       | 1        | -     | -
        2   | 1   | purchase   | S2       | 3        | -     | -
        30  | 1   | adjustment | -        | -4       | -     | 7
        30  | 2   | adjustment | -        | 8        | -     | 7
    """) == [(2, "S1", 1, 2, 0), (2, "S2", 2, 6, 0)]


@pytest.mark.parametrize("side", ["10", "-10"])
def test_a_line_without_its_other_side_is_what_its_kind_says(side: str) -> None:
    sign = -1 if side.startswith("-") else 1
    left = [(1, "S1", 1, 10, 100), (1, "unattributed", 30, 10, 100)] if sign > 0 else []
    assert (
        on_hand(f"""
        day | sku | kind       | supplier | quantity | value      | conversion
        1   | 1   | purchase   | S1       | 10       | 100        | -
        30  | 1   | adjustment | -        | {side}   | {100 * sign} | 7
    """)
        == left
    )


def test_goods_that_became_each_other_at_one_moment_began_nowhere() -> None:
    assert (
        on_hand("""
        day | sku | kind       | supplier | quantity | value | conversion
        30  | 1   | adjustment | -        | -5       | -50   | 7
        30  | 2   | adjustment | -        | 5        | 50    | 7
        30  | 2   | adjustment | -        | -5       | -50   | 8
        30  | 1   | adjustment | -        | 5        | 50    | 8
    """)
        == []
    )


def test_items_meet_through_others() -> None:
    lines = pl.DataFrame(
        {
            "movement_no": range(6),
            "item_no": [1, 2, 2, 3, 8, 9],
            "conversion_key": [7, 7, 8, 8, 9, 9],
        }
    )
    assert items_that_meet({1}, lines) == {1, 2, 3}
    assert items_that_meet({4}, lines) == {4}
    assert items_that_meet({9, 1}, lines) == {1, 2, 3, 8, 9}


# ---------------------------------------------------------------- laws

Drawn = tuple[list[Row], list[tuple[int, int, int]]]
"""Rows, and of the lines of conversions: movement, item, conversion."""


@st.composite
def conversions_among_others(draw: st.DrawFn) -> Drawn:
    """Purchases, sales and returns of four items, and conversions, one a moment."""
    rows: list[Row] = []
    lines: list[tuple[int, int, int]] = []
    items, sizes = st.sampled_from([1, 2, 3, 4]), st.integers(1, 9)
    for moment in range(draw(st.integers(2, 14))):
        when = (draw(st.integers(0, 9)), 60 + moment)
        value, who = draw(st.one_of(st.none(), st.integers(0, 60))), draw(st.sampled_from([21, 22]))
        size = draw(sizes)
        sort = draw(st.sampled_from([Kind.PURCHASE] * 2 + [Kind.SALE, Kind.PURCHASE_RETURN, None]))
        if sort is not None:
            sign = 1 if sort == Kind.PURCHASE else -1
            rows.append(row_of(len(rows) + 1, sort, when, draw(items), sign * size, value, who))
            continue
        involved = draw(st.lists(items, min_size=2, max_size=4, unique=True))
        split = draw(st.integers(1, len(involved) - 1))
        for sign, kind, mine in (
            (-1, Kind.PRODUCTION_ISSUE, involved[:split]),
            (1, Kind.PRODUCTION_RECEIPT, involved[split:]),
        ):
            for item in mine:
                number, size = len(rows) + 1, draw(sizes)
                named = Kind.ADJUSTMENT if moment % 2 else kind
                rows.append(row_of(number, named, when, item, sign * size, value, None))
                lines.append((number, item, 100 + moment))
    return rows, lines


def row_of(
    number: int,
    kind: Kind,
    when: tuple[int, int],
    item: int,
    size: int,
    value: int | None,
    supplier: int | None,
) -> Row:
    """A row in the smallest units of quantity and money, signed alike."""
    row = movement(number, kind, size, None, day=when[0], at=when[1], item_no=item)
    value = -value if value is not None and size < 0 else value
    return row | {"quantity_e6": size, "value_e4": value, "supplier_no": supplier}


def frame(lines: list[tuple[int, int, int]]) -> pl.DataFrame:
    return pl.DataFrame(lines, CONVERSIONS, orient="row")


def all_of(rows: list[Row], lines: list[tuple[int, int, int]], parts: int = 1) -> Attribution:
    return together(attributed_with_conversions(ledger(rows), frame(lines), TRANSIT, parts))


SPREAD = 1_000
NUMBERS = ("quantity_e6", "value_e4")
KEY = [name for name in ATTRIBUTED if name not in NUMBERS]


def cells(attributed: pl.DataFrame) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Sums by every other column; rows that cancel out are none."""
    summed = attributed.group_by(KEY).agg(pl.col(NUMBERS).sum())
    return {row[:-2]: row[-2:] for row in summed.iter_rows() if any(row[-2:])}


def in_order_of_time(rows: list[Row], lines: list[tuple[int, int, int]]) -> dict[Any, Any]:
    """The plain queues, where one conversion after the other is said by what its inputs were."""
    of_line = {number: key for number, _, key in lines}
    posted = {row["movement_no"]: row for row in rows}
    said = [row for row in rows if row["movement_no"] not in of_line]
    said += [
        row | {"kind_no": int(Kind.ADJUSTMENT)}
        for number in of_line
        if (row := posted[number])["quantity_e6"] < 0
    ]
    for key in sorted(set(of_line.values()), key=lambda key: moment_of(posted, of_line, key)):
        mine = {number for number, other in of_line.items() if other == key}
        origin = went_in(simulate(said, TRANSIT), mine)
        for row in (posted[number] for number in mine):
            if row["quantity_e6"] > 0:
                said += layers_of(row, origin)
    found: dict[Any, Any] = {}
    for cell, (quantity, value) in simulate(said, TRANSIT).items():
        named = dict(zip(KEY, cell, strict=True))
        named["movement_no"] %= SPREAD
        number = named["movement_no"]
        if number in of_line and named["kind_no"] in {Kind.ADJUSTMENT, FactKind.CONVERTED}:
            named["kind_no"] = posted[number]["kind_no"]
        name = tuple(named.values())
        before = found.get(name, (0, 0))
        found[name] = (before[0] + quantity, before[1] + (value or 0))
    return {name: numbers for name, numbers in found.items() if any(numbers)}


def moment_of(posted: dict[int, Row], of_line: dict[int, int], key: int) -> int:
    return min(posted[number]["seq"] for number, other in of_line.items() if other == key)


def went_in(found: Cells, mine: set[int]) -> dict[tuple[int, int], int]:
    """Share of each day of receipt and supplier in what went into a conversion."""
    sums: dict[tuple[int, int], list[int]] = {}
    for cell, (quantity, value) in found.items():
        said = dict(zip(KEY, cell, strict=True))
        if said["movement_no"] in mine and said["kind_no"] == Kind.ADJUSTMENT:
            since = said["day"] if said["received_day"] is None else said["received_day"]
            both = sums.setdefault((since, said["supplier_no"]), [0, 0])
            both[0] -= quantity
            both[1] -= value or 0
    worths = {one: max(worth, 0) for one, (_, worth) in sorted(sums.items())}
    return worths if any(worths.values()) else {one: sums[one][0] for one in worths}


def layers_of(row: Row, origin: dict[tuple[int, int], int]) -> list[Row]:
    """What came out, as a row for each origin."""
    parts = shares(row["quantity_e6"], list(origin.values()))
    kept = [(one, part) for one, part in zip(origin, parts, strict=True) if part]
    value = row["value_e4"]
    values = [None] * len(kept) if value is None else shares(value, [part for _, part in kept])
    return [
        row
        | {
            "movement_no": place * SPREAD + row["movement_no"],
            "seq": row["seq"] + place,
            "kind_no": int(FactKind.CONVERTED),
            "supplier_no": who,
            "received_day": since,
            "quantity_e6": part,
            "value_e4": worth,
        }
        for place, (((since, who), part), worth) in enumerate(zip(kept, values, strict=True))
    ]


@tried(10, large=25)
@given(conversions_among_others())
def test_conversions_agree_with_plain_queues_one_after_the_other(drawn: Drawn) -> None:
    rows, lines = drawn
    assert cells(all_of(rows, lines).attributed) == in_order_of_time(rows, lines)


@tried(4, large=9)
@given(conversions_among_others(), st.integers(2, 4))
def test_parts_of_the_items_make_the_whole(drawn: Drawn, parts: int) -> None:
    rows, lines = drawn
    assert cells(all_of(rows, lines, parts).attributed) == cells(all_of(rows, lines).attributed)


@tried(4, large=9)
@given(conversions_among_others(), st.data())
def test_nights_extend_to_the_full_build(drawn: Drawn, data: st.DataObject) -> None:
    rows, lines = drawn
    of_night = [data.draw(st.integers(0, 2)) for _ in rows]
    facts, left = pl.DataFrame(schema=ATTRIBUTED), pl.DataFrame(schema=OPEN_LAYERS)
    for night in range(3):
        new = [row for row, when in zip(rows, of_night, strict=True) if when == night]
        known = [row for row, when in zip(rows, of_night, strict=True) if when <= night]
        numbers = {row["movement_no"] for row in known}
        made = frame([line for line in lines if line[0] in numbers])
        fresh = {row["movement_no"] for row in new}
        seeds = {*items_to_rebuild(left, ledger(new)), *(i for no, i, _ in lines if no in fresh)}
        items = items_that_meet(seeds, made)
        whole = ledger([row for row in known if row["item_no"] in items])
        change = extend(left, ledger(new), Rebuilding(items, whole, made), TRANSIT)
        facts = facts.filter(~pl.col("item_no").is_in(change.rebuilt_items))
        facts = pl.concat([facts, change.attributed])
        left = left.filter(~pl.col("item_no").is_in(change.touched_items))
        left = pl.concat([left, change.open_layers])
    full = all_of(rows, lines)
    assert cells(facts) == cells(full.attributed)
