"""What a night made of which day, counted where it was made: in the warehouse, while it is open.

Dagster's assets show it with their own run.  A night of the command line leaves it in its record,
from which the UI is told of it later.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from pipeline.canonical.tables import TABLES
from pipeline.delivery.outbox import MailState
from pipeline.delivery.sending import Sending
from pipeline.landing import DeliveryRegister, delivered_at
from pipeline.landing.delivery_register import REFUSED, RegisteredDelivery
from pipeline.metrics.spec import Metric
from pipeline.metrics.tables import METRICS
from pipeline.report.render import RenderedReport
from pipeline.settings import Site
from pipeline.stages.days import Days
from pipeline.stages.ingest import Intake
from pipeline.stages.night_record import Accounted
from pipeline.stages.published_views import rows_by_date
from pipeline.stages.verdicts import Verdict
from pipeline.warehouse import SiteState, Warehouse

Facts = dict[str, Any]
"""What is said of one table or document of one day; JSON as it is."""

ROW_COUNT, PARTITION_ROW_COUNT = "dagster/row_count", "dagster/partition_row_count"
DOCUMENTS = "documents"
LANDED, JUDGED = "landed", "judged"
ORDER = {LANDED: -1, JUDGED: 1}
"""A delivery comes before what is made of it, and a check after what it judges."""
LEDGER, SNAPSHOT, MAIL = "canonical/stock_movement", "published/snapshot", "delivery/mail"
STEP = "report/documents"
COUNTED = (
    *("rows_in", "rows_new", "rows_corrected", "rows_unchanged"),
    *("rows_quarantined", "rows_duplicate", "rows_closed"),
)
DELIVERED = f"""
SELECT table_name, extract_on, {", ".join(f"sum({name})::BIGINT" for name in COUNTED)}
FROM canonical.delivery WHERE extract_on BETWEEN $first AND $last GROUP BY ALL
"""
MOST_LANDED = 200


@dataclass
class Account:
    """What a night made: of each table and document its days, its checks, and what it took in."""

    made: dict[str, dict[str, Facts]] = field(default_factory=dict[str, dict[str, Facts]])
    judged: list[Facts] = field(default_factory=list[Facts])
    landed: list[Facts] = field(default_factory=list[Facts])

    def add(self, asset: str, day: date, facts: Facts) -> None:
        """A table or document has its day now."""
        self.made.setdefault(asset, {})[day.isoformat()] = facts

    def judge(self, verdicts: Iterable[Verdict]) -> None:
        """What the checks came to."""
        self.judged = [asdict(verdict) for verdict in verdicts]

    def of(self, asset: str) -> Mapping[str, Facts]:
        """The days of a table or document, ascending."""
        return dict(sorted(self.made.get(asset, {}).items()))

    def as_told(self) -> Facts:
        """The account as the night's record keeps it."""
        return asdict(self)


@dataclass(frozen=True)
class Told:
    """One thing that a night made, took in or judged."""

    day: str
    what: str  # the table or document; or LANDED, or JUDGED
    facts: Facts
    night: str
    who: str


def told_of(nights: Iterable[Accounted]) -> list[Told]:
    """What nights made, the newest day last; of a day's table only what the last of them made."""
    newest = {names: each for night in nights for names, each in _told(night)}
    return sorted(newest.values(), key=lambda each: (each.day, ORDER.get(each.what, 0)))


def _told(night: Accounted) -> Iterator[tuple[tuple[str, ...], Told]]:
    """Each thing of one night, beside what tells it from the others."""
    told = night.account
    for landed in told["landed"]:
        day = landed["extract_date"]
        names = (LANDED, landed["company"], day, str(landed["version"]))
        yield names, Told(day, LANDED, landed, night.run_id, night.who)
    for asset, days in told["made"].items():
        for day, facts in days.items():
            yield (asset, day), Told(day, asset, facts, night.run_id, night.who)
    for verdict in told["judged"]:
        day = verdict["day"]
        yield (JUDGED, verdict["check"], day), Told(day, JUDGED, verdict, night.run_id, night.who)


def table_name(asset: str) -> str:
    """The table of an asset, as SQL names it."""
    return asset.replace("/", ".")


# ---------------------------------------------------------------- what a stage made


def add_canonical(account: Account, warehouse: Warehouse, days: Days, taken: Intake) -> None:
    """The canonical tables: their rows now, and what became of the rows delivered for each day."""
    of_day = _delivered(warehouse, days)
    for name in TABLES:
        rows = warehouse.value(f"SELECT count(*) FROM canonical.{name}")
        for day in days:
            counts = of_day.get((name, day), dict.fromkeys(COUNTED, 0))
            account.add(f"canonical/{name}", day, {ROW_COUNT: rows, **counts})
    last = account.made[LEDGER][days.last.isoformat()]
    last |= {"warnings": taken.warnings} if taken.warnings else {}
    last |= {"refused": taken.problems} if taken.problems else {}


