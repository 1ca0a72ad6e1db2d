"""docs/configuration.md: everything that can be set, made from the models that read it."""

import ast
import sys
import types
from collections.abc import Iterator
from datetime import date, time
from enum import Enum
from inspect import cleandoc, getsource
from itertools import pairwise
from pathlib import Path
from textwrap import dedent
from typing import Any, Literal, Union, cast, get_args, get_origin

from pydantic import AliasChoices, BaseModel
from pydantic.fields import FieldInfo

from pipeline.landing.deliveries import DONE
from pipeline.landing.manifest import NAME as MANIFEST
from pipeline.landing.manifest import Manifest, TableSent
from pipeline.policy.forgiven_rows import ForgivenRow
from pipeline.policy.group_members import GroupMember
from pipeline.policy.reader import (
    BENCHMARKS,
    DEFAULTS,
    FORGIVEN_ROW,
    FORGIVEN_ROWS,
    GROUP_MEMBER,
    GROUP_MEMBERS,
    RULES,
)
from pipeline.policy.rules import Benchmark, StatusThresholds
from pipeline.settings import (
    Company,
    EngineSettings,
    MailSettings,
    SiteSection,
    Subscription,
    TableDeliverySettings,
)
from pipeline.strict_toml import LIMITS

TITLE = """# Configuration

Made from the models that read it by `python -m pipeline.stages.configuration_guide`; do not edit.

A site is configured by `site.toml`, by the files of `policy/` and, where an ERP is mapped, by
`sql/erp/<erp>/` ([add-an-erp.md](add-an-erp.md)). Nothing is converted: a number in quotes is a
text, `true` is no number. What nobody knows is refused, with what was perhaps meant. `stockturn
doctor --site S` prints every value as it holds, set or not, and what does not fit.
"""

SITE_EXAMPLE = """```toml
[site]
name = "Example group"
timezone = "Asia/Shanghai"
start = 2024-01-01
languages = ["en", "zh"]
currency = "CNY"
nightly_at = 04:30:00

[[company]]
name = "acme"                   # landing/acme/<YYYY-MM-DD>/
erp = "sap_b1"
expected = "weekdays"
tables.stock_movement = { mode = "window", days = 35 }

[mail]
host = "smtp.example.com"
sender = "Stockturn <stockturn@example.com>"
user_env = "SMTP_USER"          # names of environment variables: no secret stands here
password_env = "SMTP_PASSWORD"
engineers = ["data@example.com"]

[[subscription]]
recipients = ["board@example.com"]
language = "zh"                 # of the group

[[subscription]]
recipients = ["finance@acme.example.com"]
company = "acme"
```
"""

POLICY = f"""## Policies

Who decided what, from when: a file a topic in `policy/`. A file there replaces the default file
of that name as a whole; what a site leaves out keeps its default. Each is one or more `[[rule]]`,
the oldest first; a rule holds from `valid_from` until the next. `{BENCHMARKS}.toml` is a list of
`[[benchmark]]` instead, `{GROUP_MEMBERS}.toml` one of `[[{GROUP_MEMBER}]]`, `{FORGIVEN_ROWS}.toml`
one of `[[{FORGIVEN_ROW}]]`.
"""

DELIVERY = f"""## {MANIFEST}

Beside the files of a delivery, in `landing/<company>/<YYYY-MM-DD>/`, the sender may say what it
sent. A file that differs from what is said refuses the delivery, and nobody waits for
`settle_seconds`.

```json
{{"tables": {{
  "stock_movement": {{"file": "stock_movement.csv", "rows": 1200, "mode": "window",
                     "from": "2026-02-01", "to": "2026-03-05"}},
  "item": {{"rows": 3100}}
}}}}
```
"""

DONE_FILE = f"""## {DONE}

An empty file of that name in the delivery's folder says that it is whole: `touch {DONE}` by hand,
or as the last step of a transfer. Without it and without `{MANIFEST}` a delivery is taken in once
none of its files changed for `settle_seconds`.
"""

BLOCKS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("[site]", SiteSection),
    ("[[company]]", Company),
    ("[company.tables.<table>]", TableDeliverySettings),
    ("[mail]", MailSettings),
    ("[[subscription]]", Subscription),
    ("[engine]", EngineSettings),
)
WORDS: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    date: "day",
    time: "time of day",
    Path: "path",
}


