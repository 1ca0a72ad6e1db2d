"""Categories: turnover against a year ago and the sector, and how old the stock is."""

from dataclasses import dataclass
from decimal import Decimal

from pipeline.report.findings.categories import ageing_title, below_every_part, categories_title
from pipeline.report.lookup import BUCKETS, Facts
from pipeline.report.member_figures import NO_STOCK, NOUGHT, DeadStock, Speed, Turnover, share
from pipeline.report.pages.members import MemberLine, member_lines, speed_of, together
from pipeline.report.sentences import Label, Money, Sentence, say

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
    total_note: Sentence | None
    lines: tuple[MemberLine, ...]
    others: tuple[MemberLine, ...]
    others_stock: Decimal
    others_dead: DeadStock
    others_speed: Speed
    total: Turnover | None
    total_prior: float | None
    total_dead: DeadStock
    ageing_title: Sentence | None
    ages: tuple[AgeLine, ...]
    unaged: Decimal
    unaged_note: Sentence | None
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
        title=categories_title(facts, lines),
        total_note=below_every_part(facts, lines),
        lines=shown,
        others=others,
        others_stock=others_stock,
        others_dead=others_dead,
        others_speed=speed_of(facts, "category", others),
        total=facts.shown("company", facts.company),
        total_prior=prior.turnover if prior else None,
        total_dead=facts.dead_stock("company", facts.company) or NO_STOCK,
        ageing_title=ageing_title(
            [(one.label, one.values) for one in age_lines(facts, lines)],
            is_least=facts.opened_within_180_days,
            is_part=facts.is_material(facts.below_zero),
        ),
        ages=ages,
        unaged=facts.below_zero + facts.valuation,
        unaged_note=_unaged_note(facts),
        buckets=BUCKETS,
        parts=shown_parts,
        other_parts=parts[len(shown_parts) :],
    )


def _parts(facts: Facts, categories: tuple[MemberLine, ...]) -> tuple[MemberLine, ...]:
    """The subcategories, where there are few categories and something below them."""
    parts = member_lines(facts, "subcategory") if len(categories) <= FEW else ()
    return parts if len(parts) > len(categories) else ()


def _unaged_note(facts: Facts) -> Sentence | None:
    """What has no age, each kind by its name; material."""
    below, valuation = facts.below_zero, facts.valuation
    kinds = (facts.is_material(below), facts.is_material(valuation))
    values = {"below": Money(below), "valuation": Money(valuation)}
    if all(kinds):
        return say(
            "Without an age: %(below)s of stock below zero and %(valuation)s of valuation "
            "differences.",
            **values,
        )
    if kinds[0]:
        return say("Without an age: %(below)s of stock below zero.", below=Money(below))
    if kinds[1]:
        return say(
            "Without an age: %(valuation)s of valuation differences.", valuation=Money(valuation)
        )
    return None


def age_lines(
    facts: Facts, lines: tuple[MemberLine, ...], dimension: str = "category"
) -> tuple[AgeLine, ...]:
    """Ages of the members listed, in their order."""
    found = (AgeLine(line.label, facts.ages(line.code, dimension)) for line in lines)
    return tuple(line for line in found if line.total > 0)
