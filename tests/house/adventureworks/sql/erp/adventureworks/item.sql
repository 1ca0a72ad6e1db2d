-- AdventureWorks DW: products (DimProduct), their subcategories and categories -> canonical item.
-- Several versions of a product are one item: the current one describes it, else the newest.
with

newest_version as (

    select *
    from landed.dim_product
    qualify
        row_number() over (
            partition by delivery_no, productalternatekey
            order by status = 'Current' desc nulls last, productkey desc
        ) = 1

),

mapped as (

    select
        ---------- identity
        product.productalternatekey as sku,
        product.englishproductname as name,

        ---------- what it is
        category.englishproductcategoryname || ' / ' || subcategory.englishproductsubcategoryname
            as category,
        case
            when product.finishedgoodsflag
                then if(product.daystomanufacture > 0, 'finished', 'trading')
            when not product.finishedgoodsflag
                then if(product.daystomanufacture > 0, 'wip', 'raw')
        end as stage,
        -- No version is current: no longer sold.  Whether it is written off nobody says.
        if(product.status = 'Current', 'active', 'inactive') as status,
        product.modelname as variant_group,

        ---------- where it came from
        product.source_file,
        product.source_row,
        product.delivery_no,
        product.unreadable

    from newest_version as product
    left join landed.dim_product_subcategory as subcategory
        on
            product.productsubcategorykey = subcategory.productsubcategorykey
            and product.delivery_no = subcategory.delivery_no
    left join landed.dim_product_category as category
        on
            subcategory.productcategorykey = category.productcategorykey
            and product.delivery_no = category.delivery_no

)

select * from mapped
