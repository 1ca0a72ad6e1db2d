"""The model as one HTML page in a language: the templates and what they are given."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jinja2 import (
    Environment,
    FileSystemBytecodeCache,
    FileSystemLoader,
    StrictUndefined,
    pass_context,
)
from jinja2.runtime import Context

from pipeline.report import charts, palette
from pipeline.report.filters import filters
from pipeline.report.model import ReportModel
from pipeline.report.number_format import Unit
from pipeline.report.status import Status
from pipeline.report.translate import Words
from pipeline.resources import template_folder

OPTIONS: dict[str, Any] = {
    "undefined": StrictUndefined,
    "extensions": ["jinja2.ext.i18n"],
    "trim_blocks": True,
    "lstrip_blocks": True,
}


@dataclass(frozen=True)
class Units:
    """The unit each table counts in; it stands in the table's head."""

    bridge: Unit
    stocks: Unit
    parts: Unit
    categories: Unit
    suppliers: Unit
    items: Unit
    statuses: Unit
    waiting: Unit
    proof: Unit
    change: Unit
    cash: Unit


def html(model: ReportModel, language: str) -> str:
    """The whole report as one HTML page; its style sheet and fonts stand beside the templates."""
    words = Words(language, model.cover.currency)
    units = units_of(model, words)
    return (
        environment(words, model)
        .get_template("report.html.j2")
        .render(
            model=model,
            language=language,
            company=model.cover.titles.get(language, model.cover.company),
            units=units,
            charts=charts_of(model, units, words),
            statuses=tuple(Status),
            status_colours={"dead": palette.DEAD, "slow": palette.SLOW, "pale": palette.PALE},
        )
    )


def units_of(model: ReportModel, words: Words) -> Units:
    """One unit per table, chosen by its largest amount."""
    unit = words.figures.unit
    bridge = model.trend.bridge
    total, waiting = model.dead_stock.total.value, model.dead_stock.waiting
    return Units(
        bridge=unit([bridge.opening, bridge.closing] if bridge else []),
        stocks=unit([month.value for month in model.trend.stocks]),
        parts=unit(
            [
                line.value
                for table in (*model.trend.parts, *model.trend.bases)
                for line in table.lines
            ]
        ),
        categories=unit([total]),
        suppliers=unit([model.suppliers.total_stock]),
        items=unit([item.value for item in model.dead_stock.items]),
        statuses=unit([total]),
        waiting=unit([waiting.total if waiting else None]),
        proof=words.figures.exact_unit,
        change=unit([line.now for line in model.why.amounts] if model.why else []),
        cash=unit([model.cash.total.average] if model.cash else []),
    )


def charts_of(model: ReportModel, units: Units, words: Words) -> charts.Charts:
    """Every chart of the report."""
    bridge = model.trend.bridge
    return charts.Charts(
        trend=charts.trend_chart(model.trend, words),
        bridge=charts.bridge_chart(bridge, units.bridge, words)
        if bridge and bridge.steps
        else None,
        turns=charts.turns_chart(model.why.bridge, words) if model.why else None,
        stocks=charts.stocks_chart(model.trend.stocks, units.stocks, words),
        ageing=charts.ageing_chart(
            model.categories.ages,
            units.categories,
            words,
            words.text("Share of stock value by days since receipt, per category"),
        ),
        supplier_ages=charts.ageing_chart(
            model.suppliers.ages,
            units.suppliers,
            words,
            words.text("Share of stock value by days since receipt, per supplier"),
        ),
        suppliers=charts.suppliers_chart(model.suppliers, units.suppliers, words),
        idle=charts.idle_chart(model.dead_stock.trend, units.statuses, words)
        if model.dead_stock.trend
        else None,
    )


def environment(words: Words, model: ReportModel) -> Environment:
    """Templates that escape what they are given and refuse what they do not know."""
    made: Any = Environment(
        loader=FileSystemLoader(template_folder()),
        bytecode_cache=_compiled(),
        autoescape=True,
        **OPTIONS,
    )
    made.install_gettext_translations(words.catalogue, newstyle=True)
    made.filters.update({name: _called(each) for name, each in filters(words, model).items()})
    return made


def _compiled() -> FileSystemBytecodeCache:
    """Templates as they were compiled, in a folder whose owner and mode the library looks at."""
    options = hashlib.sha256(repr(OPTIONS).encode()).hexdigest()[:16]
    return FileSystemBytecodeCache(pattern=f"stockturn-{options}-%s.cache")


def _called(filtered: Callable[..., Any]) -> Callable[..., Any]:
    """The filter as one that is called whenever a page is made.

    Of a constant the library would keep what it gave once, in the language that was compiled first.
    """

    @pass_context
    def called(_: Context, *given: Any, **named: Any) -> Any:
        return filtered(*given, **named)

    return called
