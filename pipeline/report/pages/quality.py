"""Data quality and definitions: what the figures rest on, and what is not known."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import Enum

import polars as pl

from pipeline.metrics.fixed_point import stacked
from pipeline.metrics.reconciliation import differences
from pipeline.report.findings.reconciliation import Agreement, quality_title
from pipeline.report.inputs import PolicyValues
from pipeline.report.lookup import ALL, Benchmark, Facts, decimal, share
from pipeline.report.refusal_words import in_words
from pipeline.report.sentences import (
    Count,
    Label,
    Money,
    Sentence,
    Share,
    message,
    say,
    say_counted,
    term,
)

MOST_REASONS = 10
MOST_BALANCES = 12
MOST_DIFFERENCES = 5
TABLES = {
    "item": "Items",
    "supplier": "Suppliers",
    "item_supplier": "Items of suppliers",
    "warehouse": "Warehouses",
    "stock_rule": "Stock rules",
    "stock_movement": "Stock movements",
    "stock_balance": "Stock balances",
    "sales_order_line": "Sales order lines",
    "purchase_order_line": "Purchase order lines",
    "stock_count": "Stock counts",
    "exchange_rate": "Exchange rates",
    "plan": "Plans",
}


class Result(Enum):
    """What a check came to."""

    PASSED = "passed"
    NOTED = "noted"
    FAILED = "failed"


@dataclass(frozen=True)
class Check:
    """One check of the data: what is expected, and what was found."""

    expectation: Label
    result: Result
    finding: Sentence


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
    quantity_difference: Decimal
    ledger: Decimal
    erp: Decimal | None  # None: the ERP delivered a quantity only
    difference: Decimal | None


@dataclass(frozen=True)
class DeliveryLine:
    """What became of the rows of one table."""

    label: Label
    rows_in: int
    rows_new: int
    rows_corrected: int
    rows_unchanged: int
    rows_quarantined: int
    rows_duplicate: int


@dataclass(frozen=True)
class ReasonLine:
    """Rows refused for one reason."""

    table: Label
    reason: Sentence
    rows: int
    files: int


@dataclass(frozen=True)
class SourceLine:
    """A benchmark with its source, and the members that are compared with it."""

    members: tuple[Label, ...]
    benchmark: Benchmark


@dataclass(frozen=True)
class QualityPage:
    """What the page shows."""

    title: Sentence
    proof: tuple[ProofLine, ...]
    balances: tuple[BalanceLine, ...]
    balances_total: BalanceLine
    differences: tuple[DifferenceLine, ...]
    all_differences: int
    checks: tuple[Check, ...]
    deliveries: tuple[DeliveryLine, ...]
    reasons: tuple[ReasonLine, ...]
    other_reasons: int
    sources: tuple[SourceLine, ...]
    policy: PolicyValues
    dead_unknown_before: date | None
    is_group: bool
    known_on: date
    data_through: date

    def with_missing_characters(self, characters: str) -> "QualityPage":
        """The page with a line on characters that no font of the report can draw."""
        codes = ", ".join(f"U+{ord(one):04X}" for one in characters[:8])
        check = Check(
            term("Every name can be printed"),
            Result.NOTED,
            say_counted(
                "One character is missing in the report's fonts and shown as □: %(codes)s",
                "%(count)s characters are missing in the report's fonts and shown as □: %(codes)s",
                len(characters),
                codes=codes,
            ),
        )
        return replace(self, checks=(*self.checks, check))


def quality_page(facts: Facts) -> QualityPage:
    """The page on data quality and definitions."""
    compared = _compared(facts)
    differing = differences(compared)
    reasons = _reasons(facts)
    return QualityPage(
        title=quality_title(
            Agreement(
                positions=facts.given.reconciliation.height,
                compared=compared.height,
                valued=_valued(compared),
                differing=differing.height,
                difference=_absolute(differing),
                broken=_broken(facts),
                within=_within(compared),
            )
        ),
        proof=_proof(facts),
        balances=_balances(facts),
        balances_total=_balance(term("Total"), facts.given.reconciliation),
        differences=_differences(facts),
        all_differences=differing.height,
        checks=tuple(check for rule in _rules(facts) if (check := rule(facts))),
        deliveries=_deliveries(facts),
        reasons=reasons[:MOST_REASONS],
        other_reasons=sum(line.rows for line in reasons[MOST_REASONS:]),
        sources=_sources(facts),
        policy=facts.policy,
        dead_unknown_before=facts.dead_unknown_before,
        is_group=facts.is_group,
        known_on=facts.given.known_on,
        data_through=facts.given.data_through,
    )


def _compared(facts: Facts) -> pl.DataFrame:
    """Positions for which the ERP delivered a balance."""
    return facts.given.reconciliation.filter(
        pl.col("erp_value").is_not_null() | pl.col("erp_quantity").is_not_null()
    )


def _valued(compared: pl.DataFrame) -> int:
    """How many of the balances have a value, not only a quantity."""
    return compared["erp_value"].count()


def _within(compared: pl.DataFrame) -> int:
    """How many positions differ, but by no more than policy tolerates."""
    differ = pl.any_horizontal(pl.col("value_difference", "quantity_difference").fill_null(0) != 0)
    return compared.filter(differ & pl.col("agrees")).height


def _absolute(rows: pl.DataFrame) -> Decimal:
    return decimal(rows["value_difference"].abs().sum() if rows.height else None)


def _total(rows: pl.DataFrame, column: str) -> Decimal:
    return decimal(rows[column].sum() if rows.height else None)


def _broken(facts: Facts) -> int:
    """Positions where opening and movements do not make the closing."""
    return facts.given.reconciliation.filter(~pl.col("adds_up")).height


def _proof(facts: Facts) -> tuple[ProofLine, ...]:
    ledger = facts.turnover("company", facts.company, scope=ALL)
    if ledger is None or facts.total is None:
        return ()
    rows = facts.given.reconciliation
    valued = rows.filter(pl.col("erp_value").is_not_null())
    lines: list[ProofLine] = []
    if valued.height:
        erp, difference = _total(valued, "erp_value"), _total(valued, "value_difference")
        closing = _total(rows, "value_closing")
        lines = [
            ProofLine(term("Balances delivered by the ERP"), erp, is_sum=True),
            ProofLine(term("Net difference, ledger − ERP"), difference),
            ProofLine(term("Positions without a delivered value"), closing - erp - difference),
            ProofLine(term("Not in a warehouse: goods in transit"), ledger.stock - closing),
        ]
    abnormal = ledger.stock - facts.total.stock
    lines += [
        ProofLine(term("Stock ledger, all stock"), ledger.stock, is_sum=True),
        ProofLine(term("Abnormal stock, not in the headline"), -abnormal),
        ProofLine(term("Stock in this report"), facts.total.stock, is_sum=True),
    ]
    kept = ("Net difference, ledger − ERP", "Abnormal stock, not in the headline")
    return tuple(line for line in lines if line.is_sum or line.value or line.label.text in kept)


def _balances(facts: Facts) -> tuple[BalanceLine, ...]:
    """Ledger beside ERP by company, or by warehouse of one company, the largest first."""
    dimension = "company" if facts.is_group else "warehouse"
    rows = facts.given.reconciliation
    if rows.is_empty():
        return ()
    parts = rows.partition_by(dimension, as_dict=True, maintain_order=True)
    groups = [(str(member), part) for (member,), part in parts.items()]
    groups.sort(key=lambda group: (-_total(group[1], "value_closing"), group[0]))
    shown = groups if len(groups) <= MOST_BALANCES + 1 else groups[:MOST_BALANCES]
    lines = [_balance(facts.label(dimension, member), part) for member, part in shown]
    if len(groups) > len(shown):
        rest = stacked([part for _, part in groups[len(shown) :]])
        lines.append(_balance(term("All others"), rest))
    return tuple(lines)


def _balance(label: Label, rows: pl.DataFrame) -> BalanceLine:
    valued = rows.filter(pl.col("erp_value").is_not_null())
    return BalanceLine(
        label=label,
        positions=rows.height,
        ledger=_total(rows, "value_closing"),
        compared=valued.height,
        erp=_total(valued, "erp_value") if valued.height else None,
        difference=_total(valued, "value_difference") if valued.height else None,
        differing=differences(rows).height,
    )


def _differences(facts: Facts) -> tuple[DifferenceLine, ...]:
    """The positions that differ most in value, ties by code."""
    names = {
        (company, sku): name
        for company, sku, name in facts.given.items.select("company", "sku", "name").iter_rows()
    }
    rows = differences(facts.given.reconciliation).head(MOST_DIFFERENCES)
    return tuple(
        DifferenceLine(
            company=row["company"],
            sku=row["sku"],
            name=names.get((row["company"], row["sku"]), row["sku"]),
            warehouse=facts.label("warehouse", row["warehouse"], row["company"]),
            quantity_difference=decimal(row["quantity_difference"]),
            ledger=decimal(row["value_closing"]),
            erp=None if row["erp_value"] is None else decimal(row["erp_value"]),
            difference=None
            if row["value_difference"] is None
            else decimal(row["value_difference"]),
        )
        for row in rows.iter_rows(named=True)
    )


def _deliveries(facts: Facts) -> tuple[DeliveryLine, ...]:
    rows = facts.given.deliveries.group_by("table").agg(pl.col("^rows_.*$").sum()).sort("table")
    return tuple(
        DeliveryLine(
            label=_table(row["table"]),
            rows_in=row["rows_in"],
            rows_new=row["rows_new"],
            rows_corrected=row["rows_corrected"],
            rows_unchanged=row["rows_unchanged"],
            rows_quarantined=row["rows_quarantined"],
            rows_duplicate=row["rows_duplicate"],
        )
        for row in rows.iter_rows(named=True)
        if row["rows_in"]
    )


def _reasons(facts: Facts) -> tuple[ReasonLine, ...]:
    rows = (
        facts.given.quarantine.group_by("table", "reason")
        .agg(pl.col("rows").sum(), pl.col("source_file").n_unique().alias("files"))
        .sort(["rows", "table", "reason"], descending=[True, False, False])
    )
    return tuple(
        ReasonLine(_table(row["table"]), in_words(row["reason"]), row["rows"], row["files"])
        for row in rows.iter_rows(named=True)
    )


def _sources(facts: Facts) -> tuple[SourceLine, ...]:
    found: dict[Benchmark, list[Label]] = {}
    listed = facts.members("category")
    for dimension, member, benchmark in facts.benchmarks:
        has_line = member == facts.company if dimension == "company" else member in listed
        if not has_line:
            continue
        found.setdefault(benchmark, []).append(
            term("All stock") if dimension == "company" else facts.label(dimension, member)
        )
    return tuple(SourceLine(tuple(labels), benchmark) for benchmark, labels in found.items())


def _table(name: str) -> Label:
    return term(TABLES[name]) if name in TABLES else Label(name)


# ------------------------------------------------------------------------------ checks


def _coverage(facts: Facts) -> Check | None:
    rows = facts.given.coverage
    if rows.is_empty():
        return None
    behind = rows.filter(pl.col("data_through") < facts.as_of).sort("data_through", "company")
    expectation = term("Deliveries reach the report's date")
    if behind.is_empty():
        finding = say_counted(
            "The one company delivered up to %(day)s",
            "All %(count)s companies delivered up to %(day)s",
            rows.height,
            day=facts.as_of,
        )
        return Check(expectation, Result.PASSED, finding)
    return Check(
        expectation,
        Result.FAILED,
        say(
            "%(company)s is known only up to %(day)s",
            company=facts.label("company", behind["company"][0]),
            day=behind["data_through"][0],
        ),
    )


def _adds_up(facts: Facts) -> Check | None:
    positions = facts.given.reconciliation.height
    if not positions:
        return None
    broken = _broken(facts)
    expectation = term("Opening + movements = closing")
    if not broken:
        finding = say("Holds in all %(positions)s positions", positions=Count(positions))
        return Check(expectation, Result.PASSED, finding)
    return Check(
        expectation,
        Result.FAILED,
        say(
            "Does not hold in %(broken)s of %(positions)s positions",
            broken=Count(broken),
            positions=Count(positions),
        ),
    )


def _agrees(facts: Facts) -> Check:
    compared = _compared(facts)
    differing = differences(compared)
    expectation = term("Ledger agrees with the ERP's balances")
    if not compared.height:
        return Check(expectation, Result.NOTED, say("No balances were delivered for this date"))
    if not differing.height:
        return Check(expectation, *_agreement(compared))
    return Check(
        expectation,
        Result.FAILED,
        say(
            "%(differing)s of %(positions)s positions differ, %(value)s in absolute terms",
            differing=Count(differing.height),
            positions=Count(compared.height),
            value=Money(_absolute(differing)),
        ),
    )


def _agreement(compared: pl.DataFrame) -> tuple[Result, Sentence]:
    """How far the agreement goes: values are agreed only where the ERP delivered some."""
    positions, valued = Count(compared.height), _valued(compared)
    if _within(compared):
        finding = say(
            "As far as policy asks in all %(positions)s positions; %(within)s differ by less",
            positions=positions,
            within=Count(_within(compared)),
        )
        return Result.PASSED, finding
    if valued == compared.height:
        return Result.PASSED, say("To the cent in all %(positions)s positions", positions=positions)
    if not valued:
        finding = say(
            "In quantity in all %(positions)s positions; no values were delivered",
            positions=positions,
        )
        return Result.NOTED, finding
    finding = say(
        "To the cent in %(valued)s of %(positions)s positions, the others in quantity: they came "
        "without a value",
        valued=Count(valued),
        positions=positions,
    )
    return Result.NOTED, finding


def _accounted(facts: Facts) -> Check | None:
    rows = facts.given.deliveries
    taken = int(rows["rows_in"].sum() or 0) if rows.height else 0
    if not taken:
        return None
    parts = ("rows_new", "rows_corrected", "rows_unchanged", "rows_quarantined", "rows_duplicate")
    missing = taken - sum(int(rows[part].sum() or 0) for part in parts)
    expectation = term("Every delivered row is accounted for")
    if missing:
        return Check(
            expectation,
            Result.FAILED,
            say(
                "%(missing)s of %(taken)s rows are not accounted for",
                missing=Count(missing),
                taken=Count(taken),
            ),
        )
    return Check(
        expectation,
        Result.PASSED,
        say(
            "%(taken)s rows: new, corrected, unchanged, quarantined or duplicate",
            taken=Count(taken),
        ),
    )


def _quarantined(facts: Facts) -> Check:
    refused = int(facts.given.quarantine["rows"].sum() or 0) if facts.given.quarantine.height else 0
    expectation = term("No row is refused")
    if not refused:
        return Check(expectation, Result.PASSED, say("Nothing stands in quarantine"))
    return Check(
        expectation,
        Result.NOTED,
        say_counted(
            "One row stands in quarantine and is in no figure",
            "%(rows)s rows stand in quarantine and are in no figure",
            refused,
            rows=Count(refused),
        ),
    )


def _costed(facts: Facts) -> Check:
    rows = facts.given.estimates
    estimated = int(rows["movements"].sum() or 0) if rows.height else 0
    missing = int(rows["missing"].sum() or 0) if rows.height else 0
    expectation = term("Every movement has a posted cost")
    if missing:
        return Check(
            expectation,
            Result.FAILED,
            say_counted(
                "One movement has no cost at all; ratios that need it are not shown",
                "%(missing)s movements have no cost at all; ratios that need them are not shown",
                missing,
                missing=Count(missing),
            ),
        )
    if not estimated:
        return Check(expectation, Result.PASSED, say("No value is estimated"))
    return Check(
        expectation,
        Result.NOTED,
        say_counted(
            "One movement (%(value)s) is valued at the last known cost",
            "%(movements)s movements (%(value)s) are valued at the last known cost",
            estimated,
            movements=Count(estimated),
            value=Money(_total(rows, "value")),
        ),
    )


def _known_masters(facts: Facts) -> Check:
    rows = facts.given.stubs
    unknown = int(rows["members"].sum() or 0) if rows.height else 0
    expectation = term("Every code is in the master data")
    if not unknown:
        finding = say("All items, warehouses and suppliers are known")
        return Check(expectation, Result.PASSED, finding)
    return Check(
        expectation,
        Result.NOTED,
        say_counted(
            "One code in the ledger is missing in the master data",
            "%(codes)s codes in the ledger are missing in the master data",
            unknown,
            codes=Count(unknown),
        ),
    )


def _plausible(facts: Facts) -> Check | None:
    """Whether what companies post as cost of sales is their revenue in disguise."""
    rows = facts.given.plausibility
    if rows.is_empty():
        return None
    expectation = term("Cost of sales is no revenue in disguise")
    disguised = rows.filter("is_disguised").sort("company")
    if disguised.is_empty():
        lines = Count(int(rows["lines"].sum()))
        return Check(
            expectation, Result.PASSED, say("Holds for %(lines)s order lines", lines=lines)
        )
    worst = disguised.row(0, named=True)
    return Check(
        expectation,
        Result.FAILED,
        say(
            "%(company)s posts as cost what it earned, on %(alike)s of %(lines)s order lines: its "
            "turnover is too high by the whole margin; have its ERP deliver values at cost",
            company=facts.label("company", worst["company"]),
            alike=Count(worst["alike"]),
            lines=Count(worst["lines"]),
        ),
    )


def _arrived(facts: Facts) -> Check:
    rows = facts.given.unpaired_transfers
    open_ones = int(rows["transfers"].sum() or 0) if rows.height else 0
    expectation = term("Transfers arrive within 30 days")
    if not open_ones:
        return Check(expectation, Result.PASSED, say("No transfer is open for longer"))
    return Check(
        expectation,
        Result.NOTED,
        say_counted(
            "One transfer (%(value)s) has been open for longer, since %(oldest)s",
            "%(transfers)s transfers (%(value)s) have been open for longer, the oldest since "
            "%(oldest)s",
            open_ones,
            transfers=Count(open_ones),
            value=Money(_total(rows, "value")),
            oldest=rows["oldest_on"].drop_nulls().sort()[0],
        ),
    )


def _not_negative(facts: Facts) -> Check:
    below = (
        facts.given.stock_status.group_by("company", "sku", "warehouse")
        .agg(pl.col("quantity").sum(), pl.col("value").sum())
        .filter(pl.col("quantity") < 0)
    )
    expectation = term("No stock is below zero")
    if below.is_empty():
        return Check(expectation, Result.PASSED, say("No position is below zero"))
    return Check(
        expectation,
        Result.NOTED,
        say_counted(
            "One position is below zero (%(value)s); it is counted as posted",
            "%(positions)s positions are below zero (%(value)s); they are counted as posted",
            below.height,
            positions=Count(below.height),
            value=Money(_total(below, "value")),
        ),
    )


def _categorised(facts: Facts) -> Check:
    return _without(
        facts,
        ("category", "uncategorised"),
        term("Every item has a category"),
        say("All stock is in a category"),
        message("%(stock)s of stock (%(share)s) is uncategorised"),
    )


def _attributed(facts: Facts) -> Check:
    return _without(
        facts,
        ("supplier", "unattributed"),
        term("Every unit has a supplier"),
        say("All stock is attributed to a supplier or to own production"),
        message("%(stock)s of stock (%(share)s) is unattributed"),
    )


def _without(
    facts: Facts, member: tuple[str, str], expectation: Label, passed: Sentence, noted: str
) -> Check:
    row = facts.turnover(*member)
    part = share(row.stock, facts.total.stock) if row and facts.total else None
    if row is None or not row.stock or part is None:
        return Check(expectation, Result.PASSED, passed)
    finding = say(noted, stock=Money(row.stock), share=Share(part))
    return Check(expectation, Result.NOTED, finding)


OF_DELIVERIES = (_coverage, _accounted, _quarantined, _known_masters)
OF_STOCK = (
    _adds_up,
    _agrees,
    _costed,
    _plausible,
    _arrived,
    _not_negative,
    _categorised,
    _attributed,
)


def _rules(facts: Facts) -> tuple[Callable[[Facts], Check | None], ...]:
    """The checks that can say something: without stock none of stock passes."""
    return (*OF_DELIVERIES, *OF_STOCK) if facts.total else OF_DELIVERIES
