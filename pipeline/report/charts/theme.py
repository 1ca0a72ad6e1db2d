"""The one look of all charts, and how a Vega-Lite specification is put together and drawn."""

import json
import re
from functools import cache
from typing import Any

import vl_convert as vlc
from markupsafe import Markup, escape

from pipeline.report.palette import GREY, INK
from pipeline.resources import template_folder

Row = dict[str, Any]
Spec = dict[str, Any]
"""A specification, or a part of one."""
FONT = "Source Sans 3, Noto Sans SC"
WIDTH = 665
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


def marks(kind: str, rows: list[Row], channels: Spec, **look: Any) -> Spec:
    """A layer: each row as a mark, its place, size, colour and words by channel."""
    return {"data": {"values": rows}, "mark": {"type": kind, **look}, "encoding": channels}


def layered(*layers: Spec) -> Spec:
    """Layers as one, each on top of those before."""
    return {"layer": list(layers)}


def number(field: str, **more: Any) -> Spec:
    """A channel that shows a number."""
    return {"field": field, "type": "quantitative", **more}


def steps(field: str, **more: Any) -> Spec:
    """A channel of equal steps, in order."""
    return {"field": field, "type": "ordinal", **more}


def word(field: str, **more: Any) -> Spec:
    """A channel that shows words, or tells members apart."""
    return {"field": field, "type": "nominal", **more}


def as_given(field: str) -> Spec:
    """A channel that takes colours as the rows have them."""
    return word(field, scale=None)


def svg(chart: Spec, width: float, height: float, description: str) -> Markup:
    """The chart drawn, with the sentence a screen reader says instead."""
    _register_fonts()
    whole = {**chart, "width": width, "height": height, "config": THEME}
    drawn = vlc.vegalite_to_svg(json.dumps(whole))
    opening, rest = drawn.split(">", 1)
    return Markup(f"{opening}><title>{escape(description)}</title>{_without_roles(rest)}")  # noqa: S704 - vega escapes its text


def nought(lowest: float) -> list[Spec]:
    """The line of nought as a layer, where something reaches below it."""
    if lowest >= 0:
        return []
    place = {"y": number("nought")}
    return [marks("rule", [{"nought": 0.0}], place, color=INK, strokeWidth=1)]


@cache
def _register_fonts() -> None:
    vlc.register_font_directory(str(template_folder() / "fonts"))


def _without_roles(drawn: str) -> str:
    """The drawing without attributes that only a browser needs: a third of its bytes."""
    return re.sub(r' (?:aria-[a-z]+|role|class|pointer-events)="[^"]*"', "", drawn)
