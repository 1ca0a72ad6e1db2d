-- SAP Business One: inventory counting (OINC, INC1) -> canonical stock_count.
-- Lines nobody has counted yet are no counts and stay out.
with

counts as (

    select * from landed.oinc

),

lines as (

    select * from landed.inc1

),

mapped as (

    select
        ---------- identity
        lines.docentry as count_no,
        lines.linenum::varchar as line_no,

        ---------- what was counted, where
        lines.itemcode as sku,
        lines.whscode as warehouse,
        lines.inwhsqty as book_quantity,
        lines.countqty as counted_quantity,

        ---------- when
        coalesce(lines.countdate, counts.countdate)
        + to_minutes(
            coalesce(lines.counttime, counts.counttime, 0) // 100 * 60
            + coalesce(lines.counttime, counts.counttime, 0) % 100
        ) as counted_at,

        ---------- where it came from
        lines.source_file,
        lines.source_row,
        lines.delivery_no,
        list_concat(lines.unreadable, counts.unreadable) as unreadable

    from lines
    left join counts
        on
            lines.docentry = counts.docentry
            and lines.delivery_no = counts.delivery_no
    where coalesce(lines.counted, true)

)

select * from mapped
