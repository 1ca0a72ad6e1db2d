"""Worked examples of the attribution: golden tests and what other systems get wrong."""

from decimal import Decimal

import polars as pl
import pytest

from pipeline.canonical.movement_kinds import UNATTRIBUTED, Kind
from tests.metrics.postings import IN_TRANSIT, attributed, flows, on_hand, postings

T3 = """
    day | kind     | supplier | quantity | value
    1   | purchase | S1       | 50       | 500
    10  | purchase | S2       | 50       | 600
    20  | sale     | -        | -60      | {sold}
"""


def test_t3_an_issue_takes_the_oldest_layers_at_their_cost() -> None:
    rows = attributed(T3.format(sold=-620))
    # 50 of S1 at 10 and 10 of S2 at 12 are the 620 that were posted.
    assert flows(rows, "sale") == [(20, "sale", "S1", -50, -500), (20, "sale", "S2", -10, -120)]
    assert on_hand(rows) == [("A", "S2", 10, 40, 480)]


def test_t5_what_costing_leaves_behind_is_a_valuation_difference() -> None:
    rows = attributed(T3.format(sold=-660))
    # 660 × 500 / 620 = 532.2581, 660 × 120 / 620 = 127.7419; S1 had 500 to give.
    s1, s2 = Decimal("532.2581"), Decimal("127.7419")
    assert flows(rows, "sale") == [(20, "sale", "S1", -50, -s1), (20, "sale", "S2", -10, -s2)]
    assert flows(rows, "valuation_difference") == [
        (20, "valuation_difference", "S1", 0, s1 - 500),
        (20, "valuation_difference", "unattributed", 0, 500 - s1),
    ]
    assert on_hand(rows) == [
        ("A", "S2", 10, 40, 600 - s2),
        ("A", "unattributed", None, 0, 500 - s1),
    ]


def test_t6_a_transfer_does_not_reset_the_age() -> None:
    rows = attributed("""
        day | kind         | warehouse | supplier | quantity | value | transfer
        1   | purchase     | A         | S1       | 10       | 100   | -
        300 | transfer_out | A         | -        | -10      | -100  | 7
        300 | transfer_in  | B         | -        | 10       | 100   | 7
    """)
    assert on_hand(rows, until=310) == [("B", "S1", 1, 10, 100)]  # 310 − 1 = 309 days


def test_t7_what_was_not_there_is_nobodys_for_good() -> None:
    rows = attributed("""
        day | kind     | supplier | quantity | value
        5   | sale     | -        | -10      | -90
        8   | purchase | S1       | 30       | 300
    """)
    assert flows(rows, "sale") == [(5, "sale", "unattributed", -10, -90)]
    assert flows(rows, "purchase") == [(8, "purchase", "S1", 30, 300)]
    assert flows(rows, "negative_stock_filled") == [
        (8, "negative_stock_filled", "S1", -10, -100),
        (8, "negative_stock_filled", "unattributed", 10, 100),
    ]
    # The hole cost 90 and was filled with 100: 10 are left that nobody's stock carries.
    assert on_hand(rows) == [("A", "S1", 8, 20, 200), ("A", "unattributed", None, 0, 10)]
    assert on_hand(rows, until=7) == [("A", "unattributed", None, -10, -90)]


def test_an_issue_that_lacks_something_gives_that_part_its_share_by_quantity() -> None:
    rows = attributed("""
        day | kind     | supplier | quantity | value
        1   | purchase | S1       | 3        | 900
        2   | sale     | -        | -10      | -100
    """)
    assert flows(rows, "sale") == [
        (2, "sale", "S1", -3, -30),
        (2, "sale", "unattributed", -7, -70),
    ]


def test_goods_that_arrive_later_stand_in_transit_with_their_layers() -> None:
    rows = attributed("""
        day | kind         | warehouse | supplier | quantity | value | transfer
        1   | purchase     | A         | S1       | 6        | 60    | -
        2   | purchase     | A         | S2       | 4        | 60    | -
        5   | transfer_out | A         | -        | -8       | -90   | 7
        9   | transfer_in  | B         | -        | 8        | 90    | 7
    """)
    assert on_hand(rows, until=6) == [
        ("A", "S2", 2, 2, 30),
        ("road", "S1", 1, 6, 60),
        ("road", "S2", 2, 2, 30),
    ]
    assert on_hand(rows) == [("A", "S2", 2, 2, 30), ("B", "S1", 1, 6, 60), ("B", "S2", 2, 2, 30)]


