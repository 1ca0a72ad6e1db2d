"""The large charts: Vega-Altair specifications under one theme, drawn as SVG by vl-convert.

Text stays text in the page's own fonts.  The specifications carry no size of the paper but their
own width, so that the same ones can serve an interactive page.
"""

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

import altair as alt
import vl_convert as vlc
from markupsafe import Markup, escape

from pipeline.report.figures import Figures, Unit, shortened
from pipeline.report.pages.categories import AgeLine, CategoriesPage
from pipeline.report.pages.suppliers import SuppliersPage
from pipeline.report.pages.trend import Bridge, MonthStock, TrendPage
from pipeline.report.phrases import message
from pipeline.report.words import Words
from pipeline.resources import template_folder

FONT = "Source Sans 3, Noto Sans SC"
INK, BRAND, BLUE = "#16202C", "#12395B", "#0B6E99"
OCHRE, VERMILION, GREY = "#B7791F", "#C2410C", "#5B6776"
PALE, LINE, FIELD = "#C9D3DD", "#D5DBE1", "#E8EDF2"
AGES = ("#E3EDF4", "#C3D8E7", "#A0C1D9", "#E0A462", "#C4682A", "#8A2E08")
LIGHT_TEXT_FROM = 4
WIDTH = 665
VALUE_TEXTS = {
    "mean": "mean %(turnover)s",
    "median": "median %(turnover)s",
    "star": "stars %(turnover)s",
    "laggard": "laggards %(turnover)s",
}
ROOMY = 10
THEME: dict[str, Any] = {
    "font": FONT,
    "background": None,
    "padding": {"left": 0, "right": 0, "top": 5, "bottom": 3},
    "view": {"stroke": None},
    "axis": {
        "labelColor": GREY, "labelFontSize": 10.5, "titleColor": GREY, "grid": False,
        "domain": False, "ticks": False, "title": None, "labelPadding": 6,
    },
    "text": {"font": FONT, "fontSize": 11, "color": INK},
    "legend": {"disable": True},
}  # fmt: skip


@dataclass(frozen=True)
class Charts:
    """The charts of a report as SVG; nothing where there is nothing to draw."""

    trend: Markup | None
    bridge: Markup | None
    stocks: Markup | None
    ageing: Markup | None
    suppliers: Markup | None


def svg(chart: alt.LayerChart | alt.Chart, description: str) -> Markup:
    """The chart drawn, with the sentence a screen reader says instead."""
    _register_fonts()
    specification = chart.to_dict(validate=False) | {"config": THEME}
    drawn = vlc.vegalite_to_svg(json.dumps(specification))
    opening, rest = drawn.split(">", 1)
    return Markup(f"{opening}><title>{escape(description)}</title>{_without_roles(rest)}")  # noqa: S704 - vega escapes its text


@cache
def _register_fonts() -> None:
    vlc.register_font_directory(str(template_folder() / "fonts"))


def _without_roles(drawn: str) -> str:
    """The drawing without attributes that only a browser needs: a third of its bytes."""
    return re.sub(r' (?:aria-[a-z]+|role|class|pointer-events)="[^"]*"', "", drawn)


def _rows(rows: list[dict[str, Any]]) -> alt.InlineData:
    return alt.InlineData(values=rows)


# ---------------------------------------------------------------------------- trend


