-- SAP Business One: business partners (OCRD) -> canonical supplier; customers and leads stay out.
with

partners as (

    select * from landed.ocrd

),

mapped as (

    select
        cardcode as supplier,
        cardname as name,

        ---------- where it came from
        source_file,
        source_row,
        delivery_no,
        unreadable

    from partners
    where cardtype = 'S'

)

select * from mapped
