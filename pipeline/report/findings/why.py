"""What the page on the change says: whether outflow or stock did it, and which part most."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from pipeline.report.findings.member_names import CLEARLY
from pipeline.report.lookup import Facts
from pipeline.report.number_format import rounded
from pipeline.report.sentences import Money, Sentence, Share, Turns, message, say
from pipeline.report.status import TURNS_DECIMALS, direction

if TYPE_CHECKING:  # the page is built with these rules
    from pipeline.report.pages.why import AmountLine, ChangeTable, TurnsBridge

CAUSES = {
    (True, True): message(
        "Turnover rose by %(change)s: cost of goods sold rose, average stock fell"
    ),
    (True, False): message("Turnover rose by %(change)s: cost of goods sold grew more than stock"),
    (False, True): message("Turnover rose by %(change)s: stock fell more than cost of goods sold"),
}
FALLS = {
    (False, False): message(
        "Turnover fell by %(change)s: cost of goods sold fell, average stock rose"
    ),
    (True, False): message("Turnover fell by %(change)s: stock grew more than cost of goods sold"),
    (False, True): message("Turnover fell by %(change)s: cost of goods sold fell more than stock"),
}
"""By whether more was sold, and whether less was held."""


def why_title(facts: Facts, year: "TurnsBridge") -> Sentence:
    """Which of outflow and stock moved turnover against a year ago.

    Knows: both turnovers.  Material: a change beyond the noise of policy that shows at two
    decimals; an effect that shows at none counts as the smaller one.
    """
    moved = direction(year.now, year.before, facts.policy.noise)
    if not moved:
        return say("Turnover is as good as a year ago, whatever its parts did")
    signs = (_helps(year.cogs_effect, moved), _helps(year.inventory_effect, moved))
    texts = CAUSES if moved > 0 else FALLS
    return say(texts[signs], change=Turns(abs(year.change)))


def _helps(effect: float, moved: int) -> bool:
    """Whether an effect raised turnover; one of nought went along with neither."""
    return effect > 0 if rounded(effect, TURNS_DECIMALS) else moved < 0


def why_readings(
    facts: Facts,
    bridges: tuple["TurnsBridge", "TurnsBridge | None"],
    amounts: Sequence["AmountLine"],
    tied: Decimal | None,
    tables: Sequence["ChangeTable"],
) -> tuple[Sentence, ...]:
    """What stands beside the bridge; at most four."""
    year, month = bridges
    rules = (
        _amounts_point(amounts),
        _tied_point(facts, tied),
        _mix_point(tables),
        _most_point(facts, year, tables),
        _month_point(month),
    )
    return tuple(point for point in rules if point)[:4]


def _amounts_point(amounts: Sequence["AmountLine"]) -> Sentence | None:
    """How cost of goods sold and average stock of the year changed; knows both years."""
    outflow, stock = (line.growth for line in amounts)
    if outflow is None or stock is None or not (_shows(outflow) or _shows(stock)):
        return None
    return say(
        "Against the year before: cost of goods sold %(cogs)s, average stock %(stock)s.",
        cogs=Share(outflow, signed=True),
        stock=Share(stock, signed=True),
    )


def _shows(growth: float) -> bool:
    return bool(rounded(growth, 3))


def _tied_point(facts: Facts, tied: Decimal | None) -> Sentence | None:
    """What the change means in stock; material."""
    if tied is None or not facts.is_material(tied):
        return None
    if tied > 0:
        return say(
            "At last year's pace, this year's cost of goods sold would need %(tied)s less stock.",
            tied=Money(tied),
        )
    return say(
        "At last year's pace, this year's cost of goods sold would need %(freed)s more stock.",
        freed=Money(-tied),
    )


def _mix_point(tables: Sequence["ChangeTable"]) -> Sentence | None:
    """What the pace of categories and the shift between them did; one of two at least shows."""
    table = next((one for one in tables if one.dimension == "category"), None)
    if table is None or not rounded(table.total.mix_effect, TURNS_DECIMALS):
        return None
    return say(
        "The categories' own pace did %(rate)s, the shift of stock between them %(mix)s.",
        rate=Turns(table.total.rate_effect, signed=True),
        mix=Turns(table.total.mix_effect, signed=True),
    )


def _most_point(
    facts: Facts, year: "TurnsBridge", tables: Sequence["ChangeTable"]
) -> Sentence | None:
    """Which category did the most in the direction of the change.

    Knows: the change is more than noise.  Named only if it did a part of it that policy counts,
    and the next did clearly less.
    """
    table = next((one for one in tables if one.dimension == "category"), None)
    if table is None or not direction(year.now, year.before, facts.policy.noise):
        return None
    first, second = table.lines[0], table.lines[1]
    part = first.change / year.change
    if part < facts.policy.share_named or second.change / year.change > float(CLEARLY) * part:
        return None
    return say(
        "%(name)s did the most: %(effect)s, %(part)s of the change.",
        name=first.label,
        effect=Turns(first.change, signed=True),
        part=Share(part, 0),
    )


def _month_point(month: "TurnsBridge | None") -> Sentence | None:
    """What the last month did to the trailing figure; shows at two decimals."""
    if month is None or rounded(month.now, TURNS_DECIMALS) == rounded(month.before, TURNS_DECIMALS):
        return None
    return say(
        "Since %(day)s it went from %(before)s to %(now)s: cost of goods sold did %(cogs)s, stock "
        "%(stock)s.",
        day=month.compared_on,
        before=Turns(month.before),
        now=Turns(month.now),
        cogs=Turns(month.cogs_effect, signed=True),
        stock=Turns(month.inventory_effect, signed=True),
    )
