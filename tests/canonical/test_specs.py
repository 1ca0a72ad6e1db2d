"""The table specs: what they promise each other."""

import re

import pytest

from pipeline.canonical.movement_kinds import INFLOWS, OUTFLOWS, VALUE_ONLY, Kind
from pipeline.canonical.spec import ColumnType, TableSpec
from pipeline.canonical.surrogate_keys import number_of
from pipeline.canonical.tables import MASTERS, TABLES, business, identity, stored
from pipeline.resources import sql_folder

every_table = pytest.mark.parametrize("spec", TABLES.values(), ids=TABLES)


def test_the_twelve_tables_of_the_design_are_there() -> None:
    assert set(TABLES) == {
        "item",
        "supplier",
        "item_supplier",
        "warehouse",
        "stock_rule",
        "stock_movement",
        "stock_balance",
        "sales_order_line",
        "purchase_order_line",
        "stock_count",
        "exchange_rate",
        "plan",
    }


@every_table
def test_a_key_names_columns_of_its_table(spec: TableSpec) -> None:
    assert set(spec.key) <= set(business(spec))


@every_table
def test_the_first_number_stands_for_the_whole_key(spec: TableSpec) -> None:
    assert spec.numbers[identity(spec)].key == number_of("any", *spec.key).key


@every_table
def test_a_window_is_compared_with_a_required_date(spec: TableSpec) -> None:
    if spec.dated_by:
        column = spec.column(spec.dated_by)
        assert column.type in (ColumnType.DATE, ColumnType.DATETIME)
        assert column.required


@every_table
def test_every_name_is_used_once(spec: TableSpec) -> None:
    assert len(set(stored(spec))) == len(stored(spec))


@every_table
def test_rules_are_named_as_sentences(spec: TableSpec) -> None:
    names = [rule.name for rule in spec.rules]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("[a-z][a-z0-9_]+", name) for name in names)


@every_table
def test_the_generic_erp_maps_every_column(spec: TableSpec) -> None:
    text = (sql_folder() / "erp" / "generic" / f"{spec.name}.sql").read_text(encoding="utf-8")
    assert all(re.search(rf"\b{name}\b", text) for name in business(spec))


def test_masters_are_referred_to_by_their_key() -> None:
    assert {name: TABLES[name].key for name in MASTERS} == {
        name: (code,) for name, code in MASTERS.items()
    }


def test_every_kind_has_a_direction() -> None:
    assert set(Kind) == INFLOWS | OUTFLOWS | {Kind.OPENING, Kind.ADJUSTMENT} | VALUE_ONLY