def test_a_transfer_that_never_arrives_stays_in_transit() -> None:
    rows = attributed("""
        day | kind         | warehouse | supplier | quantity | value | transfer
        1   | purchase     | A         | S1       | 6        | 60    | -
        5   | transfer_out | A         | -        | -6       | -60   | 7
    """)
    assert on_hand(rows) == [("road", "S1", 1, 6, 60)]


def test_legs_pair_by_id_even_if_the_arrival_is_dated_first() -> None:
    rows = attributed("""
        day | kind         | warehouse | supplier | quantity | value | transfer
        1   | purchase     | A         | S1       | 6        | 60    | -
        4   | transfer_in  | B         | -        | 6        | 60    | 7
        5   | transfer_out | A         | -        | -6       | -60   | 7
    """)
    assert on_hand(rows) == [("B", "S1", 1, 6, 60)]


def test_an_arrival_nobody_sent_is_nobodys_stock() -> None:
    rows = attributed("""
        day | kind        | warehouse | quantity | value | transfer
        4   | transfer_in | B         | 6        | 60    | 7
    """)
    assert on_hand(rows) == [("B", "unattributed", 4, 6, 60)]


def test_two_warehouses_that_swap_stock_on_one_date_keep_its_layers() -> None:
    # Dates only: both arrivals are posted before both departures.
    rows = attributed("""
        day | kind         | warehouse | supplier | quantity | value | transfer
        1   | purchase     | A         | S1       | 5        | 50    | -
        1   | purchase     | B         | S2       | 5        | 60    | -
        3   | transfer_out | A         | -        | -3       | -30   | 7
        3   | transfer_in  | B         | -        | 3        | 30    | 7
        3   | transfer_out | B         | -        | -4       | -48   | 8
        3   | transfer_in  | A         | -        | 4        | 48    | 8
    """)
    assert on_hand(rows) == [
        ("A", "S1", 1, 2, 20),
        ("A", "S2", 1, 4, 48),
        ("B", "S1", 1, 3, 30),
        ("B", "S2", 1, 1, 12),
    ]


def test_units_that_only_go_round_in_a_circle_come_from_nowhere() -> None:
    rows = attributed("""
        day | kind         | warehouse | quantity | value | transfer
        3   | transfer_out | A         | -3       | -30   | 7
        3   | transfer_in  | B         | 3        | 30    | 7
        3   | transfer_out | B         | -3       | -30   | 8
        3   | transfer_in  | A         | 3        | 30    | 8
    """)
    assert on_hand(rows) == []
    assert {row[2] for row in flows(rows, "transfer_in")} == {"unattributed"}


def test_a_linked_return_restores_the_layers_its_sale_took_last_first() -> None:
    rows = attributed("""
        day | kind        | supplier | quantity | value | line
        1   | purchase    | S1       | 5        | 50    | -
        2   | purchase    | S2       | 5        | 60    | -
        3   | sale        | -        | -7       | -74   | 31
        4   | sale        | -        | -3       | -36   | 32
        9   | sale_return | -        | 3        | 34    | 31
    """)
    # The sale took 5 of S1 and then 2 of S2: back come the 2 and one of the 5, worth 24 and 10.
    assert on_hand(rows) == [("A", "S1", 1, 1, 10), ("A", "S2", 2, 2, 24)]


def test_a_returned_layer_queues_at_the_end() -> None:
    rows = attributed("""
        day | kind        | supplier | quantity | value | line
        1   | purchase    | S1       | 5        | 50    | -
        2   | sale        | -        | -5       | -50   | 31
        3   | purchase    | S2       | 5        | 50    | -
        4   | sale_return | -        | 2        | 20    | 31
        5   | sale        | -        | -5       | -50   | 32
    """)
    assert on_hand(rows) == [("A", "S1", 1, 2, 20)]


