-- 用友 U8: 销售订单 (SO_SOMain, SO_SODetails) -> canonical sales_order_line; verified orders only.
-- Revenue is the order line's 无税本币 amount.
with

orders as (

    select * from landed.so_somain

),

lines as (

    select * from landed.so_sodetails

),

mapped as (

    select
        ---------- identity
        orders.csocode as order_no,
        lines.isosid as line_no,

        ---------- what was asked for
        lines.cinvcode as sku,
        orders.ccuscode as customer,
        orders.cstcode as channel,
        round(lines.iquantity, 6)::decimal(18, 6) as ordered_quantity,
        round(lines.inatmoney, 4)::decimal(18, 4) as revenue,

        ---------- when
        orders.ddate::date as ordered_on,
        lines.dpredate::date as requested_on,
        if(
            coalesce(orders.ccloser, '') <> '' or coalesce(lines.cscloser, '') <> '',
            'closed', 'open'
        ) as status,

        ---------- where it came from
        lines.source_file,
        lines.source_row,
        lines.delivery_no,
        list_concat(lines.unreadable, orders.unreadable) as unreadable,
        if(
            orders.id is null,
            [concat('no header in SO_SOMain for ID ', lines.id)],
            []
        ) as refusals

    from lines
    left join orders
        on
            lines.id = orders.id
            and lines.delivery_no = orders.delivery_no
    where orders.id is null or orders.cverifier <> ''

)

select * from mapped
