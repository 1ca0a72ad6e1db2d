"""Keys that share a number, told apart by the keys themselves: never refused, never merged.

Who had the number keeps it; of keys that come together the first in their own order does.  Every
other gets one of those numbers that are only ever given, and `canonical.key_number` remembers it
for good.  Which of two keys got the given one may depend on which came first; that they differ
does not, and no published figure shows a number.
"""

from collections.abc import Iterable, Iterator

from pipeline.canonical.spec import TableSpec
from pipeline.canonical.surrogate_keys import KeyNumber, first_given
from pipeline.canonical.tables import MASTERS, TABLES, identity
from pipeline.canonical.typing_sql import literal
from pipeline.warehouse.store import Warehouse

LINKS = ("order_line", "transfer", "conversion", "document", "lot")
"""Spaces of keys that have no table of their own: rows of any table may share them."""

WHOLE = "(company || '/' || key)"
STATED_NOW = "company = $company AND delivery_no BETWEEN $first AND $last"

MOSTLY_NEW = 0.25
"""From this share of new rows on all numbers of a space are sorted, none is looked up."""

Place = tuple[str, str, KeyNumber]
"""Where numbers of a space stand: table, column, and how it is numbered."""


def spaces(warehouse: Warehouse) -> frozenset[str]:
    """The spaces in which a key was given another number than its own: none, nearly always."""
    return frozenset(
        row[0] for row in warehouse.rows("SELECT DISTINCT space FROM canonical.key_number")
    )


def tell_staged_apart(warehouse: Warehouse, spec: TableSpec) -> None:
    """Give staged rows whose number another key holds, or states too, a number of their own."""
    name, number = identity(spec), spec.numbers[identity(spec)]
    staged = _keys("staged", name, number)
    held = f"SELECT * FROM ({_held(spec)}) SEMI JOIN staged ON number = staged.{name}"
    if _tell_apart(warehouse, number.space, staged, held):
        _renumber(warehouse, "staged", name, number)


def tell_codes_apart(
    warehouse: Warehouse, company: str, spec: TableSpec, first: int, last: int
) -> set[str]:
    """See that rows of some of a company's deliveries refer to no other master than they name.

    Gives the masters that lack some of the codes these rows name.
    """
    limits = {"company": company, "first": first, "last": last}
    incomplete: set[str] = set()
    for name, number in spec.numbers.items():
        if number.space not in MASTERS or number.space == spec.name:
            continue
        tables = (f"canonical.{spec.name}", f"canonical.{spec.name}_history")
        stated = " UNION ALL ".join(
            f"{_keys(table, name, number)} AND {STATED_NOW}" for table in tables
        )
        # Nearly every code stands in its master, by the number it has: the others are compared.
        warehouse.make(
            "strangers",
            f"SELECT DISTINCT company, key, number FROM ({stated}) ANTI JOIN "
            f"({_masters_of_company(number.space)}) USING (number, key)",
            limits,
        )
        if not warehouse.any("strangers"):
            continue
        incomplete.add(number.space)
        if _are_mistaken(warehouse, number.space, company):
            warehouse.make("codes", f"SELECT DISTINCT * FROM ({stated})", limits)
            _tell_apart(warehouse, number.space, "FROM codes", _held(TABLES[number.space]))
            for table in tables:
                _renumber(warehouse, table, name, number)
    return incomplete


def _masters_of_company(master: str) -> str:
    spec = TABLES[master]
    name = identity(spec)
    return f"{_keys(f'canonical.{master}', name, spec.numbers[name])} AND company = $company"


def _are_mistaken(warehouse: Warehouse, master: str, company: str) -> bool:
    """Whether codes among `strangers` have a number that stands for another one."""
    return bool(
        warehouse.value(
            "SELECT count(*) FROM (SELECT number, min(key) AS low, max(key) AS high "
            "FROM strangers GROUP BY number) "
            f"LEFT JOIN ({_held(TABLES[master])}) AS held USING (number) "
            "WHERE low <> high OR held.company <> $company OR held.key <> low",
            {"company": company},
        )
    )


def tell_missing_apart(warehouse: Warehouse, master: str) -> None:
    """The same for masters about to be inferred: `missing` holds them, with the columns of theirs.

    Their numbers are set: of a code that was told apart before, the one it was given.
    """
    spec = TABLES[master]
    name, number = identity(spec), spec.numbers[identity(spec)]
    _renumber(warehouse, "missing", name, number)
    if _tell_apart(warehouse, master, _keys("missing", name, number), _held(spec)):
        _renumber(warehouse, "missing", name, number)


def leave_uncompared(warehouse: Warehouse, company: str, first: int, last: int) -> None:
    """Note that the links of some deliveries' rows are to be compared before facts read them."""
    warehouse.execute(
        "INSERT INTO canonical.uncompared VALUES ($company, $first, $last)",
        {"company": company, "first": first, "last": last},
    )


def tell_links_apart(warehouse: Warehouse) -> None:
    """Compare what order lines and transfers the newest deliveries name with all that is known."""
    if not warehouse.any("canonical.uncompared"):
        return
    with warehouse.transaction():
        is_new = _is_uncompared(warehouse)
        for space in LINKS:
            _tell_space_apart(warehouse, space, is_new)
        warehouse.execute("DELETE FROM canonical.uncompared")