def trend_chart(page: TrendPage, words: Words) -> Markup | None:
    """Turnover of up to 24 months in the field of its benchmark; the year before is pale."""
    known = [point for point in page.points if point.turnover is not None]
    if len(known) < 2:  # noqa: PLR2004 - one point is no line
        return None
    figures = words.figures
    rows = [
        {
            "at": index,
            "turns": point.turnover,
            "month": figures.month(point.on),
            "part": "now" if index >= len(page.points) - 13 else "prior",
        }
        for index, point in enumerate(page.points)
    ]
    low, high = _trend_range(page)
    x = alt.X("at:Q", scale=alt.Scale(domain=[0, len(rows) - 1], nice=False), axis=_months(rows))
    y = alt.Y(
        "turns:Q",
        scale=alt.Scale(domain=[low, high], nice=False, zero=False),
        axis=alt.Axis(grid=True, gridColor=LINE, format=".1f", tickCount=6),
    )
    year = len(rows) - 13
    prior = [row for row in rows if row["at"] <= max(year, 0)] if year > 0 else []
    now = [row for row in rows if row["at"] >= max(year, 0)]
    layers = _benchmark_layers(page, words, len(rows) - 1, y, low, high)
    if prior:
        layers.append(_line(prior, x, y, "#98A4B3", 2.2))
    layers.append(_line(now, x, y, BRAND, 2.8))
    layers += _trend_labels(rows, year, words, x, y)
    chart = alt.layer(*layers).properties(width=WIDTH - 150, height=144)
    return svg(chart, words.text("Turnover, trailing twelve months, month by month"))


def _trend_range(page: TrendPage) -> tuple[float, float]:
    """The part of the scale that is shown: the line, and the benchmark where it is near."""
    known = [point.turnover for point in page.points if point.turnover is not None]
    low, high = min(known), max(known)
    marks = (page.benchmark.low, page.benchmark.value, page.benchmark.high) if page.benchmark else ()
    for mark in marks:
        if mark is not None and low * 0.75 <= mark <= high * 1.33:
            low, high = min(low, mark), max(high, mark)
    room = max((high - low) * 0.08, 0.1)
    return max(0.0, round(low - room, 2)), round(high + room, 2)


def _months(rows: list[dict[str, Any]]) -> alt.Axis:
    shown = [row["at"] for row in reversed(rows)][::3]
    names = {row["at"]: row["month"] for row in rows}
    return alt.Axis(
        values=sorted(shown),
        labelExpr=f"({json.dumps(names)})[datum.value]",
        ticks=True,
        tickColor="#98A4B3",
        domain=True,
        domainColor=LINE,
        labelFlush=False,
    )


def _line(
    rows: list[dict[str, Any]], x: alt.X, y: alt.Y, colour: str, width: float
) -> alt.Chart:
    return (
        alt.Chart(_rows(rows))
        .mark_line(color=colour, strokeWidth=width, strokeJoin="round")
        .encode(x=x, y=y)
    )


def _benchmark_layers(
    page: TrendPage, words: Words, last: int, y: alt.Y, low: float, high: float
) -> list[alt.Chart]:
    """Range as field, mean or median as a line, each with its name; nothing that is not stated."""
    benchmark = page.benchmark
    layers: list[alt.Chart] = []
    if benchmark is None:
        return layers
    ends = (
        (message("laggards %(turnover)s"), message("stars %(turnover)s"))
        if benchmark.statistic == "star_laggard"
        else (message("range from %(turnover)s"), message("range to %(turnover)s"))
    )
    if benchmark.low is not None and benchmark.high is not None:
        field = {"from": max(benchmark.low, low), "to": min(benchmark.high, high)}
        if field["from"] < field["to"]:
            layers.append(
                alt.Chart(_rows([{"x": 0, "x2": last, **field}]))
                .mark_rect(color=FIELD)
                .encode(
                    x=alt.X("x:Q"),
                    x2="x2:Q",
                    y=alt.Y("from:Q", scale=alt.Scale(domain=[low, high], nice=False)),
                    y2="to:Q",
                )
            )
    named = [(benchmark.low, ends[0]), (benchmark.high, ends[1])]
    if benchmark.value is not None:
        layers.append(
            alt.Chart(_rows([{"y": min(max(benchmark.value, low), high)}]))
            .mark_rule(color=INK if benchmark.tick else GREY, strokeDash=[4, 3])
            .encode(y=alt.Y("y:Q"))
        )
        named.append((benchmark.value, VALUE_TEXTS[benchmark.statistic]))
    for value, word in named:
        if value is None:
            continue
        text = words.text(word) % {"turnover": words.figures.turns(value)}
        arrow = "↓ " if value < low else "↑ " if value > high else ""
        place = min(max(value, low), high)
        layers.append(_right_label(last, place, arrow + text, y, GREY, 10.5, "normal", 0))
    return layers


