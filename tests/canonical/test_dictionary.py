"""The data dictionary says what the specs say."""

from pipeline.canonical.described import WRITTEN_AS, all_tables
from pipeline.canonical.dictionary import markdown
from pipeline.canonical.tables import TABLES

BY_SPEC = {f"canonical.{name}" for name in TABLES}


def test_every_column_and_rule_is_in_the_dictionary() -> None:
    text = markdown()

    for spec in TABLES.values():
        assert f"## {spec.name}" in text
        assert all(f"| `{column.name}` |" in text for column in spec.columns)
        assert all(f"- `{rule.name}`: {rule.about}" in text for rule in spec.rules)


def test_what_stands_beside_a_table_is_in_the_dictionary() -> None:
    text = markdown()

    for table in all_tables():
        assert f"`{table.name}`" in text or f"## {table.name}" in text or table.name in BY_SPEC
        assert table.about in text
        assert all(f"| `{name}` |" in text for name in table.columns)


def test_a_column_says_its_type_choices_and_whether_it_is_required() -> None:
    assert (
        "| `kind` | VARCHAR | closing rate of the day or average of the month: "
        "`closing`, `average` (required) |"
    ) in markdown([TABLES["exchange_rate"]])


def test_how_columns_are_written_is_said_of_columns_of_the_ledger_in_all_its_tables() -> None:
    made = {table.name: table for table in all_tables()}
    ledger = made["canonical.stock_movement"]

    assert WRITTEN_AS.keys() <= ledger.columns.keys()
    for table in (ledger, made["canonical.stock_movement_history"]):
        for column, way in WRITTEN_AS.items():
            kind, _ = table.columns[column]
            assert f"{column} {kind} USING COMPRESSION {way}" in table.create
