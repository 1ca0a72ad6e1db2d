"""Order inside an item and warehouse: moment, then inflow, nothing, outflow, then the natural id.

`seq` holds the first two; rows that share them (ties) are counted by natural id in its low bits.
"""

TIE_BITS = 28

DIGIT_RUNS = "regexp_extract_all(movement_id, '[0-9]+|[^0-9]+')"
BARE = "ltrim(part, '0')"
PADDED = f"lpad(length({BARE})::VARCHAR, 3, '0') || {BARE}"
NATURAL = (
    f"array_to_string(list_transform({DIGIT_RUNS}, lambda part: "
    f"CASE WHEN part[1] BETWEEN '0' AND '9' THEN {PADDED} ELSE part END), '')"
)
"""SQL of a movement_id whose digit runs compare as numbers."""

SHAPE = "translate(movement_id, '0123456789', '0000000000')"


def ranked(members: str) -> str:
    """SELECT of `members` (rid, item_no, warehouse_no, seq, movement_id) with the seq they get.

    Ids of one shape compare as they are written, which spares the costly natural form.
    """
    return f"""
WITH members AS ({members}),
shapes AS (
    SELECT item_no, warehouse_no, seq >> {TIE_BITS} AS moment,
        min({SHAPE}) = max({SHAPE}) AS is_alike
    FROM members GROUP BY ALL
),
keyed AS (
    SELECT members.*, moment, CASE WHEN is_alike THEN movement_id ELSE {NATURAL} END AS natural_id
    FROM members JOIN shapes
        ON members.item_no = shapes.item_no AND members.warehouse_no = shapes.warehouse_no
        AND members.seq >> {TIE_BITS} = shapes.moment
)
SELECT rid, seq, (moment << {TIE_BITS}) + row_number() OVER (
    PARTITION BY item_no, warehouse_no, moment ORDER BY natural_id, movement_id
) - 1 AS new_seq
FROM keyed
"""
