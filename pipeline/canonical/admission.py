"""Admission: which mapped rows enter a canonical table, and why others do not.

All of it is generated from the table's spec: types, required columns, choices and rules.  A row is
refused with every reason that applies; nothing is repaired and nothing is dropped.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipeline.canonical.spec import STORED_AS, Column, ColumnType, TableSpec
from pipeline.canonical.surrogate_keys import KeyNumber, content_of
from pipeline.canonical.tables import MASTERS, TABLES, business, extras, identity
from pipeline.canonical.typing_sql import RECORD, literal

NEEDED = ("source_file", "source_row", "delivery_no")
OF_A_MAPPING = ("unreadable", "refusals")
"""Columns in which a mapping says itself what is wrong with a row."""

MOST_NAMED = 60
"""Characters that are told of a value nobody knows."""

DUPLICATE = "duplicate_key_different_content"

KNOWN_ON = "(DATE '1970-01-01' + (delivery_no // 100000000)::INTEGER)"
EXTRACT_ON = "(DATE '1970-01-01' + (delivery_no // 1000 % 100000)::INTEGER)"

# Volatile, so that a filter on the verdict is not pushed down as a second evaluation of all tests.
NEVER = "random() > 1"

FREE_TEXTS = {ColumnType.TEXT, ColumnType.CODE}
DECIMALS = {ColumnType.QUANTITY, ColumnType.MONEY, ColumnType.NUMBER}
WHOLE_NUMBERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}


@dataclass(frozen=True)
class Test:
    """A test that refuses a row; `unless` another reason already says the same.

    `names` is SQL of the value that was not understood, told behind the reason.
    """

    reason: str
    fails: str
    unless: str | None = None
    names: str | None = None

    @property
    def told(self) -> str:
        """SQL of the reason as quarantine keeps it."""
        if self.names is None:
            return literal(self.reason)
        return f"concat({literal(f'{self.reason} ')}, left({self.names}, {MOST_NAMED}))"


@dataclass(frozen=True)
class Mapped:
    """The rows a mapping gives for a canonical table."""

    spec: TableSpec
    sql: str  # its columns are named as the table's
    types: dict[str, str]  # of those columns, as the engine says
    company: str
    given: frozenset[str] = frozenset()  # spaces in which some keys were given another number

    @property
    def lists(self) -> list[str]:
        """The columns in which a mapping says itself what is wrong with a row."""
        return [name for name in OF_A_MAPPING if name in self.types]


def staging(mapped: Mapped) -> str:
    """SELECT of rows as the canonical table stores them, each with its reasons."""
    tests = _tests(mapped.spec, mapped.types)
    reasons = f"CASE WHEN is_refused THEN {_all_reasons(tests, mapped.lists)} END AS reasons"
    return f"{_judged(mapped)} SELECT {_stored(mapped.spec)}, {reasons} FROM judged"


def admissible(mapped: Mapped) -> str:
    """SELECT of rows as the canonical table stores them, of those that nothing speaks against.

    Much the same as `staging` WHERE reasons IS NULL, but no reason is looked for.
    """
    return f"{_judged(mapped)} SELECT {_stored(mapped.spec)} FROM judged WHERE NOT is_refused"


def _stored(spec: TableSpec) -> str:
    names = ("company", *business(spec), *spec.numbers, *_computed(spec), *RECORD)
    return f"{', '.join(names)}, {KNOWN_ON} AS known_on, extract_on AS stated_on, content_no"


def _judged(mapped: Mapped) -> str:
    """Rows as the table types them, with what is computed from them and whether they are good."""
    spec, types = mapped.spec, mapped.types
    columns = [f"{_typed(column, types)} AS {column.name}" for column in spec.columns]
    fails = [f"({test.fails})" for test in _tests(spec, types)]
    fails += [f"len({name}) > 0" for name in mapped.lists]
    added = [f"{sql} AS {name}" for name, sql in _computed(spec).items()]
    content = [column for column in spec.columns if column.name not in spec.key]
    texts = tuple(column.name for column in content if column.type in FREE_TEXTS)
    names = tuple(column.name for column in content)
    return f"""
