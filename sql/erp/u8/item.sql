-- 用友 U8: 存货档案 (Inventory) with its class and unit -> canonical item.
-- The code of a class starts with the code of the class above it: the path follows from the code.
-- Services (bService) and discounts (bInvType) are no stock and stay out.
with

items as (

    select
        *,
        date '1970-01-01' + (delivery_no // 1000 % 100000)::integer as extract_on
    from landed.inventory
    where not coalesce(bservice, false) and not coalesce(binvtype, false)

),

classes as (

    select * from landed.inventoryclass

),

units as (

    select * from landed.computationunit

),

own_path as (

    select
        code,
        meaning
    from landed.codes
    where list = 'inventory_class'

),

class_path as (

    select
        classes.delivery_no,
        classes.cinvccode,
        string_agg(above.cinvcname, ' / ' order by length(above.cinvccode)) as category
    from classes
    inner join classes as above
        on
            starts_with(classes.cinvccode, above.cinvccode)
            and classes.delivery_no = above.delivery_no
    group by all

),

mapped as (

    select
        ---------- identity
        items.cinvcode as sku,
        concat_ws(' ', items.cinvname, items.cinvstd) as name,

        ---------- what it is
        coalesce(own_path.meaning, class_path.category) as category,
        units.ccomunitname as base_uom,
        case
            when items.bself and items.bsale then 'finished'
            when items.bself and items.bcomsume then 'wip'
            when items.bpurchase and items.bsale then 'trading'
            when items.bpurchase then 'raw'
        end as stage,
        if(items.dedate::date <= items.extract_on, 'inactive', 'active') as status,
        items.dsdate::date as created_on,

        ---------- where it came from
        items.source_file,
        items.source_row,
        items.delivery_no,
        items.unreadable

    from items
    left join class_path
        on
            items.cinvccode = class_path.cinvccode
            and items.delivery_no = class_path.delivery_no
    left join own_path
        on items.cinvccode = own_path.code
    left join units
        on
            items.ccomunitcode = units.ccomunitcode
            and items.delivery_no = units.delivery_no

)

select * from mapped
