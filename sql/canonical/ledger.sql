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
    -- Beyond a million units, or ten thousand million in money, only 128 bits hold the product.
    case
        when quantity between -999999 and 999999 then (quantity * 1000000)::bigint
        else (quantity::decimal(38, 6) * 1000000)::bigint
    end as quantity_e6,
    case
        when value between -9999999999 and 9999999999 then (value * 10000)::bigint
        else (value::decimal(38, 4) * 10000)::bigint
    end as value_e4,
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
