"""The filters a template writes values with, all bound to one language."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from pipeline.report import palette, svg_marks
from pipeline.report.member_figures import VALUE_TEXTS, Benchmark, DeadStock, share
from pipeline.report.model import ReportModel
from pipeline.report.number_format import NOTHING, shortened
from pipeline.report.pages.members import MemberLine
from pipeline.report.pages.quality_check import Result
from pipeline.report.pages.summary import Kpi
from pipeline.report.reason_words import REASONS
from pipeline.report.sentences import Label, message
from pipeline.report.status import Status
from pipeline.report.translate import MOST_OF_A_NAME, NO_BREAK, Words

COLOURS = {Status.ON_TRACK: "#0B6E99", Status.WATCH: "#B7791F", Status.ACT: "#C2410C"}
SHAPES = {Status.ON_TRACK: "●", Status.WATCH: "▲", Status.ACT: "◆"}
NO_STATUS_COLOUR = "#5B6776"
STATUS_WORDS = {
    Status.ON_TRACK: "On track",
    Status.WATCH: "Watch",
    Status.ACT: "Act",
    Result.PASSED: "Passed",
    Result.NOTED: "Noted",
    Result.FAILED: "Failed",
    Result.NO_DATA: "No data",
}
KPI_NAMES = {
    "turnover": ("Inventory turnover", "times a year"),
    "days": ("Days inventory outstanding", "days"),
    "dead_share": ("Dead stock share", "of stock value"),
    "stock": ("Stock at cost", "without abnormal stock"),
}
WINDOW_UNITS = {
    ("turnover", "year_to_date"): message("times a year, year to date"),
    ("turnover", "quarter"): message("times a year, quarter to date"),
    ("turnover", "month"): message("times a year, month to date"),
    ("days", "year_to_date"): message("days, year to date"),
    ("days", "quarter"): message("days, quarter to date"),
    ("days", "month"): message("days, month to date"),
}
"""In the first year: which shorter window the figure is of."""
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
PART_NAMES = {
    "company": "By company",
    "stage": "By stage",
    "basis": "By averaging basis",
    "window": "By window",
}
DIMENSION_NAMES = {
    "company": "Company",
    "category": "Category",
    "supplier": "Supplier",
    "warehouse": "Warehouse",
}
STATUS_HEADINGS = {
    "category": "Stock by status and category, %(unit)s",
    "supplier": "Stock by status and supplier, %(unit)s",
    "warehouse": "Stock by status and warehouse, %(unit)s",
}
SOURCES = {"Trade article": message("Trade article")}
REGIONS = {
    region: region for region in (message("China"), message("North America"), message("US listed"))
}
"""Words of published figures that are no proper names; what a site adds stands as it is."""
PANEL_WIDTH = 216


@dataclass(frozen=True)
class StatusPart:
    """One part of the stock by status: how it is drawn and what is written beside it."""

    name: str
    value: Decimal
    share: float | None
    colour: str
    x: float
    width: float


class Filters:
    """What a template may call; a name without underscore is a filter."""

    def __init__(self, words: Words, model: ReportModel) -> None:
        """Write in the language of these words."""
        self._words = words
        self._figures = words.figures
        self._companies = model.names

    def company_key(self, codes: Sequence[str | None]) -> str:
        """The company codes of a table, each with the name it stands for."""
        names = {code: self._company_name(code) for code in sorted({c for c in codes if c})}
        form = self._words.text("%(code)s: %(name)s")
        shown = (
            form % {"code": code, "name": shortened(name, MOST_OF_A_NAME)}
            for code, name in names.items()
            if name != code
        )
        return self._words.text("; ").join(shown)

    def _company_name(self, code: str) -> str:
        return self._words.label(self._companies.get(code, Label(code)))

    def money_on_one_line(self, value: Decimal | None) -> str:
        """An amount in running text."""
        return self._figures.money(value).replace(" ", NO_BREAK)

    def apart(self, names: Sequence[Label | str], longest: int) -> list[str]:
        """The names of a table cut to their column; different ones stay different."""
        labels = [Label(name) if isinstance(name, str) else name for name in names]
        return self._words.apart(labels, longest)

    def names(self, labels: Sequence[Label]) -> str:
        """Labels as a sentence lists them."""
        return self._figures.names([self._words.label(label) for label in labels])

    def quantity(self, value: Decimal | None, *, signed: bool = False) -> str:
        """A quantity with as many decimals as it has."""
        if value is None:
            return NOTHING
        exact = value.normalize().as_tuple().exponent
        decimals = max(-exact, 0) if isinstance(exact, int) else 0
        return self._figures.number(value, decimals, signed=signed)

    def iso_day(self, value: date | None) -> str:
        """A date that lines up in a table."""
        return NOTHING if value is None else value.isoformat()

    def most_dead(self, lines: Sequence[MemberLine]) -> Decimal:
        """The largest dead stock of these lines."""
        return max((line.dead.dead for line in lines), default=Decimal(0))

    def with_value(self, name: str, value: str) -> str:
        """A name and what it amounts to, as a drawing is read aloud."""
        return self._words.told(name, [value])

    def months_text(self, mark: svg_marks.Sparkline, title: str, kind: str) -> str:
        """Where a line of months begins and ends."""
        if mark.first is None:
            return self._words.told(title, [NOTHING])
        text = self._words.text("from %(first)s to %(last)s")
        first, last = (self._in_kind(value, kind) for value in (mark.first, mark.last))
        return self._words.told(title, [text % {"first": first, "last": last}])

    def _in_kind(self, value: float | None, kind: str) -> str:
        writes = {
            "days": self._figures.days,
            "dead_share": self._figures.share,
            "stock": self._figures.money,
        }
        return writes.get(kind, self._figures.turns)(value)

    def bullet_text(self, mark: svg_marks.Bullet, name: str) -> str:
        """What a mark shows: now, a year ago, and what it is compared with."""
        line, words, turns = mark.line, self._words, self._figures.turns
        now = self.reason_word(line.reason) if line.turnover is None else turns(line.turnover)
        said = [words.text("%(name)s %(value)s") % {"name": words.text("now"), "value": now}]
        if line.prior is not None:
            said.append(words.text("a year ago %(turnover)s") % {"turnover": turns(line.prior)})
        if line.benchmark:
            said.append(benchmark_text(line.benchmark, words))
        return words.told(name, said)

    def parts_text(self, parts: Sequence[StatusPart], title: str) -> str:
        """The parts of a bar with their shares."""
        form = self._words.text("%(name)s %(value)s")
        share = self._figures.share
        return self._words.told(
            title, [form % {"name": part.name, "value": share(part.share)} for part in parts]
        )

    def dead_unit(self, lines: Sequence[MemberLine]) -> Any:
        """The unit their dead stock is shown in."""
        return self._figures.unit([line.dead.dead for line in lines])

    def status_word(self, status: Status | Result) -> str:
        """The word beside a shape."""
        return self._words.text(STATUS_WORDS[status])

    def status_shape(self, status: Status) -> str:
        """The shape beside the word, where nothing can be drawn."""
        return SHAPES[status]

    def status_colour(self, status: Status | None) -> str:
        """The colour of a mark."""
        return COLOURS[status] if status else NO_STATUS_COLOUR

    def reason_word(self, reason: str | None) -> str:
        """Why a ratio is missing."""
        return self._words.text(REASONS[reason]) if reason in REASONS else NOTHING

    def status_parts(self, stock: DeadStock) -> tuple[StatusPart, ...]:
        """Stock by status as parts of a bar."""
        return status_parts(stock, self._words)

    def bucket_colours(self, buckets: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """Age buckets with their colours."""
        return tuple(zip(buckets, palette.AGES, strict=True))

    def bucket(self, name: str) -> str:
        """An age bucket with the dash of a range."""
        return name.replace("-", "–")

    def part_name(self, by: str) -> str:
        """The head of a table of parts."""
        return self._words.text(PART_NAMES[by])

    def dimension_name(self, dimension: str) -> str:
        """The head of a dimension's column."""
        return self._words.text(DIMENSION_NAMES[dimension])

    def status_heading(self, dimension: str, unit: str) -> str:
        """The heading over stock by status."""
        return self._words.text(STATUS_HEADINGS[dimension]) % {"unit": unit}

    def basis_text(self, basis: str) -> str:
        """How an average is made."""
        return self._words.text(BASIS_TEXTS[basis])

    def benchmark_text(self, benchmark: Benchmark) -> str:
        """What a benchmark states."""
        return benchmark_text(benchmark, self._words)

    def source_text(self, benchmark: Benchmark) -> str:
        """Who published a benchmark, and for which year where that is known."""
        source = SOURCES.get(benchmark.source)
        name = self._words.text(source) if source else benchmark.source
        return f"{name} {benchmark.year}" if benchmark.year else name

    def region_text(self, benchmark: Benchmark) -> str:
        """Where the companies behind a benchmark are."""
        region = REGIONS.get(benchmark.region)
        return self._words.text(region) if region else benchmark.region

    def kpi_name(self, kpi: Kpi) -> str:
        """What one of the four figures is."""
        return self._words.text(KPI_NAMES[kpi.kind][0])

    def kpi_unit(self, kpi: Kpi) -> str:
        """What it is counted in."""
        of_window = WINDOW_UNITS.get((kpi.kind, kpi.window)) if kpi.window else None
        return self._words.text(of_window or KPI_NAMES[kpi.kind][1])

    def kpi_value(self, kpi: Kpi) -> str:
        """The figure."""
        return kpi_value(kpi, self._words)

    def kpi_change(self, kpi: Kpi) -> str:
        """Its change against a year ago."""
        return kpi_change(kpi, self._words)

    def kpi_benchmark(self, kpi: Kpi) -> str:
        """Its benchmark or limit."""
        return kpi_benchmark(kpi, self._words)

    def kpi_benchmark_name(self, kpi: Kpi) -> str:
        """What that is."""
        return kpi_benchmark_name(kpi, self._words)


