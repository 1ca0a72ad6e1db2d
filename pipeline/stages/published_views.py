"""The published tables that are views: facts stored small, said as analysts read them.

Facts keep one row where several say the same: the bases of a turnover lie side by side, scope
`both` holds in either scope, and a group of one company is not repeated.  What a company's rows of
one as-of date have in common stands in `facts.as_of`.
"""

from pipeline.canonical.movement_kinds import SPECIAL_SUPPLIERS
from pipeline.metrics.daily import COUNTS, FLOWS, GROUP, SCOPES_OF
from pipeline.metrics.fact_schemas import KIND_WORDS
from pipeline.metrics.fixed_point import MONEY_SCALE, QUANTITY_SCALE
from pipeline.metrics.reconciliation import QUANTITIES, VALUES
from pipeline.metrics.time_windows import BASES
from pipeline.metrics.turnover import AMOUNTS, PER_BASIS
from pipeline.warehouse import Warehouse

ATTRIBUTED = "facts.attributed_movement"
DAILY = "facts.daily"
DAILY_PACKED = "facts.daily_packed"
TURNOVER = "facts.turnover"
AS_OF = "facts.as_of"
"""company, as_of, source (whose rows are shown), and what all its rows of that date carry."""

_SPECIAL = " ".join(f"WHEN {number} THEN '{code}'" for number, code in SPECIAL_SUPPLIERS.items())
_KINDS = " ".join(f"WHEN {number} THEN '{word}'" for number, word in KIND_WORDS.items())
_MONEY = "* 0.0001::DECIMAL(5,4))::DECIMAL(18,4)"
_SCOPES = ", ".join(
    f"('{stored}', '{scope}')" for scope, kept in SCOPES_OF.items() for stored in kept
)
_SCOPE_OF = f"(VALUES {_SCOPES}) AS scopes (stored, scope) ON scopes.stored"
_BASES = ", ".join(f"({number}, '{basis}')" for number, basis in enumerate(BASES))


def _member(company: str) -> str:
    return f"CASE dimension WHEN 'company' THEN {company} ELSE member END AS member"


def _of_basis(name: str) -> str:
    cases = " ".join(f"WHEN {number} THEN {name}_{basis}" for number, basis in enumerate(BASES))
    return f"CASE bases.number {cases} END AS {name}"


ATTRIBUTED_VIEW = f"""
CREATE OR REPLACE VIEW metrics.attributed_movement AS
SELECT
    item.company,
    movement.movement_id AS movement,
    item.sku,
    place.warehouse,
    coalesce(CASE piece.supplier_no {_SPECIAL} END, supplier.supplier, 'unattributed') AS supplier,
    DATE '1970-01-01' + piece.received_day AS received_on,
    piece.received_day,
    piece.day,
    CASE piece.kind_no {_KINDS} END AS kind,
    (piece.quantity_e6 * 0.000001::DECIMAL(7,6))::DECIMAL(18,6) AS quantity,
    (piece.value_e4 {_MONEY} AS value
FROM {ATTRIBUTED} AS piece
JOIN canonical.stock_movement AS movement USING (movement_no)
JOIN canonical.item AS item ON item.item_no = piece.item_no
JOIN canonical.warehouse AS place ON place.warehouse_no = piece.warehouse_no
LEFT JOIN canonical.supplier AS supplier ON supplier.supplier_no = piece.supplier_no
"""

_EVERY_DAY = f"""
SELECT {{company}} AS company, dimension, {{member}}, scopes.scope,
    day, opening_value, {", ".join(FLOWS)}, closing_value, {", ".join(COUNTS)}
FROM {DAILY_PACKED} JOIN {_SCOPE_OF} = {DAILY_PACKED}.scope
"""
UNPACKED_VIEW = f"""
CREATE OR REPLACE VIEW {DAILY} AS
{_EVERY_DAY.format(company="company", member="member")}
UNION ALL
{_EVERY_DAY.format(company=f"'{GROUP}'", member=_member(f"'{GROUP}'"))}
WHERE NOT EXISTS (SELECT 1 FROM {DAILY_PACKED} WHERE company = '{GROUP}')
"""

