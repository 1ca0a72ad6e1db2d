-- 用友 U8: 采购订单 (PO_Pomain, PO_Podetails) -> canonical purchase_order_line; verified orders only.
-- A line is known by its ID, which receipts carry as iPOsID.
with

orders as (

    select * from landed.po_pomain

),

lines as (

    select * from landed.po_podetails

),

mapped as (

    select
        ---------- identity
        orders.cpoid as order_no,
        lines.id as line_no,

        ---------- what was ordered
        lines.cinvcode as sku,
        orders.cvencode as supplier,
        round(lines.iquantity, 6)::decimal(18, 6) as ordered_quantity,
        round(lines.inatunitprice, 4)::decimal(18, 4) as unit_price,

        ---------- when
        orders.dpodate::date as ordered_on,
        lines.darrivedate::date as promised_on,
        if(
            coalesce(orders.cstate, '') = '2'
            or coalesce(orders.ccloser, '') <> ''
            or coalesce(lines.cbcloser, '') <> '',
            'closed', 'open'
        ) as status,

        ---------- where it came from
        lines.source_file,
        lines.source_row,
        lines.delivery_no,
        list_concat(lines.unreadable, orders.unreadable) as unreadable,
        if(
            orders.poid is null,
            [concat('no header in PO_Pomain for POID ', lines.poid)],
            []
        ) as refusals

    from lines
    left join orders
        on
            lines.poid = orders.poid
            and lines.delivery_no = orders.delivery_no
    where orders.poid is null or orders.cverifier <> ''

)

select * from mapped
