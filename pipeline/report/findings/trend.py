"""What the trend page says: how turnover moved, and stock beside the cost of goods sold."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise

from pipeline.report.lookup import Facts
from pipeline.report.member_figures import NOUGHT, Point
from pipeline.report.sentences import Count, Money, Sentence, Share, Turns, say, say_counted
from pipeline.report.status import change

LEAST_TURNS = 0.005
"""A smaller difference of two turnovers would read 0.00."""


def _growth_point(facts: Facts) -> Sentence | None:
    total, prior = facts.total, facts.prior("company", facts.company)
    if total is None or prior is None or prior.stock <= 0 or prior.cogs <= 0:
        return None
    if prior.reason is not None or total.reason is not None:
        return None
    stock = float(total.stock / prior.stock - 1)
    cogs = float(total.cogs / prior.cogs - 1)
    values = {"stock": Share(abs(stock)), "cogs": Share(abs(cogs))}
    if stock >= 0 and cogs >= 0:
        return say(
            "Against a year ago stock is up %(stock)s, the year's cost of goods sold up %(cogs)s.",
            **values,
        )
    if stock >= 0:
        return say(
            "Against a year ago stock is up %(stock)s, the year's cost of goods sold down "
            "%(cogs)s.",
            **values,
        )
    if cogs >= 0:
        return say(
            "Against a year ago stock is down %(stock)s, the year's cost of goods sold up "
            "%(cogs)s.",
            **values,
        )
    return say(
        "Against a year ago stock is down %(stock)s, the year's cost of goods sold down %(cogs)s.",
        **values,
    )


def trend_title(points: Sequence[Point]) -> Sentence:
    """How often turnover rose in the last twelve months."""
    year = [point.turnover for point in points[-13:]]
    known = [value for value in year if value is not None]
    if len(known) < len(year) or len(year) < 13:  # noqa: PLR2004 - twelve steps
        return _short_trend_title(known)
    steps = [after - before for before, after in pairwise(known)]
    up, down = sum(step > 0 for step in steps), sum(step < 0 for step in steps)
    if up == len(steps):
        return say("Turnover has climbed in each of the last twelve months")
    if down == len(steps):
        return say("Turnover has fallen in each of the last twelve months")
    if up >= 7:  # noqa: PLR2004 - more than half of twelve
        return say(
            "Turnover has climbed in %(months)s of the last twelve months",
            months=Count(up, as_word=True),
        )
    if down >= 7:  # noqa: PLR2004
        return say(
            "Turnover has fallen in %(months)s of the last twelve months",
            months=Count(down, as_word=True),
        )
    return say(
        "Turnover moved between %(low)s and %(high)s in the last twelve months",
        low=Turns(min(known)),
        high=Turns(max(known)),
    )


def _short_trend_title(known: Sequence[float]) -> Sentence:
    if not known:
        return say("The ledger is too short for a turnover of twelve months")
    return say_counted(
        "Turnover can be stated for one month-end so far",
        "Turnover can be stated for %(count)s month-ends so far",
        len(known),
    )


def trend_points(
    facts: Facts, points: Sequence[Point], steps: Sequence[Decimal], since: date | None
) -> tuple[Sentence, ...]:
    """What the charts of the trend page show, in words."""
    rules = (
        _growth_point(facts),
        _range_point(points),
        _steps_point(steps, since),
        _gap_point(facts),
    )
    return tuple(point for point in rules if point)


def _range_point(points: Sequence[Point]) -> Sentence | None:
    known = [point for point in points if point.turnover is not None]
    if len(known) < 3:  # noqa: PLR2004 - two points have no range
        return None
    low = min(known, key=lambda point: point.turnover or 0.0)
    high = max(known, key=lambda point: point.turnover or 0.0)
    if low.turnover is None or high.turnover is None or low.turnover == high.turnover:
        return None
    return say(
        "The lowest trailing figure was %(low)s on %(low_on)s, the highest %(high)s on "
        "%(high_on)s.",
        low=Turns(low.turnover),
        low_on=low.on,
        high=Turns(high.turnover),
        high_on=high.on,
    )


def _steps_point(steps: Sequence[Decimal], since: date | None) -> Sentence | None:
    added = sum((value for value in steps if value > 0), NOUGHT)
    taken = -sum((value for value in steps if value < 0), NOUGHT)
    if not added or not taken:
        return None
    if since:
        return say(
            "Since %(day)s %(added)s came into stock and %(taken)s left it.",
            day=since,
            added=Money(added),
            taken=Money(taken),
        )
    return say(
        "In twelve months %(added)s came into stock and %(taken)s left it.",
        added=Money(added),
        taken=Money(taken),
    )


def _gap_point(facts: Facts) -> Sentence | None:
    total = facts.total
    other = facts.turnover("company", facts.company, basis="two_point")
    if total is None or other is None or facts.policy.basis == "two_point":
        return None
    gap = change(other.turnover, total.turnover)
    if gap is None or other.turnover is None or abs(gap) < LEAST_TURNS:
        return None
    return say(
        "On opening and closing stock alone turnover would read %(other)s, a gap of %(gap)s.",
        other=Turns(other.turnover),
        gap=Turns(gap, signed=True),
    )
