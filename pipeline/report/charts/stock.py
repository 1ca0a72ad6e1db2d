"""What moved the stock, and how much there was at each month-end."""

import json
from decimal import Decimal
from itertools import pairwise

from markupsafe import Markup

from pipeline.report.charts.theme import (
    WIDTH,
    Row,
    Spec,
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
from pipeline.report.pages.trend import Bridge, MonthStock
from pipeline.report.palette import BLUE, BRAND, INK, OCHRE, PALE
from pipeline.report.translate import Words


def bridge_chart(bridge: Bridge, unit: Unit, words: Words) -> Markup:
    """Opening stock, what came and what left in twelve months, closing stock."""
    rows = _bridge_rows(bridge, unit, words)
    order = [row["name"] for row in rows]
    top = max(0.0, *(max(row["low"], row["high"]) for row in rows))
    bottom = min(0.0, *(min(row["low"], row["high"]) for row in rows))
    axis = {
        "labelAngle": 0,
        "labelColor": INK,
        "labelFontSize": 11,
        "labelExpr": "split(datum.label, '\\n')",
        "labelLimit": 200,
        "domain": bottom == 0,
        "domainColor": "#98A4B3",
    }
    x = word("name", sort=order, scale={"paddingInner": 0.32, "paddingOuter": 0.12}, axis=axis)
    room = 0.1 * (top - bottom) or 1.0
    scale = {"domain": [bottom - (room if bottom else 0), top + room], "nice": False}
    y = number("low", axis=None, scale=scale)
    columns = {"x": x, "y": y, "y2": {"field": "high"}, "color": as_given("colour")}
    links = {
        "x": word("name", sort=order, bandPosition=1),
        "x2": {"field": "next", "bandPosition": 0},
        "y": number("y"),
    }
    edge = number("edge", scale=scale)
    text = {"x": x, "y": edge, "text": word("text"), "color": as_given("ink")}
    above = [row for row in rows if row["edge"] >= 0]
    below = [row for row in rows if row["edge"] < 0]
    chart = layered(
        marks("bar", rows, columns),
        marks("rule", _bridge_links(rows), links, color="#98A4B3", strokeWidth=0.8),
        layered(
            *(
                marks("text", part, text, dy=dy, fontSize=11.5, fontWeight=600)
                for dy, part in ((-8, above), (10, below))
                if part
            )
        ),
        *nought(bottom),
    )
    title = words.text("Bridge from opening to closing stock over twelve months")
    told = words.told(title, [f"{row['said']} {row['text']}" for row in rows])
    return svg(chart, WIDTH, 102, told)


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
    axis = {
        "labelAngle": 0,
        "labelExpr": f"({json.dumps(names)})[datum.value]",
        "domain": lowest == 0,
        "domainColor": "#98A4B3",
    }
    room = 0.14 * (max(highest, 0.0) - lowest) or 1.0
    scale = {"domain": [lowest, max(highest, 0.0) + room], "nice": False}
    x = steps("at", axis=axis, scale={"paddingInner": 0.1, "paddingOuter": 0.05})

    def at(field: str, **more: Spec) -> Spec:
        return {"x": x, "y": number(field, axis=None, scale=scale), **more}

    ends = [_clear_of(rows[:2]), _clear_of(rows[:-3:-1])]
    text = at("top", text=word("text"))
    chart = layered(
        marks("bar", rows, at("prior"), color=PALE, width=14, xOffset=-5),
        marks("bar", rows, at("now"), color=BRAND, width=14, xOffset=3),
        marks("text", ends, text, dy=-7, xOffset=3, fontSize=10.5, fontWeight=600),
        *nought(lowest),
    )
    title = words.text("Stock at each month-end, this year and the year before")
    form = words.text("%(name)s %(value)s")
    shown = [
        form % {"name": words.figures.month(month.on), "value": row["text"]}
        for month, row in zip(stocks, rows, strict=True)
    ]
    return svg(chart, 318, 104, words.told(title, shown))
