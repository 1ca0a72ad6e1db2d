-- The stock ledger as the facts read it: integers only, in millionths and ten-thousandths.
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
    coalesce(is_reversal, false) as is_reversal,
    document_key,
    lot_no,
    -- A moment ends with the last tie of its second; where no hour is known, with the day (null).
    case
        when quantity > 0 and entry_no is null and posted_at <> posted_at::date
            then seq | 536870911
    end as until_seq,
    delivery_no
from canonical.stock_movement
