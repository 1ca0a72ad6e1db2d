-- The days on which an item or warehouse went from one member or scope to another.
with

items as (

    select
        item_no as number,
        known_on,
        category,
        stage,
        status
    from canonical.item
    union all
    select
        item_no,
        known_on,
        category,
        stage,
        status
    from canonical.item_history

),

warehouses as (

    select
        warehouse_no as number,
        known_on,
        kind
    from canonical.warehouse
    union all
    select
        warehouse_no,
        known_on,
        kind
    from canonical.warehouse_history

),

moved as (

    select
        number,
        known_on
    from items
    window item_versions as (partition by number order by known_on)
    qualify row_number() over item_versions > 1
        and (category, stage, status) is distinct from lag((category, stage, status))
            over item_versions

    union all

    select
        number,
        known_on
    from warehouses
    window warehouse_versions as (partition by number order by known_on)
    qualify row_number() over warehouse_versions > 1
        and kind is distinct from lag(kind) over warehouse_versions

),

-- A master that a snapshot no longer states becomes a stub from that day on.
gone as (

    select closed_on as known_on from canonical.item_history
    where why = 'absent'
    union all
    select closed_on from canonical.warehouse_history
    where why = 'absent'

)

select known_on from moved
union
select known_on from gone
