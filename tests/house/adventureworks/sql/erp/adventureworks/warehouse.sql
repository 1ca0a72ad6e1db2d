-- AdventureWorks DW names no warehouse: all stock stands in one.
-- A warehouse is stated by some record of the delivery: the smallest file lends its first one.
with

any_record as (

    select *
    from landed.dim_product_category
    qualify row_number() over (partition by delivery_no order by source_row) = 1

),

mapped as (

    select
        'main' as warehouse,
        'All stock' as name,
        'plant' as kind,

        ---------- where it came from
        source_file,
        source_row,
        delivery_no,
        unreadable

    from any_record

)

select * from mapped
