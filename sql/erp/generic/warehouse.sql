-- Generic: canonical columns as delivered -> canonical warehouse.
select
    warehouse,
    name,
    kind,

    ---------- where it came from
    source_file,
    source_row,
    delivery_no,
    unreadable
from landed.warehouse
