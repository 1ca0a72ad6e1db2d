"""Why a company's report must not go out: found in what was delivered, told to who can mend it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from pipeline.landing import DeliveryRegister
from pipeline.landing.delivery_register import REFUSED
from pipeline.policy import site_policies
from pipeline.settings import GROUP, Site
from pipeline.stages.as_of import coverages, reaches
from pipeline.stages.asked_days import delivered
from pipeline.stages.erp_agreement import differing, reconciled
from pipeline.stages.ingest import not_folded
from pipeline.stages.quarantine import NEXT_STEP
from pipeline.warehouse import STOOD, SiteState, Warehouse, refused_rows
from pipeline.wording import are, counted

MOST_TOLD = 3


@dataclass(frozen=True)
class Blocker:
    """Why one company's report is held, and under which check that is shown."""

    company: str
    check: str
    words: str


MISSING, REFUSED_ROWS, GAPS, AGREES, REFUSED_DELIVERY = (
    "expected_deliveries_arrived",
    "few_rows_are_refused",
    "ledger_adds_up",
    "agrees_with_the_erp",
    "no_delivery_is_refused",
)


def blockers(warehouse: Warehouse, as_of: date) -> list[Blocker]:
    """Every reason to hold a report of that date; none means all may go out."""
    site = warehouse.site
    found = [
        Blocker(company, check, words)
        for check, source in (
            (MISSING, _missing),
            (REFUSED_ROWS, _over_quarantined),
            (GAPS, _gaps),
            (AGREES, _differing),
            (REFUSED_DELIVERY, _not_folded),
        )
        for company, words in source(warehouse, site, as_of)
    ]
    reached = reaches(warehouse, site)
    return found + [
        Blocker(company, REFUSED_DELIVERY, words)
        for company, extract_on, words in _refused(site, as_of)
        if not any(reach.heals(extract_on) for reach in reached[company])
    ]


def held(found: Iterable[Blocker]) -> dict[str, tuple[str, ...]]:
    """The reasons by company; one held company holds the group too."""
    by_company: dict[str, list[str]] = {}
    for reason in found:
        for company in (reason.company, GROUP):
            by_company.setdefault(company, []).append(reason.words)
    return {company: tuple(words) for company, words in by_company.items()}


def holds_all(site: Site, found: Iterable[Blocker]) -> bool:
    """Whether nothing at all may go out."""
    return {reason.company for reason in found} >= {company.name for company in site.companies}


def _missing(warehouse: Warehouse, site: Site, as_of: date) -> Iterator[tuple[str, str]]:
    """Expected deliveries that have not come; what lies there is refused or still being written."""
    for name, reached in coverages(warehouse, site, as_of).items():
        if reached.through is None and site.company(name).expected != "none":
            words = f"{name} has delivered nothing yet, and is expected to: ask its ERP team"
            yield name, words
        yield from ((name, words) for words in _not_come(site, name, reached.missing))


def overdue(warehouse: Warehouse, as_of: date, yesterday: date) -> list[str]:
    """Expected deliveries after a day, up to yesterday, that have not come, in words."""
    site = warehouse.site
    return [
        words
        for name, reached in coverages(warehouse, site, yesterday).items()
        for words in _not_come(site, name, [day for day in reached.missing if day > as_of])
    ]


def silent(warehouse: Warehouse) -> list[str]:
    """Companies of the site that never delivered anything, in words."""
    return [
        f"{name} has delivered nothing yet: the group's figures are without it"
        for name, stated in reaches(warehouse, warehouse.site).items()
        if not stated
    ]


def _not_come(site: Site, company: str, days: Sequence[date]) -> Iterator[str]:
    """Who must be asked for missing extracts; of one that lies there, what is the matter with it.

    One that was refused is told as such.
    """
    if not days:
        return
    lying = {folder.title for folder in delivered(site).folders}
    refused = {extract_on for name, extract_on, _ in _refused(site, max(days)) if name == company}
    absent = [day for day in days if f"{company}/{day}" not in lying]
    if absent:
        yield f"{company} delivered no extract of {_told(absent)}: ask its ERP team for it"
    for day in days:
        if day not in absent and day not in refused:
            yield f"the extract of {day} of {company} is not complete yet: run again when it is"


