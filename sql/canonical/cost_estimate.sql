-- What movements without a posted cost are worth: the last closed unit cost of item and
-- warehouse on the day they were posted, else of the item in all warehouses.
with

pending as (

    select
        rowid as rid,
        item_no,
        warehouse_no,
        day,
        posted_at::date as posted_on,
        quantity,
        value
    from canonical.stock_movement
    where
        company = $company
        and (value is null or has_estimated_cost)

),

closed as (

    select
        item_no,
        warehouse_no,
        balance_on,
        quantity,
        value
    from canonical.stock_balance
    where
        company = $company
        and quantity > 0
        and value is not null

),

of_warehouse as (

    select
        item_no,
        warehouse_no,
        balance_on,
        value::double / quantity::double as unit_cost
    from closed

),

of_item as (

    select
        item_no,
        balance_on,
        sum(value)::double / sum(quantity)::double as unit_cost
    from closed
    group by item_no, balance_on

),

costed as (

    select
        pending.*,
        coalesce(of_warehouse.unit_cost, of_item.unit_cost) as unit_cost
    from pending
    asof left join of_warehouse
        on
            pending.item_no = of_warehouse.item_no
            and pending.warehouse_no = of_warehouse.warehouse_no
            and pending.posted_on >= of_warehouse.balance_on
    asof left join of_item
        on
            pending.item_no = of_item.item_no
            and pending.posted_on >= of_item.balance_on

)

select
    rid,
    item_no,
    day,
    value,
    round(quantity::double * unit_cost, 4)::decimal(18, 4) as estimate
from costed
