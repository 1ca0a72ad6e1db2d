-- AdventureWorks DW: the daily inventory fact (FactProductInventory) -> canonical stock_movement.
-- A row of the fact gives up to three postings: what came in, what went out, and what the stock
-- that was there became worth.  Most days are idle in units, yet two in three change the cost.
with

product as (

    select
        productkey,
        productalternatekey as sku,
        -- Bought goods take no days to make; MakeFlag of the ERP itself says nearly the same.
        if(daystomanufacture > 0, 'production_receipt', 'purchase') as receipt_kind,
        delivery_no,
        unreadable
    from landed.dim_product

),

-- Each version of a product (ProductKey) keeps a stock and a cost of its own, side by side.
day_of_product as (

    select
        fact.*,
        product.sku,
        product.receipt_kind,
        concat_ws('/', fact.productkey, fact.datekey) as fact_key,
        row_number() over history as day_no,
        lag(fact.unitcost) over history as cost_before,
        lag(fact.unitsbalance) over history as balance_before,
        list_concat(fact.unreadable, product.unreadable) as unreadable_cells
    from landed.fact_product_inventory as fact
    left join product
        on
            fact.productkey = product.productkey
            and fact.delivery_no = product.delivery_no
    window
        history as (
            partition by fact.delivery_no, fact.productkey
            order by fact.movementdate
        )

),

opening as (

    -- On the first day nothing moves: its balance is what stood there when the day began.
    select
        *,
        'opening' as kind,
        unitsbalance - unitsin + unitsout as quantity,
        (unitsbalance - unitsin + unitsout) * unitcost as value
    from day_of_product
    where day_no = 1

),

receipt as (

    select
        *,
        receipt_kind as kind,
        unitsin as quantity,
        unitsin * unitcost as value
    from day_of_product
    where unitsin is distinct from 0

),

-- Σ UnitsOut = the units of both sales facts, product by product: what leaves is sold.
issue as (

    select
        *,
        'sale' as kind,
        -unitsout as quantity,
        -unitsout * unitcost as value
    from day_of_product
    where unitsout is distinct from 0

),

-- Closing value = balance × that day's cost; whatever the movements at that cost do not explain.
revaluation as (

    select
        *,
        'revaluation' as kind,
        0 as quantity,
        balance_before * (unitcost - cost_before) as value
    from day_of_product
    where
        day_no > 1
        and balance_before * (unitcost - cost_before) is distinct from 0

),

posting as (

    select * from opening

    union all by name

    select * from receipt

    union all by name

    select * from issue

    union all by name

    select * from revaluation

),

mapped as (

    select
        ---------- identity
        concat_ws('/', fact_key, kind) as movement_id,
        sku,
        'main' as warehouse,

        ---------- what happened
        movementdate as posted_at,
        kind,

        ---------- how much
        quantity::decimal(18, 6) as quantity,
        value::decimal(18, 4) as value,

        ---------- where it came from
        source_file,
        source_row,
        delivery_no,
        unreadable_cells as unreadable,
        if(sku is null, [concat('unknown ProductKey ', productkey)], []) as refusals

    from posting

)

select * from mapped
