"""Which arrival belongs to which departure, and what is on the road between them.

    arrivals and departures of one transfer key are two cumulative axes; where they
    overlap, the units arrived; what has only departed stands in the warehouse `in_transit`

    key 7 left      |---- 5 on day 3 ----|------ 4 on day 4 ------|
    key 7 arrived   |-------- 7 on day 6 --------|
                    |  5 of the first    | 2 of the second | 2 are on the road |

Legs pair whatever their dates: many systems post both on one date, arrival first.
"""

from typing import Any

import narwhals as nw

from pipeline.canonical.movement_kinds import Kind
from pipeline.metrics.fact_schemas import FactKind, overlap

TRANSFER_KINDS = (Kind.TRANSFER_IN.value, Kind.TRANSFER_OUT.value)
_TRANSFER = ("item_no", "transfer_key")
_POSTED = ("seq", "movement_no")
_QUANTITY = nw.col("quantity_e6")


def transfer_legs(movements: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Departures and arrivals that carry a transfer key."""
    kind = nw.col("kind_no")
    return movements.filter(
        kind.is_in(list(TRANSFER_KINDS)) | (kind == FactKind.CARRIED.value),
        ~nw.col("transfer_key").is_null(),
        _QUANTITY != 0,
    ).select(*_TRANSFER, *_POSTED, "row", "quantity_e6", "lot_no")


def transfer_pairs(legs: nw.LazyFrame[Any], *, has_lots: bool) -> nw.LazyFrame[Any]:
    """The stretches of arrivals and the departures they came from.

    A reversed leg moves the other way, so the sign decides and not the kind.  Where every leg of a
    transfer names a lot, each lot pairs for itself.
    """
    by = _TRANSFER
    if has_lots:
        lacks = nw.col("lot_no").is_null().cast(nw.Int32).max().over(*_TRANSFER)
        lot = nw.when(nw.col("lacks") == 0).then(nw.col("lot_no")).otherwise(nw.lit(0))
        legs = legs.with_columns(lacks=lacks).with_columns(pair_lot=lot.cast(nw.Int64))
        by = (*_TRANSFER, "pair_lot")
    columns = (*by, *_POSTED, "row")
    return pairs(
        legs.filter(_QUANTITY > 0).select(*columns, size=_QUANTITY),
        legs.filter(_QUANTITY < 0).select(*columns, size=-_QUANTITY),
        by,
        _POSTED,
    )


def pairs(
    receipts: nw.LazyFrame[Any],
    issues: nw.LazyFrame[Any],
    by: tuple[str, ...],
    order: tuple[str, ...],
) -> nw.LazyFrame[Any]:
    """Stretches where receipts and issues of one key meet, each side in the given order.

    Columns: `receipt` and `issue` (row numbers), `at` and `issue_at` (where the stretch
    begins within either), `length`.
    """
    met = _each_side(receipts, by, "in").join(_each_side(issues, by, "out"), on=list(by))
    is_simple = (nw.col("count_in") == 1) & (nw.col("count_out") == 1)
    several = met.filter(~is_simple).select(*by)
    simple = met.filter(is_simple).select(
        receipt="row_in",
        issue="row_out",
        at=nw.lit(0, nw.Int64),
        issue_at=nw.lit(0, nw.Int64),
        length=nw.min_horizontal("size_in", "size_out").cast(nw.Int64),
    )
    stretches = _stretches(
        receipts.join(several, on=list(by), how="semi"),
        issues.join(several, on=list(by), how="semi"),
        by,
        order,
    )
    return nw.concat([simple, stretches], how="vertical")


def _each_side(side: nw.LazyFrame[Any], by: tuple[str, ...], end: str) -> nw.LazyFrame[Any]:
    return side.group_by(*by).agg(
        nw.len().alias(f"count_{end}"),
        nw.col("row").min().alias(f"row_{end}"),
        nw.col("size").sum().alias(f"size_{end}"),
    )


def _stretches(
    receipts: nw.LazyFrame[Any],
    issues: nw.LazyFrame[Any],
    by: tuple[str, ...],
    order: tuple[str, ...],
) -> nw.LazyFrame[Any]:
    """The general case: several receipts or issues under one key."""
    came, went = _along_axis(receipts, by, order), _along_axis(issues, by, order)
    met = overlap(came, went, by)
    came = came.select(*by, receipt="number", row_in="row", begin_in=nw.col("end") - nw.col("size"))
    went = went.select(*by, issue="number", row_out="row", begin_out=nw.col("end") - nw.col("size"))
    return (
        met.join(came, on=[*by, "receipt"], how="inner")
        .join(went, on=[*by, "issue"], how="inner")
        .select(
            receipt="row_in",
            issue="row_out",
            at=nw.col("start") - nw.col("begin_in"),
            issue_at=nw.col("start") - nw.col("begin_out"),
            length=nw.col("end") - nw.col("start"),
        )
    )


def _along_axis(
    side: nw.LazyFrame[Any], by: tuple[str, ...], order: tuple[str, ...]
) -> nw.LazyFrame[Any]:
    return side.with_columns(one=nw.lit(1)).with_columns(
        number=nw.col("one").cum_sum().over(*by, order_by=order).cast(nw.Int64),
        end=nw.col("size").cum_sum().over(*by, order_by=order).cast(nw.Int64),
    )
