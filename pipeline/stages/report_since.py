"""What a report may call new: items that began or ceased to be dead since the date before."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from pipeline.metrics.stock_status import STOCK_STATUS
from pipeline.policy import Policy
from pipeline.report.inputs import SINCE, Since
from pipeline.stages.published_views import AS_OF
from pipeline.warehouse import Warehouse

BEFORE = f"""
SELECT as_of, company, policy_version FROM {AS_OF}
WHERE metric = $metric AND as_of < $day AND company IN (SELECT unnest($companies::VARCHAR[]))
QUALIFY as_of = max(as_of) OVER ()
"""
BEGAN_OR_CEASED = """
WITH position AS (
    SELECT company, sku, is_abnormal, value, last_issue_on, as_of = $day AS is_now,
        status = 'dead' AS is_dead
    FROM metrics.stock_status
    WHERE as_of IN ($day, $before) AND quantity > 0
        AND company IN (SELECT unnest($companies::VARCHAR[]))
),
item AS (
    SELECT company, sku,
        bool_or(is_now) AS is_held,
        bool_or(is_dead AND is_now) AS is_dead_now,
        bool_or(is_dead AND NOT is_now) AS was_dead,
        bool_or(is_dead AND is_now AND NOT is_abnormal) AS counts_now,
        bool_or(is_dead AND NOT is_now AND NOT is_abnormal) AS counted_then,
        sum(value) FILTER (is_dead AND is_now AND NOT is_abnormal) AS dead_now,
        sum(value) FILTER (is_dead AND NOT is_now AND NOT is_abnormal) AS dead_then,
        max(last_issue_on) FILTER (is_now) AS issued_on,
        max(last_issue_on) FILTER (NOT is_now) AS issued_before
    FROM position GROUP BY company, sku
)
SELECT company, sku, CASE WHEN counts_now THEN dead_now ELSE dead_then END AS value,
    CASE
        WHEN counts_now AND NOT was_dead THEN 'became_dead'
        WHEN counted_then AND NOT is_held THEN 'left'
        WHEN counted_then AND NOT is_dead_now
            AND issued_on > coalesce(issued_before, DATE '0001-01-01') THEN 'moves_again'
    END AS change
FROM item WHERE change IS NOT NULL ORDER BY company, sku
"""
TURNED = """
SELECT turnover FROM metrics.turnover
WHERE as_of = $before AND company = $company AND dimension = 'company' AND member = $company
    AND time_window = 'trailing_12_months' AND basis = $basis AND scope = 'normal'
    AND reason IS NULL
"""


def since(
    warehouse: Warehouse, policy: Policy, company: str, mine: Sequence[str], as_of: date
) -> Since | None:
    """What differs from the newest date before of which details are kept; None without one.

    Nor is anything new that another policy made so.  A company of which nothing was known by then
    is left out; so is stock that became abnormal, or was.
    """
    before = warehouse.frame(
        BEFORE, {"metric": STOCK_STATUS.name, "day": as_of, "companies": list(mine)}
    )
    if before.is_empty() or set(before["policy_version"]) != {policy.version}:
        return None
    on: date = before["as_of"][0]
    compared = {"day": as_of, "before": on, "companies": before["company"].to_list()}
    items = warehouse.frame(BEGAN_OR_CEASED, compared)
    named = {"before": on, "company": company, "basis": policy.turnover.headline_basis}
    turned = warehouse.frame(TURNED, named)["turnover"]
    return Since(
        on=on,
        turnover=turned[0] if len(turned) else None,
        items=items.select(pl.col(name).cast(kind) for name, kind in SINCE.items()),
    )
