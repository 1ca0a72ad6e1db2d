"""Stock of each supplier, with its dead and slow part."""

from decimal import Decimal

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
from pipeline.report.number_format import Unit
from pipeline.report.pages.suppliers import SuppliersPage
from pipeline.report.palette import DEAD, PALE, SLOW
from pipeline.report.translate import Words


def suppliers_chart(page: SuppliersPage, unit: Unit, words: Words) -> Markup | None:
    """Suppliers with the most idle stock: dead and slow parts in colour."""
    lines = page.idlest
    if not lines:
        return None
    figures = words.figures
    rows: list[Row] = []
    ends: list[Row] = []
    names = words.apart([line.label for line in lines], 30)
    for index, (line, called) in enumerate(zip(lines, names, strict=True)):
        name = {"at": index, "name": called}
        reached = Decimal(0)
        parts = ((line.dead.dead, DEAD), (line.dead.slow, SLOW))
        for value, colour in (*parts, (line.stock - line.dead.idle, PALE)):
            if value > 0:
                span = {"from": float(reached), "to": float(reached + value)}
                rows.append({**name, **span, "colour": colour})
                reached += value
        text = f"{figures.amount(line.dead.idle, unit)} / {figures.amount(line.stock, unit)}"
        ends.append({**name, "to": float(max(line.stock, reached)), "zero": 0, "text": text})
    largest = max(end["to"] for end in ends)
    y = steps("at", axis=None, scale={"paddingInner": 0.38, "paddingOuter": 0.05})
    x = number("from", axis=None, scale={"domain": [0, largest], "nice": False})
    place = {"x": x, "x2": {"field": "to"}, "y": y, "color": as_given("colour")}
    name = {"x": number("zero"), "y": y, "text": word("name")}
    amount = {"x": number("to"), "y": y, "text": word("text")}
    chart = layered(
        marks("bar", rows, place),
        marks("text", ends, name, align="right", dx=-10, fontSize=11),
        marks("text", ends, amount, align="left", dx=6, fontSize=10.5, fontWeight=600),
    )
    shown = [f"{end['name']} {end['text']}" for end in ends]
    title = words.text("Stock of each supplier, with its dead and slow part")
    return svg(chart, WIDTH - 245, 14.6 * len(lines), words.told(title, shown))