def _right_label(  # noqa: PLR0913 - where and how one text stands
    at: int, value: float, text: str, y: alt.Y, colour: str, size: float, weight: Any, dy: float
) -> alt.Chart:
    return (
        alt.Chart(_rows([{"at": at, "turns": value, "text": text}]))
        .mark_text(align="left", dx=12, dy=dy, color=colour, fontSize=size, fontWeight=weight)
        .encode(x=alt.X("at:Q"), y=y, text="text:N")
    )


def _trend_labels(
    rows: list[dict[str, Any]], year: int, words: Words, x: alt.X, y: alt.Y
) -> list[alt.Chart]:
    last = rows[-1]
    layers: list[alt.Chart] = []
    if last["turns"] is not None:
        layers.append(
            alt.Chart(_rows([last])).mark_point(
                filled=True, color=BRAND, size=90, opacity=1
            ).encode(x=x, y=y)
        )
        text = words.figures.turns(last["turns"])
        layers.append(_right_label(last["at"], last["turns"], text, y, BRAND, 19, 700, -2))
        layers.append(
            _right_label(last["at"], last["turns"], words.text("now"), y, BRAND, 10.5, 400, 15)
        )
    if year >= 0 and rows[year]["turns"] is not None:
        ago = rows[year]
        text = words.text("a year ago %(turnover)s") % {
            "turnover": words.figures.turns(ago["turns"])
        }
        layers.append(
            alt.Chart(_rows([ago]))
            .mark_point(filled=True, fill="white", stroke="#98A4B3", strokeWidth=2, size=70, opacity=1)
            .encode(x=x, y=y)
        )
        layers.append(
            alt.Chart(_rows([{**ago, "text": text}]))
            .mark_text(dy=-16, color=GREY, fontSize=10.5, stroke="white", strokeWidth=3)
            .encode(x=x, y=y, text="text:N")
        )
        layers.append(
            alt.Chart(_rows([{**ago, "text": text}]))
            .mark_text(dy=-16, color=GREY, fontSize=10.5)
            .encode(x=x, y=y, text="text:N")
        )
    return layers


# ---------------------------------------------------------------------------- bridge


def bridge_chart(bridge: Bridge, unit: Unit, words: Words) -> Markup:
    """Opening stock, what came and what left in twelve months, closing stock."""
    rows = _bridge_rows(bridge, unit, words)
    order = [row["name"] for row in rows]
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
            domain=True,
            domainColor="#98A4B3",
        ),
    )
    top = max(max(row["low"], row["high"]) for row in rows)
    bottom = min(0.0, *(min(row["low"], row["high"]) for row in rows))
    scale = alt.Scale(domain=[bottom, top * 1.1 or 1.0], nice=False)
    bars = (
        alt.Chart(_rows(rows))
        .mark_bar()
        .encode(
            x=x,
            y=alt.Y("low:Q", axis=None, scale=scale),
            y2="high:Q",
            color=alt.Color("colour:N", scale=None),
        )
    )
    links = (
        alt.Chart(_rows(_bridge_links(rows)))
        .mark_rule(color="#98A4B3", strokeWidth=0.8)
        .encode(
            x=alt.X("name:N", sort=order, bandPosition=1),
            x2=alt.X2("next:N", bandPosition=0),
            y=alt.Y("y:Q"),
        )
    )
    labels = (
        alt.Chart(_rows(rows))
        .mark_text(dy=-8, fontSize=11.5, fontWeight=600)
        .encode(
            x=x,
            y=alt.Y("top:Q", scale=scale),
            text="text:N",
            color=alt.Color("ink:N", scale=None),
        )
    )
    chart = alt.layer(bars, links, labels).properties(width=WIDTH, height=114)
    return svg(chart, words.text("Bridge from opening to closing stock over twelve months"))


