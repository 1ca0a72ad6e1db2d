"""The published tables of metrics: facts stored small, said as analysts read them.

Facts keep one row where several say the same: the bases of a turnover divide the same sums, scope
`both` holds in either scope, and a group of one company is not repeated.  What a company's rows of
one metric and as-of date have in common stands in `facts.as_of`.

The views and the comment on every table and column are made from `metrics.tables`.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256

from pipeline.canonical.movement_kinds import SPECIAL_SUPPLIERS
from pipeline.canonical.typing_sql import literal
from pipeline.metrics.daily import COUNTS, FLOWS
from pipeline.metrics.fact_schemas import KIND_WORDS
from pipeline.metrics.fixed_point import MONEY_SCALE, QUANTITY_SCALE
from pipeline.metrics.scopes import SCOPES_OF
from pipeline.metrics.spec import COMMON, Column, Metric, Type
from pipeline.metrics.tables import METRICS
from pipeline.metrics.time_windows import BASES
from pipeline.settings import GROUP
from pipeline.warehouse import Warehouse

ATTRIBUTED = "facts.attributed_movement"
DAILY = "facts.daily"
DAILY_PACKED = "facts.daily_packed"
AS_OF = "facts.as_of"
"""company, metric, as_of, source (whose rows are shown), and what all those rows carry."""
MADE = "facts.views_made"
"""Which statements made the views there are."""

_SPECIAL = " ".join(f"WHEN {number} THEN '{code}'" for number, code in SPECIAL_SUPPLIERS.items())
_KINDS = " ".join(f"WHEN {number} THEN '{word}'" for number, word in KIND_WORDS.items())
_SCOPES = ", ".join(
    f"('{stored}', '{scope}')" for scope, kept in SCOPES_OF.items() for stored in kept
)
_SCOPE_OF = f"(VALUES {_SCOPES}) AS scopes (stored, scope) ON scopes.stored"
_BASES = ", ".join(f"({number}, '{basis}')" for number, basis in enumerate(BASES))


def _member(company: str, own: str = "company") -> str:
    # Among the group's rows of dimension company, its companies are parts that keep their names.
    return f"CASE WHEN dimension = 'company' AND member = {own} THEN {company} ELSE member END"


_EVERY_DAY = f"""
SELECT {{company}} AS company, dimension, {{member}} AS member, scopes.scope,
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

FACTS = {
    "attributed_movement": f"""
FROM {ATTRIBUTED} AS kept
JOIN canonical.stock_movement AS posted USING (movement_no)
JOIN canonical.item AS item ON item.item_no = kept.item_no
JOIN canonical.warehouse AS place ON place.warehouse_no = kept.warehouse_no
LEFT JOIN canonical.supplier AS supplier ON supplier.supplier_no = kept.supplier_no
LEFT JOIN ({{stand}}) AS stand ON stand.company = item.company
""",
    "daily": f"""
FROM {DAILY} AS kept LEFT JOIN ({{stand}}) AS stand ON stand.company = kept.company
""",
}
"""Where the facts' own views read from; every other metric is stored as `facts.<name>`."""
NEWEST = f"""
SELECT DISTINCT ON (company) * FROM {AS_OF} WHERE metric = '{{metric}}'
ORDER BY company, as_of DESC
"""
SAID: dict[str, dict[str, str]] = {
    "attributed_movement": {
        "company": "item.company",
        "movement": "posted.movement_id",
        "sku": "item.sku",
        "warehouse": "place.warehouse",
        "supplier": f"coalesce(CASE kept.supplier_no {_SPECIAL} END, supplier.supplier, "
        "'unattributed')",
        "received_on": "DATE '1970-01-01' + kept.received_day",
        "kind": f"CASE kept.kind_no {_KINDS} END",
        "quantity": f"(kept.quantity_e6 * 0.000001::DECIMAL(7,6))::{Type.PIECES}",
        "value": f"(kept.value_e4 * 0.0001::DECIMAL(5,4))::{Type.MONEY}",
    },
    "daily": {"company": "kept.company", "on": "DATE '1970-01-01' + kept.day"},
}
"""How the facts' views say a column that is not stored under its name."""
WRITTEN_OUT = {
    "company": "stand.company",
    "member": _member("stand.company", "kept.company"),
    "scope": "scopes.scope",
    "basis": "bases.basis",
}
"""How every other view says what is stored packed."""


def view_of(metric: Metric) -> str:
    """The view that says a metric's rows as they are published."""
    columns = ", ".join(f'{_said(metric, column)} AS "{column.name}"' for column in metric.columns)
    common = ", ".join(f"stand.{column.name}" for column in COMMON)
    return (
        f"CREATE OR REPLACE VIEW metrics.{metric.name} AS SELECT {columns}, {common} "
        f"{_source(metric)}"
    )


