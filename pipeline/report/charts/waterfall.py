"""Steps from one level to another: what each added or took away."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from markupsafe import Markup

from pipeline.report.charts.theme import (
    WIDTH,
    Row,
    as_given,
    layered,
    marks,
    nought,
    number,
    svg,
    word,
)
from pipeline.report.palette import BRAND, INK
from pipeline.report.translate import Words

Said = Callable[..., str]


@dataclass(frozen=True)
class Waterfall:
    """What is drawn: the level before, the steps, the level after, each with its name."""

    title: str
    levels: tuple[tuple[str, Decimal], tuple[str, Decimal]]
    steps: Sequence[tuple[str, Decimal]]
    said: Said
    """How a value is written, `signed` or not."""
    more_is: str
    less_is: str
    """The colours of steps up and down."""
    width: int = WIDTH
    height: int = 102


def waterfall(drawn: Waterfall, words: Words) -> Markup:
    """The levels as full columns, the steps hanging between them."""
    rows = _rows(drawn)
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
        marks("rule", _links(rows), links, color="#98A4B3", strokeWidth=0.8),
        layered(
            *(
                marks("text", part, text, dy=dy, fontSize=11.5, fontWeight=600)
                for dy, part in ((-8, above), (10, below))
                if part
            )
        ),
        *nought(bottom),
    )
    told = words.told(drawn.title, [f"{row['said']} {row['text']}" for row in rows])
    return svg(chart, drawn.width, drawn.height, told)


def _rows(drawn: Waterfall) -> list[Row]:
    largest = max((abs(value) for _, value in (*drawn.levels, *drawn.steps)), default=Decimal(1))
    scale = largest or Decimal(1)

    def row(name: str, low: Decimal, high: Decimal, text: str, colour: str) -> Row:
        return {
            "name": _two_lines(name),
            "said": name,
            "low": float(low / scale),
            "high": float(high / scale),
            # The amount stands above its column, of a column below nought below it.
            "edge": float((min if high < 0 and low <= 0 else max)(low, high) / scale),
            "end": float(high / scale),
            "text": text,
            "colour": colour,
            "ink": INK if colour == BRAND else colour,
        }

    (first, level), (last, closing) = drawn.levels
    rows = [row(first, Decimal(0), level, drawn.said(level), BRAND)]
    for name, value in drawn.steps:
        colour = drawn.more_is if value > 0 else drawn.less_is
        rows.append(row(name, level, level + value, drawn.said(value, signed=True), colour))
        level += value
    return [*rows, row(last, Decimal(0), closing, drawn.said(closing), BRAND)]


def _links(rows: list[Row]) -> list[Row]:
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
