-- 用友 U8: stock documents (RdRecord01 … 34) and 存货明细账 (IA_Subsidiary) -> stock_movement.
-- One row per audited document line, and one per costing entry that belongs to no line.
-- Nothing in these tables is a booking order: AutoID counts drafts, dnverifytime audits, and both
-- costing and documents have numbers of their own.  So only the date says when a line counts.
-- Quantities follow the document's direction (bRdFlag); a red-letter line is negative.  What a line
-- cost stands in 存货明细账 only: an issue has no cost until its month was costed.
with

documents as (

    select
        '01' as form,
        '01' as vouchtype,
        *
    from landed.rdrecord01
    union all by name
    select
        '08' as form,
        '08' as vouchtype,
        *
    from landed.rdrecord08
    union all by name
    select
        '09' as form,
        '09' as vouchtype,
        *
    from landed.rdrecord09
    union all by name
    select
        '10' as form,
        '10' as vouchtype,
        *
    from landed.rdrecord10
    union all by name
    select
        '11' as form,
        '11' as vouchtype,
        *
    from landed.rdrecord11
    union all by name
    select
        '32' as form,
        '32' as vouchtype,
        *
    from landed.rdrecord32
    union all by name
    select
        '34' as form,
        '34' as vouchtype,
        *
    from landed.rdrecord34
    union all by name
    select
        'single' as form,                              -- up to 8.9x
        if(length(cvouchtype) = 1, '0' || cvouchtype, cvouchtype) as vouchtype,
        * exclude (cvouchtype)
    from landed.rdrecord

),

document_lines as (

    select
        '01' as form,
        *
    from landed.rdrecords01
    union all by name
    select
        '08' as form,
        *
    from landed.rdrecords08
    union all by name
    select
        '09' as form,
        *
    from landed.rdrecords09
    union all by name
    select
        '10' as form,
        *
    from landed.rdrecords10
    union all by name
    select
        '11' as form,
        *
    from landed.rdrecords11
    union all by name
    select
        '32' as form,
        *
    from landed.rdrecords32
    union all by name
    select
        '34' as form,
        *
    from landed.rdrecords34
    union all by name
    select
        'single' as form,
        *
    from landed.rdrecords

),

costing as (

    select
        *,
        if(length(cvoutype) = 1, '0' || cvoutype, cvoutype) as vouchtype,
        if(brdflag, iainprice, iaoutprice) is not null as is_costed,
        -- warehouses at 计划价 or 售价 keep the difference to cost apart
        coalesce(iainprice, 0) + coalesce(idebitdifcost, 0)
        - coalesce(iaoutprice, 0) - coalesce(icreditdifcost, 0) as cost
    from landed.ia_subsidiary

),

bus_type as (

    select
        code,
        meaning
    from landed.codes
    where list = 'bus_type'

),

rd_style as (

    select
        code,
        meaning
    from landed.codes
    where list = 'rd_style'

),

consigned_warehouse as (

    select code
    from landed.codes
    where list = 'warehouse_kind' and meaning = 'consigned'

),

all_lines as (

    select
        lines.autoid,
        lines.id,
        lines.cinvcode,
        lines.iquantity,
        lines.cbatch,
        lines.iposid,
        lines.isosid,
        lines.itrids,
        lines.cpoid,
        lines.csocode,
        lines.cvmivencode,
        documents.vouchtype,
        documents.ccode,
        documents.ddate,
        documents.cbustype,
        documents.cbuscode,
        documents.cwhcode,
        documents.crdcode,
        documents.cvencode,
        documents.ccuscode,
        documents.cstcode,
        documents.chandler,
        documents.id is not null as has_document,
        case documents.brdflag
            when true then lines.iquantity
            when false then -lines.iquantity
        end as quantity,
        lines.source_file,
        lines.source_row,
        lines.delivery_no,
        list_concat(lines.unreadable, documents.unreadable) as unreadable
    from document_lines as lines
    left join documents
        on
            lines.form = documents.form
            and lines.id = documents.id
            and lines.delivery_no = documents.delivery_no

),

-- Un-audited documents are no stock yet, 直运 never touches it, 代管 is the supplier's own.
audited_lines as (

    select all_lines.*
    from all_lines
    anti join consigned_warehouse
        on all_lines.cwhcode = consigned_warehouse.code
    where
        not all_lines.has_document
        or (
            all_lines.chandler <> ''
            and coalesce(all_lines.cbustype, '') not like '直运%'
            and coalesce(all_lines.cvmivencode, '') = ''
        )

),

line_cost as (

    select
        delivery_no,
        vouchtype,
        id,
        if(bool_and(is_costed), sum(cost), null) as cost,
        flatten(list(unreadable)) as unreadable
    from costing
    group by all

),

