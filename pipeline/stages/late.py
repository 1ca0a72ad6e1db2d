"""Deliveries that come after figures of their day were made: how far back they reach."""

from collections.abc import Sequence
from datetime import date

from pipeline.canonical.load_contract import Delivery
from pipeline.metrics.time_windows import day_number
from pipeline.warehouse import Warehouse

TOUCHED = """
SELECT min(day) FROM (
    SELECT day FROM canonical.stock_movement
    WHERE company = $company AND delivery_no = $number
    UNION ALL
    SELECT day FROM canonical.stock_movement_history
    WHERE company = $company AND closed_by = $number
)
"""
EPOCH = date(1970, 1, 1)


def among(new: Sequence[Delivery], with_figures: Sequence[date]) -> list[Delivery]:
    """The deliveries whose extract date, or a later one, has figures already."""
    newest = max(with_figures, default=date.min)
    return [delivery for delivery in new if delivery.extract_on <= newest]


def touched_from(
    warehouse: Warehouse, new: Sequence[Delivery], with_figures: Sequence[date]
) -> date | None:
    """The first day to which late or corrected deliveries add anything; None: there are none.

    Rows posted earlier count from their day; masters and balances from the extract date.
    """
    came = among(new, with_figures)
    days = [_first_row(warehouse, delivery) for delivery in came]
    return min(days, default=None)


def _first_row(warehouse: Warehouse, delivery: Delivery) -> date:
    asked = {"company": delivery.company, "number": delivery.number}
    number = warehouse.value(TOUCHED, asked)
    since_epoch = day_number(delivery.extract_on) if number is None else number
    return min(delivery.extract_on, date.fromordinal(EPOCH.toordinal() + since_epoch))
