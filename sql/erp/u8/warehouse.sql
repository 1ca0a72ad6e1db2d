-- 用友 U8: 仓库档案 (Warehouse) -> canonical warehouse; the site says which kind each one is.
with

warehouses as (

    select * from landed.warehouse

),

warehouse_kind as (

    select
        code,
        meaning
    from landed.codes
    where list = 'warehouse_kind'

),

mapped as (

    select
        warehouses.cwhcode as warehouse,
        warehouses.cwhname as name,
        if(warehouses.bproxywh, 'consigned', warehouse_kind.meaning) as kind,

        ---------- where it came from
        warehouses.source_file,
        warehouses.source_row,
        warehouses.delivery_no,
        warehouses.unreadable

    from warehouses
    left join warehouse_kind
        on warehouses.cwhcode = warehouse_kind.code

)

select * from mapped
