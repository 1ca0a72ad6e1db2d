"""What is judged of the last day before anything of it goes out, each check with what it saw.

`release_gate` finds why something must be held; a verdict says it in words, with count and money,
and says so too where there was nothing to look at: such a check has not passed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from pipeline.metrics.reconciliation import PARTS
from pipeline.settings import GROUP
from pipeline.stages import erp_agreement, release_gate
from pipeline.stages.as_of import coverages
from pipeline.stages.release_gate import (
    AGREES,
    GAPS,
    MISSING,
    REFUSED_DELIVERY,
    REFUSED_ROWS,
    Blocker,
)
from pipeline.warehouse import STOOD, Warehouse, refused_rows
from pipeline.wording import counted

GATE = "reports_may_go_out"
LEDGER, RECONCILIATION = "canonical/stock_movement", "metrics/reconciliation"
NOT_JUDGED = "Not judged"
MOST_SHOWN = 20
ROLLED = " + ".join(f"value_{part}" for part in PARTS)


@dataclass(frozen=True)
class Check:
    """A check: the table it judges, and what it asks."""

    name: str
    asset: str
    about: str


CHECKS = (
    Check(MISSING, LEDGER, "Every expected delivery has come, or a later window covers its day"),
    Check(REFUSED_DELIVERY, LEDGER, "No delivery was refused as a whole"),
    Check(REFUSED_ROWS, LEDGER, "No delivery has more refused rows than the site allows"),
    Check(
        GAPS,
        RECONCILIATION,
        "Opening and movements give the closing, per company, warehouse and SKU",
    ),
    Check(AGREES, RECONCILIATION, "The ledger's balance is the ERP's own, where it delivered one"),
    Check(
        GATE,
        RECONCILIATION,
        "Nothing holds a report of the day; where everything is held, the run ends here",
    ),
)


@dataclass(frozen=True)
class Verdict:
    """What one check came to, of one day."""

    check: str
    day: str
    passed: bool
    words: str
    held: tuple[str, ...] = ()
    stops: bool = False  # nothing at all may go out
    shown: tuple[dict[str, str], ...] = ()


def verdicts(
    warehouse: Warehouse, as_of: date, found: Sequence[Blocker], differing: pl.DataFrame
) -> list[Verdict]:
    """What every check came to, in the order of `CHECKS`."""
    stops = release_gate.holds_all(warehouse.site, found)
    saw = {
        MISSING: _expected(warehouse, as_of),
        REFUSED_DELIVERY: _taken_in(warehouse),
        REFUSED_ROWS: _refused(warehouse, as_of),
        GAPS: _adding_up(warehouse, as_of),
        AGREES: _agreeing(warehouse, as_of, differing),
    }
    judged = [
        _verdict(name, as_of, seen, [each for each in found if each.check == name], stops=stops)
        for name, seen in saw.items()
    ]
    return [*judged, _gate(as_of, found, stops=stops)]


@dataclass(frozen=True)
class _Seen:
    """What a check looked at: whether it was anything, whether it is well, and in words."""

    words: str
    is_anything: bool = True
    is_well: bool = True
    shown: tuple[dict[str, str], ...] = ()


def _nothing(why: str) -> _Seen:
    return _Seen(f"{NOT_JUDGED}: {why}", is_anything=False)


def _verdict(
    name: str, as_of: date, seen: _Seen, mine: Sequence[Blocker], *, stops: bool
) -> Verdict:
    return Verdict(
        name,
        as_of.isoformat(),
        passed=seen.is_anything and seen.is_well and not mine,
        words=_sentences([*_lines(mine), seen.words]),
        held=tuple(sorted({each.company for each in mine})),
        stops=stops and bool(mine),
        shown=seen.shown,
    )


def _gate(as_of: date, found: Sequence[Blocker], *, stops: bool) -> Verdict:
    held = sorted(release_gate.held(found))
    what = "no report" if stops else f"no report of {_named(held)}"
    head = f"Of {as_of} {what} may go out:" if found else f"Nothing holds the reports of {as_of}"
    words = _sentences([head, *_lines(found)])
    return Verdict(GATE, as_of.isoformat(), not found, words, tuple(held), stops=stops)


def _named(companies: Sequence[str]) -> str:
    """Companies as a sentence names them."""
    return ", ".join("the group" if each == GROUP else each for each in companies)


def _sentences(lines: Sequence[str]) -> str:
    """Lines that can be read where they run into one another, as they do on a page."""
    return "\n".join(line if line[-1] in ":." else f"{line}." for line in lines)


def _lines(found: Sequence[Blocker]) -> list[str]:
    return [each.words for each in found]


# ---------------------------------------------------------------- what each of them saw


def _expected(warehouse: Warehouse, as_of: date) -> _Seen:
    site = warehouse.site
    reached = coverages(warehouse, site, as_of)
    asked = [each.name for each in site.companies if each.expected != "none"]
    if not asked:
        return _nothing('site.toml expects extracts of no company on set days (expected = "none")')
    missing = sum(len(reached[name].missing) for name in asked)
    silent = [name for name in asked if reached[name].through is None]
    if missing or silent:
        never = f"; {_named(silent)} delivered nothing yet" if silent else ""
        return _Seen(f"Expected extracts missing up to {as_of}: {missing}{never}", is_well=False)
    return _Seen(f"Every extract expected up to {as_of} has come, of {_named(asked)}")


def _taken_in(warehouse: Warehouse) -> _Seen:
    count = warehouse.value(
        "SELECT count(*) FROM (SELECT DISTINCT company, delivery_no FROM canonical.delivery)"
    )
    if not count:
        return _nothing("no delivery is in the ledger yet")
    return _Seen(f"Deliveries in the ledger: {count:,}")


def _refused(warehouse: Warehouse, as_of: date) -> _Seen:
    delivered = warehouse.value("SELECT sum(rows_in) FROM canonical.delivery")
    if not delivered:
        return _nothing("no row was delivered yet")
    rows, worth = warehouse.rows(
        f"SELECT count(*), sum(value) FROM ({refused_rows(STOOD)})", {"as_of": as_of}
    )[0]
    money = f", worth {_money(warehouse, worth)}" if worth is not None else ""
    return _Seen(f"Refused rows that stand: {rows:,} of {int(delivered):,} delivered{money}")


def _adding_up(warehouse: Warehouse, as_of: date) -> _Seen:
    sums = _sums(
        warehouse,
        as_of,
        "count(*) FILTER (NOT adds_up), "
        f"coalesce(sum(abs({ROLLED} - value_closing)) FILTER (NOT adds_up), 0)",
    )
    if sums is None:
        return _nothing(f"no position has figures of {as_of}")
    positions, gaps, worth = sums
    if gaps:
        money = _money(warehouse, worth)
        return _Seen(f"Positions that do not add up: {gaps:,} of {positions:,}, by {money} in all")
    return _Seen(f"Positions of which opening and movements give the closing: all {positions:,}")


def _agreeing(warehouse: Warehouse, as_of: date, differing: pl.DataFrame) -> _Seen:
    compared = "erp_quantity IS NOT NULL OR erp_value IS NOT NULL"
    sums = _sums(
        warehouse,
        as_of,
        f"count(*) FILTER (WHERE {compared}), "
        f"coalesce(sum(abs(value_closing)) FILTER (WHERE {compared}), 0), "
        "coalesce(sum(abs(value_closing)), 0)",
    )
    if sums is None or not sums[1]:
        return _nothing(f"no company delivered its ERP's own balance of {as_of}")
    positions, many, value, whole = sums
    share = f" with {value / whole:.1%} of the stock's value" if whole else ""
    reach = (
        f"Compared with the ERP's own balance: {many:,} of {counted(positions, 'position')}{share}"
    )
    if differing.is_empty():
        return _Seen(f"{reach}; none differs by more than policy tolerates")
    money = warehouse.site.settings.site.currency
    words = [*erp_agreement.in_words(differing, money), reach]
    return _Seen(_sentences(words), is_well=False, shown=_as_text(differing.head(MOST_SHOWN)))


def _sums(warehouse: Warehouse, as_of: date, wanted: str) -> tuple[Any, ...] | None:
    """How many positions a day's reconciliation has, and sums over them; None: it has none."""
    if not warehouse.has("metrics.reconciliation"):
        return None
    row = warehouse.rows(
        f"SELECT count(*), {wanted} FROM metrics.reconciliation WHERE as_of = $as_of",
        {"as_of": as_of},
    )[0]
    return row if row[0] else None


def _money(warehouse: Warehouse, amount: Decimal) -> str:
    return f"{warehouse.site.settings.site.currency} {amount:,.2f}"


def _as_text(rows: pl.DataFrame) -> tuple[dict[str, str], ...]:
    """Rows as the night's record keeps them."""
    return tuple(
        {name: "" if cell is None else str(cell) for name, cell in row.items()}
        for row in rows.iter_rows(named=True)
    )