def test_a_return_without_a_link_goes_to_the_latest_sale_of_the_sku_in_any_warehouse() -> None:
    rows = attributed("""
        day | kind        | warehouse | supplier | quantity | value | line
        1   | purchase    | A         | S1       | 5        | 50    | -
        1   | purchase    | B         | S2       | 5        | 60    | -
        2   | sale        | A         | -        | -5       | -50   | 31
        3   | sale        | B         | -        | -5       | -60   | 32
        4   | sale_return | C         | -        | 2        | 24    | -
    """)
    assert on_hand(rows) == [("C", "S2", 1, 2, 24)]


def test_a_return_of_nothing_that_was_sold_is_nobodys() -> None:
    rows = attributed("""
        day | kind        | quantity | value | line
        4   | sale_return | 2        | 24    | 31
    """)
    assert on_hand(rows) == [("A", "unattributed", 4, 2, 24)]


def test_a_purchase_return_takes_its_own_suppliers_layers_newest_first() -> None:
    rows = attributed("""
        day | kind            | supplier | quantity | value
        1   | purchase        | S1       | 5        | 50
        2   | purchase        | S2       | 5        | 60
        3   | purchase        | S1       | 5        | 70
        4   | purchase_return | S1       | -7       | -90
        5   | sale            | -        | -4       | -44
    """)
    # 5 of day 3 (70) and 2 of day 1 (20); the sale takes 3 of day 1 and 1 of S2.
    assert flows(rows, "purchase_return") == [(4, "purchase_return", "S1", -7, -90)]
    assert [(row[1], row[3]) for row in on_hand(rows) if row[3]] == [("S2", 4)]


def test_what_a_purchase_return_lacks_is_unattributed() -> None:
    rows = attributed("""
        day | kind            | supplier | quantity | value
        1   | purchase        | S2       | 5        | 60
        4   | purchase_return | S1       | -2       | -20
    """)
    assert flows(rows, "purchase_return") == [(4, "purchase_return", "unattributed", -2, -20)]
    assert on_hand(rows) == [("A", "S2", 1, 5, 60), ("A", "unattributed", None, -2, -20)]


def test_a_return_from_the_floor_goes_back_to_the_layers_it_took() -> None:
    rows = attributed("""
        day | kind             | supplier | quantity | value | line
        1   | purchase         | S1       | 5        | 50    | -
        2   | production_issue | -        | -5       | -50   | 31
        6   | production_issue | -        | 2        | 20    | 31
    """)
    assert on_hand(rows) == [("A", "S1", 1, 2, 20)]


def test_a_return_of_the_day_of_its_issue_goes_back_to_its_layers_where_only_dates_are_known() -> (
    None
):
    # U8 退料: 8 kg went to the floor, 3 came back the same day; inflow sorts before outflow.
    rows = attributed("""
        day | kind             | supplier | quantity | value | reversal | document
        1   | purchase         | S1       | 20       | 200   | -        | -
        6   | production_issue | -        | -8       | -80   | -        | 61
        6   | production_issue | -        | 3        | 30    | yes      | 61
    """)
    assert flows(rows, "production_issue") == [(6, "production_issue", "S1", -5, -50)]
    assert on_hand(rows) == [("A", "S1", 1, 15, 150)]


def test_a_cancelled_document_of_one_day_leaves_old_stock_old() -> None:
    # The cancellation was booked before anything else of its day; no hour is known.
    rows = attributed("""
        day | kind     | supplier | quantity | value | reversal
        1   | purchase | S1       | 20       | 200   | -
        455 | sale     | -        | 20       | 200   | yes
        455 | sale     | -        | -20      | -200  | -
    """)
    assert on_hand(rows) == [("A", "S1", 1, 20, 200)]


REVERSED = """
    day | kind     | supplier | quantity | value | reversal | document
    1   | purchase | S1       | 4        | 40    | -        | -
    2   | purchase | S2       | 9        | 108   | -        | -
    3   | sale     | -        | -4       | -40   | -        | 71
    4   | sale     | -        | -4       | -48   | -        | 72
    5   | sale     | -        | -1       | -12   | -        | 73
    9   | sale     | -        | 4        | {value} | yes    | {document}
"""


