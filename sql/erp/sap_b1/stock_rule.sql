-- SAP Business One: levels by warehouse (OITW) -> canonical stock_rule.
-- Levels of the item as a whole (OITM, where ByWh is not set) name no warehouse and stay out.
with

levels as (

    select * from landed.oitw

),

mapped as (

    select
        ---------- identity
        itemcode as sku,
        whscode as warehouse,

        ---------- the rule
        nullif(minstock, 0) as min_quantity,
        nullif(maxstock, 0) as max_quantity,

        ---------- where it came from
        source_file,
        source_row,
        delivery_no,
        unreadable

    from levels
    where minstock > 0 or maxstock > 0

)

select * from mapped