def _told(days: Sequence[date]) -> str:
    """A few days one by one, many as how many and from when to when."""
    if len(days) > MOST_TOLD:
        return f"{len(days)} expected days from {days[0]} to {days[-1]}"
    return f"{', '.join(str(day) for day in days)}, which is expected"


def _over_quarantined(
    warehouse: Warehouse,
    site: Site,
    as_of: date,
) -> Iterator[tuple[str, str]]:
    """Deliveries of which too many rows were refused and stand."""
    rule = site_policies(site).on(as_of).quarantine
    share = site.settings.site.max_quarantined_share
    limit = rule.blocking_share if share is None else share
    rows = warehouse.rows(
        f"""
        WITH standing AS ({refused_rows(STOOD)}),
        counted AS (
            SELECT company, table_name, delivery_no, count(*) AS refused FROM standing GROUP BY ALL
        )
        SELECT company, said.extract_on, table_name, refused, said.rows_in, delivery_no
        FROM counted JOIN canonical.delivery AS said USING (company, table_name, delivery_no)
        WHERE refused > $limit * said.rows_in AND refused >= $fewest
        ORDER BY ALL
        """,
        {"as_of": as_of, "limit": limit, "fewest": rule.fewest_rows},
    )
    for company, extract_on, table, refused, rows_in, number in rows:
        examples = warehouse.rows(
            "SELECT unnest(reasons) AS reason, min(source_file), min(source_row), count(*) AS n "
            f"FROM ({refused_rows(STOOD)}) WHERE company = $company AND delivery_no = $number "
            "AND table_name = $table GROUP BY reason ORDER BY n DESC, reason LIMIT 3",
            {"as_of": as_of, "company": company, "number": number, "table": table},
        )
        why = "; ".join(
            f"{reason} ({count} x, such as {file}, record {row})"
            for reason, file, row, count in examples
        )
        yield (
            company,
            (
                f"{company}, extract of {extract_on}: {refused:,} of "
                f"{counted(rows_in, f'row of {table}')} {are(refused)} refused, more than "
                f"{limit:.0%}: {why}. {NEXT_STEP}; 'stockturn quarantine' lists them all"
            ),
        )


def _gaps(warehouse: Warehouse, site: Site, as_of: date) -> Iterator[tuple[str, str]]:
    del site
    if not warehouse.has("metrics.reconciliation"):
        return
    broken = reconciled(warehouse, as_of, "NOT adds_up")
    for (company,), gaps in broken.group_by("company", maintain_order=True):
        sku, place = gaps.row(0, named=True)["sku"], gaps.row(0, named=True)["warehouse"]
        yield (
            str(company),
            (
                f"{company}: opening and movements do not give the closing of "
                f"{counted(gaps.height, 'position')}, such as {sku} in {place}; this "
                "is a fault of the pipeline: report it"
            ),
        )


def _differing(warehouse: Warehouse, site: Site, as_of: date) -> Iterator[tuple[str, str]]:
    """Positions that are not the ERP's own, where the site holds its reports for them."""
    if site.settings.site.reconciliation_blocks:
        for row in differing(warehouse, as_of).iter_rows(named=True):
            yield (
                row["company"],
                (
                    f"{row['company']}: {row['sku']} in {row['warehouse']} differs from the ERP by "
                    f"{row['quantity_difference']} units, {row['value_difference']}: "
                    "find the posting"
                ),
            )


def _not_folded(warehouse: Warehouse, site: Site, as_of: date) -> Iterator[tuple[str, str]]:
    """Deliveries that wait for a mapping that can be used."""
    del site
    for company, extract_on in not_folded(warehouse):
        if extract_on <= as_of:
            yield (
                company,
                (
                    f"{company}: the extract of {extract_on} is not in the ledger, because a "
                    "mapping cannot be used: correct it, then run again"
                ),
            )


def _refused(site: Site, as_of: date) -> Iterator[tuple[str, date, str]]:
    """Deliveries that were refused as a whole and have not come again since."""
    with SiteState(site) as state:
        ledger = DeliveryRegister(state)
        for company in site.companies:
            entries = ledger.history(company.name)
            for entry in entries:
                if entry.status == REFUSED and entry.delivery.extract_on <= as_of:
                    yield company.name, entry.delivery.extract_on, entry.problems