WITH mapped AS ({mapped.sql}),
typed AS (
    SELECT {", ".join((f"{literal(mapped.company)} AS company", *columns, *RECORD, *mapped.lists))},
        {", ".join((f"{EXTRACT_ON} AS extract_on", *_lossy_flags(spec, types)))}
    FROM mapped
),
numbered AS (SELECT typed.*, {_numbers(spec, mapped.given)} FROM typed {_givers(mapped)}),
judged AS (
    SELECT {", ".join(("*", *added, f"{content_of(names, texts)} AS content_no"))},
        coalesce({" OR ".join(fails)}, false) OR {NEVER} AS is_refused
    FROM numbered
)
"""


def _computed(spec: TableSpec) -> dict[str, str]:
    """What is computed from a row beside its numbers."""
    return {extra.name: extra.sql for extra in extras(spec)}


def _numbers(spec: TableSpec, given: frozenset[str]) -> str:
    """The numbers of the keys in a row; a row without its own key has no number.

    A key of one column needs no word about it: without a text there is no digest.
    """
    keys = [f"{name} IS NOT NULL" for name in spec.key if spec.column(name).required]
    numbers: list[str] = []
    for name, number in spec.numbers.items():
        sql = number.sql
        if _givers_of(spec, number, given):
            sql = f"coalesce(giver_of_{name}.number, {sql})"
        if name == identity(spec) and len(spec.key) > 1:
            sql = f"CASE WHEN {' AND '.join(keys)} THEN {sql} END"
        numbers.append(f"{sql} AS {name}")
    return ", ".join(numbers)


def _givers(mapped: Mapped) -> str:
    """Joins with what knows numbers: nearly every code has its master, whose number is read."""
    company = literal(mapped.company)
    joins: list[str] = []
    for name, number in mapped.spec.numbers.items():
        givers = _givers_of(mapped.spec, number, mapped.given)
        if givers:
            known = " UNION ".join(f"{giver} AND company = {company}" for giver in givers)
            joins.append(
                f"LEFT JOIN ({known}) AS giver_of_{name} ON giver_of_{name}.key = {number.key}"
            )
    return " ".join(joins)


def _givers_of(spec: TableSpec, number: KeyNumber, given: frozenset[str]) -> list[str]:
    givers: list[str] = []
    if number.space in MASTERS and number.space != spec.name:
        master = TABLES[number.space]
        givers.append(
            f"SELECT {MASTERS[master.name]} AS key, {identity(master)} AS number "
            f"FROM canonical.{master.name} WHERE true"
        )
    if number.space in given:
        givers.append(
            f"SELECT key, number FROM canonical.key_number WHERE space = {literal(number.space)}"
        )
    return givers


def conflicting(spec: TableSpec) -> str:
    """Keys that one delivery states twice or more: with one content, or with several."""
    number = identity(spec)
    return f"""
SELECT delivery_no, {number} AS row_no,
    min(content_no) <> max(content_no) OR count(reasons) NOT IN (0, count(*)) AS differs,
    count(reasons) = 0 AND min(content_no) = max(content_no) AS is_twin
