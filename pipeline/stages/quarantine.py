"""What stands in quarantine, for those who mend it: kept where it can be read at any time.

The warehouse is locked while a night writes, and the snapshot says of held companies what it said
before.  So the end of every intake writes down in `state.sqlite` what stands then.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from pipeline.settings import ConfigurationError, Site
from pipeline.warehouse import SiteState, Warehouse, refused_rows

NEXT_STEP = (
    "Mend the code list or mapping and run again, or have the extract corrected and delivered again"
)
EMPTY = "nothing stands in quarantine"


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
        count = "1 row" if self.rows == 1 else f"{self.rows} rows"
        place = f"{self.file}, {'record' if self.rows == 1 else 'from record'} {self.record}"
        worth = f", worth {Decimal(self.money):,.2f}" if self.money else ""
        return f"{self.company}, {self.table}: {self.reasons}: {count}{worth} ({place})"


def note_standing(warehouse: Warehouse) -> None:
    """Write down what stands now."""
    rows = warehouse.rows(
        "SELECT company, table_name, array_to_string(reasons, '; ') AS reasons, source_file, "
        "min(source_row), count(*), coalesce(sum(value)::VARCHAR, '') "
        f"FROM ({refused_rows()}) GROUP BY ALL ORDER BY ALL"
    )
    with SiteState(warehouse.site) as state, state.transaction():
        state.execute("DELETE FROM refused_row")
        state.execute_many(f"INSERT INTO refused_row VALUES ({', '.join('?' * 7)})", rows)


def listed(site: Site, company: str | None = None, table: str | None = None) -> Iterator[str]:
    """What stands in quarantine, of all companies and tables or of one, and what to do.

    Raises:
        ConfigurationError: there is no such company.
    """
    known = [each.name for each in site.companies]
    if company is not None and company not in known:
        message = f"{company} is no company of this site: take one of {', '.join(known)}"
        raise ConfigurationError(message)
    with SiteState(site) as state:
        rows = state.query(
            "SELECT company, table_name, reasons, source_file, source_row, rows, money "
            "FROM refused_row WHERE company = coalesce(?, company) "
            "AND table_name = coalesce(?, table_name) ORDER BY rows DESC, 1, 2, 3, 4",
            (company, table),
        )
    yield from (str(Standing(*row)) for row in rows)
    yield f"{NEXT_STEP}." if rows else EMPTY
