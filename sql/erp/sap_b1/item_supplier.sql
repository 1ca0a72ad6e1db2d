-- SAP Business One: preferred vendor (OITM) and further vendors (ITM2) -> canonical item_supplier.
-- Lead time, minimum and multiple belong to the item: they are given to its preferred vendor.
with

items as (

    select * from landed.oitm

),

further_vendors as (

    select * from landed.itm2

),

preferred as (

    select
        itemcode as sku,
        cardcode as supplier,
        true as is_primary,
        leadtime as lead_time_days,
        nullif(minordrqty, 0) as moq,
        nullif(ordrmulti, 0) as pack_size,
        source_file,
        source_row,
        delivery_no,
        unreadable
    from items
    where cardcode is not null

),

further as (

    select
        further_vendors.itemcode as sku,
        further_vendors.vendorcode as supplier,
        false as is_primary,
        further_vendors.source_file,
        further_vendors.source_row,
        further_vendors.delivery_no,
        further_vendors.unreadable
    from further_vendors
    anti join items
        on
            further_vendors.itemcode = items.itemcode
            and further_vendors.vendorcode = items.cardcode
            and further_vendors.delivery_no = items.delivery_no

),

mapped as (

    select * from preferred

    union all by name

    select * from further

)

select * from mapped
