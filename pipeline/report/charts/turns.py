"""What outflow and stock did to the turnover between two dates."""

from decimal import Decimal

from markupsafe import Markup

from pipeline.report.charts.waterfall import Waterfall, waterfall
from pipeline.report.pages.why import TurnsBridge
from pipeline.report.palette import BLUE, DEAD
from pipeline.report.translate import Words


def turns_chart(bridge: TurnsBridge, words: Words) -> Markup:
    """The turnover of then, both effects, and the turnover of now."""
    figures, _ = words.figures, words.text

    def said(value: Decimal, *, signed: bool = False) -> str:
        return figures.turns(float(value), signed=signed)

    levels = (
        (figures.day(bridge.compared_on), Decimal(str(bridge.before))),
        (_("Now"), Decimal(str(bridge.now))),
    )
    steps = [
        (_("Cost of goods sold"), Decimal(str(bridge.cogs_effect))),
        (_("Average stock"), Decimal(str(bridge.inventory_effect))),
    ]
    drawn = Waterfall(
        _("What cost of goods sold and average stock did to turnover"),
        levels,
        steps,
        said,
        more_is=BLUE,
        less_is=DEAD,
        width=318,
        height=104,
    )
    return waterfall(drawn, words)
