-- Generic: canonical columns as delivered -> canonical item_supplier.
select
    sku,
    supplier,
    is_primary,
    lead_time_days,
    moq,
    pack_size,
    unit_price,
    currency,
    return_window_days,

    ---------- where it came from
    source_file,
    source_row,
    delivery_no,
    unreadable
from landed.item_supplier
