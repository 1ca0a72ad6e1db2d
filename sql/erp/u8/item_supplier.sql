-- 用友 U8: 主要供货单位 of 存货档案 (Inventory.cVenCode) -> canonical item_supplier.
with

items as (

    select * from landed.inventory

),

mapped as (

    select
        ---------- identity
        cinvcode as sku,
        cvencode as supplier,

        ---------- terms
        true as is_primary,
        round(iinvadvance, 0)::bigint as lead_time_days,
        nullif(round(fminsupply, 6), 0)::decimal(18, 6) as moq,

        ---------- where it came from
        source_file,
        source_row,
        delivery_no,
        unreadable

    from items
    where cvencode is not null

)

select * from mapped
