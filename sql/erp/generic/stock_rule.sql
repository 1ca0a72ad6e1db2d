-- Generic: canonical columns as delivered -> canonical stock_rule.
select
    sku,
    warehouse,
    reorder_point,
    safety_stock,
    min_quantity,
    max_quantity,
    changed_on,

    ---------- where it came from
    source_file,
    source_row,
    delivery_no,
    unreadable
from landed.stock_rule
