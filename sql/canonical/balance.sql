-- What the ERP says stood there on a day, for proof.
select
    company,
    sku,
    warehouse,
    quantity,
    value
from canonical.stock_balance
where balance_on = $day
