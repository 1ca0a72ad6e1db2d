-- Generic: canonical columns as delivered -> canonical sales_order_line.
select
    order_no,
    line_no,
    ordered_on,
    requested_on,
    sku,
    warehouse,
    ordered_quantity,
    revenue,
    customer,
    channel,
    promotion,
    status,

    ---------- where it came from
    source_file,
    source_row,
    delivery_no,
    unreadable
from landed.sales_order_line
