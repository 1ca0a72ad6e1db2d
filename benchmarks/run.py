"""`make bench`: every step of the pipeline against the floor, in one run on one machine.

BENCH_ROWS sets the movements (1,000,000), BENCH_WORK the folder to work in.  Ratios are what
matters: the floor is measured before, between and after the steps, since machines drift, and each
step is compared with the floors around it.  BENCH_BASE names a commit that is measured beside this
tree, step by step on the same files; with the packages installed here.
"""

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import equality, generator, steps
from benchmarks.measure import Measured, measure

HERE = Path(__file__).parent
LIMITS = {
    "ingest_over_floor": 3.0,
    "attribution_over_floor": 5.0,
    "metrics_over_floor": 1.0,
    "nightly_over_floor": 2.0,
    "backfill_over_ingest": 2.0,
    "pandas_over_ours": 5.0,
    "peak_memory_bytes": 4 * 1024**3,
    "pdf_cpu_seconds": 5.0,
    "snapshot_bytes": 1024**3,
}
FLOORS_AT_ONCE = 2
AT_LEAST = {"pandas_over_ours"}
TEXT = """\
# Benchmark

{movements:,} movements of {items:,} items at {positions:,} positions in {days} daily files
({megabytes:,.0f} MB of CSV); the night brings {night:,} rows, the window {window:,}.

{day}, {cores} cores, Python {python}; `make bench` writes this file.  The limits are meant for ten
million movements.{beside}

{ratios}

{steps}

Floor: DuckDB's CREATE TABLE AS from the same files by one glob, declared types, twice at a time
before, between and after the steps; a step is compared with the four around it.  Ingest,
attribution and metrics (the daily table of the whole ledger among them) are measured inside their
processes; nights and the backfill are whole `stockturn` processes, start of the interpreter
included.  `pdf_cpu_seconds` is the process that makes the PDF and the workbook of one language (the
dearer one); reading the figures and computing two years of history took another {figures:.1f}
processor seconds, once for all languages.

Pandas: a plain program with the same turnover and dead stock by category and by supplier; its
supplier tables need a first-in first-out loop, its category tables alone do not.  {equality}.
"""


@dataclass
class Bench:
    """One build: where its program and its sites are, and what was measured of it."""

    program: Path
    work: Path
    name: str = "measured"
    counts: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    floors_before: dict[str, int] = field(default_factory=dict)
    peaks: dict[str, int] = field(default_factory=dict)
    pdf_cpu: float = 0
    figures_cpu: float = 0
    unequal: list[str] = field(default_factory=list)
    snapshot: int = 0

    @property
    def site(self) -> Path:
        """The site of daily deliveries."""
        return self.work / "site"

    @property
    def last(self) -> int:
        """The last of the two years' days."""
        return generator.DAYS - 1

    def note(self, name: str, measured: Measured, seconds: float) -> None:
        """Keep what a step took."""
        self.floors_before[name] = len(self.seconds.get("floor", []))
        self.seconds.setdefault(name, []).append(seconds)
        self.peaks[name] = max(self.peaks.get(name, 0), measured.peak)
        print(f"  {name:24} {seconds:8.2f} s  {measured.peak / 1024**2:7.0f} MB", flush=True)

    def median(self, name: str) -> float:
        """The middle of a step's times."""
        return statistics.median(self.seconds[name])

    def over_floor(self, name: str) -> float:
        """A step's time as a multiple of the floors just before and just after it."""
        at = self.floors_before[name]
        around = self.seconds["floor"][max(at - FLOORS_AT_ONCE, 0) : at + FLOORS_AT_ONCE]
        return self.median(name) / statistics.median(around)


