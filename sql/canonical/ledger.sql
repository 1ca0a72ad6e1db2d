-- The stock ledger as the facts read it: integers only, in millionths and ten-thousandths.
-- $everything reads all of it; otherwise only the items that were touched since facts were made.
select
    company,
    movement_no,
    item_no,
    warehouse_no,
    supplier_no,
    day,
    seq,
    kind_no,
    (quantity * 1000000)::bigint as quantity_e6,
    (value * 10000)::bigint as value_e4,
    order_line_key,
    transfer_key,
    received_day,
    coalesce(is_reversal, false) as is_reversal
from canonical.stock_movement
where $everything or item_no in (select touched.item_no from canonical.touched)
