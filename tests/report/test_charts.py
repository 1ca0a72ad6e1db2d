"""Charts: what is below nought stands below its line."""

from dataclasses import replace
from decimal import Decimal

from pipeline.report.charts import bridge_chart, idle_chart, stocks_chart
from pipeline.report.model import ReportModel
from pipeline.report.number_format import Unit
from pipeline.report.pages.dead_stock import MonthIdle
from pipeline.report.pages.trend import Bridge
from pipeline.report.palette import BRAND, INK, SLOW
from pipeline.report.translate import Words
from tests.report.sites.marks import points_of
from tests.report.sites.reading import Node, read

EXACT = Unit(1, 0, "CNY")
ENGLISH = Words("en", "CNY")


def columns(drawing: Node, colour: str) -> list[tuple[int, int]]:
    """Top and bottom of every column of a colour."""
    found: dict[int, list[float]] = {}
    for shape, (_, y) in points_of(drawing):
        if shape.attributes.get("fill", "").lower() == colour.lower():
            found.setdefault(id(shape), []).append(y)
    return [(round(min(ys)), round(max(ys))) for ys in found.values()]


def nought(drawing: Node) -> int:
    """Where the line of nought stands: the only dark one."""
    (level,) = {
        round(y)
        for shape, (_, y) in points_of(drawing)
        if shape.tag == "line" and shape.attributes["stroke"] == INK
    }
    return level


def test_a_bridge_that_ends_below_nought_hangs_its_last_column_from_the_line(
    model: ReportModel,
) -> None:
    full = model.trend.bridge
    assert full is not None
    step = replace(full.steps[0], value=Decimal(-9050))
    bridge = Bridge(Decimal(2500), (step,), Decimal(-6550), full.since)

    drawing = read(bridge_chart(bridge, EXACT, ENGLISH))

    (opening, closing), level = columns(drawing, BRAND), nought(drawing)
    assert opening[1] == closing[0] == level
    # 2,500 above the line, 6,550 below it.
    above, below = level - opening[0], closing[1] - level
    assert abs(below / above - 6550 / 2500) < 0.1


def test_month_ends_below_nought_hang_from_the_line(model: ReportModel) -> None:
    first, second, *_ = model.trend.stocks
    months = tuple(
        replace(month, value=Decimal(value), prior=None)
        for month, value in ((first, 100), (second, -300))
    )

    drawing = read(stocks_chart(months, EXACT, ENGLISH) or "")

    (now, below), level = columns(drawing, BRAND), nought(drawing)
    assert now[1] == below[0] == level
    assert below[1] - level > now[1] - now[0]


def test_slow_stock_below_nought_hangs_from_the_line(model: ReportModel) -> None:
    trend = model.dead_stock.trend
    assert trend is not None
    months = tuple(
        MonthIdle(month.on, Decimal(200), Decimal(slow))
        for month, slow in zip(trend.months, (100, -50), strict=False)
    )

    drawing = read(idle_chart(replace(trend, months=months), EXACT, ENGLISH))

    (first, last), level = columns(drawing, SLOW), nought(drawing)
    assert first[1] < level
    assert last[0] == level