def main() -> None:
    """Measure everything, and write it down for people and for machines."""
    work = Path(os.environ.get("BENCH_WORK", HERE / "work")).resolve()
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    ours = Bench(HERE.parent, work)
    begin = time.perf_counter()
    ours.counts = generator.generate(ours.site, int(os.environ.get("BENCH_ROWS", "1_000_000")))
    print(f"{ours.counts} in {time.perf_counter() - begin:.0f} s", flush=True)
    commit = os.environ.get("BENCH_BASE")
    with ExitStack() as trees:
        builds = [ours, trees.enter_context(base(ours, commit))] if commit else [ours]
        compare(ours, builds)
    results = {build.name: ratios(build, ours) for build in builds}
    text = as_text(builds, results)
    (HERE / "results.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    (HERE / "results.md").write_text(text, encoding="utf-8")
    print(text)
    if ours.unequal:
        raise SystemExit("\n".join(("The pandas program disagrees:", *ours.unequal[:20])))


def compare(ours: Bench, builds: list[Bench]) -> None:
    """Every step of every build, one build after the other, the floors between the steps."""
    floor(builds)
    for build in builds:
        one_delivery(build)
    floor(builds)
    pandas_program(ours)
    for build in builds:
        backfill(build)
    floor(builds)
    for build in builds:
        nights(build)
    floor(builds)
    for build in builds:
        documents(build)


@contextmanager
def base(ours: Bench, commit: str) -> Iterator[Bench]:
    """Another commit in a tree of its own, on the same files."""
    other = ours.work / "base"
    for site in (ours.site, generator.bulk_of(ours.site), generator.nights_of(ours.site)):
        shutil.copytree(site, other / site.name, copy_function=os.link)
    tree = other / "program"
    git = ["git", "-C", str(HERE.parent), "worktree"]
    subprocess.run([*git, "add", "--force", "--detach", str(tree), commit], check=True)
    try:
        yield Bench(tree, other, f"base {commit[:7]}")
    finally:
        subprocess.run([*git, "remove", "--force", str(tree)], check=True)


def floor(builds: list[Bench]) -> None:
    """The same files into a DuckDB file, as DuckDB alone would do it."""
    ours = builds[0]
    database = ours.work / "floor.duckdb"
    command = [sys.executable, "-m", "benchmarks.floor", str(ours.site), str(database)]
    for _ in range(FLOORS_AT_ONCE):
        measured = measure(command, ours.program)
        for build in builds:
            build.note("floor", measured, float(measured.output.split()[0]))


def one_delivery(bench: Bench) -> None:
    """Ingest, full build and metrics of one date, of the two years as one delivery."""
    site, day = generator.bulk_of(bench.site), generator.day_of(bench.last)
    for name, days in (("ingest", (day, day)), ("attribution", ()), ("metrics", (day,))):
        measured = measure(steps.step(name, site, *days), bench.program)
        bench.note(name, measured, measured.inner)


def pandas_program(bench: Bench) -> None:
    """The same tables in pandas, compared cell by cell."""
    target = bench.work / "pandas"
    command = [sys.executable, "-m", "benchmarks.pandas_program", str(bench.site), str(target)]
    measured = measure(command, bench.program)
    at = json.loads(measured.output)
    bench.note("pandas", measured, at["supplier"])
    bench.seconds["pandas, category only"] = [at["category"]]
    database = generator.bulk_of(bench.site) / "warehouse.duckdb"
    bench.unequal = equality.differences(database, target, generator.day_of(bench.last))
    print(f"  cells that differ from pandas: {len(bench.unequal)}", flush=True)


def backfill(bench: Bench) -> None:
    """The two years of daily deliveries as one run."""
    first, last = generator.day_of(0), generator.day_of(bench.last)
    measured = measure(steps.backfill(bench.site, first, last), bench.program)
    bench.note("backfill", measured, measured.wall)


def nights(bench: Bench) -> None:
    """A night on top of them, then a night that states thirty days again."""
    for name, day in (
        ("night", generator.NIGHT),
        ("night, 30 days again", generator.WINDOW_NIGHT),
    ):
        generator.arrive(bench.site, day)
        measured = measure(steps.night(bench.site, generator.day_of(day)), bench.program)
        bench.note(name, measured, measured.wall)
    bench.snapshot = (bench.site / "published" / "stockturn.duckdb").stat().st_size


def documents(bench: Bench) -> None:
    """All documents of one day: reading the figures once, then each language by itself."""
    day = generator.day_of(generator.WINDOW_NIGHT)
    measured = measure(steps.step("documents", bench.site, day), bench.program)
    by_language: dict[str, float] = json.loads(measured.output.splitlines()[-2])
    bench.pdf_cpu = max(by_language.values())
    bench.figures_cpu = measured.cpu - sum(by_language.values())
    bench.note("documents", measured, measured.wall)


def ratios(bench: Bench, ours: Bench) -> dict[str, float]:
    """The numbers of a build for machines; pandas is measured once, beside ours."""
    own = [bench.median(name) for name in ("ingest", "attribution", "metrics")]
    return {
        "ingest_over_floor": bench.over_floor("ingest"),
        "attribution_over_floor": bench.over_floor("attribution"),
        "metrics_over_floor": bench.over_floor("metrics"),
        "nightly_over_floor": bench.over_floor("night"),
        "backfill_over_ingest": bench.median("backfill") / sum(own[:2]),
        "pandas_over_ours": ours.median("pandas") / sum(own),
        "peak_memory_bytes": max(
            peak for name, peak in bench.peaks.items() if name not in {"floor", "pandas"}
        ),
        "pdf_cpu_seconds": bench.pdf_cpu,
        "snapshot_bytes": bench.snapshot,
    }


def as_text(builds: list[Bench], results: dict[str, dict[str, float]]) -> str:
    """The numbers for people."""
    ours, names = builds[0], list(results)
    counts = ours.counts
    steps_of_all = dict.fromkeys(name for build in builds for name in build.seconds)
    return TEXT.format(
        **counts,
        days=generator.DAYS,
        megabytes=counts["bytes"] / 1e6,
        day=datetime.now(UTC).date(),
        cores=os.cpu_count(),
        python=platform.python_version(),
        figures=ours.figures_cpu,
        beside="".join(f"  Beside it, in the same run: {name}." for name in names[1:]),
        ratios=_table(
            ["ratio", *names, "limit", ""],
            (
                [
                    f"`{name}`",
                    *(_shown(name, results[build][name]) for build in names),
                    _limit(name),
                    _verdict(name, value),
                ]
                for name, value in results[ours.name].items()
            ),
        ),
        steps=_table(
            ["step", *(f"{what} ({name})" for name in names for what in ("seconds", "MB at most"))],
            (
                [name, *(cell for build in builds for cell in _step(build, name))]
                for name in steps_of_all
            ),
        ),
        equality=f"{len(ours.unequal)} cells differ from ours"
        if ours.unequal
        else "Every cell equals ours, to the cent",
    )


def _table(heading: list[str], rows: Iterable[list[str]]) -> str:
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _step(build: Bench, name: str) -> list[str]:
    """The middle of a step's times, and its largest process."""
    if name not in build.seconds:
        return ["", ""]
    return [f"{build.median(name):.2f}", _megabytes(build.peaks.get(name))]


def _megabytes(peak: int | None) -> str:
    return f"{peak / 1024**2:,.0f}" if peak else ""


def _shown(name: str, value: float) -> str:
    return f"{value / 1024**3:.2f} GiB" if name.endswith("_bytes") else f"{value:.2f}"


def _limit(name: str) -> str:
    sign = "≥" if name in AT_LEAST else "≤"
    return f"{sign} {_shown(name, LIMITS[name])}"


def _verdict(name: str, value: float) -> str:
    reached = value >= LIMITS[name] if name in AT_LEAST else value <= LIMITS[name]
    return "reached" if reached else "missed"


if __name__ == "__main__":
    main()
