-- SAP Business One: sales orders (ORDR, RDR1) -> canonical sales_order_line.
-- Revenue is what was invoiced less what was credited, net of tax, in company currency; invoices
-- refer to the order itself or to its delivery note, and come in the same delivery as the order.
with

orders as (

    select * from landed.ordr

),

lines as (

    select * from landed.rdr1

),

delivered as (

    select * from landed.dln1
    where basetype = 17                                -- sales order

),

invoiced as (

    select
        invoices.docentry,
        invoices.linenum,
        invoices.linetotal,
        invoices.delivery_no,
        coalesce(delivered.baseentry, invoices.baseentry) as order_entry,
        coalesce(delivered.baseline, invoices.baseline) as order_line
    from landed.inv1 as invoices
    left join delivered
        on
            invoices.basetype = 15                     -- delivery note
            and invoices.baseentry = delivered.docentry
            and invoices.baseline = delivered.linenum
            and invoices.delivery_no = delivered.delivery_no
    where invoices.basetype = 17 or delivered.docentry is not null

),

credited as (

    select
        invoiced.order_entry,
        invoiced.order_line,
        invoiced.delivery_no,
        -credits.linetotal as linetotal
    from landed.rin1 as credits
    inner join invoiced
        on
            credits.basetype = 13                      -- A/R invoice
            and credits.baseentry = invoiced.docentry
            and credits.baseline = invoiced.linenum
            and credits.delivery_no = invoiced.delivery_no

),

invoiced_less_credited as (

    select
        order_entry,
        order_line,
        delivery_no,
        linetotal
    from invoiced

    union all

    select
        order_entry,
        order_line,
        delivery_no,
        linetotal
    from credited

),

revenue as (

    select
        order_entry,
        order_line,
        delivery_no,
        sum(linetotal) as revenue
    from invoiced_less_credited
    group by all

),

mapped as (

    select
        ---------- identity
        lines.docentry as order_no,
        lines.linenum::varchar as line_no,

        ---------- what was asked for
        lines.itemcode as sku,
        lines.whscode as warehouse,
        orders.cardcode as customer,
        orders.u_channel as channel,
        lines.invqty as ordered_quantity,
        round(revenue.revenue, 4)::decimal(18, 4) as revenue,

        ---------- when
        orders.docdate::date as ordered_on,
        coalesce(lines.shipdate, orders.docduedate)::date as requested_on,
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
            [concat('no header in ORDR for DocEntry ', lines.docentry)],
            []::varchar[]
        ) as refusals

    from lines
    left join orders
        on
            lines.docentry = orders.docentry
            and lines.delivery_no = orders.delivery_no
    left join revenue
        on
            lines.docentry = revenue.order_entry
            and lines.linenum = revenue.order_line
            and lines.delivery_no = revenue.delivery_no

)

select * from mapped