@pytest.mark.parametrize(
    ("document", "value", "supplier"),
    [
        ("71", "40", "S1"),  # the same document
        ("72", "48", "S2"),
        ("79", "40", "S1"),  # a document of its own: the sale that says the same
        ("71", "41", "S2"),  # nothing says the same: the latest, S2's
    ],
)
def test_a_reversal_takes_back_the_issue_that_says_the_same(
    document: str, value: str, supplier: str
) -> None:
    rows = attributed(REVERSED.format(document=document, value=value))
    back = flows(rows.filter(pl.col("day") == 9), "sale")
    assert back == [(9, "sale", supplier, 4, Decimal(value))]


def test_of_two_issues_that_say_the_same_the_latest_is_taken_back() -> None:
    rows = attributed("""
        day | kind     | supplier | quantity | value | reversal
        1   | purchase | S1       | 4        | 40    | -
        2   | purchase | S2       | 4        | 40    | -
        3   | sale     | -        | -4       | -40   | -
        4   | sale     | -        | -4       | -40   | -
        9   | sale     | -        | 4        | 40    | yes
    """)
    assert on_hand(rows) == [("A", "S2", 2, 4, 40)]


def test_a_return_with_an_hour_sees_only_what_was_issued_until_then() -> None:
    text = """
        day | at      | kind        | supplier | quantity | value
        1   | 0       | purchase    | S1       | 4        | 40
        2   | 0       | purchase    | S2       | 9        | 108
        3   | 36000   | sale        | -        | -4       | -40
        4   | {hour}  | sale_return | -        | 4        | 40
        4   | 36000   | sale        | -        | -4       | -48
    """
    before, of_the_day = attributed(text.format(hour=32400)), attributed(text.format(hour=0))
    assert flows(before, "sale_return") == [(4, "sale_return", "S1", 4, 40)]
    # Without an hour it is as likely the sale of the day, which is the latest.
    assert flows(of_the_day, "sale_return") == [(4, "sale_return", "S2", 4, 40)]


def test_what_the_later_issue_took_from_the_return_goes_back_to_the_issue_before() -> None:
    # 2 of the later 5 lay there before the 3 came back; it took the others from these 3.
    rows = attributed("""
        day | kind             | supplier | quantity | value | reversal
        1   | purchase         | S1       | 5        | 50    | -
        2   | purchase         | S2       | 2        | 24    | -
        3   | production_issue | -        | -5       | -50   | -
        4   | production_issue | -        | 3        | 36    | yes
        4   | production_issue | -        | -5       | -60   | -
    """)
    # What either is worth rests on the other: the return is split by quantity.
    back = rows.filter(pl.col("day") == 4, pl.col("quantity_e6") > 0)
    assert flows(back, "production_issue") == [
        (4, "production_issue", "S1", 1, 12),
        (4, "production_issue", "S2", 2, 24),
    ]
    assert [row for row in on_hand(rows) if row[3]] == []


def test_own_production_delivers_its_own_layers() -> None:
    rows = attributed("""
        day | kind               | supplier | quantity | value
        2   | production_receipt | S1       | 5        | 50
    """)
    assert on_hand(rows) == [("A", "own_production", 2, 5, 50)]


def test_an_opening_is_as_old_as_its_receipt_or_as_the_ledger() -> None:
    # An opening dated 1 is posted on day 0; its own supplier is not used.
    rows = attributed("""
        day | kind    | supplier | quantity | value | received | sku
        0   | opening | S1       | 5        | 50    | -90      | 1
        0   | opening | S1       | 4        | 40    | -        | 2
    """)
    assert on_hand(rows) == [
        ("A", "unattributed", -90, 5, 50),
        ("A", "unattributed", 1, 4, 40),
    ]


def test_a_revaluation_goes_to_the_layers_on_hand_by_quantity() -> None:
    rows = attributed("""
        day | kind        | supplier | quantity | value
        1   | purchase    | S1       | 5        | 50
        2   | purchase    | S2       | 15       | 100
        3   | sale        | -        | -2       | -20
        4   | revaluation | -        | 0        | 36
    """)
    # 3 of S1 and 15 of S2 lie there: 6 and 30.
    assert on_hand(rows) == [("A", "S1", 1, 3, 36), ("A", "S2", 2, 15, 130)]