stock_rows as (

    select
        concat_ws('/', lines.vouchtype, lines.autoid) as movement_id,
        lines.cinvcode as sku,
        lines.cwhcode as warehouse,
        lines.ddate as posted_at,
        lines.quantity,
        line_cost.cost,
        lines.vouchtype,
        lines.iquantity < 0 as is_red,
        lines.ccode as document_no,
        lines.cbatch as lot,
        if(lines.vouchtype = '01', lines.cvencode, null) as supplier,
        if(lines.vouchtype = '32', lines.ccuscode, null) as customer,
        if(lines.vouchtype = '32', lines.cstcode, null) as channel,
        case lines.vouchtype when '01' then lines.cpoid when '32' then lines.csocode end
            as order_no,
        case lines.vouchtype when '01' then lines.iposid when '32' then lines.isosid end
            as order_line_no,
        lines.itrids as transfer_id,
        -- 转换单, 组装单, 拆卸单: both documents made of one name it (业务号); each kind counts anew
        lines.cbuscode,
        regexp_replace(lines.cbustype, '[入出]库$', '') as business,
        case lines.vouchtype
            when '01' then if(lines.iquantity < 0, 'purchase_return', 'purchase')
            when '08' then coalesce(rd_style.meaning, bus_type.meaning)
            when '09' then coalesce(rd_style.meaning, bus_type.meaning)
            when '10' then 'production_receipt'
            when '11' then 'production_issue'
            when '32' then if(lines.iquantity < 0, 'sale_return', 'sale')
            when '34' then 'opening'
        end as kind,
        lines.source_file,
        lines.source_row,
        lines.delivery_no,
        list_concat(lines.unreadable, line_cost.unreadable) as unreadable,
        case
            when not lines.has_document
                then concat('no document with ID ', lines.id, ' in this delivery')
            when lines.vouchtype in ('08', '09')
                then concat('unknown cBusType ', coalesce(lines.cbustype, '(empty)'))
            else concat('unknown cVouchType ', lines.vouchtype)
        end as refusal
    from audited_lines as lines
    left join line_cost
        on
            lines.vouchtype = line_cost.vouchtype
            and lines.autoid = line_cost.id
            and lines.delivery_no = line_cost.delivery_no
    left join rd_style
        on lines.crdcode = rd_style.code
    left join bus_type
        on lines.cbustype = bus_type.code

),

-- 入/出库调整单 and the 回冲 and 结算差异 of estimated purchases change the value, not the stock.
cost_rows as (

    select
        concat_ws('/', 'IA', costing.autoid) as movement_id,
        costing.cinvcode as sku,
        costing.cwhcode as warehouse,
        costing.dvoudate as posted_at,
        0 as quantity,
        costing.cost,
        costing.vouchtype,
        false as is_red,
        costing.cvoucode as document_no,
        if(costing.vouchtype in ('20', '21', '24', '25', '30'), 'revaluation', null) as kind,
        costing.source_file,
        costing.source_row,
        costing.delivery_no,
        costing.unreadable,
        case
            when costing.vouchtype in ('01', '08', '09', '10', '11', '32', '34')
                then
                    concat(
                        'costs line ', costing.id, ' of cVouType ', costing.vouchtype,
                        ', which this delivery lacks'
                    )
            when costing.vouchtype in ('26', '27', '3201')
                then 'sales are costed by invoice (bSaleType), which this mapping does not cover'
            else concat('unknown cVouType ', costing.vouchtype)
        end as refusal
    from costing
    anti join all_lines
        on
            costing.vouchtype = all_lines.vouchtype
            and costing.id = all_lines.autoid
            and costing.delivery_no = all_lines.delivery_no

),

rows_of_both as (

    select * from stock_rows

    union all by name

    select * from cost_rows

),

meant as (

    select
        * replace (if(kind = 'conversion', 'adjustment', kind) as kind),
        if(kind = 'conversion', business || '/' || cbuscode, null) as conversion_id
    from rows_of_both

),

mapped as (

    select
        ---------- identity
        movement_id,
        sku,
        warehouse,

        ---------- what happened
        posted_at,
        kind,
        is_red and kind not in ('purchase_return', 'sale_return', 'opening') as is_reversal,
        if(kind in ('transfer_in', 'transfer_out'), transfer_id, null) as transfer_id,
        conversion_id,

        ---------- how much
        round(quantity, 6)::decimal(18, 6) as quantity,
        round(cost, 4)::decimal(18, 4) as value,

        ---------- who and why
        supplier,
        customer,
        channel,
        vouchtype as document_type,
        document_no,
        order_no,
        order_line_no,
        lot,

        ---------- where it came from
        source_file,
        source_row,
        delivery_no,
        unreadable,
        if(kind is null, [refusal], []) as refusals

    from meant

)

select * from mapped
