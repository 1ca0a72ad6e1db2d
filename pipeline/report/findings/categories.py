"""What the categories page says: slower, below a benchmark, or simply the largest and oldest."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from pipeline.report.findings.member_names import ALL, MOST_NAMES, MOSTLY, comparable
from pipeline.report.member_figures import NOUGHT, share
from pipeline.report.sentences import Count, Label, Sentence, Share, say, say_counted

if TYPE_CHECKING:  # pages are built with these rules
    from pipeline.report.pages.members import MemberLine


def categories_title(lines: Sequence["MemberLine"]) -> Sentence:
    """Categories below their benchmark; without one, slower than a year ago; else the largest."""
    if not lines:
        return say("No category has stock or movements")
    compared = [line for line in lines if line.is_below_benchmark is not None]
    if compared:
        return _benchmark_title(compared, len(lines))
    dated = comparable(lines)
    slower = sum(bool(line.is_slower) for line in dated)
    if slower and slower == len(dated):
        return say("Every category turns slower than a year ago")
    if slower:
        return say_counted(
            "One of %(all)s categories turns slower than a year ago",
            "%(count)s of %(all)s categories turn slower than a year ago",
            slower,
            all=Count(len(dated), as_word=True),
        )
    if dated:
        return say("No category turns slower than a year ago")
    return _largest_title(lines)


def _benchmark_title(compared: Sequence["MemberLine"], categories: int) -> Sentence:
    below = sum(bool(line.is_below_benchmark) for line in compared)
    if not below:
        return say_counted(
            "The one category with a benchmark reaches it",
            "All %(count)s categories with a benchmark reach it",
            len(compared),
        )
    if len(compared) == categories:
        return say_counted(
            "One of %(all)s categories is below its benchmark",
            "%(count)s of %(all)s categories are below their benchmark",
            below,
            all=Count(categories, as_word=True),
        )
    return say_counted(
        "One of %(all)s compared categories is below its benchmark",
        "%(count)s of %(all)s compared categories are below their benchmark",
        below,
        all=Count(len(compared), as_word=True),
    )


def _largest_title(lines: Sequence["MemberLine"]) -> Sentence:
    first = lines[0]
    if first.stock_share is None:
        return say("No category has stock")
    return say(
        "%(name)s holds the most stock, %(share)s of all",
        name=first.label,
        share=Share(first.stock_share, 0),
    )


def ageing_title(ages: Sequence[tuple[Label, Sequence[Decimal]]]) -> Sentence | None:
    """Where the stock older than 180 days sits."""
    old = sorted(
        ((label, sum(values[4:], NOUGHT)) for label, values in ages), key=lambda one: -one[1]
    )
    total = sum((value for _, value in old), NOUGHT)
    if not ages:
        return None
    if total <= 0:
        return say("Ageing: nothing is older than 180 days")
    top = old[:MOST_NAMES]
    held = share(sum((value for _, value in top), NOUGHT), total)
    if len(ages) <= MOST_NAMES or held is None or not MOSTLY <= held < ALL:
        whole = sum((sum(values, NOUGHT) for _, values in ages), NOUGHT)
        return say(
            "Ageing: %(share)s of stock is older than 180 days",
            share=Share(share(total, whole) or 0.0, 0),
        )
    return say(
        "Ageing: three categories hold %(share)s of the stock older than 180 days",
        share=Share(held, 0),
    )