def _said(metric: Metric, column: Column) -> str:
    """How a view says a column."""
    own = SAID.get(metric.name, WRITTEN_OUT).get(column.name)
    if own:
        return own
    if column.on_bases:
        cases = " ".join(f"WHEN {n} THEN {column.on_bases[basis]}" for n, basis in enumerate(BASES))
        return f"CASE bases.number {cases} END"
    if column.is_scaled:
        stored = f"({column.made_of})" if column.made_of else f"kept.{column.name}"
        return f"({stored} * {_unit(column.type)})::{column.type}"
    return f"kept.{column.name}"


def _unit(kind: Type) -> str:
    """What a stored whole number counts, as an exact decimal."""
    scale = QUANTITY_SCALE if kind in {Type.PIECES, Type.QUANTITY} else MONEY_SCALE
    return f"{1 / 10**scale:.{scale}f}::DECIMAL({scale + 1},{scale})"


def rows_by_date(metrics: Iterable[Metric]) -> str:
    """How many rows each view has of each date: metric, as_of, rows.

    Kept rows are counted before they are written out, those of all metrics in one statement.
    """
    kept = " UNION ALL ".join(_counted(metric) for metric in metrics)
    return (
        f"SELECT kept.metric, kept.as_of, sum(kept.rows * coalesce(holding.scopes, 1))::BIGINT "
        f"FROM ({kept}) AS kept JOIN {AS_OF} AS stand "
        "ON stand.metric = kept.metric AND stand.source = kept.company "
        "AND stand.as_of = kept.as_of AND (stand.company = kept.company OR kept.is_group) "
        f"LEFT JOIN (SELECT stored, count(*) AS scopes FROM (VALUES {_SCOPES}) AS said (stored, "
        "scope) GROUP BY stored) AS holding ON holding.stored = kept.scope GROUP BY ALL"
    )


def _counted(metric: Metric) -> str:
    """The kept rows of a metric, those that a view says on every basis as often."""
    names = {column.name for column in metric.columns}
    scope = "scope" if "scope" in names else "NULL"
    bases = len(BASES) if "basis" in names else 1
    return (
        f"SELECT '{metric.name}' AS metric, company, as_of, {_is_group(metric)} AS is_group, "
        f"{scope} AS scope, count(*) * {bases} AS rows FROM {metric.kept_rows} GROUP BY ALL"
    )


def _is_group(metric: Metric) -> str:
    """Rows of a lone company are those of the group too, where the metric has rows of the group."""
    has_group = any(column.name == "dimension" for column in metric.columns)
    return "dimension <> 'sku'" if has_group else "false"


def _source(metric: Metric) -> str:
    """The facts a view reads, each row beside what holds of its company and date."""
    if metric.name in FACTS:
        return FACTS[metric.name].format(stand=NEWEST.format(metric=metric.name))
    names = {column.name for column in metric.columns}
    scopes = f"JOIN {_SCOPE_OF} = kept.scope" if "scope" in names else ""
    bases = f"CROSS JOIN (VALUES {_BASES}) AS bases (number, basis)" if "basis" in names else ""
    return (
        f"FROM {metric.kept_rows} AS kept JOIN {AS_OF} AS stand "
        f"ON stand.metric = '{metric.name}' AND stand.source = kept.company "
        "AND stand.as_of = kept.as_of "
        f"AND (stand.company = kept.company OR {_is_group(metric)}) {scopes} {bases}"
    )


def comments_of(metric: Metric) -> Iterator[str]:
    """What stands beside a view and each of its columns in the published database."""
    view = f"metrics.{metric.name}"
    yield f"COMMENT ON VIEW {view} IS {literal(metric.about)}"
    for column in (*metric.columns, *COMMON):
        yield f'COMMENT ON COLUMN {view}."{column.name}" IS {literal(column.comment)}'


def make_views(warehouse: Warehouse) -> None:
    """Say how the facts are read, unless it is said already."""
    statements = [UNPACKED_VIEW] if warehouse.has(DAILY_PACKED) else []
    for metric in METRICS.values():
        if metric.name == "daily" or warehouse.has(metric.table):
            statements += [view_of(metric), *comments_of(metric)]
    digest = sha256("\n".join(statements).encode()).hexdigest()
    if warehouse.has(MADE) and warehouse.value(f"SELECT max(digest) FROM {MADE}") == digest:
        return
    with warehouse.transaction():
        for statement in statements:
            warehouse.execute(statement)
        warehouse.execute(f"CREATE OR REPLACE TABLE {MADE} AS SELECT $d AS digest", {"d": digest})
