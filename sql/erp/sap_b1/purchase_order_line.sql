-- SAP Business One: purchase orders (OPOR, POR1) -> canonical purchase_order_line.
-- An order is known by its DocEntry: numbers may repeat between series.
with

orders as (

    select * from landed.opor

),

lines as (

    select * from landed.por1

),

mapped as (

    select
        ---------- identity
        lines.docentry as order_no,
        lines.linenum::varchar as line_no,

        ---------- what was ordered
        lines.itemcode as sku,
        lines.whscode as warehouse,
        orders.cardcode as supplier,
        lines.invqty as ordered_quantity,
        round(lines.linetotal / nullif(lines.invqty, 0), 4)::decimal(18, 4) as unit_price,

        ---------- when
        orders.docdate::date as ordered_on,
        coalesce(lines.shipdate, orders.docduedate)::date as promised_on,
        case
            when orders.canceled in ('Y', 'C') then 'cancelled'
            when lines.linestatus = 'O' then 'open'
            when lines.linestatus = 'C' then 'closed'
        end as status,

        ---------- where it came from
        lines.source_file,
        lines.source_row,
        lines.delivery_no,
        list_concat(lines.unreadable, orders.unreadable) as unreadable,
        if(
            orders.docentry is null,
            [concat('no header in OPOR for DocEntry ', lines.docentry)],
            []::varchar[]
        ) as refusals

    from lines
    left join orders
        on
            lines.docentry = orders.docentry
            and lines.delivery_no = orders.delivery_no

)

select * from mapped
