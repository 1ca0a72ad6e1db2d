"""Turnover of up to 24 months, in the field of its benchmark."""

import json
from dataclasses import dataclass

import altair as alt
from markupsafe import Markup

from pipeline.report.charts.theme import WIDTH, Row, rows_of, svg
from pipeline.report.member_figures import VALUE_TEXTS, Benchmark, Point
from pipeline.report.pages.trend import TrendPage
from pipeline.report.palette import BRAND, FIELD, GREY, INK, LINE
from pipeline.report.sentences import message
from pipeline.report.translate import Words

A_YEAR = 13  # points: both ends of twelve months
FEW = 2
LABELS = 150
PRIOR = "#98A4B3"
NEAR = (0.75, 1.33)
"""A benchmark farther from the line than this would flatten it; an arrow points there instead."""
CROWDED = 0.26
"""Labels closer than this part of the height would overlap."""


@dataclass(frozen=True)
class _Plane:
    """The shared scales of the chart's layers."""

    last: int
    low: float
    high: float
    now: float | None

    def x(self, axis: alt.Axis | None = None) -> alt.X:
        scale = alt.Scale(domain=[0, self.last], nice=False)
        return alt.X("at:Q", scale=scale, axis=axis) if axis else alt.X("at:Q", scale=scale)

    def y(self, field: str = "turns", axis: alt.Axis | None = None) -> alt.Y:
        scale = alt.Scale(domain=[self.low, self.high], nice=False, zero=False)
        name = f"{field}:Q"
        return alt.Y(name, scale=scale, axis=axis) if axis else alt.Y(name, scale=scale)

    def shows(self, value: float) -> bool:
        return self.low <= value <= self.high

    def is_crowded(self, value: float) -> bool:
        """Whether a label there would stand on that of today's figure."""
        return self.now is not None and abs(value - self.now) < CROWDED * (self.high - self.low)


def trend_chart(page: TrendPage, words: Words) -> Markup | None:
    """Turnover of up to 24 months in the field of its benchmark; the year before is pale."""
    known = [point.turnover for point in page.points if point.turnover is not None]
    if len(known) < FEW:
        return None
    low, high = _range(known, page.benchmark)
    plane = _Plane(len(page.points) - 1, low, high, page.points[-1].turnover)
    rows: list[Row] = [
        {"at": at, "turns": point.turnover, "month": words.figures.month(point.on)}
        for at, point in enumerate(page.points)
    ]
    layers = [
        *(_benchmark(page.benchmark, words, plane) if page.benchmark else ()),
        *_lines(rows, plane),
        *_ends(page.points, words, plane),
    ]
    chart = alt.layer(*layers).properties(width=WIDTH - LABELS, height=132)
    title = words.text("Turnover, trailing twelve months, month by month")
    return svg(chart, words.told(title, _read_aloud(page.points, words)))


def _read_aloud(points: tuple[Point, ...], words: Words) -> list[str]:
    """The figure of every month that has one."""
    form = words.text("%(name)s %(value)s")
    return [
        form % {"name": words.figures.month(point.on), "value": words.figures.turns(point.turnover)}
        for point in points
        if point.turnover is not None
    ]


def _range(known: list[float], benchmark: Benchmark | None) -> tuple[float, float]:
    """The part of the scale that is shown: the line, and the benchmark where it is near."""
    low, high = min(known), max(known)
    marks = (benchmark.low, benchmark.value, benchmark.high) if benchmark else ()
    near = [one for one in marks if one is not None and low * NEAR[0] <= one <= high * NEAR[1]]
    low, high = min(low, *near, low), max(high, *near, high)
    room = max((high - low) * 0.08, 0.1)
    return max(0.0, round(low - room, 2)), round(high + room, 2)


def _lines(rows: list[Row], plane: _Plane) -> list[alt.Chart]:
    axis_x = _months(rows)
    digits = ".1f" if plane.high - plane.low >= 1 else ".2f"
    axis_y = alt.Axis(grid=True, gridColor=LINE, format=digits, tickCount=5)
    year = max(len(rows) - A_YEAR, 0)
    parts = ((rows[: year + 1], PRIOR, 2.2), (rows[year:], BRAND, 2.8))
    return [
        alt.Chart(rows_of(part))
        .mark_line(color=colour, strokeWidth=width, strokeJoin="round")
        .encode(x=plane.x(axis_x), y=plane.y(axis=axis_y))
        for part, colour, width in parts
        if len(part) > 1
    ]