def test_a_revaluation_of_nothing_is_a_valuation_difference() -> None:
    rows = attributed("""
        day | kind        | quantity | value
        4   | revaluation | 0        | 36
    """)
    assert on_hand(rows) == [("A", "unattributed", None, 0, 36)]


LANDED = """
    day | kind        | supplier | quantity | value | line
    1   | purchase    | S1       | 5        | 50    | 31
    2   | purchase    | S2       | 5        | 50    | 32
    3   | sale        | -        | -{sold}  | -{sold}0 | -
    4   | landed_cost | S1       | 0        | 7     | {line}
"""


def test_landed_cost_goes_to_its_receipts_layers() -> None:
    rows = attributed(LANDED.format(sold=2, line=32))
    assert on_hand(rows) == [("A", "S1", 1, 3, 30), ("A", "S2", 2, 5, 57)]


def test_landed_cost_after_everything_was_sold_is_not_left_on_stock() -> None:
    rows = attributed(LANDED.format(sold=6, line=31))
    assert on_hand(rows) == [("A", "S2", 2, 4, 40), ("A", "unattributed", None, 0, 7)]


@pytest.mark.parametrize("line", ["-", "39"])
def test_landed_cost_without_a_known_receipt_goes_to_the_layers_on_hand(line: str) -> None:
    rows = attributed(LANDED.format(sold=3, line=line))
    # 2 of S1 and 5 of S2 share 7.
    assert on_hand(rows) == [("A", "S1", 1, 2, 22), ("A", "S2", 2, 5, 55)]


def test_only_the_supplier_whose_layer_lies_there_has_stock() -> None:
    # Three suppliers delivered; two of them were sold long ago.
    rows = attributed("""
        day | kind     | supplier | quantity | value
        1   | purchase | S1       | 5        | 50
        2   | purchase | S2       | 5        | 50
        3   | purchase | S3       | 5        | 50
        9   | sale     | -        | -12      | -120
    """)
    assert on_hand(rows) == [("A", "S3", 3, 3, 30)]


def test_a_movement_without_cost_has_no_value_on_any_piece() -> None:
    rows = attributed("""
        day | kind     | supplier | quantity | value
        1   | purchase | S1       | 5        | -
        2   | sale     | -        | -2       | -
    """)
    assert rows["value_e4"].null_count() == len(rows) == 2
    assert on_hand(rows) == [("A", "S1", 1, 3, 0)]


def test_splits_are_rounded_by_largest_remainder_and_add_up() -> None:
    rows = attributed("""
        day | kind     | supplier | quantity | value
        1   | purchase | S1       | 1        | 1
        2   | purchase | S2       | 1        | 1
        3   | purchase | S3       | 1        | 1
        4   | sale     | -        | -3       | -1
    """)
    # A third each: the first one gets the odd ten-thousandth.
    assert [row[4] for row in flows(rows, "sale")] == [
        Decimal("-0.3334"),
        Decimal("-0.3333"),
        Decimal("-0.3333"),
    ]


def test_sums_by_day_and_kind_are_those_of_the_ledger_and_the_legs() -> None:
    text = """
        day | kind         | warehouse | supplier | quantity | value | transfer
        1   | purchase     | A         | S1       | 6        | 61    | -
        5   | transfer_out | A         | -        | -8       | -91   | 7
        9   | transfer_in  | B         | -        | 5        | 60    | 7
        9   | sale         | B         | -        | -7       | -80   | -
    """
    keys = ("warehouse_no", "day", "kind_no")
    numbers = pl.col("quantity_e6", "value_e4").sum()
    rows = attributed(text).filter(pl.col("kind_no") < len(Kind))
    here = rows.filter(pl.col("warehouse_no") != IN_TRANSIT["acme"])
    posted = postings(text).group_by(keys).agg(numbers).sort(keys)
    assert here.group_by(keys).agg(numbers).sort(keys).equals(posted)
    # On the road: 8 from day 5 on, 5 of them until day 9.
    road = rows.filter(pl.col("warehouse_no") == IN_TRANSIT["acme"])
    assert road.group_by("day").agg(pl.col("quantity_e6").sum()).sort("day").rows() == [
        (5, 8_000_000),
        (9, -5_000_000),
    ]
    assert road["supplier_no"].is_in([21, UNATTRIBUTED]).all()


