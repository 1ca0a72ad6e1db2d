-- Generic: canonical columns as delivered -> canonical supplier.
select
    supplier,
    name,

    ---------- where it came from
    source_file,
    source_row,
    delivery_no,
    unreadable
from landed.supplier
