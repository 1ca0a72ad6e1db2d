"""How old the stock of each category or supplier is."""

from markupsafe import Markup

from pipeline.report.charts.theme import (
    WIDTH,
    Row,
    as_given,
    layered,
    marks,
    number,
    steps,
    svg,
    word,
)
from pipeline.report.lookup import BUCKETS
from pipeline.report.number_format import Figures, Unit
from pipeline.report.pages.categories import AgeLine
from pipeline.report.palette import AGES, INK
from pipeline.report.translate import Words

LIGHT_TEXT_FROM = 4
ROOMY = 10


def ageing_chart(
    ages: tuple[AgeLine, ...], unit: Unit, words: Words, description: str
) -> Markup | None:
    """Share of each member's stock by days since receipt."""
    if not ages:
        return None
    figures = words.figures
    rows = [row for index, line in enumerate(ages) for row in _age_rows(index, line, figures)]
    totals = [
        {"at": index, "x": 1.02, "text": figures.amount(line.total, unit)}
        for index, line in enumerate(ages)
    ]
    names = [
        {"at": index, "x": 0, "text": name}
        for index, name in enumerate(words.apart([line.label for line in ages], 30))
    ]
    y = steps("at", axis=None, scale={"paddingInner": 0.22, "paddingOuter": 0.02})
    whole = {"domain": [0, 1], "nice": False}
    place = {"x": number("from", axis=None, scale=whole), "x2": {"field": "to"}, "y": y}
    roomy = [row for row in rows if row["share"] >= 0.055]  # noqa: PLR2004 - has room
    text = {"y": y, "text": word("text")}
    middle = {"x": number("middle"), **text, "color": as_given("ink")}
    start = {"x": number("x"), **text}
    end = {"x": number("x", scale=whole), **text}
    chart = layered(
        marks("bar", rows, {**place, "color": as_given("colour")}, stroke="white", strokeWidth=0.8),
        marks("text", roomy, middle, fontSize=10),
        marks("text", names, start, align="right", dx=-10, fontSize=11),
        marks("text", totals, end, align="right", dx=52, fontSize=11, fontWeight=600),
    )
    height = (27 if len(ages) <= ROOMY else 21) * len(ages)
    told = words.told(description, [_read_aloud(line, words) for line in ages])
    return svg(chart, WIDTH - 225, height, told)


def _read_aloud(line: AgeLine, words: Words) -> str:
    old = words.figures.share(line.old_share, 0)
    form = words.text("%(name)s %(value)s")
    older = form % {"name": words.text("older than 180 days"), "value": old}
    return f"{words.label(line.label)} {older}"


def _age_rows(index: int, line: AgeLine, figures: Figures) -> list[Row]:
    rows: list[Row] = []
    reached = 0.0
    for place, (_, value) in enumerate(zip(BUCKETS, line.values, strict=True)):
        part = float(value / line.total)
        rows.append(
            {
                "at": index,
                "from": reached,
                "to": reached + part,
                "middle": reached + part / 2,
                "share": part,
                "text": figures.share(part, 0),
                "colour": AGES[place],
                "ink": "#FFFFFF" if place >= LIGHT_TEXT_FROM else INK,
            }
        )
        reached += part
    return [row for row in rows if row["share"] > 0]
