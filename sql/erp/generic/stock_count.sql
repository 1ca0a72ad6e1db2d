-- Generic: canonical columns as delivered -> canonical stock_count.
select
    count_no,
    line_no,
    counted_at,
    sku,
    warehouse,
    lot,
    book_quantity,
    counted_quantity,

    ---------- where it came from
    source_file,
    source_row,
    delivery_no,
    unreadable
from landed.stock_count
