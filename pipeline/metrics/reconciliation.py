"""Whether the ledger adds up, and whether the ERP says the same, per warehouse and SKU.

    opening + receipts + production + consumption + transfers + adjustments + scrap
        + revaluations + cogs = closing
    difference = ledger - ERP, agrees if it is within what policy tolerates

A period is the calendar month up to the as-of date.  Every part is signed as posted.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import narwhals as nw
import polars as pl

from pipeline.canonical.movement_kinds import IN_TRANSIT, Kind
from pipeline.metrics.fixed_point import MONEY_SCALE, QUANTITY_SCALE, money, quantity, whole
from pipeline.metrics.on_hand import QUANTITY, VALUE, WITHOUT_COST
from pipeline.metrics.spec import (
    BASE_UNIT,
    COMPANY,
    CURRENCY,
    SKU,
    WAREHOUSE,
    Column,
    Kept,
    Metric,
    Type,
)
from pipeline.metrics.time_windows import day_number
from pipeline.policy.rules import ReconciliationRule

PARTS: dict[str, tuple[Kind, ...]] = {
    "opening": (Kind.OPENING,),
    "receipts": (Kind.PURCHASE, Kind.PURCHASE_RETURN, Kind.LANDED_COST),
    "production": (Kind.PRODUCTION_RECEIPT,),
    "consumption": (Kind.PRODUCTION_ISSUE,),
    "transfers": (Kind.TRANSFER_IN, Kind.TRANSFER_OUT),
    "adjustments": (Kind.ADJUSTMENT,),
    "scrap": (Kind.SCRAP,),
    "revaluations": (Kind.REVALUATION,),
    "cogs": (Kind.SALE, Kind.SALE_RETURN),
}
"""The parts of a roll-forward, and the kinds that make each inside the period."""

KEY = ("company", "warehouse", "sku")
QUANTITIES = (
    *(f"quantity_{part}" for part in (*PARTS, "closing")),
    "erp_quantity",
    "quantity_difference",
)
VALUES = (
    *(f"value_{part}" for part in (*PARTS, "closing")),
    "erp_value",
    "value_difference",
    "quarantined_value",
)
VERDICTS = ("without_cost", "adds_up", "agrees")
_PLACE = ("item_no", "warehouse_no")


def roll_forward(ledger: nw.LazyFrame[Any], as_of: date) -> nw.LazyFrame[Any]:
    """Quantity and value per item, warehouse and kind of the month; all before it is opening."""
    is_before = nw.col("day") < day_number(as_of.replace(day=1))
    part = nw.when(is_before).then(nw.lit(Kind.OPENING.value)).otherwise(nw.col("kind_no"))
    return (
        ledger.filter(nw.col("day") <= day_number(as_of))
        .with_columns(kind_no=part.cast(nw.Int32))
        .group_by(*_PLACE, "kind_no")
        .agg(quantity_e6=QUANTITY, value_e4=VALUE, without_cost=WITHOUT_COST)
    )


def reconciled(  # noqa: PLR0913
    sums: pl.DataFrame,
    items: pl.DataFrame,
    warehouses: pl.DataFrame,
    *,
    as_of: date,
    tolerance: ReconciliationRule,
    held: pl.DataFrame | None = None,
    balances: pl.DataFrame | None = None,
    quarantined: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The roll-forward of every SKU and warehouse beside what the ERP says, in whole numbers.

    Quantities are millionths, values ten-thousandths; `reconciliation` says them as published.

    Args:
        sums: collected `roll_forward`.
        items: item_no, company, sku.
        warehouses: warehouse_no, warehouse.
        as_of: the last day of the period.
        tolerance: what may stand between ledger and ERP.
        held: positions of the attributed ledger (`stock_status.positions`) or its layers: they
            give the closing, so that a ledger that does not add up shows; without them the
            closing is the sum of the parts.
        balances: company, sku, warehouse, quantity, value as the ERP delivered them for the day.
        quarantined: company, sku, warehouse, value of refused rows.
    """
    parts = _with_closing(_parts(sums), held)
    named = (
        parts.join(items.select("item_no", "company", "sku"), on="item_no", how="left")
        .join(warehouses.select("warehouse_no", "warehouse"), on="warehouse_no", how="left")
        .sort(_PLACE)  # codes of an item that lie together take half the room
        .drop(_PLACE)
    )
    with_erp = _beside_balances(named, balances)
    return (
        _with_quarantined(with_erp, quarantined)
        .with_columns(adds_up=_adds_up(), agrees=_agrees(tolerance))
        .select(*KEY, pl.lit(f"{as_of:%Y-%m}").alias("period"), *QUANTITIES, *VALUES, *VERDICTS)
    )


