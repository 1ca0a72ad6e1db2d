"""Order inside an item: day, the ERP's booking order or else the moment, direction, natural id.

`seq` holds all but the id; rows that share the rest (ties) are counted by id in its low bits:

    day (17 bits) | second of the day (17) | direction (2) | tie (27)
    day (17 bits) | entry_no          (31) | direction (2) | tie (13)    where the ERP states one

Direction is inflow, nothing, outflow.  An opening ends the day before the one it is dated.
"""

from pipeline.canonical.surrogate_keys import day_of

DAY_SHIFT = 46
SECOND_SHIFT = 29
TIE_BITS = 27
ENTRY_SHIFT = 15
ENTRY_TIE_BITS = 13
LAST_ENTRY = 2**31 - 2

# An opening dated d is what stood there when d began: it belongs to the end of the day before.
DAY = f"{day_of('posted_at')} - (kind = 'opening')::INTEGER"

DIRECTION = "CASE WHEN quantity > 0 THEN 0 WHEN quantity = 0 THEN 1 ELSE 2 END"
SECOND = "CASE kind WHEN 'opening' THEN 86399 ELSE epoch_us(posted_at) // 1000000 % 86400 END"
ENTRY = f"CASE kind WHEN 'opening' THEN {LAST_ENTRY + 1} ELSE entry_no END"

# What lies outside these bounds is refused anyway; the shifts would not hold it.
SEQ = f"""
CASE WHEN posted_at BETWEEN DATE '1990-01-01' AND DATE '2200-01-01' THEN
    (({DAY})::BIGINT << {DAY_SHIFT}) + CASE
        WHEN entry_no IS NULL
            THEN (({SECOND}) << {SECOND_SHIFT}) + (({DIRECTION})::BIGINT << {TIE_BITS})
        WHEN entry_no BETWEEN 0 AND {LAST_ENTRY}
            THEN (({ENTRY}) << {ENTRY_SHIFT}) + (({DIRECTION})::BIGINT << {ENTRY_TIE_BITS})
    END
END
"""
"""SQL of a delivered row's place, the first of its ties."""

TIES = f"CASE WHEN entry_no IS NULL THEN {2**TIE_BITS - 1} ELSE {2**ENTRY_TIE_BITS - 1} END"
MOMENT = f"(seq - (seq & {TIES}))"
"""SQL of the place that a stored row shares with its ties: that of the first of them."""

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
    """SELECT of `members` (rid, item_no, warehouse_no, seq, moment, movement_id), numbered anew.

    Ids of one shape compare as they are written, which spares the costly natural form.
    """
    return f"""
WITH members AS ({members}),
shapes AS (
    SELECT item_no, warehouse_no, moment, min({SHAPE}) = max({SHAPE}) AS is_alike
    FROM members GROUP BY ALL
),
keyed AS (
    SELECT members.*, CASE WHEN is_alike THEN movement_id ELSE {NATURAL} END AS natural_id
    FROM members JOIN shapes
        ON members.item_no = shapes.item_no AND members.warehouse_no = shapes.warehouse_no
        AND members.moment = shapes.moment
)
SELECT rid, seq, moment + row_number() OVER (
    PARTITION BY item_no, warehouse_no, moment ORDER BY natural_id, movement_id
) - 1 AS new_seq
FROM keyed
"""
