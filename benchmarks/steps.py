"""The pipeline's steps as the benchmark measures them, each in a process of its own.

python -m benchmarks.steps STEP SITE [DAY …]     prints the seconds of the step itself
"""

import json
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from pipeline.settings import load_site
from pipeline.stages import attribute, compute, render
from pipeline.stages.days import Days
from pipeline.stages.ingest import take_in
from pipeline.warehouse import Warehouse

STOCKTURN = str(Path(sys.executable).with_name("stockturn"))


def ingest(site: Path, first: date, last: date) -> None:
    """Deliveries of these days, from their files to the admitted ledger."""
    with Warehouse(load_site(site)) as warehouse:
        take_in(warehouse, Days(first, last), _quiet)


def attribution(site: Path) -> None:
    """The attributed ledger, built anew from the whole ledger."""
    with Warehouse(load_site(site)) as warehouse:
        attribute.keep_up(warehouse, _quiet)


def metrics(site: Path, day: date) -> None:
    """Every metric of one as-of date, the daily table of the whole ledger among them."""
    with Warehouse(load_site(site)) as warehouse:
        compute.compute(warehouse, Days(day, day), _quiet)


def documents(site: Path, day: date) -> None:
    """PDF and workbook of one date in every language; prints what each took of the processor."""
    known = load_site(site)
    languages = known.settings.site.languages
    with Warehouse(known) as warehouse:
        made = list(render.make_documents(warehouse, day, languages, (), _quiet))
    if failed := [words for _, _, each in made for words in each]:
        raise SystemExit("\n".join(failed))
    seconds = {language: sum(one.cpu_seconds for one in each) for language, each, _ in made}
    print(json.dumps(seconds))


def _quiet(_line: str) -> None:
    """Nobody watches."""


STEPS: dict[str, Callable[..., None]] = {
    "ingest": ingest,
    "attribution": attribution,
    "metrics": metrics,
    "documents": documents,
}


def step(name: str, site: Path, *days: date) -> list[str]:
    """The command that carries out one step."""
    arguments = [name, str(site), *(day.isoformat() for day in days)]
    return [sys.executable, "-m", "benchmarks.steps", *arguments]


def night(site: Path, day: date) -> list[str]:
    """The command a scheduler would start for one day, without its documents."""
    return [STOCKTURN, "run", "--site", str(site), "--date", day.isoformat(), "--no-report"]


def backfill(site: Path, first: date, last: date) -> list[str]:
    """The command that brings in a range of days as one run."""
    days = ["--from", first.isoformat(), "--to", last.isoformat()]
    return [STOCKTURN, "run", "--site", str(site), *days, "--no-report"]


def main() -> None:
    """Carry out a step and say how long it took, without the start of the interpreter."""
    name, site, *days = sys.argv[1:]
    begin = time.perf_counter()
    STEPS[name](Path(site), *(date.fromisoformat(day) for day in days))
    print(time.perf_counter() - begin)


if __name__ == "__main__":
    main()