def reconciliation(rows: pl.DataFrame) -> pl.DataFrame:
    """`reconciled` rows as they are published: decimals, in the order of their key."""
    return rows.with_columns(
        *(quantity(pl.col(name)).alias(name) for name in QUANTITIES),
        *(money(pl.col(name)).alias(name) for name in VALUES),
    ).sort(KEY)


def kept_parts(rows: pl.DataFrame) -> pl.DataFrame:
    """`reconciled` rows as they are kept: without what their parts and the balance say."""
    return rows.with_columns(
        (pl.col(f"{measure}_closing") - pl.sum_horizontal(_columns(measure))).alias(
            f"{measure}_gap"
        )
        for measure in _UNITS
    ).drop(f"{measure}_{said}" for measure in _UNITS for said in ("closing", "difference"))


def differences(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows that differ from the ERP's balance by more than policy allows, largest first."""
    return rows.filter(~pl.col("agrees")).sort(
        pl.col("value_difference").abs(),
        pl.col("quantity_difference").abs(),
        *KEY,
        descending=[True, True, False, False, False],
        nulls_last=True,
    )


def _adds_up() -> pl.Expr:
    """Whether the parts give the closing; where not, it is a fault of the pipeline, never data."""
    return pl.all_horizontal(
        pl.sum_horizontal(_columns(measure)) == pl.col(f"{measure}_closing")
        for measure in ("quantity", "value")
    )


def _agrees(tolerance: ReconciliationRule) -> pl.Expr:
    """Whether the ERP's balance is the ledger's, as far as policy asks; null: it gave none."""
    scales = (
        ("quantity", tolerance.quantity_tolerance, QUANTITY_SCALE),
        ("value", tolerance.value_tolerance, MONEY_SCALE),
    )
    return pl.all_horizontal(
        pl.col(f"{measure}_difference").abs().fill_null(0) <= int(Decimal(str(most)) * 10**scale)
        for measure, most, scale in scales
    ).and_(
        pl.when(pl.any_horizontal(pl.col("erp_quantity", "erp_value").is_not_null())).then(
            pl.lit(value=True)
        )
    )


def _columns(measure: str) -> list[str]:
    return [f"{measure}_{part}" for part in PARTS]


def _parts(sums: pl.DataFrame) -> pl.DataFrame:
    """One row per item and warehouse, one column per part and measure."""
    posted = set(sums["kind_no"].unique())

    def of(measure: str, kinds: tuple[Kind, ...]) -> pl.Expr:
        wanted = pl.col("kind_no").is_in([kind.value for kind in kinds])
        return pl.when(wanted).then(pl.col(measure)).otherwise(0)

    measures = {"quantity": "quantity_e6", "value": "value_e4"}
    columns = {
        f"{measure}_{part}": of(column, kinds)
        for measure, column in measures.items()
        for part, kinds in PARTS.items()
        if not posted.isdisjoint(kinds)
    }
    empty = set(_columns("quantity") + _columns("value")) - set(columns)
    return (
        sums.with_columns(**columns)
        .group_by(_PLACE)
        .agg(pl.col(*columns, "without_cost").sum())
        .with_columns(pl.lit(0, pl.Int64).alias(name) for name in empty)
    )


def _with_closing(parts: pl.DataFrame, held: pl.DataFrame | None) -> pl.DataFrame:
    if held is None:
        return parts.with_columns(
            pl.sum_horizontal(_columns(measure)).alias(f"{measure}_closing")
            for measure in ("quantity", "value")
        )
    closing = held.group_by(_PLACE).agg(
        quantity_closing=pl.col("quantity_e6").sum(), value_closing=pl.col("value_e4").sum()
    )
    return parts.join(closing, on=_PLACE, how="full", coalesce=True).with_columns(
        pl.exclude(_PLACE).fill_null(0)
    )


def _beside_balances(named: pl.DataFrame, balances: pl.DataFrame | None) -> pl.DataFrame:
    """The ledger's rows and the ERP's, matched by code."""
    measures = [name for name in named.columns if name not in KEY]
    if balances is None or balances.is_empty():
        return _that_say_something(named, measures).with_columns(
            pl.lit(None, pl.Int128).alias(name)
            for name in ("erp_quantity", "erp_value", "quantity_difference", "value_difference")
        )
    exact = whole(whole(balances, QUANTITY_SCALE, "quantity"), MONEY_SCALE, "value").select(
        *KEY,
        erp_quantity=pl.col("quantity").cast(pl.Int128),
        erp_value=pl.col("value").cast(pl.Int128),
        is_delivered=pl.lit(value=True),
    )
    delivering = exact["company"].unique().to_list()
    has_values = exact.filter(pl.col("erp_value").is_not_null())["company"].unique().to_list()
    is_left_out = (
        pl.col("is_delivered").is_null()
        & pl.col("company").is_in(delivering)
        & (pl.col("warehouse") != IN_TRANSIT)
    )
    joined = (
        named.join(exact, on=KEY, how="full", coalesce=True)
        .with_columns(pl.col(measures).fill_null(0))
        .with_columns(
            erp_quantity=pl.when(is_left_out).then(0).otherwise(pl.col("erp_quantity")),
            erp_value=pl.when(is_left_out & pl.col("company").is_in(has_values))
            .then(0)
            .otherwise(pl.col("erp_value")),
        )
        .with_columns(
            quantity_difference=pl.col("quantity_closing") - pl.col("erp_quantity"),
            value_difference=pl.col("value_closing") - pl.col("erp_value"),
        )
    )
    return _that_say_something(joined, [*measures, "erp_quantity", "erp_value"])


def _that_say_something(rows: pl.DataFrame, measures: list[str]) -> pl.DataFrame:
    """Rows in which anything but nothing stands: no stock, no flow, no balance needs no line."""
    return rows.filter(pl.any_horizontal(pl.col(measures).fill_null(0) != 0))


def _with_quarantined(rows: pl.DataFrame, quarantined: pl.DataFrame | None) -> pl.DataFrame:
    nothing = pl.lit(0, pl.Int128)
    if quarantined is None or quarantined.is_empty():
        return rows.with_columns(quarantined_value=nothing)
    values = (
        whole(quarantined, MONEY_SCALE, "value")
        .group_by(KEY)
        .agg(quarantined_value=pl.col("value").cast(pl.Int128).sum())
    )
    return rows.join(values, on=KEY, how="full", coalesce=True).with_columns(
        pl.exclude(
            *KEY, "erp_quantity", "erp_value", "quantity_difference", "value_difference"
        ).fill_null(0)
    )


_NO_BALANCE = "the ERP delivered none of that day"


def _part(measure: str, part: str) -> Column:
    """A column of the roll-forward."""
    about = {
        "opening": "before the period, and openings inside it",
        "receipts": "purchases, their returns and landed cost",
        "cogs": "sales and their returns",
        "closing": "at the as-of date, from the attributed ledger",
    }.get(part, part)
    kind, unit = _UNITS[measure]
    made_of = _closing(measure) if part == "closing" else ""
    said = f"{measure}: {about}"
    return Column(f"{measure}_{part}", kind, said, unit, is_scaled=True, made_of=made_of)


def _closing(measure: str) -> str:
    """The closing, SQL over what is kept: the parts, and what they lack where they do not add up.

    A part and what is made of it have one name in the published table: the kept one is meant.
    """
    return " + ".join(f"kept.{name}" for name in (*_columns(measure), f"{measure}_gap"))


def _balance(measure: str) -> Column:
    kind, unit = _UNITS[measure]
    about = "the ERP's own balance; 0 where it leaves a position out"
    return Column(f"erp_{measure}", kind, about, unit, _NO_BALANCE, is_scaled=True)


def _difference(measure: str) -> Column:
    kind, unit = _UNITS[measure]
    made_of = f"{_closing(measure)} - kept.erp_{measure}"
    return Column(
        f"{measure}_difference",
        kind,
        "ledger − ERP",
        unit,
        _NO_BALANCE,
        is_scaled=True,
        made_of=made_of,
    )


_UNITS = {"quantity": (Type.QUANTITY, BASE_UNIT), "value": (Type.TOTAL, CURRENCY)}
RECONCILIATION = Metric(
    name="reconciliation",
    about="Whether opening and movements give the closing, and whether the ERP says the same.",
    key=("company", "as_of", "warehouse", "sku", "period"),
    columns=(
        COMPANY,
        WAREHOUSE,
        SKU,
        Column("period", Type.CODE, "the calendar month up to the as-of date, as YYYY-MM"),
        *(_part("quantity", part) for part in (*PARTS, "closing")),
        _balance("quantity"),
        _difference("quantity"),
        *(_part("value", part) for part in (*PARTS, "closing")),
        _balance("value"),
        _difference("value"),
        Column("quarantined_value", Type.TOTAL, "money of refused rows", CURRENCY, is_scaled=True),
        Column("without_cost", Type.COUNT, "how many rows of the position have no value"),
        Column("adds_up", Type.FLAG, "whether the parts give the closing"),
        Column("agrees", Type.FLAG, "whether the differences are within policy", nulls=_NO_BALANCE),
    ),
    of_date=lambda given: kept_parts(
        reconciled(
            given.stands.rolled,
            given.masters.items,
            given.masters.warehouses,
            as_of=given.as_of,
            tolerance=given.policy.reconciliation,
            held=given.stands.held,
            balances=given.balances if given.balances.height else None,
            quarantined=given.quarantined,
        )
    ),
    needs=(
        "metrics/attributed_movement",
        "canonical/item",
        "canonical/warehouse",
        "canonical/stock_balance",
    ),
    kept=Kept.DETAIL,
    version="1",
    notes=("Every part is signed as posted; the parts add up to the closing.",),
)