def _is_uncompared(warehouse: Warehouse) -> str:
    """SQL of whether the links of a row are new, written out so that others are passed by."""
    limits = warehouse.rows(
        "SELECT company, min(first), max(last) FROM canonical.uncompared GROUP BY company "
        "ORDER BY company"
    )
    either = (
        f"company = {literal(company)} AND delivery_no BETWEEN {first} AND {last}"
        for company, first, last in limits
    )
    return f"({' OR '.join(either)})"


def _tell_space_apart(warehouse: Warehouse, space: str, is_new: str) -> None:
    places = list(_places(space))
    numbers = _numbers_to_compare(warehouse, places, is_new)
    if numbers is None:
        return
    # A number that one row has is one key's: nearly all of a ledger passes by.
    warehouse.hold("linked", warehouse.repeated(numbers))
    if not warehouse.any("linked"):
        return
    # The text of a key is dear: it is put together of the rows that are compared only.
    linked = " UNION ALL ".join(
        f"{_keys(table, name, number, f'{is_new} AS is_new')} AND {name} IN (FROM linked)"
        for table, name, number in places
    )
    warehouse.make(
        "links",
        "SELECT company, key, number, bool_or(is_new) AS is_new, bool_or(NOT is_new) AS is_held "
        f"FROM ({linked}) GROUP BY ALL",
    )
    keys = "SELECT company, key, number FROM links WHERE {}"
    if _tell_apart(warehouse, space, keys.format("is_new"), keys.format("is_held")):
        for table, name, number in places:
            _renumber(warehouse, table, name, number)


def _numbers_to_compare(warehouse: Warehouse, places: Iterable[Place], is_new: str) -> str | None:
    """SELECT of the numbers of a space that new rows have, row by row, or of all; None: of none."""
    every = " UNION ALL ".join(
        f"SELECT {name} AS number, company, delivery_no FROM {table} WHERE {name} IS NOT NULL"
        for table, name, _ in places
    )
    all_numbers = f"SELECT number FROM ({every})"
    new_numbers = f"{all_numbers} WHERE {is_new}"
    new = warehouse.value(f"SELECT count(*) FROM ({new_numbers})")
    if not new:
        return None
    # To look each number up costs more than to sort it: worth it for the few rows of a night.
    is_mostly_new = new > MOSTLY_NEW * warehouse.value(f"SELECT count(*) FROM ({all_numbers})")
    return all_numbers if is_mostly_new else f"{all_numbers} WHERE number IN ({new_numbers})"


def _places(space: str) -> Iterator[Place]:
    """Where numbers of a space stand."""
    for spec in TABLES.values():
        for name, number in spec.numbers.items():
            if number.space == space:
                yield f"canonical.{spec.name}", name, number


def _keys(table: str, name: str, number: KeyNumber, *more: str) -> str:
    """SELECT of the keys a table's rows have, with their numbers."""
    columns = ", ".join(("company", f"{number.key} AS key", f"{name} AS number", *more))
    return f"SELECT {columns} FROM {table} WHERE {name} IS NOT NULL"


def _held(spec: TableSpec) -> str:
    """SELECT of the keys that hold a number; masters go on holding theirs when they are gone."""
    name, number = identity(spec), spec.numbers[identity(spec)]
    tables = [f"canonical.{spec.name}"]
    if spec.name in MASTERS:
        tables.append(f"canonical.{spec.name}_history")
    return " UNION ALL ".join(_keys(table, name, number) for table in tables)


def _clashes(warehouse: Warehouse, new: str, held: str) -> bool:
    """Whether two keys share a number; `clashing` holds such numbers."""
    warehouse.make(
        "clashing",
        f"SELECT number FROM (FROM ({new}) UNION ALL "
        f"SELECT * FROM ({held}) WHERE number IN (SELECT number FROM ({new}))) "
        f"GROUP BY number HAVING min({WHOLE}) <> max({WHOLE})",
    )
    return warehouse.any("clashing")


def _tell_apart(warehouse: Warehouse, space: str, new: str, held: str) -> bool:
    """Give new keys a number of their own where another key has it; whether any had to be given."""
    if not _clashes(warehouse, new, held):
        return False
    said = (
        f"SELECT *, false AS is_held FROM ({new}) UNION ALL SELECT *, true AS is_held FROM ({held})"
    )
    warehouse.execute(
        f"""
INSERT INTO canonical.key_number
WITH known AS (
    SELECT company, key, number, bool_or(is_held) AS is_held
    FROM ({said}) WHERE number IN (FROM clashing)
    GROUP BY company, key, number
),
placed AS (
    SELECT *, row_number() OVER (PARTITION BY number ORDER BY NOT is_held, company, key) AS place
    FROM known
)
SELECT {literal(space)}, company, key, {first_given()}
    + (SELECT count(*) FROM canonical.key_number WHERE space = {literal(space)})
    + row_number() OVER (ORDER BY number, company, key) - 1
FROM placed WHERE place > 1 AND NOT is_held
"""
    )
    return True


def _renumber(warehouse: Warehouse, table: str, name: str, number: KeyNumber) -> None:
    """Write into rows the numbers their keys were given."""
    given = (
        "SELECT company AS of_company, key AS of_key, number AS given FROM canonical.key_number "
        f"WHERE space = {literal(number.space)}"
    )
    warehouse.execute(
        f"UPDATE {table} SET {name} = given FROM ({given}) "
        f"WHERE company = of_company AND {number.key} = of_key AND {name} <> given"
    )
