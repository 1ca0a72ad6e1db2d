-- SAP Business One: inventory journal (OINM) -> canonical stock_movement.
-- One row per journal row; TransType names the document that moved the stock.  What stands in the
-- journal is posted.  A cancelled document and the one that cancels it both stand here and offset
-- each other, so a row against its kind's sign is a reversal.
-- TransNum counts the postings and decides inside a day.  DocTime is the hour at which a document
-- was typed, which for a back-dated one belongs to another day, and is not used.
with

journal as (

    select
        *,
        (inqty - outqty)::decimal(18, 6) as quantity,
        warehouse as whscode                           -- called so everywhere but here
    from landed.oinm

),

-- Where the company keeps values with more decimals than are stored, the lines of a document are
-- rounded so that they sum to its rounded total: by largest remainder, as many lines as it takes.
finer as (

    select
        delivery_no,
        source_file,
        source_row,
        round(transvalue, 4)::decimal(18, 4) as rounded,
        (
            (round(sum(transvalue) over document, 4) - sum(round(transvalue, 4)) over document)
            ::decimal(18, 4) * 10000
        )::integer as lacking,
        row_number() over (
            partition by delivery_no, transtype, createdby
            order by transvalue - round(transvalue, 4) desc, transnum asc, transseq asc
        ) as place_from_above,
        row_number() over (
            partition by delivery_no, transtype, createdby
            order by transvalue - round(transvalue, 4) asc, transnum asc, transseq asc
        ) as place_from_below
    from journal
    where transvalue <> round(transvalue, 4)
    window document as (partition by delivery_no, transtype, createdby)

),

balanced as (

    select
        delivery_no,
        source_file,
        source_row,
        case
            when place_from_above <= lacking then rounded + 0.0001
            when place_from_below <= -lacking then rounded - 0.0001
            else rounded
        end as value
    from finer

),

goods_issue_memo as (

    select
        code,
        meaning
    from landed.codes
    where list = 'goods_issue_memo'

),

own_trans_type as (

    select
        code,
        meaning
    from landed.codes
    where list = 'trans_type'

),

-- Only the line's own base document is asked for: what that document is based on may have come
-- in a delivery long ago, and a link must not depend on it.
order_link as (

    select
        20 as transtype,
        *
    from landed.pdn1
    where basetype = 22                                -- purchase order

    union all by name

    select
        15 as transtype,
        *
    from landed.dln1
    where basetype = 17                                -- sales order

    union all by name

    select
        13 as transtype,
        *
    from landed.inv1
    where basetype = 17

),

named as (

    select
        journal.*,
        order_link.baseentry as order_no,
        order_link.baseline as order_line_no,
        coalesce(balanced.value, journal.transvalue) as posted_value,
        case
            when journal.transtype in (13, 165, 166) then 'sale'      -- A/R invoice, corrections
            when journal.transtype = 15 then 'sale'                   -- delivery
            when journal.transtype in (14, 16) then 'sale_return'     -- A/R credit memo, return
            when journal.transtype in (18, 163, 164)                  -- A/P invoice, corrections
                then if(journal.quantity = 0, 'revaluation', 'purchase')
            when journal.transtype = 20 then 'purchase'               -- goods receipt PO
            when journal.transtype in (19, 21) then 'purchase_return' -- A/P credit memo, return
            when journal.transtype = 59 and journal.applobj = 202     -- receipt from production
                then
                    case journal.appobjtype
                        when 'P' then 'production_receipt'
                        when 'C' then 'production_issue'              -- component handed back
                    end
            when journal.transtype = 59 then 'adjustment'             -- goods receipt
            when journal.transtype = 60 and journal.applobj = 202
                then 'production_issue'
            when journal.transtype = 60                               -- goods issue
                then coalesce(goods_issue_memo.meaning, 'adjustment')
            when journal.transtype = 67                               -- inventory transfer
                then if(journal.quantity < 0, 'transfer_out', 'transfer_in')
            when journal.transtype = 69 then 'landed_cost'
            when journal.transtype in (162, 202) then 'revaluation'   -- …, production variance
            when journal.transtype = 10000071 then 'adjustment'       -- counted difference
            when journal.transtype = 310000001 then 'opening'
            else own_trans_type.meaning
        end as kind
    from journal
    left join balanced
        on
            journal.source_row = balanced.source_row
            and journal.source_file = balanced.source_file
            and journal.delivery_no = balanced.delivery_no
    left join goods_issue_memo
        on journal.jrnlmemo = goods_issue_memo.code
    left join own_trans_type
        on journal.transtype::varchar = own_trans_type.code
    left join order_link
        on
            journal.transtype = order_link.transtype
            and journal.createdby = order_link.docentry
            and journal.doclinenum = order_link.linenum
            and journal.delivery_no = order_link.delivery_no

),

mapped as (

    select
        ---------- identity
        concat_ws('/', transnum, transseq) as movement_id,
        itemcode as sku,
        whscode as warehouse,

        ---------- what happened
        docdate as posted_at,
        transnum as entry_no,
        kind,
        kind in ('purchase', 'sale_return', 'production_receipt') and quantity < 0
        or kind in ('sale', 'purchase_return', 'production_issue', 'scrap') and quantity > 0
            as is_reversal,
        if(transtype = 67, concat_ws('/', createdby, doclinenum), null) as transfer_id,

        ---------- how much
        quantity,
        posted_value::decimal(18, 4) as value,

        ---------- who and why
        if(transtype in (18, 19, 20, 21, 163, 164), cardcode, null) as supplier,
        if(transtype in (13, 14, 15, 16, 165, 166), cardcode, null) as customer,
        transtype::varchar as document_type,
        coalesce(base_ref, createdby) as document_no,
        order_no,
        order_line_no::varchar as order_line_no,

        ---------- where it came from
        source_file,
        source_row,
        delivery_no,
        unreadable,
        case
            when kind is not null then []
            when transtype = 59
                then
                    [
                        concat(
                            'unknown AppObjType ', coalesce(appobjtype, '(empty)'),
                            ' of a receipt from production'
                        )
                    ]
            else [concat('unknown TransType ', transtype)]
        end as refusals

    from named

)

select * from mapped
