-- 用友 U8: 盘点单 (CheckVouch, CheckVouchs) -> canonical stock_count; audited counts only.
-- The book quantity is brought up to the count by what moved in between (iAdIn, iAdOut).
with

counts as (

    select * from landed.checkvouch

),

lines as (

    select * from landed.checkvouchs

),

mapped as (

    select
        ---------- identity
        counts.ccvcode as count_no,
        lines.autoid as line_no,

        ---------- what was counted, where
        lines.cinvcode as sku,
        counts.cwhcode as warehouse,
        lines.ccvbatch as lot,
        round(
            lines.icvquantity
            + coalesce(lines.iadinquantity, 0)
            - coalesce(lines.iadoutquantity, 0), 6
        )::decimal(18, 6) as book_quantity,
        round(lines.icvcquantity, 6)::decimal(18, 6) as counted_quantity,

        ---------- when
        counts.dcvdate as counted_at,

        ---------- where it came from
        lines.source_file,
        lines.source_row,
        lines.delivery_no,
        list_concat(lines.unreadable, counts.unreadable) as unreadable,
        if(
            counts.id is null,
            [concat('no header in CheckVouch for ID ', lines.id)],
            []
        ) as refusals

    from lines
    left join counts
        on
            lines.id = counts.id
            and lines.delivery_no = counts.delivery_no
    where counts.id is null or counts.caccounter <> ''

)

select * from mapped
