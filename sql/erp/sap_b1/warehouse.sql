-- SAP Business One: warehouses (OWHS) -> canonical warehouse; the site says which kind each one is.
with

warehouses as (

    select * from landed.owhs

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
        warehouses.whscode as warehouse,
        warehouses.whsname as name,
        warehouse_kind.meaning as kind,

        ---------- where it came from
        warehouses.source_file,
        warehouses.source_row,
        warehouses.delivery_no,
        warehouses.unreadable

    from warehouses
    left join warehouse_kind
        on warehouses.whscode = warehouse_kind.code

)

select * from mapped