def _bridge_rows(bridge: Bridge, unit: Unit, words: Words) -> list[dict[str, Any]]:
    figures = words.figures

    def row(name: str, low: Decimal, high: Decimal, text: str, colour: str) -> dict[str, Any]:
        return {
            "name": _two_lines(name),
            "low": float(low / unit.scale),
            "high": float(high / unit.scale),
            "top": float(max(low, high) / unit.scale),
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


def _bridge_links(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"name": row["name"], "next": following["name"], "y": row["end"]}
        for row, following in zip(rows, rows[1:], strict=False)
    ]


def _two_lines(name: str) -> str:
    """A label broken at the blank nearest to its middle."""
    blanks = [at for at, letter in enumerate(name) if letter == " "]
    if len(name) < 13 or not blanks:  # noqa: PLR2004 - what fits under a bar
        return name
    middle = min(blanks, key=lambda at: abs(at - len(name) / 2))
    return f"{name[:middle]}\n{name[middle + 1 :]}"


# ---------------------------------------------------------------------------- stock by month


def stocks_chart(stocks: tuple[MonthStock, ...], unit: Unit, words: Words) -> Markup | None:
    """Stock at twelve month-ends: dark this year, pale the year before."""
    if len(stocks) < 2:  # noqa: PLR2004 - one column is no chart
        return None
    rows = [
        {
            "at": index,
            "now": float(month.value / unit.scale),
            "prior": None if month.prior is None else float(month.prior / unit.scale),
            "text": words.figures.amount(month.value, unit),
        }
        for index, month in enumerate(stocks)
    ]
    names = {index: words.figures.month_initial(month.on) for index, month in enumerate(stocks)}
    axis = alt.Axis(
        labelAngle=0,
        labelExpr=f"({json.dumps(names)})[datum.value]",
        domain=True,
        domainColor="#98A4B3",
    )
    highest = max(max(row["now"], row["prior"] or 0.0) for row in rows)
    lowest = min(0.0, *(row["now"] for row in rows))
    scale = alt.Scale(domain=[lowest, highest * 1.14 or 1.0], nice=False)
    x = alt.X("at:O", axis=axis, scale=alt.Scale(paddingInner=0.1, paddingOuter=0.05))
    base = alt.Chart(_rows(rows))
    y = alt.Y("now:Q", axis=None, scale=scale)
    prior = base.mark_bar(color=PALE, width=14, xOffset=-5).encode(
        x=x, y=alt.Y("prior:Q", axis=None, scale=scale)
    )
    now = base.mark_bar(color=BRAND, width=14, xOffset=3).encode(x=x, y=y)
    ends = alt.Chart(_rows([rows[0], rows[-1]]))
    labels = ends.mark_text(dy=-7, xOffset=3, fontSize=10.5, fontWeight=600).encode(
        x=x, y=y, text="text:N"
    )
    chart = alt.layer(prior, now, labels).properties(width=318, height=104)
    return svg(chart, words.text("Stock at each month-end, this year and the year before"))


# ---------------------------------------------------------------------------- ageing


