-- Generic: canonical columns as delivered -> canonical stock_movement.
select
    movement_id,
    posted_at,
    entry_no,
    sku,
    warehouse,
    kind,
    quantity,
    value,
    value_is_estimated,
    is_reversal,
    received_on,
    document_type,
    document_no,
    order_no,
    order_line_no,
    supplier,
    customer,
    channel,
    lot,
    promotion,
    transfer_id,
    conversion_id,

    ---------- where it came from
    source_file,
    source_row,
    delivery_no,
    unreadable
from landed.stock_movement
