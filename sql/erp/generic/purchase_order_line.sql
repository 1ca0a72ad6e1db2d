-- Generic: canonical columns as delivered -> canonical purchase_order_line.
select
    order_no,
    line_no,
    ordered_on,
    promised_on,
    sku,
    warehouse,
    supplier,
    ordered_quantity,
    unit_price,
    currency,
    status,

    ---------- where it came from
    source_file,
    source_row,
    delivery_no,
    unreadable
from landed.purchase_order_line
