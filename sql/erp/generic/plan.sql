-- Generic: canonical columns as delivered -> canonical plan.
select
    period_start,
    period_end,
    kind,
    sku,
    category,
    quantity,
    value,

    ---------- where it came from
    source_file,
    source_row,
    delivery_no,
    unreadable
from landed.plan