def _delivered(warehouse: Warehouse, days: Days) -> dict[tuple[str, date], Facts]:
    rows = warehouse.rows(DELIVERED, {"first": days.first, "last": days.last})
    return {(name, day): dict(zip(COUNTED, counts, strict=True)) for name, day, *counts in rows}


def add_facts(account: Account, warehouse: Warehouse, names: Collection[str], days: Days) -> None:
    """Facts that are of all days at once: how many rows they have now."""
    for name in names:
        table = METRICS[name].table
        rows = warehouse.value(f"SELECT count(*) FROM {table}") if warehouse.has(table) else 0
        for day in days:
            account.add(f"metrics/{name}", day, {ROW_COUNT: rows})


def add_metrics(account: Account, warehouse: Warehouse, dates: Sequence[date]) -> None:
    """The metrics: how many rows an analyst finds in all, and of each date that was computed."""
    if not dates:
        return
    packed = [metric for metric in METRICS.values() if not metric.is_fact]
    by_date = _by_date(warehouse, [metric for metric in packed if warehouse.has(metric.table)])
    for metric in packed:
        rows = by_date.get(metric.name, {})
        whole = sum(rows.values())
        for day in dates:
            counts = {ROW_COUNT: whole, PARTITION_ROW_COUNT: rows.get(day, 0)}
            account.add(f"metrics/{metric.name}", day, counts)


def _by_date(warehouse: Warehouse, metrics: Collection[Metric]) -> dict[str, dict[date, int]]:
    """The rows of each date of each metric that has any."""
    found: dict[str, dict[date, int]] = {}
    for name, day, rows in warehouse.rows(rows_by_date(metrics)) if metrics else ():
        found.setdefault(name, {})[day] = rows
    return found


def of_documents(site: Site, made: Sequence[RenderedReport], held: Collection[str]) -> Facts:
    """The documents of one day and language, by where they stand below `reports/`."""
    warnings = [warning for each in made for warning in each.warnings]
    files = [path for each in made for path in (each.pdf, each.xlsx)]
    return {
        "pages": sum(each.pages for each in made),
        "cpu_seconds": round(sum(each.cpu_seconds for each in made), 1),
        DOCUMENTS: [path.relative_to(site.reports).as_posix() for path in files],
        **({"warnings": warnings} if warnings else {}),
        **({"held": ", ".join(sorted(held))} if held else {}),
    }


def of_mail(sent: Iterable[Sending]) -> Facts | None:
    """What left by mail; None: nothing did, and the day has no mail."""
    told = list(sent)
    if not any(each.state is MailState.SENT for each in told):
        return None
    return {
        f"{each.company}.{each.language}.{place}": f"{each.state}: {each.note}".rstrip(": ")
        for place, each in enumerate(told)
    }


# ---------------------------------------------------------------- what was delivered


def landed(site: Site, days: Days, taken: Intake) -> Iterator[Facts]:
    """Who delivered what and when: what the night took in, and what it refused of its days."""
    new = {(each.company, each.extract_on, each.version) for each in taken.new}
    counts = Counter[tuple[str, date, int]]()
    for load in taken.loads:
        for row in load.tables:
            counts[load.company, row.extract_on, row.version] += row.rows_in
    with SiteState(site) as state:
        register = DeliveryRegister(state)
        entries = [
            entry
            for company in site.companies
            for entry in register.history(company.name)
            if _place(entry) in new
            or (entry.status == REFUSED and entry.delivery.extract_on in days)
        ]
    for entry in sorted(entries, key=_place)[-MOST_LANDED:]:
        yield _observed(site, entry, counts.get(_place(entry)))


def _place(entry: RegisteredDelivery) -> tuple[str, date, int]:
    made = entry.delivery
    return made.company, made.extract_on, made.version


def _observed(site: Site, entry: RegisteredDelivery, rows: int | None) -> Facts:
    made, files = entry.delivery, entry.record.files
    moment = delivered_at(site, made.company, made.extract_on)
    return {
        "company": made.company,
        "extract_date": made.extract_on.isoformat(),
        "version": made.version,
        "status": entry.status,
        "delivered_at": moment.isoformat(sep=" ", timespec="seconds") if moment else "unknown",
        "known_on": made.known_on.isoformat(),
        "files": {file.name: {"bytes": file.size, "sha256": file.sha256} for file in files},
        **({} if rows is None else {"rows": rows}),
        **({"refused": entry.problems} if entry.problems else {}),
    }
