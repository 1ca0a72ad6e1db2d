-- 用友 U8: 供应商档案 (Vendor) -> canonical supplier.
with

vendors as (

    select * from landed.vendor

),

mapped as (

    select
        cvencode as supplier,
        cvenname as name,

        ---------- where it came from
        source_file,
        source_row,
        delivery_no,
        unreadable

    from vendors

)

select * from mapped
