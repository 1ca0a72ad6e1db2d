-- AdventureWorks DW: the last day of the inventory fact -> canonical stock_balance.
-- The fact states its balances itself: they prove the mapping of its movements to the cent.
with

last_day as (

    select *
    from landed.fact_product_inventory
    qualify movementdate = max(movementdate) over (partition by delivery_no)

),

mapped as (

    select
        ---------- identity
        last_day.movementdate as balance_on,
        dim_product.productalternatekey as sku,
        'main' as warehouse,

        ---------- how much: the versions of a product are one item
        sum(last_day.unitsbalance)::decimal(18, 6) as quantity,
        sum(last_day.unitsbalance * last_day.unitcost)::decimal(18, 4) as value,

        ---------- where it came from
        last_day.source_file,
        min(last_day.source_row) as source_row,
        last_day.delivery_no,
        flatten(list(last_day.unreadable)) as unreadable

    from last_day
    left join landed.dim_product as dim_product
        on
            last_day.productkey = dim_product.productkey
            and last_day.delivery_no = dim_product.delivery_no
    group by all

)

select * from mapped
