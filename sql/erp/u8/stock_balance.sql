-- 用友 U8: 存货总账 (IA_Summary) and 现存量 (CurrentStock) -> canonical stock_balance.
-- A month's value is final after 期末处理 (iPeriod 1): other months stay out.  现存量 knows quantity
-- only and is the stock as the extract ran.  Both are kept per batch and free item and add up here.
with

month_ends as (

    select
        'month' as form,
        last_day(make_date(iyear, imonth, 1)) as balance_on,
        cinvcode as sku,
        cwhcode as warehouse,
        inum as quantity,
        imoney + coalesce(idif, 0) as value,
        source_file,
        source_row,
        delivery_no,
        unreadable
    from landed.ia_summary
    where iperiod = 1 and imonth between 1 and 12

),

as_extracted as (

    select
        'now' as form,
        date '1970-01-01' + (delivery_no // 1000 % 100000)::integer as balance_on,
        cinvcode as sku,
        cwhcode as warehouse,
        iquantity as quantity,
        null as value,
        source_file,
        source_row,
        delivery_no,
        unreadable
    from landed.currentstock
    where coalesce(cvmivencode, '') = ''

),

balances as (

    select * from month_ends

    union all

    select * from as_extracted

),

mapped as (

    select
        ---------- identity
        balance_on,
        sku,
        warehouse,

        ---------- how much
        round(sum(quantity), 6)::decimal(18, 6) as quantity,
        round(sum(value), 4)::decimal(18, 4) as value,

        ---------- where it came from
        min(source_file) as source_file,
        min(source_row) as source_row,
        delivery_no,
        flatten(list(unreadable)) as unreadable,
        if(
            warehouse is null,
            ['costed per item (按存货核算): no warehouse to compare with'],
            []
        ) as refusals

    from balances
    group by form, balance_on, sku, warehouse, delivery_no
    -- a costed month says more than the quantity of the same day
    qualify
        row_number() over (
            partition by delivery_no, balance_on, sku, warehouse
            order by form
        ) = 1

)

select * from mapped
