"""Suppliers: how fast their stock turns, and how much of it no longer moves."""

from dataclasses import dataclass
from decimal import Decimal

from pipeline.report.findings.suppliers import supplier_points, suppliers_title
from pipeline.report.lookup import Facts
from pipeline.report.member_figures import NO_STOCK, NOUGHT, DeadStock
from pipeline.report.pages.categories import AgeLine, age_lines
from pipeline.report.pages.members import MemberLine, member_lines, ratio_of_sums, together
from pipeline.report.sentences import Sentence

MOST_LINES = 16
MOST_BARS = 8
FEW = 9
"""So few suppliers leave room for the age of what came from them."""
SPECIAL = ("own_production", "unattributed")


@dataclass(frozen=True)
class SuppliersPage:
    """What the page shows."""

    title: Sentence
    lines: tuple[MemberLine, ...]
    others: tuple[MemberLine, ...]
    others_stock: Decimal
    others_dead: DeadStock
    others_turnover: float | None
    others_dio: float | None
    total_stock: Decimal
    total_dead: DeadStock
    total_turnover: float | None
    total_dio: float | None
    counts_consumption: bool
    points: tuple[Sentence, ...]
    idlest: tuple[MemberLine, ...]
    ages: tuple[AgeLine, ...]


def suppliers_page(facts: Facts) -> SuppliersPage:
    """The page on suppliers: the largest, the rest as one line, then those without a deliverer."""
    lines = member_lines(facts, "supplier")
    deliverers = tuple(line for line in lines if line.code not in SPECIAL)
    special = tuple(line for line in lines if line.code in SPECIAL)
    room = MOST_LINES - len(special)
    others = deliverers[room:] if len(deliverers) > room + 1 else ()
    shown = deliverers[: len(deliverers) - len(others)]
    rows = {line.code: facts.turnover("supplier", line.code) for line in lines}
    others_stock, others_dead = together(others)
    others_turnover, others_dio = ratio_of_sums(
        [row for line in others if (row := rows[line.code])], facts.policy.days_per_year
    )
    total_turnover, total_dio = ratio_of_sums(
        [row for row in rows.values() if row], facts.policy.days_per_year
    )
    total_stock, total_dead = together(lines)
    return SuppliersPage(
        title=suppliers_title(deliverers, total_stock, total_dead),
        lines=(*shown, *special),
        others=others,
        others_stock=others_stock,
        others_dead=others_dead,
        others_turnover=others_turnover,
        others_dio=others_dio,
        total_stock=total_stock,
        total_dead=total_dead if lines else NO_STOCK,
        total_turnover=total_turnover,
        total_dio=total_dio,
        counts_consumption=any(row.consumption != NOUGHT for row in rows.values() if row),
        points=supplier_points(lines, deliverers, total_dead),
        idlest=_idlest(lines),
        ages=age_lines(facts, lines, "supplier") if len(lines) <= FEW else (),
    )


def _idlest(lines: tuple[MemberLine, ...]) -> tuple[MemberLine, ...]:
    """The lines with the most dead and slow stock, ties by code."""
    idle = (line for line in lines if line.dead.idle > 0 and line.stock > 0)
    return tuple(sorted(idle, key=lambda line: (-line.dead.idle, line.code))[:MOST_BARS])
