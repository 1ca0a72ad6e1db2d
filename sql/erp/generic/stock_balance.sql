-- Generic: canonical columns as delivered -> canonical stock_balance.
select
    balance_on,
    sku,
    warehouse,
    quantity,
    value,

    ---------- where it came from
    source_file,
    source_row,
    delivery_no,
    unreadable
from landed.stock_balance
