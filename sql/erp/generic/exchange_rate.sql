-- Generic: canonical columns as delivered -> canonical exchange_rate.
select
    currency,
    rate_on,
    kind,
    rate,

    ---------- where it came from
    source_file,
    source_row,
    delivery_no,
    unreadable
from landed.exchange_rate
