"""Stock books at moving-average cost."""

import numpy as np

from pipeline.canonical.movement_kinds import Kind
from pipeline.demo.books import Books, Integers


def one(number: int) -> Integers:
    return np.array([number])


def stocked() -> Books:
    """One item in one warehouse: 10 for 100.00, then 10 for 200.01."""
    books = Books.empty(1, one(1000))
    books.receive(0, 0, Kind.PURCHASE, 0, one(0), one(10), one(10000))
    books.receive(1, 0, Kind.PURCHASE, 0, one(0), one(10), one(20001))
    return books


def test_an_issue_costs_its_share_of_the_value_on_hand() -> None:
    # 20 stand at 300.01: 3 of them are 45.0015, booked as 45.00
    assert stocked().issue(2, 0, Kind.SALE, 0, one(0), one(3)).tolist() == [4500]


def test_the_last_unit_takes_the_last_cent() -> None:
    books = stocked()
    books.issue(2, 0, Kind.SALE, 0, one(0), one(3))
    books.issue(3, 0, Kind.SALE, 0, one(0), one(17))
    assert (books.quantity[0, 0], books.cents[0, 0]) == (0, 0)


def test_what_is_issued_from_nothing_costs_what_the_last_receipt_cost() -> None:
    books = Books.empty(1, one(1000))
    assert books.issue(0, 0, Kind.SALE, 0, one(0), one(2)).tolist() == [2000]


def test_a_guessed_cost_is_settled_when_the_stock_comes_and_nothing_is_left() -> None:
    books = Books.empty(1, one(1000))
    books.issue(0, 0, Kind.SALE, 0, one(0), one(2))
    books.receive(1, 0, Kind.PURCHASE, 0, one(0), one(2), one(2500))
    # 2 went at 10.00 and came at 12.50: 5.00 would stand without stock
    settled = books.journal().filter(kind=int(Kind.REVALUATION))
    assert settled["cents"].to_list() == [-500]
    assert books.cents[0, 0] == 0


def test_several_lines_of_one_item_add_up() -> None:
    books = Books.empty(1, one(1000))
    lines = np.array([0, 0])
    books.receive(0, 0, Kind.PURCHASE, 0, lines, np.array([1, 2]), np.array([10, 20]))
    assert (books.quantity[0, 0], books.cents[0, 0]) == (3, 30)


def test_the_journal_adds_up_to_the_balances() -> None:
    books = stocked()
    books.issue(2, 0, Kind.SALE, 0, one(0), one(3))
    assert books.journal()["quantity"].sum() == books.quantity.sum()
    assert books.journal()["cents"].sum() == books.cents.sum()
