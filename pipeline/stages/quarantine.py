"""What stands in quarantine, for those who mend it: kept where it can be read at any time.

The warehouse is locked while a night writes, and the snapshot says of held companies what it said
before.  So the end of every intake writes down in `state.sqlite` what stands then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pipeline.policy import ForgivenRow, site_policies
from pipeline.policy.reader import FORGIVEN_ROW, FORGIVEN_ROWS
from pipeline.settings import ConfigurationError, Site
from pipeline.warehouse import FORGIVEN, SiteState, Warehouse, forgive, refused_rows
from pipeline.wording import are, counted

NEXT_STEP = (
    "Mend the code list or mapping and run again, or have the extract corrected and delivered again"
)
POLICY = f"policy/{FORGIVEN_ROWS}.toml"
OR_FORGIVE = f"A row that is to stay out for good is forgiven in {POLICY}"
EMPTY = "nothing stands in quarantine"
STANDING = (
    "company, table_name, array_to_string(reasons, '; ') AS reasons, source_file, "
    "min(source_row), count(*), coalesce(sum(value)::VARCHAR, '')"
)


@dataclass(frozen=True)
class Standing:
    """Refused rows of one table and file for the same reasons."""

    company: str
    table: str
    reasons: str
    file: str
    record: int  # the first of them
    rows: int
    money: str  # the sum of what they say they are worth; empty where none says it

    def __str__(self) -> str:
        """One line about them."""
        place = f"{self.file}, {'record' if self.rows == 1 else 'from record'} {self.record}"
        worth = f", worth {Decimal(self.money):,.2f}" if self.money else ""
        what = f"{self.reasons}: {counted(self.rows, 'row')}{worth}"
        return f"{self.company}, {self.table}: {what} ({place})"


@dataclass(frozen=True)
class Forgiveness:
    """What the policy on forgiven rows came to."""

    rows: int
    warnings: tuple[str, ...]
    faults: tuple[str, ...]  # entries that name no row

    @property
    def account(self) -> Iterator[str]:
        """One line where any row is forgiven."""
        if self.rows:
            what = f"{counted(self.rows, 'refused row')} {are(self.rows)} forgiven by {POLICY}"
            yield f"{what}; 'stockturn quarantine' lists what and by whom"


def forgive_rows(warehouse: Warehouse) -> Forgiveness:
    """Forgive what the policy names, and nothing else."""
    entries = site_policies(warehouse.site).forgiven_rows
    unmatched = forgive(warehouse, entries)
    return Forgiveness(
        rows=warehouse.value(f"SELECT count(*) FROM ({refused_rows(FORGIVEN)})"),
        warnings=tuple(
            f"{_place(entries, n)} is in the ledger and not refused: take the entry out"
            for n in unmatched.needless
        ),
        faults=tuple(
            f"{_place(entries, n)}: no such row was refused up to {entries[n - 1].valid_from}; "
            "correct the entry as 'stockturn quarantine' says the row, or take it out"
            for n in unmatched.unknown
        ),
    )


def _place(entries: Sequence[ForgivenRow], number: int) -> str:
    return f"{POLICY}, {FORGIVEN_ROW} {number}, {entries[number - 1].row}"


def note_standing(warehouse: Warehouse) -> None:
    """Write down what stands now, and what is forgiven."""
    standing = warehouse.rows(
        f"SELECT {STANDING} FROM ({refused_rows()}) GROUP BY ALL ORDER BY ALL"
    )
    forgiven = warehouse.rows(
        f"SELECT {STANDING}, forgiven_on, forgiven_by, forgiven_why "
        f"FROM ({refused_rows(FORGIVEN)}) GROUP BY ALL ORDER BY ALL"
    )
    with SiteState(warehouse.site) as state, state.transaction():
        for table, rows, width in (("refused_row", standing, 7), ("forgiven_row", forgiven, 10)):
            state.execute(f"DELETE FROM {table}")
            state.execute_many(f"INSERT INTO {table} VALUES ({', '.join('?' * width)})", rows)


def listed(site: Site, company: str | None = None, table: str | None = None) -> Iterator[str]:
    """What stands in quarantine, of all companies and tables or of one, and what to do.

    Raises:
        ConfigurationError: there is no such company.
    """
    known = [each.name for each in site.companies]
    if company is not None and company not in known:
        message = f"{company} is no company of this site: take one of {', '.join(known)}"
        raise ConfigurationError(message)
    asked = (
        "WHERE company = coalesce(?, company) AND table_name = coalesce(?, table_name) "
        "ORDER BY rows DESC, 1, 2, 3, 4"
    )
    with SiteState(site) as state:
        rows = state.query(f"SELECT * FROM refused_row {asked}", (company, table))
        forgiven = state.query(f"SELECT * FROM forgiven_row {asked}", (company, table))
    yield from (str(Standing(*row)) for row in rows)
    yield f"{NEXT_STEP}. {OR_FORGIVE}." if rows else EMPTY
    for *row, day, role, why in forgiven:
        yield f"forgiven from {day} on by {role} ({why}): {Standing(*row)}"
