-- Generic: canonical columns as delivered -> canonical item.
select
    sku,
    name,
    category,
    base_uom,
    stage,
    status,
    variant_group,
    created_on,
    brand,

    ---------- where it came from
    source_file,
    source_row,
    delivery_no,
    unreadable
from landed.item
