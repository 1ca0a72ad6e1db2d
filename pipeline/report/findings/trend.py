"""What the trend page says: how turnover moved, and stock beside the cost of goods sold."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import dropwhile, pairwise

from pipeline.report.findings.missing_turnover import missing_title
from pipeline.report.lookup import Facts
from pipeline.report.member_figures import NOUGHT, Point, Turnover
from pipeline.report.number_format import rounded
from pipeline.report.sentences import (
    Count,
    Money,
    Sentence,
    Share,
    Turns,
    say,
    say_counted,
)
from pipeline.report.status import TURNS_DECIMALS, change, direction

LEAST_TURNS = 0.005
"""A smaller difference of two turnovers would read 0.00."""
SHARE_DECIMALS = 3
"""A tenth of a percent, as shares are printed."""
STEPS = 12
MOST_POINTS = 4
MORE_THAN_HALF = 7


def _growth_point(facts: Facts) -> Sentence | None:
    """How stock and cost of goods sold changed against a year ago.

    Knows: both years whole, their costs and stock above zero.
    """
    total, prior = facts.total, facts.prior("company", facts.company)
    if total is None or prior is None or total.reason is not None or prior.reason is not None:
        return None
    if min(total.stock, prior.stock, total.cogs, prior.cogs) <= 0:
        return None
    stock, cogs = total.stock / prior.stock - 1, total.cogs / prior.cogs - 1
    if not _can_see(stock) and not _can_see(cogs):
        return say("Stock and the year's cost of goods sold are as good as a year ago.")
    if not _can_see(stock):
        return say(
            "Against a year ago: stock as good as unchanged, the year's cost of goods sold "
            "%(cogs)s.",
            cogs=Share(float(cogs), signed=True),
        )
    if not _can_see(cogs):
        return say(
            "Against a year ago: stock %(stock)s, the year's cost of goods sold as good as "
            "unchanged.",
            stock=Share(float(stock), signed=True),
        )
    return say(
        "Against a year ago: stock %(stock)s, the year's cost of goods sold %(cogs)s.",
        stock=Share(float(stock), signed=True),
        cogs=Share(float(cogs), signed=True),
    )


def _can_see(part: Decimal) -> bool:
    """Whether anything of a change is left once it is printed in percent."""
    return bool(rounded(part, SHARE_DECIMALS))


def trend_title(points: Sequence[Point]) -> Sentence:
    """How often turnover rose in the last twelve months.

    Knows: thirteen month-ends; where some are missing, the reason of the newest is said, or how
    many are known.  A step counts if it can be seen at two decimals.
    """
    year = list(dropwhile(lambda point: point.reason == "short_history", points[-STEPS - 1 :]))
    known = [point.turnover for point in year if point.turnover is not None]
    if not year or year[-1].turnover is None:
        return missing_title(year[-1].reason if year else "short_history")
    if len(known) < len(year):
        return _gaps_title(len(known), len(year))
    if len(year) <= STEPS:
        return say_counted(
            "Turnover can be stated for one month-end so far",
            "Turnover can be stated for %(count)s month-ends so far",
            len(known),
        )
    return _moves_title(known)


def _gaps_title(known: int, months: int) -> Sentence:
    return say_counted(
        "Turnover can be stated for one of the last %(months)s month-ends",
        "Turnover can be stated for %(count)s of the last %(months)s month-ends",
        known,
        months=Count(months, as_word=True),
    )


def _moves_title(known: Sequence[float]) -> Sentence:
    shown = [rounded(value, TURNS_DECIMALS) for value in known]
    steps = [after - before for before, after in pairwise(shown)]
    up, down = sum(step > 0 for step in steps), sum(step < 0 for step in steps)
    if up == len(steps):
        return say("Trailing turnover has climbed in each of the last twelve months")
    if down == len(steps):
        return say("Trailing turnover has fallen in each of the last twelve months")
    if up >= MORE_THAN_HALF:
        return say(
            "Trailing turnover has climbed in %(months)s of the last twelve months",
            months=Count(up, as_word=True),
        )
    if down >= MORE_THAN_HALF:
        return say(
            "Trailing turnover has fallen in %(months)s of the last twelve months",
            months=Count(down, as_word=True),
        )
    if min(shown) == max(shown):
        return say(
            "Trailing turnover stood at %(turnover)s in the last twelve months",
            turnover=Turns(known[-1]),
        )
    return say(
        "Trailing turnover moved between %(low)s and %(high)s in the last twelve months",
        low=Turns(min(known)),
        high=Turns(max(known)),
    )


def trend_points(
    facts: Facts,
    points: Sequence[Point],
    steps: tuple[Mapping[str, Decimal], date | None],
    stages: Sequence[Turnover] = (),
) -> tuple[Sentence, ...]:
    """What the charts of the trend page show, in words; at most four."""
    moved, since = steps
    rules = (
        _growth_point(facts),
        _range_point(points),
        _moved_point(moved, since) if facts.total and facts.total.reason != "no_cost" else None,
        _stages_point(facts, stages),
        _gap_point(facts),
    )
    return tuple(point for point in rules if point)[:MOST_POINTS]


def _range_point(points: Sequence[Point]) -> Sentence | None:
    """The lowest and the highest trailing figure.

    Knows: three month-ends or more, the newest among them; they differ at two decimals.
    """
    known = [point for point in points if point.turnover is not None]
    if len(known) < 3 or points[-1].turnover is None:  # noqa: PLR2004 - two points have no range
        return None
    low = min(known, key=lambda point: point.turnover or 0.0)
    high = max(known, key=lambda point: point.turnover or 0.0)
    if (high.turnover or 0.0) - (low.turnover or 0.0) < LEAST_TURNS:
        return None
    return say(
        "The lowest trailing figure was %(low)s on %(low_on)s, the highest %(high)s on "
        "%(high_on)s.",
        low=Turns(low.turnover or 0.0),
        low_on=low.on,
        high=Turns(high.turnover or 0.0),
        high_on=high.on,
    )


def _moved_point(moved: Mapping[str, Decimal], since: date | None) -> Sentence | None:
    """What was bought and sold, and apart from it what production made and used.

    Knows: the cost of every movement.  Openings, transfers and revaluations are no inflow.  Silent
    without purchases or without sales.
    """
    bought, sold = moved.get("Receipts", NOUGHT), -moved.get("Cost of goods sold", NOUGHT)
    made, used = moved.get("Production", NOUGHT), -moved.get("Consumption", NOUGHT)
    if bought <= 0 or sold <= 0:
        return None
    values = {"bought": Money(bought), "sold": Money(sold)}
    if made > 0 and used > 0:
        values |= {"made": Money(made), "used": Money(used)}
        return _with_production(values, since)
    if since:
        return say(
            "Since %(day)s goods for %(bought)s were received and for %(sold)s sold, at cost.",
            day=since,
            **values,
        )
    return say(
        "In twelve months goods for %(bought)s were received and for %(sold)s sold, at cost.",
        **values,
    )


def _with_production(values: Mapping[str, Money], since: date | None) -> Sentence:
    if since:
        return say(
            "Since %(day)s goods for %(bought)s were received and for %(sold)s sold, at cost; "
            "production used %(used)s and brought in %(made)s.",
            day=since,
            **values,
        )
    return say(
        "In twelve months goods for %(bought)s were received and for %(sold)s sold, at cost; "
        "production used %(used)s and brought in %(made)s.",
        **values,
    )


def _stages_point(facts: Facts, stages: Sequence[Turnover]) -> Sentence | None:
    """Why stages can each turn faster than the whole: they count consumption, it does not.

    Knows: the turnover of the whole and of two stages or more, one of them used in production.
    """
    paces = [row.turnover for row in stages if row.turnover is not None]
    total = facts.shown("company", facts.company)
    if total is None or total.turnover is None or len(paces) < 2:  # noqa: PLR2004
        return None
    if total.turnover >= min(paces) or not any(row.consumption for row in stages):
        return None
    return say(
        "Every stage turns faster than the whole: raw material and work in progress also count "
        "consumption in production, the whole counts cost of goods sold only."
    )


def _gap_point(facts: Facts) -> Sentence | None:
    """What opening and closing stock alone would have said; both known, and not the headline.

    Material: a gap beyond the noise band.
    """
    total = facts.total
    other = facts.turnover("company", facts.company, basis="two_point")
    if total is None or other is None or facts.policy.basis == "two_point":
        return None
    gap = change(other.turnover, total.turnover)
    if gap is None or other.turnover is None:
        return None
    if not direction(other.turnover, total.turnover, facts.policy.noise):
        return None
    return say(
        "On opening and closing stock alone turnover would read %(other)s, a gap of %(gap)s.",
        other=Turns(other.turnover),
        gap=Turns(gap, signed=True),
    )
