"""Checks of the data: what is expected of deliveries and stock, and what was found."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import polars as pl

from pipeline.metrics.reconciliation import differences
from pipeline.report.lookup import Facts
from pipeline.report.member_figures import share
from pipeline.report.pages.quality_reconciliation import (
    absolute_difference,
    broken_positions,
    compared_positions,
    tolerated_positions,
    total_of,
    valued_balances,
)
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


def _all_delivered(facts: Facts) -> Check | None:
    """A company of the group that never delivered: its stock is in no figure."""
    missing = facts.companies(facts.given.silent)
    if missing is None:
        return None
    finding = say("No data from %(companies)s yet; not in any figure", companies=missing)
    return Check(term("Every company delivers"), Result.FAILED, finding)


def _coverage(facts: Facts) -> Check | None:
    rows = facts.given.coverage
    if rows.is_empty():
        return None
    behind = rows.filter(pl.col("data_through") < facts.as_of).sort("data_through", "company")
    expectation = term("Deliveries reach the report's date")
    if behind.is_empty():
        finding = (
            say("Those that deliver did so up to %(day)s", day=facts.as_of)
            if facts.given.silent
            else say_counted(
                "The one company delivered up to %(day)s",
                "All %(count)s companies delivered up to %(day)s",
                rows.height,
                day=facts.as_of,
            )
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
    broken = broken_positions(facts)
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
    compared = compared_positions(facts)
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
            value=Money(absolute_difference(differing)),
        ),
    )


def _agreement(compared: pl.DataFrame) -> tuple[Result, Sentence]:
    """How far the agreement goes: values are agreed only where the ERP delivered some."""
    positions, valued = Count(compared.height), valued_balances(compared)
    if tolerated_positions(compared):
        finding = say(
            "As far as policy asks in all %(positions)s positions; %(within)s differ by less",
            positions=positions,
            within=Count(tolerated_positions(compared)),
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
    taken = _sum(rows, "rows_in")
    if not taken:
        return None
    parts = ("rows_new", "rows_corrected", "rows_unchanged", "rows_quarantined", "rows_duplicate")
    missing = taken - sum(_sum(rows, part) for part in parts)
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
    refused = _sum(facts.given.quarantine, "first")
    return _none_of(
        refused,
        term("No row is refused"),
        say("Nothing stands in quarantine"),
        say_counted(
            "One row stands in quarantine and is in no figure",
            "%(rows)s rows stand in quarantine and are in no figure",
            refused,
            rows=Count(refused),
        ),
    )


def _forgiven(facts: Facts) -> Check | None:
    """Rows that are refused and yet hold nothing, because somebody decided so."""
    if not facts.given.forgiven_rows:
        return None
    finding = say_counted(
        "One refused row is left out by decision and is in no figure",
        "%(rows)s refused rows are left out by decision and are in no figure",
        facts.given.forgiven_rows,
        rows=Count(facts.given.forgiven_rows),
    )
    return Check(term("No row is left out by decision"), Result.NOTED, finding)


def _costed(facts: Facts) -> Check:
    rows = facts.given.estimates
    estimated, missing = _sum(rows, "movements"), _sum(rows, "missing")
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
    return _none_of(
        estimated,
        expectation,
        say("No value is estimated"),
        say_counted(
            "One movement (%(value)s) is valued at the last known cost",
            "%(movements)s movements (%(value)s) are valued at the last known cost",
            estimated,
            movements=Count(estimated),
            value=Money(total_of(rows, "value")),
        ),
    )


def _known_masters(facts: Facts) -> Check:
    unknown = _sum(facts.given.stubs, "members")
    return _none_of(
        unknown,
        term("Every code is in the master data"),
        say("All items, warehouses and suppliers are known"),
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
    open_ones = _sum(rows, "transfers")
    return _none_of(
        open_ones,
        term("Transfers arrive within 30 days"),
        say("No transfer is open for longer"),
        say_counted(
            "One transfer (%(value)s) has been open for longer, since %(oldest)s",
            "%(transfers)s transfers (%(value)s) have been open for longer, the oldest since "
            "%(oldest)s",
            open_ones,
            transfers=Count(open_ones),
            value=Money(total_of(rows, "value")),
            oldest=min(rows["oldest_on"], default=facts.as_of),
        ),
    )


def _not_negative(facts: Facts) -> Check:
    below = (
        facts.given.stock_status.group_by("company", "sku", "warehouse")
        .agg(pl.col("quantity").sum(), pl.col("value").sum())
        .filter(pl.col("quantity") < 0)
    )
    return _none_of(
        below.height,
        term("No stock is below zero"),
        say("No position is below zero"),
        say_counted(
            "One position is below zero (%(value)s); it is counted as posted",
            "%(positions)s positions are below zero (%(value)s); they are counted as posted",
            below.height,
            positions=Count(below.height),
            value=Money(total_of(below, "value")),
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


def _none_of(count: int, expectation: Label, passed: Sentence, noted: Sentence) -> Check:
    """A check that passes where there is none of what it counts."""
    if count:
        return Check(expectation, Result.NOTED, noted)
    return Check(expectation, Result.PASSED, passed)


def _sum(rows: pl.DataFrame, column: str) -> int:
    return int(rows[column].sum() or 0) if rows.height else 0


def _without(
    facts: Facts, member: tuple[str, str], expectation: Label, passed: Sentence, noted: str
) -> Check:
    row = facts.turnover(*member)
    part = share(row.stock, facts.total.stock) if row and facts.total else None
    if row is None or not row.stock or part is None:
        return Check(expectation, Result.PASSED, passed)
    finding = say(noted, stock=Money(row.stock), share=Share(part))
    return Check(expectation, Result.NOTED, finding)


OF_DELIVERIES = (_all_delivered, _coverage, _accounted, _quarantined, _forgiven, _known_masters)
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


def rules(facts: Facts) -> tuple[Callable[[Facts], Check | None], ...]:
    """The checks that can say something: without stock none of stock passes."""
    return (*OF_DELIVERIES, *OF_STOCK) if facts.total else OF_DELIVERIES
