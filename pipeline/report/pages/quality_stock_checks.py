"""Checks of the stock: whether it adds up, has its cost, arrived, has a category and a supplier."""

import polars as pl

from pipeline.metrics.dead_stock import NO_COST
from pipeline.report.findings.missing_turnover import without_stock
from pipeline.report.inputs import FLOWS
from pipeline.report.lookup import Facts
from pipeline.report.member_figures import share
from pipeline.report.pages.quality_check import Check, Result, none_of, sum_of
from pipeline.report.pages.quality_reconciliation import broken_positions, total_of
from pipeline.report.sentences import (
    Count,
    Label,
    Money,
    Sentence,
    Share,
    Turns,
    message,
    say,
    say_counted,
    term,
)

TRANSFERS = tuple(kind for kind in FLOWS if kind.startswith("transfer"))


def adds_up(facts: Facts) -> Check | None:
    """Whether opening and movements make the closing, position by position."""
    positions = facts.given.reconciliation.height
    if not positions:
        return None
    broken = broken_positions(facts)
    expectation = term("Opening + movements = closing")
    if not broken:
        finding = say_counted(
            "Holds in the one position",
            "Holds in all %(positions)s positions",
            positions,
            positions=Count(positions),
        )
        return Check(expectation, Result.PASSED, finding)
    finding = say(
        "Does not hold in %(broken)s of %(positions)s positions",
        broken=Count(broken),
        positions=Count(positions),
    )
    return Check(expectation, Result.FAILED, finding)


def costed(facts: Facts) -> Check:
    """Whether movements have a cost, and which items lack one for good."""
    rows = facts.given.estimates
    expectation = term("Every movement has a posted cost")
    if sum_of(rows, "missing"):
        return Check(expectation, Result.FAILED, _without_cost(rows))
    estimated = sum_of(rows, "movements")
    return none_of(estimated, expectation, say("No value is estimated"), _estimated(facts))


def _estimated(facts: Facts) -> Sentence:
    """How much is estimated, and what turnover is without the items that have such movements."""
    rows = facts.given.estimates
    movements, turnover = sum_of(rows, "movements"), _without_estimates(facts)
    values: dict[str, Count | Money] = {
        "movements": Count(movements),
        "value": Money(total_of(rows, "value")),
        "cogs": Money(total_of(rows, "cogs")),
    }
    if turnover is None:
        return say_counted(
            "One movement (%(value)s) is valued at the last known cost; %(cogs)s of it is in the "
            "cost of goods sold of the twelve months",
            "%(movements)s movements (%(value)s in all, each without its sign) are valued at the "
            "last known cost; %(cogs)s of it is in the cost of goods sold of the twelve months",
            movements,
            **values,
        )
    return say_counted(
        "One movement (%(value)s) is valued at the last known cost; %(cogs)s of it is in the "
        "cost of goods sold of the twelve months; without its item, turnover is %(turnover)s",
        "%(movements)s movements (%(value)s in all, each without its sign) are valued at the last "
        "known cost; %(cogs)s of it is in the cost of goods sold of the twelve months; without "
        "their items, turnover is %(turnover)s",
        movements,
        **values,
        turnover=Turns(turnover),
    )


def _without_estimates(facts: Facts) -> float | None:
    """Turnover of the items without an estimate; none where it, or that of all, is unknown."""
    rows = facts.given.unestimated
    if rows.is_empty() or facts.total is None or not facts.total.turnover:
        return None
    cogs, average = rows["cogs"][0], rows["average_inventory"][0]
    return float(cogs) / average if cogs and average and cogs > 0 and average > 0 else None


