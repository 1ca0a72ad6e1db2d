"""Categories: turnover against a year ago and the sector, and how old the stock is."""

from dataclasses import dataclass
from decimal import Decimal

from pipeline.report.findings.categories import ageing_title, categories_title
from pipeline.report.lookup import BUCKETS, Facts
from pipeline.report.member_figures import NO_STOCK, NOUGHT, DeadStock, Turnover, share
from pipeline.report.pages.members import MemberLine, member_lines, together
from pipeline.report.sentences import Label, Sentence

MOST_LINES = 24
"""More categories than fit a page become one line 'other categories'."""
FEW, MOST_PARTS = 6, 14
"""So few categories leave room for the parts they fall into."""


@dataclass(frozen=True)
class AgeLine:
    """Stock value of one category by days since receipt."""

    label: Label
    values: tuple[Decimal, ...]

    @property
    def total(self) -> Decimal:
        """What has an age."""
        return sum(self.values, NOUGHT)

    @property
    def old_share(self) -> float | None:
        """Older than 180 days ÷ all that has an age."""
        return share(sum(self.values[4:], NOUGHT), self.total)


@dataclass(frozen=True)
class CategoriesPage:
    """What the page shows."""

    title: Sentence
    lines: tuple[MemberLine, ...]
    others: tuple[MemberLine, ...]
    others_stock: Decimal
    others_dead: DeadStock
    total: Turnover | None
    total_prior: float | None
    total_dead: DeadStock
    ageing_title: Sentence | None
    ages: tuple[AgeLine, ...]
    unaged: Decimal
    buckets: tuple[str, ...]
    parts: tuple[MemberLine, ...]
    other_parts: tuple[MemberLine, ...]


def categories_page(facts: Facts) -> CategoriesPage:
    """The page on categories."""
    lines = member_lines(facts, "category")
    others = lines[MOST_LINES:] if len(lines) > MOST_LINES + 1 else ()
    shown = lines[: len(lines) - len(others)]
    others_stock, others_dead = together(others)
    ages = age_lines(facts, shown)
    parts = _parts(facts, lines)
    shown_parts = parts if len(parts) <= MOST_PARTS + 1 else parts[:MOST_PARTS]
    prior = facts.prior("company", facts.company)
    return CategoriesPage(
        title=categories_title(lines),
        lines=shown,
        others=others,
        others_stock=others_stock,
        others_dead=others_dead,
        total=facts.total,
        total_prior=prior.turnover if prior else None,
        total_dead=facts.dead_stock("company", facts.company) or NO_STOCK,
        ageing_title=ageing_title([(one.label, one.values) for one in ages]),
        ages=ages,
        unaged=facts.unaged,
        buckets=BUCKETS,
        parts=shown_parts,
        other_parts=parts[len(shown_parts) :],
    )


def _parts(facts: Facts, categories: tuple[MemberLine, ...]) -> tuple[MemberLine, ...]:
    """The subcategories, where there are few categories and something below them."""
    parts = member_lines(facts, "subcategory") if len(categories) <= FEW else ()
    return parts if len(parts) > len(categories) else ()


def age_lines(
    facts: Facts, lines: tuple[MemberLine, ...], dimension: str = "category"
) -> tuple[AgeLine, ...]:
    """Ages of the members listed, in their order."""
    found = (AgeLine(line.label, facts.ages(line.code, dimension)) for line in lines)
    return tuple(line for line in found if line.total > 0)
