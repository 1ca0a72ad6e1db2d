"""What is new since the last report: what became dead, what ceased to be, how turnover went.

Knows: a date before of which details are kept, under the same policy.
"""

from pipeline.report.lookup import Facts
from pipeline.report.member_figures import decimal
from pipeline.report.number_format import rounded
from pipeline.report.sentences import Money, Sentence, Turns, say, say_counted
from pipeline.report.status import TURNS_DECIMALS


def dead_since(facts: Facts) -> tuple[Sentence, ...]:
    """What became dead and what ceased to be.

    Knows: a ledger old enough, or one item that became dead; else "none did" could be wrong, and
    all is left unsaid.  Material: the dead value of what ceased to be; what became dead is always
    counted, its value said if material.
    """
    if facts.given.since is None or facts.total is None:
        return ()
    if facts.is_young and not _of(facts, "became_dead")[0]:
        return ()
    rules = (_became(facts), _moves_again(facts), _left(facts))
    return tuple(sentence for sentence in rules if sentence)


def turnover_since(facts: Facts) -> Sentence | None:
    """How turnover went, behind what `dead_since` says; knows both, shows at two decimals."""
    since, now = facts.given.since, facts.total
    if since is None or now is None or since.turnover is None or now.turnover is None:
        return None
    if rounded(now.turnover, TURNS_DECIMALS) == rounded(since.turnover, TURNS_DECIMALS):
        return None
    values = {"before": Turns(since.turnover), "now": Turns(now.turnover)}
    if dead_since(facts):  # it said since when
        return say("Turnover went from %(before)s to %(now)s.", **values)
    return say("Turnover went from %(before)s to %(now)s since %(day)s.", **values, day=since.on)


def _became(facts: Facts) -> Sentence | None:
    since, (count, value) = facts.given.since, _of(facts, "became_dead")
    if since is None:
        return None
    if not count:
        return say("No item became dead since %(day)s.", day=since.on)
    if value is None:
        return say_counted(
            "Since %(day)s one item became dead.",
            "Since %(day)s %(count)s items became dead.",
            count,
            day=since.on,
        )
    return say_counted(
        "Since %(day)s one item (%(value)s) became dead.",
        "Since %(day)s %(count)s items (%(value)s) became dead.",
        count,
        day=since.on,
        value=value,
    )


def _moves_again(facts: Facts) -> Sentence | None:
    count, value = _of(facts, "moves_again")
    if value is None:
        return None
    return say_counted(
        "One dead item (%(value)s) was sold or used again.",
        "%(count)s dead items (%(value)s) were sold or used again.",
        count,
        value=value,
    )


def _left(facts: Facts) -> Sentence | None:
    count, value = _of(facts, "left")
    if value is None:
        return None
    return say_counted(
        "One dead item (%(value)s) is no longer in stock.",
        "%(count)s dead items (%(value)s) are no longer in stock.",
        count,
        value=value,
    )


def _of(facts: Facts, change: str) -> tuple[int, Money | None]:
    """How many items changed so, and their value if it is material."""
    if facts.given.since is None:
        return 0, None
    rows = facts.given.since.items.filter(change=change)
    value = decimal(rows["value"].sum() if rows.height else None)
    is_worth_a_word = value > 0 and facts.is_material(value)
    return rows.height, Money(value) if is_worth_a_word else None