FROM staged SEMI JOIN repeated ON staged.{number} = repeated.row_no
GROUP BY delivery_no, {number}
HAVING count(*) > 1
"""


def mapping_faults(spec: TableSpec, types: Mapping[str, str], contract: str) -> list[str]:
    """What is wrong with the columns a mapping gives, by their names and types.

    `contract` says where the columns it reads are declared.
    """
    return [*_unknown(spec, types, contract), *_missing(types), *_unrounded(spec, types)]


def _unknown(spec: TableSpec, types: Iterable[str], contract: str) -> Iterator[str]:
    known = {*business(spec), *NEEDED, *OF_A_MAPPING}
    for name in sorted(set(types) - known):
        meant = next((each for each in known if each.casefold() == name.casefold()), None)
        if meant:
            yield (
                f"column {name} is called {meant} in {spec.name}: write '{name} as {meant}', since "
                f"a column keeps the letters it has in {contract}"
            )
        else:
            yield f"column {name} is not of {spec.name}: leave it out"


def _missing(types: Iterable[str]) -> Iterator[str]:
    missing = [name for name in NEEDED if name not in types]
    if missing:
        yield f"column {', '.join(missing)} is missing: pass it on from the driving file"


def _unrounded(spec: TableSpec, types: Mapping[str, str]) -> Iterator[str]:
    for column in spec.columns:
        given = types.get(column.name)
        if given and column.type in DECIMALS and not _is_exact(given):
            yield f"{column.name} is {given}; round it to {STORED_AS[column.type]}"


def _typed(column: Column, types: dict[str, str]) -> str:
    stored = STORED_AS[column.type]
    given = types.get(column.name)
    if given is None:
        return "false" if column.type is ColumnType.BOOLEAN else f"NULL::{stored}"
    if column.type is ColumnType.BOOLEAN:
        return f"coalesce({column.name}::BOOLEAN, false)"
    if given == stored:
        return column.name
    return f"try_cast({column.name} AS {stored})"


def _is_exact(given: str) -> bool:
    return given.startswith("DECIMAL") or given in {*WHOLE_NUMBERS, "HUGEINT"}


def _fits(given: str, stored: str) -> bool:
    """Whether every value of a DECIMAL type is one of another."""
    if given in WHOLE_NUMBERS - {"BIGINT"}:
        return True
    types = [re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", text) for text in (given, stored)]
    if types[0] is None or types[1] is None:
        return False
    digits, scale = (int(part) for part in types[0].groups())
    most_digits, most_scale = (int(part) for part in types[1].groups())
    return scale <= most_scale and digits - scale <= most_digits - most_scale


def _lossy(spec: TableSpec, types: dict[str, str]) -> list[Column]:
    """Columns whose mapped type holds more than the table keeps: checked cell by cell."""
    return [
        column
        for column in spec.columns
        if column.name in types
        and column.type in DECIMALS
        and _is_exact(types[column.name])
        and not _fits(types[column.name], STORED_AS[column.type])
    ]


def _lossy_flags(spec: TableSpec, types: dict[str, str]) -> list[str]:
    return [
        f"try_cast({column.name} AS {STORED_AS[column.type]}) IS DISTINCT FROM {column.name} "
        f"AS {column.name}_is_lossy"
        for column in _lossy(spec, types)
    ]


def _tests(spec: TableSpec, types: dict[str, str]) -> list[Test]:
    """Every test a row must pass."""
    lossy = {column.name for column in _lossy(spec, types)}
    tests = [Test(f"does not fit {name}", f"{name}_is_lossy") for name in sorted(lossy)]
    for column in spec.columns:
        if column.required:
            tests.append(_required(column, types, lossy))
        if column.choices:
            name = column.name
            tests.append(Test(f"unknown {name}", _is_no_choice(column), names=name))
    return [*tests, *(Test(rule.name, f"({rule.holds}) IS FALSE") for rule in spec.rules)]


def _is_no_choice(column: Column) -> str:
    """Word by word: DuckDB would join every row with a list of five or more."""
    known = " ".join(f"WHEN {literal(choice)} THEN false" for choice in column.choices)
    return f"CASE {column.name} {known} ELSE {column.name} IS NOT NULL END"


def _required(column: Column, types: dict[str, str], lossy: set[str]) -> Test:
    """A cell that cannot be read, or says an unknown code, is not missing: one reason will do."""
    name, others = column.name, list[str]()
    if name in lossy:
        others.append(f"{name}_is_lossy")
    if "unreadable" in types:
        said = "list_transform(unreadable, lambda said: split_part(said, ':', 1))"
        others.append(f"coalesce(list_contains({said}, {literal(name)}), false)")
    if column.choices and "refusals" in types:
        others.append("coalesce(array_to_string(refusals, '|') LIKE '%unknown %', false)")
    return Test(f"missing {name}", f"{name} IS NULL", " OR ".join(others) or None)


def _all_reasons(tests: list[Test], lists: list[str]) -> str:
    named = ", ".join(
        f"CASE WHEN ({test.fails}) AND NOT ({test.unless or 'false'}) THEN {test.told} END"
        for test in tests
    )
    reasons = [f"[{named}]"]
    if "unreadable" in lists:
        reasons.append("list_transform(unreadable, lambda name: 'unreadable ' || name)")
    if "refusals" in lists:
        reasons.append("refusals")
    return f"list_filter(list_concat({', '.join(reasons)}), lambda reason: reason IS NOT NULL)"
