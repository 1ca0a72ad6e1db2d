"""What the categories page says: slower, below a benchmark, or simply the largest and oldest."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from pipeline.metrics.dead_stock import NO_COST
from pipeline.report.findings.member_names import (
    ALL,
    CLEARLY,
    MOST_NAMES,
    MOSTLY,
    comparable,
    largest,
    names_of,
    slower_lines,
    stock_of,
)
from pipeline.report.knowledge import aged
from pipeline.report.lookup import Facts
from pipeline.report.member_figures import NOUGHT, share
from pipeline.report.sentences import (
    Count,
    Label,
    Money,
    Names,
    Sentence,
    Share,
    message,
    say,
    say_counted,
)

if TYPE_CHECKING:  # pages are built with these rules
    from pipeline.report.pages.members import MemberLine

UNCATEGORISED = "uncategorised"
UNSOLD = ("no_cogs", "only_consumed")


def categories_title(facts: Facts, lines: Sequence["MemberLine"]) -> Sentence:
    """Categories below their benchmark; without one, slower than a year ago; else the largest.

    Knows: the benchmark of those that are compared, which hold at least what policy names of the
    stock; a year ago, of those whose both years are known.  How many were compared is said.
    """
    compared = [line for line in lines if line.is_below_benchmark is not None]
    part = share(stock_of(compared), stock_of(lines))
    if compared and part is not None and part >= facts.policy.share_named:
        return _benchmark_title(compared, len(lines))
    dated = comparable(lines)
    if dated and len(lines) > 1:
        return _slower_title(facts, lines, dated)
    return _largest_title(lines)


def _benchmark_title(compared: Sequence["MemberLine"], categories: int) -> Sentence:
    below = sum(bool(line.is_below_benchmark) for line in compared)
    if not below:
        return say_counted(
            "The one category with a benchmark reaches it",
            "All %(count)s categories with a benchmark reach it",
            len(compared),
        )
    if below == len(compared):
        return say_counted(
            "The one category with a benchmark is below it",
            "All %(count)s categories with a benchmark are below it",
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


def _slower_title(
    facts: Facts, lines: Sequence["MemberLine"], dated: Sequence["MemberLine"]
) -> Sentence:
    slower = len(slower_lines(facts, lines))
    if slower == len(lines):
        return say("Every category turns slower than a year ago")
    if not slower:
        return _not_slower_title(lines, dated)
    if slower == len(dated) == 1:
        return _largest_title(lines)
    if slower == len(dated):
        return say(
            "All %(count)s categories that can be compared turn slower than a year ago",
            count=Count(slower, as_word=True),
        )
    if len(dated) == len(lines):
        return say_counted(
            "One of %(all)s categories turns slower than a year ago",
            "%(count)s of %(all)s categories turn slower than a year ago",
            slower,
            all=Count(len(dated), as_word=True),
        )
    return say_counted(
        "One of %(all)s categories that can be compared turns slower than a year ago",
        "%(count)s of %(all)s categories that can be compared turn slower than a year ago",
        slower,
        all=Count(len(dated), as_word=True),
    )


def _not_slower_title(lines: Sequence["MemberLine"], dated: Sequence["MemberLine"]) -> Sentence:
    if any(line.is_slower for line in lines):  # one too small to be told
        return _largest_title(lines)
    if len(dated) == len(lines):
        return say("No category turns slower than a year ago")
    if len(dated) == 1:
        return _largest_title(lines)
    return say(
        "None of %(count)s categories that can be compared turns slower than a year ago",
        count=Count(len(dated), as_word=True),
    )


def _largest_title(lines: Sequence["MemberLine"]) -> Sentence:
    """Who holds the most stock; silent where nothing is above zero or several hold the same."""
    if unrankable := _unrankable(lines):
        return unrankable
    first, stock = lines[0], stock_of(lines)
    if first.stock == stock and not any(line.stock for line in lines[1:]):
        return _only_title(first)
    if first.code == UNCATEGORISED:
        return say(
            "%(share)s of the stock has no category", share=Share(share(first.stock, stock) or 0, 0)
        )
    if not largest(lines, 1, stock=True):
        return say(
            "%(stock)s of stock in %(count)s categories",
            count=Count(len(lines), as_word=True),
            stock=Money(stock),
        )
    return say(
        "%(name)s holds the most stock, %(share)s of all",
        name=first.label,
        share=Share(share(first.stock, stock) or 0.0, 0),
    )


def _only_title(line: "MemberLine") -> Sentence:
    if line.code == UNCATEGORISED:
        return say("No stock has a category")
    return say("All stock is in %(name)s", name=line.label)


def _unrankable(lines: Sequence["MemberLine"]) -> Sentence | None:
    """Why nobody can say which category holds the most."""
    if not lines:
        return say("No category has stock or movements")
    costless = [line for line in lines if line.dead.reason == NO_COST]
    if len(costless) == len(lines):
        return say("The cost of each category's stock is not known")
    if costless:
        return say("Some stock has no known cost: categories are not ranked by it")
    if stock_of(lines) < 0:
        return say("Stock is below zero as a whole: no category's part of it can be stated")
    return say("No category has stock of any value") if lines[0].stock <= 0 else None


def below_every_part(facts: Facts, lines: Sequence["MemberLine"]) -> Sentence | None:
    """Why the whole turns slower than every part of it: some stock has no cost of goods sold.

    Knows: the turnover of the whole and of two parts or more.  Material: the stock that has none.
    """
    total = facts.shown("company", facts.company)
    paces = [line.turnover for line in lines if line.turnover is not None]
    least = facts.policy.material_share
    unsold = [line for line in lines if line.reason in UNSOLD]
    still = [line for line in unsold if (line.stock_share or 0.0) >= least]
    if total is None or total.turnover is None or len(paces) < 2 or not still:  # noqa: PLR2004
        return None
    if total.turnover >= min(paces):
        return None
    stock = Money(stock_of(still))
    if len(still) > MOST_NAMES:
        return say(
            "The total turns slower than every line above it: categories without cost of goods "
            "sold add %(stock)s of stock.",
            stock=stock,
        )
    return say_counted(
        "The total turns slower than every line above it: %(names)s adds %(stock)s of stock and no "
        "cost of goods sold.",
        "The total turns slower than every line above it: %(names)s add %(stock)s of stock and no "
        "cost of goods sold.",
        len(still),
        names=names_of(still),
        stock=stock,
    )


def ageing_title(
    ages: Sequence[tuple[Label, Sequence[Decimal]]],
    *,
    is_least: bool = False,
    is_part: bool = False,
) -> Sentence | None:
    """Where the stock older than 180 days sits.

    Knows: `is_least` says that undated opening stock may be older than the ledger; then shares are
    a least, and "nothing is older" is not said; `is_part` that much has no age.  Three categories
    are named if they hold most of it and the fourth clearly less.
    """
    old = sorted(((label, aged(tuple(values))) for label, values in ages), key=lambda one: -one[1])
    total = sum((value for _, value in old), NOUGHT)
    whole = sum((sum(values, NOUGHT) for _, values in ages), NOUGHT)
    if not ages or whole <= 0:
        return None
    if total <= 0:
        return _nothing_old_title(is_least=is_least, is_part=is_part)
    if named := _old_holders(old, total):
        held = share(sum((value for _, value in named), NOUGHT), total) or 0.0
        return say(
            "Ageing: %(names)s hold %(share)s of the stock older than 180 days",
            names=Names(tuple(label for label, _ in named)),
            share=Share(held, 0),
        )
    return _old_title(share(total, whole) or 0.0, is_least=is_least, is_part=is_part)


def _nothing_old_title(*, is_least: bool, is_part: bool) -> Sentence:
    if is_part:
        return say("Ageing of the stock that has an age")
    if is_least:
        return say("Ageing: how old the opening stock is was not delivered")
    return say("Ageing: nothing is older than 180 days")


def _old_title(part: float, *, is_least: bool, is_part: bool) -> Sentence:
    if is_least:
        text = message("Ageing: at least %(share)s of stock is older than 180 days")
    elif is_part:
        text = message("Ageing: %(share)s of the stock with an age is older than 180 days")
    elif part >= 1:
        return say("Ageing: all stock is older than 180 days")
    else:
        text = message("Ageing: %(share)s of stock is older than 180 days")
    return say(text, share=Share(part, 0))


def _old_holders(
    old: Sequence[tuple[Label, Decimal]], total: Decimal
) -> Sequence[tuple[Label, Decimal]]:
    top = old[:MOST_NAMES]
    if len(old) <= MOST_NAMES or old[MOST_NAMES][1] > CLEARLY * top[-1][1]:
        return ()
    held = share(sum((value for _, value in top), NOUGHT), total) or 0.0
    return top if MOSTLY <= held < ALL else ()
