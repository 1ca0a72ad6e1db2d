"""Why there is no turnover of twelve months, by the reason its row gives and no other."""

from pipeline.report.lookup import Facts
from pipeline.report.member_figures import Turnover
from pipeline.report.sentences import Count, Sentence, Turns, message, say, say_counted, term

WINDOWS = {
    "year_to_date": message("the year to date"),
    "quarter": message("the quarter to date"),
    "month": message("the month to date"),
}
WINDOW_TITLES = {
    "year_to_date": message("Year to date"),
    "quarter": message("Quarter to date"),
    "month": message("Month to date"),
}
TITLES = {
    "short_history": message("The ledger is too short for a turnover of twelve months"),
    "no_cost": message("No turnover can be stated: costs are missing"),
    "no_cogs": message("Nothing was sold in the last twelve months"),
    "only_consumed": message("Nothing was sold in the last twelve months, only used in production"),
    "negative_stock": message("No turnover can be stated: stock was below zero on average"),
    "no_stock": message("No turnover can be stated: average stock was nought"),
    "negative_cogs": message("No turnover can be stated: more came back than was sold"),
    "no_rate": message("No turnover can be stated: an exchange rate is missing"),
    "incomplete": message("No turnover can be stated: days are missing in the data"),
}


def without_stock(facts: Facts) -> Sentence:
    """That nothing lies in stock, or that what lies there is worth nothing."""
    if facts.has_units:
        return say("There is stock, and its value adds up to nought")
    return say("There is no stock")


def missing_title(reason: str | None) -> Sentence:
    """The reason as a title."""
    return say(TITLES.get(reason or "", message("No turnover of twelve months can be stated")))


def missing_finding(facts: Facts) -> Sentence | None:
    """Why the large figure is missing, and what can be said instead.

    Knows: the reason of the published row.  A young ledger says what its shorter windows turned.
    """
    total = facts.total
    if total is None or total.turnover is not None:
        return None
    if total.reason == "short_history":
        return _young_finding(facts)
    if total.reason == "no_cost":
        return _costless_finding(facts)
    return _idle_finding(total)


def _young_finding(facts: Facts) -> Sentence | None:
    first, known = facts.ledger_from, facts.known_windows()
    if first is None:
        return None
    if not known:
        return say(
            "The ledger begins on %(first)s: <b>too short</b> for a turnover of twelve months.",
            first=first,
        )
    window, row = known[0]
    values = {"first": first, "turnover": Turns(row.turnover or 0.0)}
    if len(known) == 1 or known[-1][1].turnover == row.turnover:
        return say(
            "The ledger begins on %(first)s, too short for a turnover of twelve months; in "
            "%(window)s stock turned at <b>%(turnover)s times a year</b>.",
            window=term(WINDOWS[window]),
            **values,
        )
    shortest, last = known[-1]
    return say(
        "The ledger begins on %(first)s, too short for a turnover of twelve months; in %(window)s "
        "stock turned at <b>%(turnover)s times a year</b>, in %(shortest)s at %(last)s.",
        window=term(WINDOWS[window]),
        shortest=term(WINDOWS[shortest]),
        last=Turns(last.turnover or 0.0),
        **values,
    )


def _costless_finding(facts: Facts) -> Sentence | None:
    estimates = facts.given.estimates
    missing = int(estimates["missing"].sum() or 0) if estimates.height else 0
    if not missing:
        return None
    return say_counted(
        "<b>One movement has no cost</b>: no turnover that needs it can be stated.",
        "<b>%(missing)s movements have no cost</b>: no turnover that needs them can be stated.",
        missing,
        missing=Count(missing, as_word=True),
    )


def costed_finding(facts: Facts) -> Sentence | None:
    """How fast the items turn that lack no cost, where the whole cannot be stated for want of some.

    Knows: the cost of goods sold and the average stock of those items, both above zero.
    """
    rows = facts.given.costed
    if rows.is_empty() or facts.total is None or facts.total.reason != "no_cost":
        return None
    row = rows.row(0, named=True)
    cogs, average = float(row["cogs"] or 0), float(row["average_inventory"] or 0)
    if cogs <= 0 or average <= 0:
        return None
    return say_counted(
        "Without the one item concerned, stock turns <b>%(turnover)s times a year</b>.",
        "Without the %(items)s items concerned, stock turns <b>%(turnover)s times a year</b>.",
        row["lacking"],
        items=Count(row["lacking"], as_word=True),
        turnover=Turns(cogs / average),
    )


def _idle_finding(total: Turnover) -> Sentence | None:
    if total.reason == "no_cogs":
        return say("<b>Nothing was sold</b> in the last twelve months.")
    if total.reason == "negative_stock":
        return say("Stock was <b>below zero on average</b>: it has no turnover.")
    return None
