"""The model as one HTML page in a language: templates, and the filters that write its values."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.report import charts, marks
from pipeline.report.facts import Benchmark, DeadStock, share
from pipeline.report.figures import NOTHING, Unit, shortened
from pipeline.report.findings import REASONS
from pipeline.report.model import ReportModel
from pipeline.report.pages.quality import Result
from pipeline.report.pages.summary import Kpi
from pipeline.report.phrases import Label
from pipeline.report.status import Status
from pipeline.report.words import Words
from pipeline.resources import template_folder

COLOURS = {Status.ON_TRACK: "#0B6E99", Status.WATCH: "#B7791F", Status.ACT: "#C2410C"}
NO_STATUS_COLOUR = "#5B6776"
STATUS_WORDS = {
    Status.ON_TRACK: "On track",
    Status.WATCH: "Watch",
    Status.ACT: "Act",
    Result.PASSED: "Passed",
    Result.NOTED: "Noted",
    Result.FAILED: "Failed",
}
KPI_NAMES = {
    "turnover": ("Inventory turnover", "times a year"),
    "days": ("Days inventory outstanding", "days"),
    "dead_share": ("Dead stock share", "of stock value"),
    "stock": ("Stock at cost", "without abnormal stock"),
}
BENCHMARK_NAMES = {
    "median": "benchmark median",
    "mean": "benchmark mean",
    "star": "benchmark stars",
    "laggard": "benchmark laggards",
    "range": "benchmark range",
    "star_laggard": "laggards–stars",
}
BASIS_TEXTS = {
    "time_weighted": "Time-weighted: the mean of the daily closing values of the window.",
    "month_ends": "The mean of the closing before the window and of every month-end inside it.",
    "quarter_ends": "The mean of the closing before the window and of every quarter-end inside it.",
    "two_point": "The mean of opening and closing stock of the window.",
}
PART_NAMES = {"company": "By company", "stage": "By stage", "basis": "By averaging basis"}
DIMENSION_NAMES = {"category": "Category", "supplier": "Supplier", "warehouse": "Warehouse"}
STATUS_HEADINGS = {
    "category": "Stock by status and category, %(unit)s",
    "supplier": "Stock by status and supplier, %(unit)s",
    "warehouse": "Stock by status and warehouse, %(unit)s",
}
PANEL_WIDTH = 216


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


@dataclass(frozen=True)
class StatusPart:
    """One part of the stock by status: how it is drawn and what is written beside it."""

    name: str
    value: Decimal
    share: float | None
    colour: str
    x: float
    width: float


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
        )
    )


def units_of(model: ReportModel, words: Words) -> Units:
    """One unit per table, chosen by its largest amount."""
    unit = words.figures.unit
    bridge = model.trend.bridge
    total = model.dead_stock.total.value
    return Units(
        bridge=unit([bridge.opening, bridge.closing] if bridge else []),
        stocks=unit([month.value for month in model.trend.stocks]),
        parts=unit([line.value for table in (*model.trend.parts, *model.trend.bases) for line in table.lines]),
        categories=unit([total]),
        suppliers=unit([model.suppliers.total_stock]),
        items=unit([item.value for item in model.dead_stock.items]),
        statuses=unit([total]),
    )


def charts_of(model: ReportModel, units: Units, words: Words) -> charts.Charts:
    """Every chart of the report."""
    bridge = model.trend.bridge
    return charts.Charts(
        trend=charts.trend_chart(model.trend, words),
        bridge=charts.bridge_chart(bridge, units.bridge, words)
        if bridge and bridge.steps
        else None,
        stocks=charts.stocks_chart(model.trend.stocks, units.stocks, words),
        ageing=charts.ageing_chart(model.categories, units.categories, words),
        suppliers=charts.suppliers_chart(model.suppliers, units.suppliers, words),
    )


def environment(words: Words, model: ReportModel) -> Environment:
    """Templates that escape what they are given and refuse what they do not know."""
    made = Environment(
        loader=FileSystemLoader(template_folder()),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.install_gettext_translations(words.catalogue, newstyle=True)  # type: ignore[attr-defined]
    made.filters |= _filters(words, model)
    return made


def _filters(words: Words, model: ReportModel) -> dict[str, Callable[..., Any]]:
    figures = words.figures
    return {
        "turns": figures.turns,
        "days": figures.days,
        "share": figures.share,
        "count": figures.count,
        "money": figures.money,
        "full_money": figures.full_money,
        "amount": figures.amount,
        "day": figures.day,
        "iso_day": _iso_day,
        "label": words.label,
        "names": lambda labels: figures.names([words.label(label) for label in labels]),
        "sentence": words.sentence,
        "plain": words.plain,
        "short": shortened,
        "company_name": lambda code: words.label(model.names.get(code, Label(code))),
        "sparkline": marks.sparkline,
        "bullet": marks.bullet,
        "scale": marks.scale_of,
        "bar": marks.bar,
        "most_dead": lambda lines: max((line.dead.dead for line in lines), default=Decimal(0)),
        "dead_unit": lambda lines: figures.unit([line.dead.dead for line in lines]),
        "status_word": lambda status: words.text(STATUS_WORDS[status]),
        "status_colour": lambda status: COLOURS.get(status, NO_STATUS_COLOUR),
        "reason_word": lambda reason: words.text(REASONS[reason]) if reason in REASONS else NOTHING,
        "status_parts": lambda stock: status_parts(stock, words),
        "bucket_colours": lambda buckets: tuple(zip(buckets, charts.AGES, strict=True)),
        "bucket": lambda bucket: bucket.replace("-", "–"),
        "part_name": lambda by: words.text(PART_NAMES[by]),
        "dimension_name": lambda dimension: words.text(DIMENSION_NAMES[dimension]),
        "status_heading": lambda dimension, unit: words.text(STATUS_HEADINGS[dimension])
        % {"unit": unit},
        "basis_text": lambda basis: words.text(BASIS_TEXTS[basis]),
        "source_text": source_text,
        "benchmark_text": lambda benchmark: benchmark_text(benchmark, words),
        **_kpi_filters(words),
    }


def _kpi_filters(words: Words) -> dict[str, Callable[[Kpi], str]]:
    return {
        "kpi_name": lambda kpi: words.text(KPI_NAMES[kpi.kind][0]),
        "kpi_unit": lambda kpi: words.text(KPI_NAMES[kpi.kind][1]),
        "kpi_value": lambda kpi: kpi_value(kpi, words),
        "kpi_change": lambda kpi: kpi_change(kpi, words),
        "kpi_benchmark": lambda kpi: kpi_benchmark(kpi, words),
        "kpi_benchmark_name": lambda kpi: kpi_benchmark_name(kpi, words),
    }


def kpi_value(kpi: Kpi, words: Words) -> str:
    """The figure as large as it stands."""
    figures = words.figures
    match kpi.kind:
        case "turnover":
            return figures.turns(_float(kpi.value))
        case "days":
            return figures.days(_float(kpi.value))
        case "dead_share":
            return figures.share(_float(kpi.value))
        case _:
            return figures.money(kpi.value)


def kpi_change(kpi: Kpi, words: Words) -> str:
    """The change against a year ago, in the figure's own unit."""
    figures = words.figures
    match kpi.kind:
        case "turnover":
            return figures.turns(kpi.prior_change, signed=True)
        case "days":
            return figures.days(kpi.prior_change, signed=True)
        case "dead_share":
            return figures.points(kpi.prior_change)
        case _:
            return figures.share(kpi.prior_change, signed=True)


