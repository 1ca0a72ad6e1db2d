"""Every message the report can say, collected from templates and code."""

import ast
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.extract import extract

import pipeline.report
from pipeline.report import filters
from pipeline.report.lookup import TERMS
from pipeline.report.member_figures import VALUE_TEXTS
from pipeline.report.pages.quality_deliveries import TABLES
from pipeline.report.pages.trend import BASES, BRIDGE
from pipeline.report.reason_words import REASONS
from pipeline.resources import template_folder

SAYING = {"_": 1, "say": 1, "say_counted": 2, "term": 1, "message": 1, "text": 1}
Message = str | tuple[str, str]


def messages() -> set[Message]:
    """All of them; a counted one as (singular, plural)."""
    return {*_of_templates(), *_of_code(), *_of_tables()}


def _of_templates() -> Iterator[Message]:
    options = {"extensions": "jinja2.ext.i18n", "newstyle_gettext": "true", "trimmed": "false"}
    for path in sorted(template_folder().rglob("*.j2")):
        found = extract("jinja2.ext:babel_extract", BytesIO(path.read_bytes()), options=options)
        for _, message, _, _ in found:
            yield tuple(message) if isinstance(message, (list, tuple)) else message


def _of_code() -> Iterator[Message]:
    folder = Path(pipeline.report.__file__).parent
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield from _said(node)


def _said(call: ast.Call) -> Iterator[Message]:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    texts = [
        choice.value
        for argument in call.args[: SAYING.get(name, 0)]
        for choice in _choices(argument)
        if isinstance(choice, ast.Constant) and isinstance(choice.value, str)
    ]
    if name == "say_counted":
        yield (texts[0], texts[1])
    else:
        yield from texts


def _choices(argument: ast.expr) -> list[ast.expr]:
    """Both sides of `a if condition else b`."""
    return [argument.body, argument.orelse] if isinstance(argument, ast.IfExp) else [argument]


def _of_tables() -> Iterator[Message]:
    """Messages that stand in look-up tables."""
    yield from TERMS.values()
    yield from REASONS.values()
    yield from TABLES.values()
    yield from BRIDGE
    yield from BASES.values()
    yield from VALUE_TEXTS.values()
    yield from filters.STATUS_WORDS.values()
    yield from (text for pair in filters.KPI_NAMES.values() for text in pair)
    for table in (
        filters.BENCHMARK_NAMES,
        filters.BASIS_TEXTS,
        filters.PART_NAMES,
        filters.DIMENSION_NAMES,
        filters.STATUS_HEADINGS,
    ):
        yield from table.values()
