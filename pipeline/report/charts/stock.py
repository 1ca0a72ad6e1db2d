"""What moved the stock, and how much there was at each month-end."""

import json
from decimal import Decimal
from itertools import pairwise

import altair as alt
from markupsafe import Markup

from pipeline.report.charts.theme import WIDTH, Row, nought, rows_of, svg
from pipeline.report.number_format import Unit
from pipeline.report.pages.trend import Bridge, MonthStock
from pipeline.report.palette import BLUE, BRAND, INK, OCHRE, PALE
from pipeline.report.translate import Words


def bridge_chart(bridge: Bridge, unit: Unit, words: Words) -> Markup:
    """Opening stock, what came and what left in twelve months, closing stock."""
    rows = _bridge_rows(bridge, unit, words)
    order = [row["name"] for row in rows]
    top = max(0.0, *(max(row["low"], row["high"]) for row in rows))
    bottom = min(0.0, *(min(row["low"], row["high"]) for row in rows))
    x = alt.X(
        "name:N",
        sort=order,
        scale=alt.Scale(paddingInner=0.32, paddingOuter=0.12),
        axis=alt.Axis(
            labelAngle=0,
            labelColor=INK,
            labelFontSize=11,
            labelExpr="split(datum.label, '\\n')",
            labelLimit=200,
            domain=bottom == 0,
            domainColor="#98A4B3",
        ),
    )
    room = 0.1 * (top - bottom) or 1.0
    scale = alt.Scale(domain=[bottom - (room if bottom else 0), top + room], nice=False)
    bars = (
        alt.Chart(rows_of(rows))
        .mark_bar()
        .encode(
            x=x,
            y=alt.Y("low:Q", axis=None, scale=scale),
            y2="high:Q",
            color=alt.Color("colour:N", scale=None),
        )
    )
    links = (
        alt.Chart(rows_of(_bridge_links(rows)))
        .mark_rule(color="#98A4B3", strokeWidth=0.8)
        .encode(
            x=alt.X("name:N", sort=order, bandPosition=1),
            x2=alt.X2("next:N", bandPosition=0),
            y=alt.Y("y:Q"),
        )
    )
    labels = alt.layer(
        *(
            alt.Chart(rows_of(part))
            .mark_text(dy=dy, fontSize=11.5, fontWeight=600)
            .encode(
                x=x,
                y=alt.Y("edge:Q", scale=scale),
                text="text:N",
                color=alt.Color("ink:N", scale=None),
            )
            for dy, part in (
                (-8, [row for row in rows if row["edge"] >= 0]),
                (10, [row for row in rows if row["edge"] < 0]),
            )
            if part
        )
    )
    chart = alt.layer(bars, links, labels, *nought(bottom)).properties(width=WIDTH, height=102)
    title = words.text("Bridge from opening to closing stock over twelve months")
    return svg(chart, words.told(title, [f"{row['said']} {row['text']}" for row in rows]))


def _bridge_rows(bridge: Bridge, unit: Unit, words: Words) -> list[Row]:
    figures = words.figures

    def row(name: str, low: Decimal, high: Decimal, text: str, colour: str) -> Row:
        return {
            "name": _two_lines(name),
            "said": name,
            "low": float(low / unit.scale),
            "high": float(high / unit.scale),
            # The amount stands above its column, of a column below nought below it.
            "edge": float((min if high < 0 and low <= 0 else max)(low, high) / unit.scale),
            "end": float(high / unit.scale),
            "text": text,
            "colour": colour,
            "ink": INK if colour == BRAND else colour,
        }

    nought = Decimal(0)
    opening = figures.amount(bridge.opening, unit)
    rows = [row(words.text("Opening stock"), nought, bridge.opening, opening, BRAND)]
    level = bridge.opening
    for step in bridge.steps:
        colour = OCHRE if step.value > 0 else BLUE
        text = figures.amount(step.value, unit, signed=True)
        rows.append(row(words.label(step.label), level, level + step.value, text, colour))
        level += step.value
    closing = figures.amount(bridge.closing, unit)
    rows.append(row(words.text("Closing stock"), nought, bridge.closing, closing, BRAND))
    return rows


def _bridge_links(rows: list[Row]) -> list[Row]:
    return [
        {"name": row["name"], "next": following["name"], "y": row["end"]}
        for row, following in pairwise(rows)
    ]


def _two_lines(name: str) -> str:
    """A label broken at the blank nearest to its middle."""
    blanks = [at for at, letter in enumerate(name) if letter == " "]
    if len(name) < 13 or not blanks:  # noqa: PLR2004 - what fits under a bar
        return name
    middle = min(blanks, key=lambda at: abs(at - len(name) / 2))
    return f"{name[:middle]}\n{name[middle + 1 :]}"


def _clear_of(rows: list[Row]) -> Row:
    """The first row with a place for its label above its own columns and the neighbour's."""
    return rows[0] | {"top": max(max(row["now"], row["prior"] or 0.0) for row in rows)}


def stocks_chart(stocks: tuple[MonthStock, ...], unit: Unit, words: Words) -> Markup | None:
    """Stock at twelve month-ends: dark this year, pale the year before."""
    if len(stocks) < 2:  # noqa: PLR2004 - one column is no chart
        return None
    rows: list[Row] = [
        {
            "at": index,
            "now": float(month.value / unit.scale),
            "prior": None if month.prior is None else float(month.prior / unit.scale),
            "text": words.figures.amount(month.value, unit),
        }
        for index, month in enumerate(stocks)
    ]
    names = {index: words.figures.month_initial(month.on) for index, month in enumerate(stocks)}
    highest = max(max(row["now"], row["prior"] or 0.0) for row in rows)
    lowest = min(0.0, *(min(row["now"], row["prior"] or 0.0) for row in rows))
    axis = alt.Axis(
        labelAngle=0,
        labelExpr=f"({json.dumps(names)})[datum.value]",
        domain=lowest == 0,
        domainColor="#98A4B3",
    )
    room = 0.14 * (max(highest, 0.0) - lowest) or 1.0
    scale = alt.Scale(domain=[lowest, max(highest, 0.0) + room], nice=False)
    x = alt.X("at:O", axis=axis, scale=alt.Scale(paddingInner=0.1, paddingOuter=0.05))
    base = alt.Chart(rows_of(rows))
    y = alt.Y("now:Q", axis=None, scale=scale)
    prior = base.mark_bar(color=PALE, width=14, xOffset=-5).encode(
        x=x, y=alt.Y("prior:Q", axis=None, scale=scale)
    )
    now = base.mark_bar(color=BRAND, width=14, xOffset=3).encode(x=x, y=y)
    ends = alt.Chart(rows_of([_clear_of(rows[:2]), _clear_of(rows[:-3:-1])]))
    labels = ends.mark_text(dy=-7, xOffset=3, fontSize=10.5, fontWeight=600).encode(
        x=x, y=alt.Y("top:Q", axis=None, scale=scale), text="text:N"
    )
    chart = alt.layer(prior, now, labels, *nought(lowest)).properties(width=318, height=104)
    title = words.text("Stock at each month-end, this year and the year before")
    form = words.text("%(name)s %(value)s")
    shown = [
        form % {"name": words.figures.month(month.on), "value": row["text"]}
        for month, row in zip(stocks, rows, strict=True)
    ]
    return svg(chart, words.told(title, shown))
