-- SAP Business One: stock on hand (OITW) -> canonical stock_balance.
-- OITW carries no date: it states the stock as the extract ran, at the end of the extract's date.
with

on_hand as (

    select
        *,
        date '1970-01-01' + (delivery_no // 1000 % 100000)::integer as extract_on
    from landed.oitw

),

mapped as (

    select
        ---------- identity
        extract_on as balance_on,
        itemcode as sku,
        whscode as warehouse,

        ---------- how much
        onhand as quantity,
        round(stockvalue, 4)::decimal(18, 4) as value,

        ---------- where it came from
        source_file,
        source_row,
        delivery_no,
        unreadable

    from on_hand

)

select * from mapped
