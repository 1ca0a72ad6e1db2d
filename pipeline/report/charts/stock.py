"""What moved the stock, and how much there was at each month-end."""

import json
from decimal import Decimal

from markupsafe import Markup

from pipeline.report.charts.theme import (
    Row,
    Spec,
    layered,
    marks,
    nought,
    number,
    steps,
    svg,
    word,
)
from pipeline.report.charts.waterfall import Waterfall, waterfall
from pipeline.report.number_format import Unit
from pipeline.report.pages.trend import Bridge, MonthStock
from pipeline.report.palette import BLUE, BRAND, OCHRE, PALE
from pipeline.report.translate import Words


def bridge_chart(bridge: Bridge, unit: Unit, words: Words) -> Markup:
    """Opening stock, what came and what left in twelve months, closing stock."""

    def said(value: Decimal, *, signed: bool = False) -> str:
        return words.figures.amount(value, unit, signed=signed)

    levels = (
        (words.text("Opening stock"), bridge.opening),
        (words.text("Closing stock"), bridge.closing),
    )
    steps = [(words.label(step.label), step.value) for step in bridge.steps]
    title = words.text("Bridge from opening to closing stock over twelve months")
    return waterfall(Waterfall(title, levels, steps, said, more_is=OCHRE, less_is=BLUE), words)


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
