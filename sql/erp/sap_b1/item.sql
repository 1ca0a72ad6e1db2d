-- SAP Business One: item master (OITM) with its group (OITB) -> canonical item.
with

items as (

    select * from landed.oitm

),

item_groups as (

    select * from landed.oitb

),

category_path as (

    select
        code,
        meaning
    from landed.codes
    where list = 'item_group'

),

mapped as (

    select
        ---------- identity
        items.itemcode as sku,
        items.itemname as name,

        ---------- what it is
        coalesce(category_path.meaning, item_groups.itmsgrpnam) as category,
        items.invntryuom as base_uom,
        case
            when items.prcrmntmtd = 'M' then if(items.sellitem, 'finished', 'wip')
            when items.prcrmntmtd = 'B' then if(items.sellitem, 'trading', 'raw')
        end as stage,
        if(coalesce(items.frozenfor, false), 'inactive', 'active') as status,
        items.createdate::date as created_on,

        ---------- where it came from
        items.source_file,
        items.source_row,
        items.delivery_no,
        items.unreadable

    from items
    left join item_groups
        on
            items.itmsgrpcod = item_groups.itmsgrpcod
            and items.delivery_no = item_groups.delivery_no
    left join category_path
        on items.itmsgrpcod = category_path.code

)

select * from mapped
