"""The large charts: Vega-Lite specifications under one theme, drawn as SVG by vl-convert.

Text stays text in the page's own fonts.  The specifications carry no size of the paper but their
own width, so that the same ones can serve an interactive page.
"""

from dataclasses import dataclass

from markupsafe import Markup

from pipeline.report.charts.ageing import ageing_chart
from pipeline.report.charts.idle import idle_chart
from pipeline.report.charts.stock import bridge_chart, stocks_chart
from pipeline.report.charts.suppliers import suppliers_chart
from pipeline.report.charts.trend import trend_chart
from pipeline.report.charts.turns import turns_chart


@dataclass(frozen=True)
class Charts:
    """The charts of a report as SVG; nothing where there is nothing to draw."""

    trend: Markup | None
    bridge: Markup | None
    turns: Markup | None
    stocks: Markup | None
    ageing: Markup | None
    suppliers: Markup | None
    supplier_ages: Markup | None
    idle: Markup | None


__all__ = [
    "Charts",
    "ageing_chart",
    "bridge_chart",
    "idle_chart",
    "stocks_chart",
    "suppliers_chart",
    "trend_chart",
    "turns_chart",
]
