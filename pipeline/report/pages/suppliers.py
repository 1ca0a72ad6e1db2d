"""Suppliers: how fast their stock turns, and how much of it no longer moves."""

from dataclasses import dataclass
from decimal import Decimal

from pipeline.report.findings.suppliers import supplier_points, suppliers_title
from pipeline.report.lookup import Facts
from pipeline.report.member_figures import NO_STOCK, NOUGHT, DeadStock, Speed
from pipeline.report.pages.categories import AgeLine, age_lines
from pipeline.report.pages.members import MemberLine, member_lines, speed_of, together
from pipeline.report.sentences import Sentence

MOST_LINES = 16
MOST_BARS = 8
FEW = 9
"""So few suppliers leave room for the age of what came from them."""
MOST_DEAD = 4
"""So many with the most dead stock have a line, however little stock they hold."""
SPECIAL = ("own_production", "unattributed")


@dataclass(frozen=True)
class SuppliersPage:
    """What the page shows."""

    title: Sentence
    lines: tuple[MemberLine, ...]
    others: tuple[MemberLine, ...]
    others_stock: Decimal
    others_dead: DeadStock
    others_speed: Speed
    total_stock: Decimal
    total_dead: DeadStock
    total_speed: Speed
    counts_consumption: bool
    points: tuple[Sentence, ...]
    idlest: tuple[MemberLine, ...]
    ages: tuple[AgeLine, ...]


def suppliers_page(facts: Facts) -> SuppliersPage:
    """The page on suppliers: the largest, the rest as one line, then those without a deliverer."""
    lines = member_lines(facts, "supplier")
    deliverers = tuple(line for line in lines if line.code not in SPECIAL)
    special = tuple(line for line in lines if line.code in SPECIAL)
    shown = _shown(deliverers, MOST_LINES - len(special))
    others = tuple(line for line in deliverers if line not in shown)
    rows = {line.code: facts.shown("supplier", line.code) for line in lines}
    others_stock, others_dead = together(others)
    total_stock, total_dead = together(lines)
    return SuppliersPage(
        title=suppliers_title(facts, lines, deliverers),
        lines=(*shown, *special),
        others=others,
        others_stock=others_stock,
        others_dead=others_dead,
        others_speed=speed_of(facts, "supplier", others),
        total_stock=total_stock,
        total_dead=total_dead if lines else NO_STOCK,
        total_speed=speed_of(facts, "supplier", lines),
        counts_consumption=any(row.consumption != NOUGHT for row in rows.values() if row),
        points=supplier_points(facts, lines, deliverers),
        idlest=_idlest(lines),
        ages=age_lines(facts, lines, "supplier") if len(lines) <= FEW else (),
    )


def _shown(deliverers: tuple[MemberLine, ...], room: int) -> tuple[MemberLine, ...]:
    """The largest by stock, and those with the most dead stock, in the order of their stock."""
    if len(deliverers) <= room + 1:
        return deliverers
    dead = sorted(
        (line for line in deliverers if line.dead.dead > 0),
        key=lambda line: (-line.dead.dead, line.code),
    )[:MOST_DEAD]
    largest = [line for line in deliverers if line not in dead][: room - len(dead)]
    return tuple(line for line in deliverers if line in dead or line in largest)


def _idlest(lines: tuple[MemberLine, ...]) -> tuple[MemberLine, ...]:
    """The lines with the most dead and slow stock, ties by code."""
    idle = (line for line in lines if line.dead.idle > 0 and line.stock > 0)
    return tuple(sorted(idle, key=lambda line: (-line.dead.idle, line.code))[:MOST_BARS])