def ageing_chart(page: CategoriesPage, unit: Unit, words: Words) -> Markup | None:
    """Share of each category's stock by days since receipt."""
    if not page.ages:
        return None
    figures = words.figures
    rows = [
        row
        for index, line in enumerate(page.ages)
        for row in _age_rows(index, line, page.buckets, figures)
    ]
    totals = [
        {"at": index, "x": 1.02, "text": figures.amount(line.total, unit)}
        for index, line in enumerate(page.ages)
    ]
    names = [
        {"at": index, "x": 0, "text": shortened(words.label(line.label), 30)}
        for index, line in enumerate(page.ages)
    ]
    y = alt.Y("at:O", axis=None, scale=alt.Scale(paddingInner=0.22, paddingOuter=0.02))
    x = alt.X("from:Q", axis=None, scale=alt.Scale(domain=[0, 1], nice=False))
    bars = (
        alt.Chart(_rows(rows))
        .mark_bar(stroke="white", strokeWidth=0.8)
        .encode(x=x, x2="to:Q", y=y, color=alt.Color("colour:N", scale=None))
    )
    inside = (
        alt.Chart(_rows([row for row in rows if row["share"] >= 0.055]))  # noqa: PLR2004 - has room
        .mark_text(fontSize=10)
        .encode(
            x=alt.X("middle:Q"), y=y, text="text:N", color=alt.Color("ink:N", scale=None)
        )
    )
    left = (
        alt.Chart(_rows(names))
        .mark_text(align="right", dx=-10, fontSize=11)
        .encode(x=alt.X("x:Q"), y=y, text="text:N")
    )
    right = (
        alt.Chart(_rows(totals))
        .mark_text(align="right", dx=52, fontSize=11, fontWeight=600)
        .encode(x=alt.X("x:Q", scale=alt.Scale(domain=[0, 1], nice=False)), y=y, text="text:N")
    )
    chart = alt.layer(bars, inside, left, right).properties(
        width=WIDTH - 225, height=(27 if len(page.ages) <= ROOMY else 21) * len(page.ages)
    )
    return svg(chart, words.text("Share of stock value by days since receipt, per category"))


def _age_rows(
    index: int, line: AgeLine, buckets: tuple[str, ...], figures: Figures
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    reached = 0.0
    for place, (_, value) in enumerate(zip(buckets, line.values, strict=True)):
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


# ---------------------------------------------------------------------------- suppliers


def suppliers_chart(page: SuppliersPage, unit: Unit, words: Words) -> Markup | None:
    """Stock of each supplier: dead and slow parts in colour."""
    lines = [line for line in page.lines if line.stock > 0]
    if not lines:
        return None
    figures = words.figures
    rows: list[dict[str, Any]] = []
    ends: list[dict[str, Any]] = []
    for index, line in enumerate(lines):
        name = {"at": index, "name": shortened(words.label(line.label), 30)}
        reached = Decimal(0)
        parts = ((line.dead.dead, VERMILION), (line.dead.slow, OCHRE))
        for value, colour in (*parts, (line.stock - line.dead.idle, PALE)):
            if value > 0:
                span = {"from": float(reached), "to": float(reached + value)}
                rows.append({**name, **span, "colour": colour})
                reached += value
        text = f"{figures.amount(line.dead.idle, unit)} / {figures.amount(line.stock, unit)}"
        ends.append({**name, "to": float(line.stock), "zero": 0, "text": text})
    largest = max(end["to"] for end in ends)
    x = alt.X("from:Q", axis=None, scale=alt.Scale(domain=[0, largest], nice=False))
    y = alt.Y("at:O", axis=None, scale=alt.Scale(paddingInner=0.38, paddingOuter=0.05))
    bars = (
        alt.Chart(_rows(rows))
        .mark_bar()
        .encode(x=x, x2="to:Q", y=y, color=alt.Color("colour:N", scale=None))
    )
    left = (
        alt.Chart(_rows(ends))
        .mark_text(align="right", dx=-10, fontSize=11)
        .encode(x=alt.X("zero:Q"), y=y, text="name:N")
    )
    right = (
        alt.Chart(_rows(ends))
        .mark_text(align="left", dx=6, fontSize=10.5, fontWeight=600)
        .encode(x=alt.X("to:Q"), y=y, text="text:N")
    )
    chart = alt.layer(bars, left, right).properties(width=WIDTH - 245, height=14.6 * len(lines))
    return svg(chart, words.text("Stock of each supplier, with its dead and slow part"))
