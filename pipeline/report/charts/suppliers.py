"""Stock of each supplier, with its dead and slow part."""

from decimal import Decimal

import altair as alt
from markupsafe import Markup

from pipeline.report.charts.theme import WIDTH, Row, rows_of, svg
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
    x = alt.X("from:Q", axis=None, scale=alt.Scale(domain=[0, largest], nice=False))
    y = alt.Y("at:O", axis=None, scale=alt.Scale(paddingInner=0.38, paddingOuter=0.05))
    bars = (
        alt.Chart(rows_of(rows))
        .mark_bar()
        .encode(x=x, x2="to:Q", y=y, color=alt.Color("colour:N", scale=None))
    )
    left = (
        alt.Chart(rows_of(ends))
        .mark_text(align="right", dx=-10, fontSize=11)
        .encode(x=alt.X("zero:Q"), y=y, text="name:N")
    )
    right = (
        alt.Chart(rows_of(ends))
        .mark_text(align="left", dx=6, fontSize=10.5, fontWeight=600)
        .encode(x=alt.X("to:Q"), y=y, text="text:N")
    )
    chart = alt.layer(bars, left, right).properties(width=WIDTH - 245, height=14.6 * len(lines))
    shown = [f"{end['name']} {end['text']}" for end in ends]
    title = words.text("Stock of each supplier, with its dead and slow part")
    return svg(chart, words.told(title, shown))
