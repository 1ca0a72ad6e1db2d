"""Reconciliation: the way from the ERP's balances to the report's stock, and where they differ."""

from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from pipeline.canonical.movement_kinds import IN_TRANSIT
from pipeline.metrics.fixed_point import stacked
from pipeline.metrics.reconciliation import differences
from pipeline.report.lookup import ALL, Facts
from pipeline.report.member_figures import decimal, share
from pipeline.report.sentences import Label, term

MOST_BALANCES = 12
MOST_DIFFERENCES = 5


@dataclass(frozen=True)
class Extent:
    """Stock by how far it was compared with the ERP's balances; `compared` counts positions."""

    compared: int
    in_value: Decimal
    in_quantity: Decimal  # the ERP gave no value
    in_transit: Decimal  # of what was not compared
    not_compared: Decimal  # for want of a balance
    value_share: float | None  # of all stock, each position without its sign

    @property
    def is_whole(self) -> bool:
        """Whether all of the stock was compared in value."""
        return not (self.in_quantity or self.in_transit or self.not_compared)


@dataclass(frozen=True)
class ProofLine:
    """One line of the way from the ERP's balances to the stock in this report."""

    label: Label
    value: Decimal
    is_sum: bool = False


@dataclass(frozen=True)
class BalanceLine:
    """Ledger and ERP of a company or warehouse: all positions, and those the ERP gave a value."""

    label: Label
    positions: int
    ledger: Decimal
    compared: int
    unvalued: Decimal  # what of the ledger the ERP gave no value for
    erp: Decimal | None  # None: the ERP delivered no value
    difference: Decimal | None
    differing: int


@dataclass(frozen=True)
class DifferenceLine:
    """One position in which ledger and ERP differ."""

    company: str
    sku: str
    name: str
    warehouse: Label
    quantity: Decimal
    erp_quantity: Decimal | None
    quantity_difference: Decimal
    ledger: Decimal
    erp: Decimal | None  # None: the ERP delivered a quantity only
    difference: Decimal | None


def compared_positions(facts: Facts) -> pl.DataFrame:
    """Positions for which the ERP delivered a balance."""
    return facts.given.reconciliation.filter(
        pl.col("erp_value").is_not_null() | pl.col("erp_quantity").is_not_null()
    )


def extent_of(facts: Facts) -> Extent:
    """How far the stock was compared."""
    rows = facts.given.reconciliation
    compared = compared_positions(facts)
    has_value = pl.col("erp_value").is_not_null()
    left = rows.filter(pl.col("erp_value").is_null() & pl.col("erp_quantity").is_null())
    is_on_its_way = pl.col("warehouse") == IN_TRANSIT
    every, valued = (
        decimal(part["value_closing"].abs().sum() if part.height else None)
        for part in (rows, rows.filter(has_value))
    )
    return Extent(
        compared=compared.height,
        in_value=total_of(rows.filter(has_value), "value_closing"),
        in_quantity=total_of(compared.filter(~has_value), "value_closing"),
        in_transit=total_of(left.filter(is_on_its_way), "value_closing"),
        not_compared=total_of(left.filter(~is_on_its_way), "value_closing"),
        value_share=share(valued, every),
    )


def valued_balances(compared: pl.DataFrame) -> int:
    """How many of the balances have a value, not only a quantity."""
    return compared["erp_value"].count()


def tolerated_positions(compared: pl.DataFrame) -> int:
    """How many positions differ, but by no more than policy tolerates."""
    differ = pl.any_horizontal(pl.col("value_difference", "quantity_difference").fill_null(0) != 0)
    return compared.filter(differ & pl.col("agrees")).height


def absolute_difference(rows: pl.DataFrame) -> Decimal:
    """Σ of the differences in value, each without its sign."""
    return decimal(rows["value_difference"].abs().sum() if rows.height else None)


def total_of(rows: pl.DataFrame, column: str) -> Decimal:
    """Σ of a column of amounts."""
    return decimal(rows[column].sum() if rows.height else None)


def broken_positions(facts: Facts) -> int:
    """Positions where opening and movements do not make the closing."""
    return facts.given.reconciliation.filter(~pl.col("adds_up")).height


