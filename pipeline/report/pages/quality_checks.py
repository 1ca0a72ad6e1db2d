"""Checks of the data: what is expected of deliveries and balances, and what was found."""

from collections.abc import Callable

import polars as pl

from pipeline.metrics.reconciliation import differences
from pipeline.report.lookup import Facts
from pipeline.report.pages import quality_stock_checks as stock
from pipeline.report.pages.quality_check import Check, Result, none_of, sum_of
from pipeline.report.pages.quality_reconciliation import (
    absolute_difference,
    compared_positions,
    extent_of,
    tolerated_positions,
    valued_balances,
)
from pipeline.report.sentences import Count, Money, Sentence, say, say_counted, term

PARTS = ("rows_new", "rows_corrected", "rows_unchanged", "rows_quarantined", "rows_duplicate")


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


def _accounted(facts: Facts) -> Check | None:
    """Whether every row of every delivery up to the date, the masters' too, went somewhere."""
    rows = facts.given.account
    taken = Count(sum_of(rows, "rows_in"))
    if not taken.value:
        return None
    missing = taken.value - sum(sum_of(rows, part) for part in PARTS)
    expectation = term("Every delivered row is accounted for")
    if missing:
        finding = say(
            "%(missing)s of %(taken)s rows are not accounted for",
            missing=Count(missing),
            taken=taken,
        )
        return Check(expectation, Result.FAILED, finding)
    finding = say_counted(
        "%(taken)s rows of one delivery: new, corrected, unchanged, quarantined or duplicate",
        "%(taken)s rows of %(count)s deliveries: new, corrected, unchanged, quarantined or "
        "duplicate",
        sum_of(rows, "deliveries"),
        taken=taken,
    )
    return Check(expectation, Result.PASSED, finding)


def _quarantined(facts: Facts) -> Check:
    refused = sum_of(facts.given.quarantine, "first")
    return none_of(
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


def _known_masters(facts: Facts) -> Check:
    """Codes without a master row, and those whose row came and was refused."""
    unknown, refused = (sum_of(facts.given.stubs, name) for name in ("members", "refused"))
    expectation = term("Every code is in the master data")
    if refused:
        finding = say_counted(
            "One code is not in the master data; the rows of %(refused)s came and were refused",
            "%(codes)s codes are not in the master data; the rows of %(refused)s came and were "
            "refused",
            unknown,
            codes=Count(unknown),
            refused=Count(refused),
        )
        return Check(expectation, Result.NOTED, finding)
    return none_of(
        unknown,
        expectation,
        say("All items, warehouses and suppliers are known"),
        say_counted(
            "One code is not in the master data and is shown as it is",
            "%(codes)s codes are not in the master data and are shown as they are",
            unknown,
            codes=Count(unknown),
        ),
    )


def _agrees(facts: Facts) -> Check:
    compared = compared_positions(facts)
    differing = differences(compared)
    expectation = term("Ledger agrees with the ERP's balances")
    if not compared.height:
        return Check(expectation, Result.NO_DATA, say("No balances were delivered for this date"))
    if not differing.height:
        return Check(expectation, *_agreement(compared))
    return Check(expectation, Result.FAILED, _disagreement(compared, differing))


def _disagreement(compared: pl.DataFrame, differing: pl.DataFrame) -> Sentence:
    positions, value = Count(compared.height), absolute_difference(differing)
    if not value:
        return say_counted(
            "One of %(positions)s positions differs in quantity",
            "%(differing)s of %(positions)s positions differ in quantity",
            differing.height,
            differing=Count(differing.height),
            positions=positions,
        )
    return say_counted(
        "One of %(positions)s positions differs, by %(value)s",
        "%(differing)s of %(positions)s positions differ, by %(value)s in absolute terms",
        differing.height,
        differing=Count(differing.height),
        positions=positions,
        value=Money(value),
    )


def _agreement(compared: pl.DataFrame) -> tuple[Result, Sentence]:
    """How far the agreement goes: values are agreed only where the ERP delivered some."""
    positions, valued = Count(compared.height), valued_balances(compared)
    if tolerated_positions(compared):
        finding = say_counted(
            "As far as policy asks in the one position, which differs by less",
            "As far as policy asks in all %(positions)s positions; %(within)s differ by less",
            positions.value,
            positions=positions,
            within=Count(tolerated_positions(compared)),
        )
        return Result.PASSED, finding
    if valued == compared.height:
        finding = say_counted(
            "To the cent in the one position",
            "To the cent in all %(positions)s positions",
            valued,
            positions=positions,
        )
        return Result.PASSED, finding
    if not valued:
        finding = say_counted(
            "In quantity in the one position; no value was delivered",
            "In quantity in all %(positions)s positions; no values were delivered",
            positions.value,
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


def _compared(facts: Facts) -> Check | None:
    """How far the stock was compared at all; says nothing where no balance was delivered."""
    extent = extent_of(facts)
    if not extent.compared:
        return None
    expectation = term("All stock is compared with the ERP's")
    if extent.is_whole:
        return Check(expectation, Result.PASSED, say("All of it in value"))
    said = {
        "valued": Money(extent.in_value),
        "counted": Money(extent.in_quantity),
        "left": Money(extent.not_compared + extent.in_transit),
    }
    if extent.in_transit:
        finding = say(
            "In value %(valued)s, in quantity only %(counted)s, not compared %(left)s, of which "
            "goods in transit %(transit)s",
            transit=Money(extent.in_transit),
            **said,
        )
    else:
        finding = say(
            "In value %(valued)s, in quantity only %(counted)s, not compared %(left)s", **said
        )
    return Check(expectation, Result.NOTED, finding)


OF_DELIVERIES = (_all_delivered, _coverage, _accounted, _quarantined, _forgiven, _known_masters)
OF_STOCK = (stock.adds_up, _agrees, _compared, *stock.OF_STOCK)


def rules(facts: Facts) -> tuple[Callable[[Facts], Check | None], ...]:
    """The checks that can say something: without stock none of stock passes."""
    return (*OF_DELIVERIES, *OF_STOCK) if facts.total else OF_DELIVERIES


__all__ = ["Check", "Result", "rules"]