def test_what_was_attributed_by_a_day_does_not_change_because_of_later_rows() -> None:
    text = """
        day | kind        | supplier | quantity | value | line
        1   | purchase    | S1       | 5        | 50    | -
        2   | sale        | -        | -7       | -74   | 31
        3   | purchase    | S2       | 5        | 61    | -
        4   | sale        | -        | -3       | -36   | 32
        5   | sale_return | -        | 1        | 12    | 31
        6   | purchase    | S3       | 9        | 90    | -
    """
    whole = attributed(text)
    lines = text.strip("\n").splitlines()
    for day in range(1, 7):
        until = attributed("\n".join(lines[: day + 1]))
        assert on_hand(until) == on_hand(whole, until=day)


# ---------------------------------------------------------------- lots

LOTS = """
    day | kind     | supplier | quantity | value | lot
    1   | purchase | S1       | 10       | 100   | 61
    3   | purchase | S2       | 10       | 120   | 62
"""


@pytest.mark.parametrize(
    ("lot", "supplier", "left"),
    [
        ("62", "S2", [("A", "S1", 1, 10, 100), ("A", "S2", 3, 6, 72)]),  # by date of expiry
        ("61", "S1", [("A", "S1", 1, 6, 52), ("A", "S2", 3, 10, 120)]),
        ("-", "S1", [("A", "S1", 1, 6, 52), ("A", "S2", 3, 10, 120)]),  # the oldest of any lot
    ],
)
def test_an_issue_takes_of_the_lot_it_names(
    lot: str, supplier: str, left: list[tuple[object, ...]]
) -> None:
    rows = attributed(LOTS + f"9 | sale | - | -4 | -48 | {lot}")
    assert flows(rows, "sale") == [(9, "sale", supplier, -4, -48)]
    assert on_hand(rows) == left


def test_what_a_lot_lacks_is_a_hole_that_the_next_receipt_of_the_lot_fills() -> None:
    rows = attributed(
        LOTS
        + """
    5   | sale     | -        | -12      | -120  | 61
    6   | purchase | S2       | 10       | 120   | 62
    7   | purchase | S3       | 5        | 50    | 61
    """
    )
    assert flows(rows, "sale") == [
        (5, "sale", "S1", -10, -100),
        (5, "sale", "unattributed", -2, -20),
    ]
    assert flows(rows, "negative_stock_filled") == [
        (7, "negative_stock_filled", "S3", -2, -20),
        (7, "negative_stock_filled", "unattributed", 2, 20),
    ]
    assert [row[:4] for row in on_hand(rows)] == [
        ("A", "S2", 3, 10),
        ("A", "S2", 6, 10),
        ("A", "S3", 7, 3),
    ]


def test_a_receipt_of_a_lot_also_fills_what_an_issue_of_any_lot_lacked() -> None:
    rows = attributed("""
        day | kind     | supplier | quantity | value | lot
        1   | sale     | -        | -2       | -20   | -
        2   | purchase | S1       | 5        | 50    | 61
    """)
    assert on_hand(rows) == [("A", "S1", 2, 3, 30)]


def test_a_lot_keeps_its_day_and_supplier_through_a_transfer_of_several_lots() -> None:
    # The document lists the lots in another order where they arrive.
    rows = attributed("""
        day | kind         | warehouse | supplier | quantity | value | lot | transfer
        1   | purchase     | A         | S1       | 10       | 100   | 61  | -
        3   | purchase     | A         | S2       | 10       | 120   | 62  | -
        5   | transfer_out | A         | -        | -4       | -40   | 61  | 7
        5   | transfer_out | A         | -        | -4       | -48   | 62  | 7
        6   | transfer_in  | B         | -        | 4        | 48    | 62  | 7
        6   | transfer_in  | B         | -        | 4        | 40    | 61  | 7
        9   | sale         | B         | -        | -4       | -48   | 62  | -
    """)
    assert flows(rows, "sale") == [(9, "sale", "S2", -4, -48)]
    assert on_hand(rows) == [
        ("A", "S1", 1, 6, 60),
        ("A", "S2", 3, 6, 72),
        ("B", "S1", 1, 4, 40),
    ]