def proof_lines(facts: Facts) -> tuple[ProofLine, ...]:
    """The way from the ERP's balances over the ledger to the stock in this report."""
    ledger = facts.turnover("company", facts.company, scope=ALL)
    every = facts.dead_stock("company", facts.company, scope=ALL)
    if ledger is None or facts.total is None or (every and every.is_costless):
        return ()
    rows = facts.given.reconciliation
    valued = rows.filter(pl.col("erp_value").is_not_null())
    lines: list[ProofLine] = []
    if valued.height:
        erp, difference = total_of(valued, "erp_value"), total_of(valued, "value_difference")
        extent = extent_of(facts)
        lines = [
            ProofLine(term("Balances delivered by the ERP"), erp, is_sum=True),
            ProofLine(term("Net difference, ledger − ERP"), difference),
            ProofLine(term("Compared in quantity only"), extent.in_quantity),
            ProofLine(term("Not compared: goods in transit"), extent.in_transit),
            ProofLine(term("Not compared: no balance delivered"), extent.not_compared),
        ]
    abnormal = ledger.stock - facts.total.stock
    lines += [
        ProofLine(term("Stock ledger, all stock"), ledger.stock, is_sum=True),
        ProofLine(term("Abnormal stock, not in the headline"), -abnormal),
        ProofLine(term("Stock in this report"), facts.total.stock, is_sum=True),
    ]
    kept = ("Net difference, ledger − ERP", "Abnormal stock, not in the headline")
    return tuple(line for line in lines if line.is_sum or line.value or line.label.text in kept)


def balance_lines(facts: Facts) -> tuple[BalanceLine, ...]:
    """Ledger beside ERP by company, or by warehouse of one company, the largest first."""
    dimension = "company" if facts.is_group else "warehouse"
    rows = facts.given.reconciliation
    if rows.is_empty():
        return ()
    parts = rows.partition_by(dimension, as_dict=True, maintain_order=True)
    groups = [(str(member), part) for (member,), part in parts.items()]
    groups.sort(key=lambda group: (-total_of(group[1], "value_closing"), group[0]))
    shown = groups if len(groups) <= MOST_BALANCES + 1 else groups[:MOST_BALANCES]
    lines = [
        balance_line(
            facts.label(dimension, member, None if facts.is_group else part["company"][0]), part
        )
        for member, part in shown
    ]
    if len(groups) > len(shown):
        rest = stacked([part for _, part in groups[len(shown) :]])
        lines.append(balance_line(term("All others"), rest))
    return tuple(lines)


def balance_line(label: Label, rows: pl.DataFrame) -> BalanceLine:
    """Ledger beside ERP of some positions."""
    valued = rows.filter(pl.col("erp_value").is_not_null())
    return BalanceLine(
        label=label,
        positions=rows.height,
        ledger=total_of(rows, "value_closing"),
        compared=valued.height,
        unvalued=total_of(rows, "value_closing") - total_of(valued, "value_closing"),
        erp=total_of(valued, "erp_value") if valued.height else None,
        difference=total_of(valued, "value_difference") if valued.height else None,
        differing=differences(rows).height,
    )


def difference_lines(facts: Facts) -> tuple[DifferenceLine, ...]:
    """The positions that differ most in value, ties by code."""
    rows = differences(facts.given.reconciliation).head(MOST_DIFFERENCES)
    items = facts.given.items.join(rows, ["company", "sku"], "semi")
    names = {
        (company, sku): name
        for company, sku, name in items.select("company", "sku", "name").iter_rows()
    }
    return tuple(
        DifferenceLine(
            company=row["company"],
            sku=row["sku"],
            name=names.get((row["company"], row["sku"]), row["sku"]),
            warehouse=facts.label("warehouse", row["warehouse"], row["company"]),
            quantity=decimal(row["quantity_closing"]),
            erp_quantity=None if row["erp_quantity"] is None else decimal(row["erp_quantity"]),
            quantity_difference=decimal(row["quantity_difference"]),
            ledger=decimal(row["value_closing"]),
            erp=None if row["erp_value"] is None else decimal(row["erp_value"]),
            difference=None
            if row["value_difference"] is None
            else decimal(row["value_difference"]),
        )
        for row in rows.iter_rows(named=True)
    )
