"""The one look of all charts, and how a specification becomes SVG."""

import json
import re
from functools import cache
from typing import Any

import altair as alt
import vl_convert as vlc
from markupsafe import Markup, escape

from pipeline.report.palette import GREY, INK
from pipeline.resources import template_folder

Drawing = alt.LayerChart | alt.FacetChart | alt.Chart
Row = dict[str, Any]
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


def svg(chart: Drawing, description: str) -> Markup:
    """The chart drawn, with the sentence a screen reader says instead."""
    _register_fonts()
    specification = chart.to_dict(validate=False) | {"config": THEME}
    drawn = vlc.vegalite_to_svg(json.dumps(specification))
    opening, rest = drawn.split(">", 1)
    return Markup(f"{opening}><title>{escape(description)}</title>{_without_roles(rest)}")  # noqa: S704 - vega escapes its text


def nought(lowest: float) -> list[alt.Chart]:
    """The line of nought as a layer, where something reaches below it."""
    if lowest >= 0:
        return []
    line = alt.Chart(rows_of([{"nought": 0.0}])).mark_rule(color=INK, strokeWidth=1)
    return [line.encode(y=alt.Y("nought:Q"))]


@cache
def _register_fonts() -> None:
    vlc.register_font_directory(str(template_folder() / "fonts"))


def _without_roles(drawn: str) -> str:
    """The drawing without attributes that only a browser needs: a third of its bytes."""
    return re.sub(r' (?:aria-[a-z]+|role|class|pointer-events)="[^"]*"', "", drawn)


def rows_of(rows: list[dict[str, Any]]) -> alt.InlineData:
    """Rows as the data of one layer."""
    return alt.InlineData(values=rows)