def _without_cost(rows: pl.DataFrame) -> Sentence:
    """How many movements of how many items lack a cost, and some of the items by code."""
    missing, items = sum_of(rows, "missing"), sum_of(rows, "missing_items")
    codes = ", ".join(code for code in rows["missing_skus"].drop_nulls())
    said: dict[str, Count | str] = {"missing": Count(missing), "codes": codes}
    if items > 1:
        return say(
            "%(missing)s movements of %(items)s items (%(codes)s) have no cost at all; ratios that "
            "need them are not shown",
            items=Count(items),
            **said,
        )
    return say_counted(
        "One movement of %(codes)s has no cost at all; ratios that need it are not shown",
        "%(missing)s movements of %(codes)s have no cost at all; ratios that need them are not "
        "shown",
        missing,
        **said,
    )


def plausible(facts: Facts) -> Check | None:
    """Whether what companies post as cost of sales is their revenue in disguise."""
    rows = facts.given.plausibility
    if rows.is_empty():
        return None
    expectation = term("Cost of sales is no revenue in disguise")
    disguised = rows.filter("is_disguised").sort("company")
    lines = sum_of(rows, "lines")
    if not lines:
        return Check(expectation, Result.NO_DATA, say("No order line was delivered"))
    if disguised.is_empty():
        finding = say("Holds for %(lines)s order lines", lines=Count(lines))
        return Check(expectation, Result.PASSED, finding)
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


def arrived(facts: Facts) -> Check:
    """Whether goods that left one warehouse came to the other in time."""
    rows = facts.given.unpaired_transfers
    open_ones = sum_of(rows, "transfers")
    expectation = term("Transfers arrive within 30 days")
    if not open_ones and not _has_transfers(facts):
        return Check(expectation, Result.NO_DATA, say("No transfer was posted in 24 months"))
    return none_of(
        open_ones,
        expectation,
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


def _has_transfers(facts: Facts) -> bool:
    days = facts.given.daily
    return any(days.filter(pl.col(kind) != 0).height for kind in TRANSFERS)


def not_negative(facts: Facts) -> Check:
    """Whether less was sold on paper than there was."""
    below = (
        facts.given.stock_status.group_by("company", "sku", "warehouse")
        .agg(pl.col("quantity").sum(), pl.col("value").sum())
        .filter(pl.col("quantity") < 0)
    )
    return none_of(
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


def categorised(facts: Facts) -> Check:
    """How much stock has no category."""
    return _without(
        facts,
        ("category", "uncategorised"),
        term("Every item has a category"),
        say("All stock is in a category"),
        (
            message("%(stock)s of stock (%(share)s) is uncategorised"),
            message("%(stock)s of stock is uncategorised"),
        ),
    )


def attributed(facts: Facts) -> Check:
    """How much stock nobody is known to have delivered."""
    return _without(
        facts,
        ("supplier", "unattributed"),
        term("Every unit has a supplier"),
        say("All stock is attributed to a supplier or to own production"),
        (
            message("%(stock)s of stock (%(share)s) is unattributed"),
            message("%(stock)s of stock is unattributed"),
        ),
    )


def _without(
    facts: Facts,
    member: tuple[str, str],
    expectation: Label,
    passed: Sentence,
    noted: tuple[str, str],
) -> Check:
    """What stands under `member`; of stock whose cost nobody knows nothing can be said."""
    whole = facts.dead_stock("company", facts.company)
    if whole is None or not (whole.value or whole.reason == NO_COST):
        return Check(expectation, Result.NO_DATA, without_stock(facts))
    if whole.is_costless:
        return Check(expectation, Result.NO_DATA, say("The cost of the stock is not known"))
    if whole.reason == NO_COST:
        return Check(expectation, Result.NO_DATA, say("The cost of some stock is not known"))
    row = facts.turnover(*member)
    if row is None or not row.stock:
        return Check(expectation, Result.PASSED, passed)
    part = share(row.stock, whole.value)
    if part is None or part < 0:
        return Check(expectation, Result.NOTED, say(noted[1], stock=Money(row.stock)))
    finding = say(noted[0], stock=Money(row.stock), share=Share(part))
    return Check(expectation, Result.NOTED, finding)


OF_STOCK = (costed, plausible, arrived, not_negative, categorised, attributed)
