"""Turnover of up to 24 months, in the field of its benchmark."""

import json
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from pipeline.report.charts.theme import WIDTH, Row, Spec, layered, marks, number, svg, word
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

    def at(self, **more: Spec) -> Spec:
        """The channels of a mark at its month and turnover."""
        return {"x": self.x(), "y": self.y(), **more}

    def x(self, **more: Any) -> Spec:
        return number("at", scale={"domain": [0, self.last], "nice": False}, **more)

    def y(self, field: str = "turns", **more: Any) -> Spec:
        scale = {"domain": [self.low, self.high], "nice": False, "zero": False}
        return number(field, scale=scale, **more)

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
    title = words.text("Turnover, trailing twelve months, month by month")
    told = words.told(title, _read_aloud(page.points, words))
    return svg(layered(*layers), WIDTH - LABELS, 132, told)


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


def _lines(rows: list[Row], plane: _Plane) -> list[Spec]:
    digits = ".1f" if plane.high - plane.low >= 1 else ".2f"
    axis = {"grid": True, "gridColor": LINE, "format": digits, "tickCount": 5}
    place = {"x": plane.x(axis=_months(rows)), "y": plane.y(axis=axis)}
    year = max(len(rows) - A_YEAR, 0)
    parts = ((rows[: year + 1], PRIOR, 2.2), (rows[year:], BRAND, 2.8))
    return [
        marks("line", part, place, color=colour, strokeWidth=width, strokeJoin="round")
        for part, colour, width in parts
        if len(part) > 1
    ]


def _months(rows: list[Row]) -> Spec:
    names = {row["at"]: row["month"] for row in rows}
    return {
        "values": sorted(row["at"] for row in rows[::-1][::3]),
        "labelExpr": f"({json.dumps(names)})[datum.value]",
        "ticks": True,
        "tickColor": PRIOR,
        "domain": True,
        "domainColor": LINE,
        "labelFlush": False,
    }


def _benchmark(benchmark: Benchmark, words: Words, plane: _Plane) -> list[Spec]:
    """Range as field, a single value as a line, each with its name; nothing that is not stated."""
    layers: list[Spec] = []
    if benchmark.low is not None and benchmark.high is not None:
        low, high = max(benchmark.low, plane.low), min(benchmark.high, plane.high)
        if low < high:
            field: Row = {"at": 0, "to": plane.last, "low": low, "high": high}
            ends = {"x2": {"field": "to"}, "y2": {"field": "high"}}
            place = {"x": plane.x(), "y": plane.y("low"), **ends}
            layers.append(marks("rect", [field], place, color=FIELD))
    if benchmark.value is not None and plane.shows(benchmark.value):
        colour = INK if benchmark.tick else GREY
        row: Row = {"turns": benchmark.value}
        layers.append(marks("rule", [row], {"y": plane.y()}, color=colour, strokeDash=[4, 3]))
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


def _named(value: float, message_text: str, words: Words, plane: _Plane) -> list[Spec]:
    arrow = "↓ " if value < plane.low else "↑ " if value > plane.high else ""
    text = arrow + words.text(message_text) % {"turnover": words.figures.turns(value)}
    place = min(max(value, plane.low), plane.high)
    at, dy = (0, -7) if plane.is_crowded(place) else (plane.last, 0)
    row: Row = {"at": at, "turns": place, "text": text}
    look = {"align": "left", "dx": 8 if dy else 12, "dy": dy, "fontSize": 10.5}
    # Inside the plot a line of the grid may run behind the words.
    return [_halo(row, plane, **look)] * bool(dy) + [_text(row, plane, color=GREY, **look)]


def _text(row: Row, plane: _Plane, **look: Any) -> Spec:
    return marks("text", [row], plane.at(text=word("text")), **look)


def _halo(row: Row, plane: _Plane, **look: Any) -> Spec:
    """The white edge behind a text."""
    return _text(row, plane, stroke="white", strokeWidth=3, **look)


def _ends(points: tuple[Point, ...], words: Words, plane: _Plane) -> list[Spec]:
    """Today's figure, large, and that of a year ago."""
    turns = words.figures.turns
    layers: list[Spec] = []
    ago = points[-A_YEAR].turnover if len(points) >= A_YEAR else None
    if ago is not None:
        row: Row = {"at": len(points) - A_YEAR, "turns": ago}
        row["text"] = words.text("a year ago %(turnover)s") % {"turnover": turns(ago)}
        ring = {"filled": True, "fill": "white", "stroke": PRIOR, "strokeWidth": 2}
        look = {"dy": -16, "color": GREY, "fontSize": 10.5}
        layers += [
            marks("point", [row], plane.at(), **ring, size=70, opacity=1),
            _halo(row, plane, **look),
            _text(row, plane, **look),
        ]
    if plane.now is not None:
        row = {"at": plane.last, "turns": plane.now, "text": turns(plane.now)}
        look = {"align": "left", "dx": 12, "color": BRAND}
        layers += [
            marks("point", [row], plane.at(), filled=True, color=BRAND, size=90, opacity=1),
            _text(row, plane, **look, dy=-2, fontSize=19, fontWeight=700),
            _text({**row, "text": words.text("now")}, plane, **look, dy=15, fontSize=10.5),
        ]
    return layers