def kpi_benchmark_name(kpi: Kpi, words: Words) -> str:
    """What the figure is compared with."""
    if kpi.kind == "dead_share":
        return words.text("limit")
    if kpi.kind == "days" and kpi.benchmark and kpi.benchmark.statistic == "star_laggard":
        return words.text("stars–laggards")
    return words.text(BENCHMARK_NAMES[kpi.benchmark.statistic] if kpi.benchmark else "benchmark")


def kpi_benchmark(kpi: Kpi, words: Words) -> str:
    """The benchmark or limit itself."""
    figures = words.figures
    if kpi.limit is not None:
        return f"≤ {figures.share(kpi.limit)}"
    if kpi.benchmark is None:
        return NOTHING
    stated = (kpi.benchmark.value,) if kpi.benchmark.value else (kpi.benchmark.low, kpi.benchmark.high)
    if kpi.kind == "days":
        days = (kpi.days_per_year / turns for turns in reversed(stated) if turns)
        return "–".join(figures.days(value) for value in days)
    return "–".join(figures.turns(value) for value in stated)


def benchmark_text(benchmark: Benchmark, words: Words) -> str:
    """A benchmark's statistic with its name: only what the source states."""
    turns = words.figures.turns
    if benchmark.statistic == "star_laggard":
        return words.text("stars %(high)s, laggards %(low)s") % {
            "high": turns(benchmark.high),
            "low": turns(benchmark.low),
        }
    if benchmark.value is None:
        return words.text("range %(low)s–%(high)s") % {
            "low": turns(benchmark.low),
            "high": turns(benchmark.high),
        }
    text = charts.VALUE_TEXTS[benchmark.statistic]
    return words.text(text) % {"turnover": turns(benchmark.value)}


def source_text(benchmark: Benchmark) -> str:
    """Who published a benchmark, and for which year where that is known."""
    return f"{benchmark.source} {benchmark.year}" if benchmark.year else benchmark.source


def status_parts(stock: DeadStock, words: Words) -> tuple[StatusPart, ...]:
    """Stock by status, side by side on the panel's width; the parts add up to the stock."""
    parts = (
        ("Dead", stock.dead, "#C2410C"),
        ("Slow", stock.slow, "#DFA65A"),
        ("New", stock.new, "#A0C1D9"),
        ("Moving", stock.moving, "#0B6E99"),
    )
    whole = sum((max(value, Decimal(0)) for _, value, _ in parts), Decimal(0))
    made: list[StatusPart] = []
    reached = 0.0
    for name, value, colour in parts:
        width = marks.bar(value, whole, PANEL_WIDTH)
        part = share(value, stock.value)
        made.append(StatusPart(words.text(name), value, part, colour, round(reached, 2), width))
        reached += width
    return tuple(made)


def _float(value: float | Decimal | None) -> float | None:
    return None if value is None else float(value)


def _iso_day(value: date | None) -> str:
    return NOTHING if value is None else value.isoformat()
