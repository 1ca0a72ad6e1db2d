"""An ERP's contract: the project's `erp.toml`, with what the site overrides or adds.

A site may bring a whole ERP, or only the keys that differ from the project's: files merge by
name, columns of a file by name, code lists by code.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from pipeline.canonical.erp_contract import (
    ErpContract,
    NativeColumn,
    NativeFile,
    Style,
    TableDelivery,
)
from pipeline.canonical.spec import ColumnType, TableSpec
from pipeline.landing.header import folded
from pipeline.resources import sql_folder
from pipeline.settings import ConfigurationError, DeliveryMode, Strict
from pipeline.strict_toml import faults_in_words, strictly, toml_of

GENERIC = "generic"
ALWAYS_DELIVERED = "stock_movement"

Encoding = Literal[
    "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "cp1252", "latin-1"
]
FileName = Annotated[str, Field(pattern=r"^[^\W_][\w\- ]{0,120}$")]
TableName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Toml = dict[str, Any]


class _StyleToml(Strict):
    encoding: Encoding = "utf-8"
    delimiter: Annotated[str, Field(pattern=r"^[\x01-\x09\x0b\x0c\x0e-\x21\x23-\x7e]$")] = ","
    quote: Annotated[str, Field(pattern=r"^[\x21-\x7e]?$")] = '"'
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ",", ".", " ", "'"] = ""
    trailing_minus: bool = False
    parentheses: bool = False
    dates: tuple[str, ...] = Style.dates
    empty_dates: tuple[date, ...] = ()
    true: tuple[str, ...] = Style.true
    false: tuple[str, ...] = Style.false


class _ColumnToml(Strict):
    name: str = Field(min_length=1)
    type: ColumnType
    required: bool = False
    rounds: bool = False
    aliases: tuple[str, ...] = ()


class _FileToml(Strict):
    name: TableName
    file: FileName | None = None
    required: bool = False
    feeds: tuple[str, ...] = Field(min_length=1)
    column: tuple[_ColumnToml, ...] = Field(min_length=1)
    style: Toml = Field(default_factory=dict[str, Any])


class _TableToml(Strict):
    mode: DeliveryMode
    driving: tuple[str, ...] = Field(min_length=1)


class _OptionsToml(Strict):
    estimate_cost: bool = False


class _ErpToml(Strict):
    name: str
    style: Toml = Field(default_factory=dict[str, Any])
    file: tuple[_FileToml, ...] = Field(min_length=1)
    table: dict[str, _TableToml] = Field(min_length=1)
    codes: dict[str, dict[str, str]] = Field(default_factory=dict[str, dict[str, str]])
    options: _OptionsToml = _OptionsToml()


def read_contract(name: str, specs: Iterable[TableSpec], site_mappings: Path) -> ErpContract:
    """The contract of one ERP as this site uses it.

    Raises:
        ConfigurationError: neither project nor site knows the ERP, or its `erp.toml` is invalid.
    """
    tables = {spec.name: spec for spec in specs}
    folders = [sql_folder() / "erp" / name, site_mappings / name]
    known = [folder / "erp.toml" for folder in folders if (folder / "erp.toml").is_file()]
    if not known and name != GENERIC:
        message = (
            f"ERP '{name}' is not known: correct erp in site.toml, or describe it in "
            f"{site_mappings / name / 'erp.toml'}"
        )
        raise ConfigurationError(message)
    merged: Toml = generic_toml(tables.values()) if name == GENERIC else {"name": name}
    for path in known:
        merged = _merged(merged, _content(path))
    return _contract(known[-1] if known else Path(GENERIC), merged, tables)


def generic_toml(specs: Iterable[TableSpec]) -> Toml:
    """The contract of the generic ERP: a file per canonical table, named and shaped like it."""
    listed = list(specs)
    return {
        "name": GENERIC,
        "file": [
            {
                "name": spec.name,
                "required": spec.name == ALWAYS_DELIVERED,
                "feeds": [spec.name],
                "column": [
                    {
                        "name": column.name,
                        "type": column.type.value,
                        "required": column.required,
                        "rounds": column.rounds,
                    }
                    for column in spec.columns
                ],
            }
            for spec in listed
        ],
        "table": {spec.name: {"mode": spec.mode.value, "driving": [spec.name]} for spec in listed},
    }


def _content(path: Path) -> Mapping[str, Any]:
    try:
        return toml_of(path)
    except ValueError as broken:
        raise ConfigurationError(str(broken)) from broken


def _merged(base: Toml, over: Mapping[str, Any]) -> Toml:
    """One TOML table over another; lists of named tables merge by name, other values replace."""
    result = dict(base)
    for key, value in over.items():
        below = result.get(key)
        if isinstance(below, dict) and isinstance(value, dict):
            result[key] = _merged(below, value)  # pyright: ignore[reportUnknownArgumentType]
        elif key in {"file", "column"} and isinstance(below, list) and isinstance(value, list):
            result[key] = _merged_by_name(below, value)  # pyright: ignore[reportUnknownArgumentType]
        else:
            result[key] = value
    return result


def _merged_by_name(base: list[Toml], over: list[Toml]) -> list[Toml]:
    named = {item.get("name"): item for item in base}
    for item in over:
        named[item.get("name")] = _merged(named.get(item.get("name"), {}), item)
    return list(named.values())


def _contract(path: Path, content: Toml, specs: Mapping[str, TableSpec]) -> ErpContract:
    try:
        toml = strictly(_ErpToml, content)
        style = strictly(_StyleToml, toml.style)
        files = tuple(_native_file(file, style) for file in toml.file)
    except ValidationError as invalid:
        model = _StyleToml if invalid.title == _StyleToml.__name__ else _ErpToml
        faults = faults_in_words(invalid, model)
        raise _refused(path, (f"{at or path.name}: {words}" for at, words in faults)) from invalid
    faults = list(_faults(toml, specs))
    if faults:
        raise _refused(path, faults)
    return ErpContract(
        name=toml.name,
        files=files,
        tables={
            name: TableDelivery(table.mode, table.driving) for name, table in toml.table.items()
        },
        codes=toml.codes,
        estimate_cost=toml.options.estimate_cost,
    )


def _native_file(file: _FileToml, style: _StyleToml) -> NativeFile:
    own = strictly(_StyleToml, style.model_dump() | file.style)
    return NativeFile(
        name=file.name,
        file=file.file or file.name,
        columns=tuple(
            NativeColumn(column.name, column.type, column.required, column.aliases, column.rounds)
            for column in file.column
        ),
        feeds=file.feeds,
        style=Style(**own.model_dump()),
        required=file.required,
    )


def _faults(toml: _ErpToml, specs: Mapping[str, TableSpec]) -> Iterable[str]:
    names = [file.name for file in toml.file]
    yield from (f"file '{name}' is declared twice" for name in _twice(names))
    yield from (
        f"two files are called '{name}'"
        for name in _twice((file.file or file.name).casefold() for file in toml.file)
    )
    yield from (f"table '{name}' is no canonical table" for name in toml.table if name not in specs)
    for name, table in toml.table.items():
        for file in table.driving:
            if file not in names:
                yield f"table '{name}' is driven by file '{file}', which is not declared"
    for file in toml.file:
        yield from _file_faults(file, toml.table)


def _file_faults(file: _FileToml, tables: Mapping[str, _TableToml]) -> Iterable[str]:
    spellings = [name for column in file.column for name in {column.name, *column.aliases}]
    for name in _twice(folded(spelling) for spelling in spellings):
        yield f"file '{file.name}' has two columns of the name or alias '{name}'"
    for name in file.feeds:
        if name not in tables:
            yield f"file '{file.name}' feeds '{name}', for which there is no [table.{name}]"
    for name, table in tables.items():
        if file.name in table.driving and name not in file.feeds:
            yield f"file '{file.name}' drives '{name}' but does not feed it"


def _twice(names: Iterable[str]) -> list[str]:
    return [name for name, times in Counter(names).items() if times > 1]


def _refused(path: Path, faults: Iterable[str]) -> ConfigurationError:
    lines = (f"  {fault}" for fault in faults)
    return ConfigurationError("\n".join((f"{path} cannot be used; correct it:", *lines)))