DAILY_VIEW = f"""
CREATE OR REPLACE VIEW metrics.daily AS
SELECT
    daily.company,
    stand.currency,
    DATE '1970-01-01' + daily.day AS "on",
    daily.day,
    dimension, member, scope,
    (opening_value {_MONEY} AS opening_value,
    {", ".join(f"({name} {_MONEY} AS {name}" for name in FLOWS)},
    (closing_value {_MONEY} AS closing_value,
    {", ".join(COUNTS)},
    stand.as_of, stand.known_on, stand.data_through
FROM {DAILY} AS daily
LEFT JOIN (
    SELECT company, currency, max(as_of) AS as_of, max(known_on) AS known_on,
        max(data_through) AS data_through
    FROM {AS_OF} GROUP BY ALL
) AS stand ON stand.company = daily.company
"""

_COMMON = (
    "stand.known_on, stand.data_through, stand.currency, "
    "stand.definition_version, stand.policy_version"
)
_STAND = f"""JOIN {AS_OF} AS stand ON stand.source = kept.company AND stand.as_of = kept.as_of
    AND (stand.company = kept.company OR {{group}})
"""
TURNOVER_VIEW = f"""
CREATE OR REPLACE VIEW metrics.turnover AS
SELECT
    stand.company, kept.as_of, time_window, bases.basis, dimension,
    {_member("stand.company")}, scopes.scope, days,
    {", ".join(f"({name} {_MONEY} AS {name}" for name in AMOUNTS)},
    (inventory_days * 0.0001::DECIMAL(5,4))::DECIMAL(38,4) AS inventory_days,
    {", ".join(_of_basis(name) for name in PER_BASIS)},
    {_COMMON}
FROM {TURNOVER} AS kept
{_STAND.format(group="dimension <> 'sku'")}
JOIN {_SCOPE_OF} = kept.scope
CROSS JOIN (VALUES {_BASES}) AS bases (number, basis)
"""

DEAD_STOCK_VIEW = f"""
CREATE OR REPLACE VIEW metrics.dead_stock AS
SELECT
    kept.* REPLACE (
        stand.company AS company,
        CASE dimension WHEN 'company' THEN stand.company ELSE member END AS member,
        scopes.scope AS scope
    ),
    {_COMMON}
FROM facts.dead_stock AS kept
{_STAND.format(group="true")}
JOIN {_SCOPE_OF} = kept.scope
"""

DETAIL_VIEW = f"""
CREATE OR REPLACE VIEW metrics.{{table}} AS
SELECT {{kept}}, {_COMMON} FROM facts.{{table}} AS kept
{_STAND.format(group="false")}
"""
_DECIMALS = ", ".join(
    f"({name} * {unit})::DECIMAL(38,{scale}) AS {name}"
    for names, unit, scale in (
        (QUANTITIES, "0.000001::DECIMAL(7,6)", QUANTITY_SCALE),
        (VALUES, "0.0001::DECIMAL(5,4)", MONEY_SCALE),
    )
    for name in names
)
DETAIL = {
    "stock_status": "kept.*",
    "stock_age": "kept.*",
    "reconciliation": f"kept.* REPLACE ({_DECIMALS})",
}


def make_views(warehouse: Warehouse) -> None:
    """Say again how the facts are read."""
    views = (UNPACKED_VIEW, DAILY_VIEW, TURNOVER_VIEW, DEAD_STOCK_VIEW, ATTRIBUTED_VIEW)
    details = (DETAIL_VIEW.format(table=table, kept=kept) for table, kept in DETAIL.items())
    for view in (*views, *details):
        warehouse.execute(view)
