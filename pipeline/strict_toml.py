"""How people's TOML becomes checked values: nothing is converted, and each fault is said in words.

A setting means what is written: `430` is no time of day and `true` no share.  Only what TOML and
JSON themselves write differently is taken as the same: "04:30" and 04:30:00, a list and a tuple.
"""

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

Model = TypeVar("Model", bound=BaseModel)

WANTED = {
    "bool": "write true or false, without quotes",
    "int": "write a whole number, without quotes",
    "float": "write a number, without quotes",
    "finite": "write a number that is finite",
    "string": 'write a text, in quotes: "…"',
    "date": "write a day, such as 2024-01-31",
    "time": "write a time of day, such as 04:30:00",
    "tuple": 'write a list, such as ["…", "…"]',
    "model": "write a block of its own, in [brackets]",
    "dict": "write a block of its own, in [brackets]",
}
"""What to write, by the first word of pydantic's name for a fault."""
LIMITS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}

WORD = r"^[A-Za-z0-9][A-Za-z0-9_\-]{0,62}$"
CURRENCY = r"^[A-Z]{3}$"
ADDRESS = r"^https?://"
PATTERNS = {
    WORD: ": letters, digits, - and _ only, for folders are named so",
    CURRENCY: " is no currency: write three capitals, such as CNY",
    ADDRESS: " is no address: it starts with https:// or http://",
}
"""How a text must look, and what to say of one that does not."""


def toml_of(path: Path) -> Mapping[str, Any]:
    """What a TOML file says.

    Raises:
        ValueError: it is no TOML, in words that name the file.
    """
    try:
        return _said(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
        message = f"{path} is not valid TOML ({broken}): correct it"
        raise ValueError(message) from broken


@lru_cache(maxsize=256)
def _said(text: str) -> Mapping[str, Any]:
    """What a text says: a night reads the same dozen files at every stage; nobody changes it."""
    return tomllib.loads(text)


def strictly(model: type[Model], content: Mapping[str, Any]) -> Model:
    """What was written, as the model's values.

    Raises:
        ValidationError: something is not as the model wants it.
    """
    written = json.dumps(content, default=str, ensure_ascii=False)
    return model.model_validate_json(written, strict=True)


def faults_in_words(invalid: ValidationError, model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """Each fault: the key as people write it, such as `company 2.name`, and what to correct."""
    faults = [(place_of(fault["loc"]), fault) for fault in invalid.errors()]
    for place, fault in faults:
        # A list without its broken entries is too short; that says nothing new.
        inside = any(other.startswith(f"{place} ") for other, _ in faults)
        if fault["type"] != "too_short" or not inside:
            yield place, _in_words(fault, model)


def place_of(location: Iterable[int | str]) -> str:
    """Where a setting stands: `site.start`, `company 2.name`."""
    parts = [f" {part + 1}" if isinstance(part, int) else f".{part}" for part in location]
    return "".join(parts).removeprefix(".")


def perhaps(name: str, known: Iterable[str]) -> str:
    """The known name that is most like one that is not, as the end of a sentence."""
    listed = sorted({each for each in known if each != name})
    folded = {each.casefold(): each for each in listed}
    similar = get_close_matches(name.casefold(), folded, 1, 0.6)
    return f", perhaps {folded[similar[0]]} is meant" if similar else ""


def names_of(model: type[BaseModel]) -> set[str]:
    """The names of all settings of a model and of the blocks in it."""
    names: set[str] = set(model.model_fields)
    for inner in blocks_of(model):
        names |= names_of(inner)
    return names


def blocks_of(model: type[BaseModel]) -> list[type[BaseModel]]:
    """The models that stand in a model's fields, in lists or tables too."""
    return [part for field in model.model_fields.values() for part in _models_in(field.annotation)]


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def _in_words(fault: ErrorDetails, model: type[BaseModel]) -> str:
    kind, name = fault["type"], str(fault["loc"][-1]) if fault["loc"] else ""
    given = _as_written(fault["input"])
    match kind:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return f"is no setting here{perhaps(name, names_of(model))}: correct or remove it"
        case "literal_error" | "enum":
            return _not_a_choice(fault, given)
        case "string_pattern_mismatch":
            pattern = fault.get("ctx", {}).get("pattern", "")
            return f"{given}{PATTERNS.get(pattern, f' is not like {pattern}')}"
        case "value_error":
            return fault["msg"].removeprefix("Value error, ")
        case _:
            return f"{given}: {_wanted(fault)}"


def _as_written(value: Any) -> str:
    """A value as it stands in the file, or nearly."""
    if isinstance(value, str):
        return f"'{value}'"
    return json.dumps(value, default=str, ensure_ascii=False)


def _wanted(fault: ErrorDetails) -> str:
    """What to write instead of a value of a wrong kind, or beyond a limit."""
    for limit, words in LIMITS.items():
        if limit in fault.get("ctx", {}):
            return f"must be {words} {fault.get('ctx', {})[limit]:g}"
    return WANTED.get(fault["type"].partition("_")[0], fault["msg"])


def _not_a_choice(fault: ErrorDetails, given: str) -> str:
    choices = str(fault.get("ctx", {}).get("expected", "")).replace("'", "").replace(" or ", ", ")
    known = choices.split(", ")
    return f"{given} is not known here{perhaps(str(fault['input']), known)}: one of {choices}"