def filters(words: Words, model: ReportModel) -> dict[str, Callable[..., Any]]:
    """Every filter by its name in the templates."""
    own = Filters(words, model)
    figures = words.figures
    return {
        **{name: getattr(own, name) for name in vars(Filters) if not name.startswith("_")},
        "turns": figures.turns,
        "effect": figures.effect,
        "days": figures.days,
        "share": figures.share,
        "count": figures.count,
        "money": own.money_on_one_line,
        "amount": figures.amount,
        "day": figures.day,
        "label": words.label,
        "sentence": words.sentence,
        "plain": words.plain,
        "short": shortened,
        "sparkline": svg_marks.sparkline,
        "shared_spread": svg_marks.shared_spread,
        "bullet": svg_marks.bullet,
        "scale": svg_marks.scale_of,
        "bar": svg_marks.bar,
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
            return ("≥ " if kpi.is_least else "") + figures.share(_float(kpi.value))
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
    stated = (
        (kpi.benchmark.value,) if kpi.benchmark.value else (kpi.benchmark.low, kpi.benchmark.high)
    )
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
    text = VALUE_TEXTS[benchmark.statistic]
    return words.text(text) % {"turnover": turns(benchmark.value)}


def status_parts(stock: DeadStock, words: Words) -> tuple[StatusPart, ...]:
    """Stock by status, side by side on the panel's width; the parts add up to the stock."""
    parts = (
        ("Dead", stock.dead, palette.DEAD),
        ("Slow", stock.slow, palette.SLOW),
        ("New", stock.new, palette.NEW),
        ("Moving", stock.moving, palette.MOVING),
    )
    whole = sum((max(value, Decimal(0)) for _, value, _ in parts), Decimal(0))
    made: list[StatusPart] = []
    reached = 0.0
    for name, value, colour in parts:
        width = svg_marks.bar(value, whole, PANEL_WIDTH)
        part = share(value, stock.value)
        made.append(StatusPart(words.text(name), value, part, colour, round(reached, 2), width))
        reached += width
    return tuple(made)


def _float(value: float | Decimal | None) -> float | None:
    return None if value is None else float(value)