def test_a_value_that_names_a_lot_goes_to_that_lot() -> None:
    rows = attributed(
        LOTS
        + """
    5   | revaluation | -     | 0        | 30    | 62
    6   | revaluation | -     | 0        | 40    | -
    """
    )
    assert on_hand(rows) == [("A", "S1", 1, 10, 120), ("A", "S2", 3, 10, 170)]


# ---------------------------------------------------------------- the receipt or supplier named

RECEIPTS = """
    day | kind     | supplier | quantity | value | line
    1   | purchase | S1       | 10       | 100   | 31
    2   | purchase | S1       | 10       | 120   | 32
    3   | purchase | S2       | 10       | 130   | 33
"""


@pytest.mark.parametrize(
    ("line", "quantity", "left"),
    [
        ("31", 4, [("S1", 1, 6), ("S1", 2, 10), ("S2", 3, 10)]),
        ("31", 13, [("S1", 2, 7), ("S2", 3, 10)]),  # the receipt, then its supplier's newest
        ("39", 4, [("S1", 1, 10), ("S1", 2, 6), ("S2", 3, 10)]),  # of a receipt nobody knows
        ("-", 4, [("S1", 1, 10), ("S1", 2, 6), ("S2", 3, 10)]),
    ],
)
def test_a_purchase_return_takes_the_receipt_it_names_first(
    line: str, quantity: int, left: list[tuple[object, ...]]
) -> None:
    rows = attributed(RECEIPTS + f"9 | purchase_return | S1 | -{quantity} | -{quantity}0 | {line}")
    assert [row[1:4] for row in on_hand(rows) if row[3]] == left


@pytest.mark.parametrize("kind", ["revaluation", "purchase"])
def test_a_value_that_names_a_supplier_goes_to_what_lies_there_of_his(kind: str) -> None:
    # A credit of S2's invoice: 10 of his 30 lie there.
    rows = attributed(RECEIPTS + f"9 | {kind} | S2 | 0 | -20 | -")
    assert [(row[1], row[4]) for row in on_hand(rows)] == [("S1", 100), ("S1", 120), ("S2", 110)]


def test_a_value_that_names_a_supplier_of_whom_nothing_is_left_is_a_difference() -> None:
    rows = attributed(RECEIPTS + "9 | revaluation | S3 | 0 | -20 | -")
    assert on_hand(rows)[-1] == ("A", "unattributed", None, 0, -20)


SOLD = """
    day | kind     | supplier | quantity | value | line
    1   | purchase | S1       | 6        | 60    | -
    2   | purchase | S2       | 10       | 130   | -
    4   | sale     | -        | -8       | -86   | 31
"""


def test_the_correction_of_a_sale_goes_to_the_layers_it_took() -> None:
    # 6 of S1 and 2 of S2 were sold: 6 and 2 of the 8.  S1's layer is used up.
    rows = attributed(SOLD + "    9   | sale     | -        | 0        | -8    | 31")
    assert flows(rows.filter(pl.col("day") == 9), "sale", "valuation_difference") == [
        (9, "sale", "S1", 0, -6),
        (9, "sale", "S2", 0, -2),
        (9, "valuation_difference", "S1", 0, 6),
        (9, "valuation_difference", "unattributed", 0, -6),
    ]
    assert on_hand(rows) == [("A", "S2", 2, 8, 102), ("A", "unattributed", None, 0, -6)]
    assert on_hand(rows, until=8) == [("A", "S2", 2, 8, 104)]


def test_a_supplier_that_sold_nothing_gets_no_cost_of_a_corrected_sale() -> None:
    later = "    5   | purchase | S3       | 10       | 150   | -\n"
    rows = attributed(SOLD + later + "    9   | sale | - | 0 | -8 | 31")
    assert [row[2] for row in flows(rows.filter(pl.col("day") == 9), "sale")] == ["S1", "S2"]