def _months(rows: list[Row]) -> alt.Axis:
    names = {row["at"]: row["month"] for row in rows}
    return alt.Axis(
        values=sorted(row["at"] for row in rows[::-1][::3]),
        labelExpr=f"({json.dumps(names)})[datum.value]",
        ticks=True,
        tickColor=PRIOR,
        domain=True,
        domainColor=LINE,
        labelFlush=False,
    )


def _benchmark(benchmark: Benchmark, words: Words, plane: _Plane) -> list[alt.Chart]:
    """Range as field, a single value as a line, each with its name; nothing that is not stated."""
    layers: list[alt.Chart] = []
    if benchmark.low is not None and benchmark.high is not None:
        low, high = max(benchmark.low, plane.low), min(benchmark.high, plane.high)
        if low < high:
            layers.append(
                alt.Chart(rows_of([{"at": 0, "to": plane.last, "low": low, "high": high}]))
                .mark_rect(color=FIELD)
                .encode(x=plane.x(), x2="to:Q", y=plane.y("low"), y2="high:Q")
            )
    if benchmark.value is not None and plane.shows(benchmark.value):
        layers.append(
            alt.Chart(rows_of([{"turns": benchmark.value}]))
            .mark_rule(color=INK if benchmark.tick else GREY, strokeDash=[4, 3])
            .encode(y=plane.y())
        )
    for value, text in _names(benchmark):
        layers += _named(value, text, words, plane)
    return layers


def _names(benchmark: Benchmark) -> list[tuple[float, str]]:
    """What the source states, with its name."""
    ends = (
        (message("laggards %(turnover)s"), message("stars %(turnover)s"))
        if benchmark.statistic == "star_laggard"
        else (message("range from %(turnover)s"), message("range to %(turnover)s"))
    )
    value_text = VALUE_TEXTS.get(benchmark.statistic, "")
    stated = zip((benchmark.low, benchmark.high, benchmark.value), (*ends, value_text), strict=True)
    return [(value, text) for value, text in stated if value is not None]


def _named(value: float, message_text: str, words: Words, plane: _Plane) -> list[alt.Chart]:
    arrow = "↓ " if value < plane.low else "↑ " if value > plane.high else ""
    text = arrow + words.text(message_text) % {"turnover": words.figures.turns(value)}
    place = min(max(value, plane.low), plane.high)
    at, dy = (0, -7) if plane.is_crowded(place) else (plane.last, 0)
    label = alt.Chart(rows_of([{"at": at, "turns": place, "text": text}])).encode(
        x=plane.x(), y=plane.y(), text="text:N"
    )
    dx = 8 if dy else 12
    # Inside the plot a line of the grid may run behind the words.
    halo = label.mark_text(align="left", dx=dx, dy=dy, fontSize=10.5, stroke="white", strokeWidth=3)
    text_mark = label.mark_text(align="left", dx=dx, dy=dy, color=GREY, fontSize=10.5)
    return [halo, text_mark] if dy else [text_mark]


def _ends(points: tuple[Point, ...], words: Words, plane: _Plane) -> list[alt.Chart]:
    """Today's figure, large, and that of a year ago."""
    turns = words.figures.turns
    layers: list[alt.Chart] = []
    ago = points[-A_YEAR].turnover if len(points) >= A_YEAR else None
    if ago is not None:
        row: Row = {"at": len(points) - A_YEAR, "turns": ago}
        row["text"] = words.text("a year ago %(turnover)s") % {"turnover": turns(ago)}
        base = alt.Chart(rows_of([row])).encode(x=plane.x(), y=plane.y())
        label = base.encode(text="text:N")
        layers += [
            base.mark_point(
                filled=True, fill="white", stroke=PRIOR, strokeWidth=2, size=70, opacity=1
            ),
            label.mark_text(dy=-16, color=GREY, fontSize=10.5, stroke="white", strokeWidth=3),
            label.mark_text(dy=-16, color=GREY, fontSize=10.5),
        ]
    if plane.now is not None:
        row = {"at": plane.last, "turns": plane.now, "text": turns(plane.now)}
        base = alt.Chart(rows_of([row])).encode(x=plane.x(), y=plane.y())
        word = alt.Chart(rows_of([{**row, "text": words.text("now")}]))
        word = word.encode(x=plane.x(), y=plane.y(), text="text:N")
        layers += [
            base.mark_point(filled=True, color=BRAND, size=90, opacity=1),
            base.encode(text="text:N").mark_text(
                align="left", dx=12, dy=-2, color=BRAND, fontSize=19, fontWeight=700
            ),
            word.mark_text(align="left", dx=12, dy=15, color=BRAND, fontSize=10.5),
        ]
    return layers
