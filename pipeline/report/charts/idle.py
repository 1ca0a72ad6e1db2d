"""Dead and slow stock at each month-end."""

import json

from markupsafe import Markup

from pipeline.report.charts.theme import (
    Row,
    as_given,
    layered,
    marks,
    nought,
    number,
    steps,
    svg,
    word,
)
from pipeline.report.number_format import Unit
from pipeline.report.pages.dead_stock import IdleTrend
from pipeline.report.palette import DEAD, OCHRE, SLOW
from pipeline.report.translate import Words

HEIGHT = 104
LABELS = 66
APART = 0.13
"""Two labels closer than this share of the height would overlap."""


def idle_chart(trend: IdleTrend, unit: Unit, words: Words) -> Markup:
    """Columns of dead and slow stock; beside the last stands what it is made of."""
    figures = words.figures
    names = {at: figures.month_initial(month.on) for at, month in enumerate(trend.months)}
    rows: list[Row] = []
    for at, month in enumerate(trend.months):
        dead, slow = (float(value / unit.scale) for value in (month.dead, month.slow))
        # Parts of one sign stand on each other; one below nought hangs from its line.
        base = dead if (dead > 0) == (slow > 0) else 0.0
        rows += [
            {"at": at, "from": 0.0, "to": dead, "colour": DEAD},
            {"at": at, "from": base, "to": base + slow, "colour": SLOW},
        ]
    highest, lowest = (pick([0.0, *(row["to"] for row in rows)]) for pick in (max, min))
    spread = highest - lowest or 1.0
    last, now = trend.months[-1], rows[-2:]
    low = (now[0]["from"] + now[0]["to"]) / 2
    high = max((now[1]["from"] + now[1]["to"]) / 2, low + APART * spread)
    labels: list[Row] = [
        {"at": len(trend.months) - 1, "y": place, "text": f"{name} {figures.amount(value, unit)}",
         "ink": ink}
        for place, name, value, ink in (
            (low, words.text("Dead"), last.dead, DEAD),
            (high, words.text("Slow"), last.slow, OCHRE),
        )
    ]  # fmt: skip
    scale = {"domain": [lowest, highest + 0.04 * spread], "nice": False}
    axis = {
        "labelAngle": 0,
        "labelExpr": f"({json.dumps(names)})[datum.value]",
        "domain": lowest == 0,
        "domainColor": "#98A4B3",
    }
    x = steps("at", axis=axis, scale={"paddingInner": 0.14, "paddingOuter": 0.05})
    y = number("from", axis=None, scale=scale)
    place = {"x": x, "y": y, "y2": {"field": "to"}, "color": as_given("colour")}
    y = number("y", axis=None, scale=scale)
    text = {"x": x, "y": y, "text": word("text"), "color": as_given("ink")}
    chart = layered(
        marks("bar", rows, place),
        marks("text", labels, text, align="left", dx=14, fontSize=10.5, fontWeight=600),
        *nought(lowest),
    )
    shown = [str(label["text"]) for label in labels]
    told = words.told(words.text("Dead and slow stock at each month-end"), shown)
    return svg(chart, 318 - LABELS, HEIGHT, told)