BOTH = (True, False)


def markdown() -> str:
    """The document as a whole."""
    parts = [TITLE, "## site.toml\n", SITE_EXAMPLE]
    parts += [_block(f"### {name}", model) for name, model in BLOCKS]
    parts.append(POLICY)
    for name, model in RULES.items():
        parts += [_block(f"### policy/{name}.toml", model), _default(name)]
    parts += [
        _block("`stages` and `classes` hold", StatusThresholds),
        _block(f"### policy/{BENCHMARKS}.toml", Benchmark),
        _block(f"### policy/{GROUP_MEMBERS}.toml", GroupMember),
        _default(GROUP_MEMBERS),
        _block(f"### policy/{FORGIVEN_ROWS}.toml", ForgivenRow),
        _default(FORGIVEN_ROWS),
        DELIVERY,
        _block("At the top:", Manifest),
        _block("Of each table, under its name or that of its file:", TableSent),
        DONE_FILE,
    ]
    return "\n".join(parts)


def _block(heading: str, model: type[BaseModel]) -> str:
    meaning = _meanings(model)
    rows = (_row(name, field, meaning[name]) for name, field in model.model_fields.items())
    about = cleandoc(model.__doc__ or "")
    head = ("| key | what is written | default | meaning |", "|---|---|---|---|")
    return "\n".join((heading, "", about, "", *head, *rows, ""))


def _default(name: str) -> str:
    text = (DEFAULTS / f"{name}.toml").read_text(encoding="utf-8").strip()
    return f"The default file:\n\n```toml\n{text}\n```\n"


def _meanings(model: type[BaseModel]) -> dict[str, str]:
    """What stands in the source below each field of a model and of those it is made of.

    Read here alone: models that read their own source would do so in every process.
    """
    said: dict[str, str] = {}
    for each in reversed(model.__mro__[: model.__mro__.index(BaseModel)]):
        (written,) = ast.parse(dedent(getsource(each))).body
        for field, below in pairwise(cast("ast.ClassDef", written).body):
            match field, below:
                case (
                    ast.AnnAssign(target=ast.Name(id=name)),
                    ast.Expr(value=ast.Constant(value=str(about))),
                ):
                    said[name] = " ".join(about.split())
                case _:
                    pass
    return said


def _row(name: str, field: FieldInfo, about: str) -> str:
    limits = ", ".join(_limits(field))
    kind = _kind(field.annotation) + (f", {limits}" if limits else "")
    return f"| `{_key(name, field)}` | {kind} | {_given(field)} | {about} |"


def _key(name: str, field: FieldInfo) -> str:
    alias = field.validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else name


def _limits(field: FieldInfo) -> Iterator[str]:
    for limit in field.metadata:
        for name, words in LIMITS.items():
            if getattr(limit, name, None) is not None:
                yield f"{words} {getattr(limit, name):g}"


def _given(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value: Any = field.get_default(call_default_factory=True)
    if value is None or value in ((), {}, ""):
        return "–"
    written = cast("tuple[Any, ...]", value if isinstance(value, tuple) else (value,))
    return ", ".join(f"`{str(each).lower() if each in BOTH else each}`" for each in written)


def _kind(annotation: Any) -> str:
    """What a value of a type looks like, in words."""
    origin, inner = get_origin(annotation), _inner(annotation)
    if origin is None:
        return _plain_kind(annotation)
    if origin is Literal:
        return " or ".join(f"`{each}`" for each in inner)
    if origin is dict:
        return f"table of {_kind(inner[1])}s by name"
    if origin is tuple:
        return f"list of {_kind(inner[0])}"
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(_kind(each) for each in inner))
    return _kind(inner[0])


def _inner(annotation: Any) -> list[Any]:
    return [each for each in get_args(annotation) if each not in (types.NoneType, Ellipsis)]


def _plain_kind(kind: type) -> str:
    if issubclass(kind, Enum):
        return " or ".join(f"`{each.value}`" for each in kind)
    return "block" if issubclass(kind, BaseModel) else WORDS[kind]


if __name__ == "__main__":
    page = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/configuration.md")
    page.write_text(markdown(), encoding="utf-8")
