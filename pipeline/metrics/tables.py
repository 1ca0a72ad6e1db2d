"""All published metrics, facts first: the one list from which everything about them is made."""

from pipeline.metrics.attributed_movement import ATTRIBUTED_MOVEMENT
from pipeline.metrics.cash_release import CASH_RELEASE
from pipeline.metrics.cost_plausibility import COST_PLAUSIBILITY
from pipeline.metrics.daily import DAILY
from pipeline.metrics.dead_stock import DEAD_STOCK
from pipeline.metrics.reconciliation import RECONCILIATION
from pipeline.metrics.spec import Metric
from pipeline.metrics.stock_age import STOCK_AGE
from pipeline.metrics.stock_status import STOCK_STATUS
from pipeline.metrics.trend import DEAD_STOCK_TREND, STOCK_TREND, TURNOVER_TREND
from pipeline.metrics.turnover import TURNOVER
from pipeline.metrics.turnover_change import TURNOVER_CHANGE

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        ATTRIBUTED_MOVEMENT,
        DAILY,
        TURNOVER,
        STOCK_STATUS,
        DEAD_STOCK,
        STOCK_AGE,
        RECONCILIATION,
        COST_PLAUSIBILITY,
        TURNOVER_TREND,
        DEAD_STOCK_TREND,
        STOCK_TREND,
        TURNOVER_CHANGE,
        CASH_RELEASE,
    )
}
