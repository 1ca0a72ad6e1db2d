"""Dead and slow stock at each month-end."""

import json

import altair as alt
from markupsafe import Markup

from pipeline.report.charts.theme import Row, nought, rows_of, svg
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
    scale = alt.Scale(domain=[lowest, highest + 0.04 * spread], nice=False)
    axis = alt.Axis(
        labelAngle=0,
        labelExpr=f"({json.dumps(names)})[datum.value]",
        domain=lowest == 0,
        domainColor="#98A4B3",
    )
    x = alt.X("at:O", axis=axis, scale=alt.Scale(paddingInner=0.14, paddingOuter=0.05))
    bars = (
        alt.Chart(rows_of(rows))
        .mark_bar()
        .encode(
            x=x,
            y=alt.Y("from:Q", axis=None, scale=scale),
            y2="to:Q",
            color=alt.Color("colour:N", scale=None),
        )
    )
    texts = (
        alt.Chart(rows_of(labels))
        .mark_text(align="left", dx=14, fontSize=10.5, fontWeight=600)
        .encode(
            x=x,
            y=alt.Y("y:Q", axis=None, scale=scale),
            text="text:N",
            color=alt.Color("ink:N", scale=None),
        )
    )
    chart = alt.layer(bars, texts, *nought(lowest)).properties(width=318 - LABELS, height=HEIGHT)
    shown = [str(label["text"]) for label in labels]
    return svg(chart, words.told(words.text("Dead and slow stock at each month-end"), shown))
