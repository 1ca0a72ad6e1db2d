"""Ledgers drawn as tables of postings, and what their attribution says in words."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import polars as pl

from pipeline.canonical.movement_kinds import SPECIAL_SUPPLIERS, Kind
from pipeline.metrics.attribution import attribute
from pipeline.metrics.fact_schemas import KIND_WORDS, LEDGER
from tests.metrics.ledgers import scaled, table

WAREHOUSES = {"A": 11, "B": 12, "C": 13, "road": 99}
SUPPLIERS = {"S1": 21, "S2": 22, "S3": 23, **{word: no for no, word in SPECIAL_SUPPLIERS.items()}}
IN_TRANSIT = {"acme": WAREHOUSES["road"]}


def code_of(codes: dict[str, int], number: int) -> str:
    return next(code for code, no in codes.items() if no == number)


def postings(text: str) -> pl.DataFrame:
    """Rows of `day | kind | quantity | value` and, where they matter, `at` (second of the day),
    `warehouse`, `supplier`, `line`, `transfer`, `received`, `reversal`, `document`, `lot`, `sku`;
    ids count from 1.
    """  # noqa: D205
    rows = [_posting(row, number + 1) for number, row in enumerate(table(text))]
    return pl.DataFrame(rows, schema=LEDGER, orient="row")


def _posting(row: dict[str, str | None], number: int) -> dict[str, Any]:
    day, at = int(row["day"] or 0), int(row.get("at") or 0)
    quantity = scaled(row.get("quantity") or "0", 6) or 0
    direction = 0 if quantity > 0 else 1 if quantity == 0 else 2

    def whole(name: str) -> int | None:
        cell = row.get(name)
        return None if cell is None else int(cell)

    return {
        "company": "acme",
        "movement_no": number,
        "item_no": whole("sku") or 1,
        "warehouse_no": WAREHOUSES[row.get("warehouse") or "A"],
        "supplier_no": SUPPLIERS[row["supplier"] or ""] if row.get("supplier") else None,
        "day": day,
        "seq": ((day * 86_400 + at) << 30) + (direction << 28) + number,
        "kind_no": int(Kind[(row["kind"] or "").upper()]),
        "quantity_e6": quantity,
        "value_e4": scaled(row.get("value"), 4),
        "order_line_key": whole("line"),
        "transfer_key": whole("transfer"),
        "received_day": whole("received"),
        "is_reversal": row.get("reversal") == "yes",
        "document_key": whole("document"),
        "lot_no": whole("lot"),
        "until_seq": ((day * 86_400 + at + 1) << 30) - 1 if at else None,
    }


def attributed(text: str) -> pl.DataFrame:
    """The attribution of the drawn postings."""
    return attribute(postings(text), IN_TRANSIT).attributed


def _sums(rows: pl.DataFrame, keys: Iterable[str]) -> list[tuple[Any, ...]]:
    summed = (
        rows.group_by(keys)
        .agg(pl.col("quantity_e6", "value_e4").sum())
        .filter((pl.col("quantity_e6") != 0) | (pl.col("value_e4") != 0))
        .sort(keys, nulls_last=True)
    )
    return [
        (*row[:-2], Decimal(row[-2]) / 10**6, Decimal(row[-1]) / 10**4)
        for row in summed.iter_rows()
    ]


def on_hand(rows: pl.DataFrame, until: int = 10_000) -> list[tuple[str, str, int | None, Any, Any]]:
    """(warehouse, supplier, received, quantity, value) of what lies there."""
    keys = ("warehouse_no", "supplier_no", "received_day")
    found = _sums(rows.filter(pl.col("day") <= until), keys)
    return sorted(
        (
            (code_of(WAREHOUSES, place), code_of(SUPPLIERS, supplier), *rest)
            for place, supplier, *rest in found
        ),
        key=lambda row: (row[0], row[1], row[2] is None, row[2] or 0),
    )


def flows(rows: pl.DataFrame, *kinds: str) -> list[tuple[int, str, str, Any, Any]]:
    """(day, kind, supplier, quantity, value) of the given kinds."""
    numbers = [no for no, word in KIND_WORDS.items() if word in kinds]
    found = _sums(rows.filter(pl.col("kind_no").is_in(numbers)), ("day", "kind_no", "supplier_no"))
    return sorted(
        (day, KIND_WORDS[kind], code_of(SUPPLIERS, supplier), *rest)
        for day, kind, supplier, *rest in found
    )
