"""Refused rows: which of them stand, on which day, and what they say.

A refused row stands until a later delivery admits or states its key again, refuses it again (then
the newer row stands), replaces the delivery it came in, or states a window or table it would have
to be in: then its sender withdrew it.  `ended_by` says which delivery that was.  It stands no
longer either from the day on which somebody forgave it (pipeline/warehouse/forgiving.py).

What stood on a day is told by extract dates, as figures are: a row stood until the first date
whose delivery ends it, `ended_from`.  That may be another than the first that came: a corrected
delivery of an earlier date ends what the later dates that came before it refused.
"""

from datetime import date

from pipeline.canonical.admission import EXTRACT_ON, KNOWN_ON
from pipeline.canonical.spec import TableSpec
from pipeline.canonical.tables import TABLES, identity
from pipeline.canonical.versioning import dated
from pipeline.warehouse.sql import Sql

NOT_ENDED = "ended_by IS NULL"
STANDS = f"{NOT_ENDED} AND forgiven_on IS NULL"
FORGIVEN = f"{NOT_ENDED} AND forgiven_on IS NOT NULL"
ENDED_FROM = EXTRACT_ON.replace("delivery_no", "ended_by")
_REFUSED_BY = f"{EXTRACT_ON} <= $as_of AND coalesce(ended_from > $as_of, true)"
STOOD = f"{_REFUSED_BY} AND coalesce(forgiven_on > $as_of, true)"
"""SQL that holds for the rows of `quarantine.<table>` that stood on `$as_of`."""
WAS_FORGIVEN = f"{_REFUSED_BY} AND coalesce(forgiven_on <= $as_of, false)"
"""SQL that holds for those that would have stood on `$as_of`, had nobody forgiven them."""


def end_refusals(warehouse: Sql, company: str, first: date) -> None:
    """Write down which of a company's refused rows no longer stand, and since which delivery.

    `first`: the earliest extract date of the deliveries that were folded since this was last done.
    """
    for name in _that_refused(warehouse, company):
        spec = TABLES[name]
        warehouse.make("standing", _standing(spec), {"company": company, "first": first})
        if warehouse.any("standing"):
            warehouse.execute(
                f"UPDATE quarantine.{spec.name} AS refused SET "
                "ended_by = coalesce(refused.ended_by, ending.ended_by), "
                "ended_on = coalesce(refused.ended_on, ending.ended_on), "
                "ended_from = least(refused.ended_from, ending.ended_from) "
                f"FROM ({_endings(spec)}) AS ending WHERE refused.rowid = ending.rid"
            )


def _that_refused(warehouse: Sql, company: str) -> list[str]:
    """The tables that ever refused a row of a company: few, and mostly none."""
    each = " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (FROM quarantine.{name} WHERE company = $company)"
        for name in TABLES
    )
    return [row[0] for row in warehouse.rows(each, {"company": company})]


def reopen(warehouse: Sql, company: str, start: int) -> None:
    """Let refused rows stand again as long as they did without the deliveries from `start` on."""
    for name in TABLES:
        for statement in (
            "SET ended_by = NULL, ended_on = NULL, ended_from = NULL WHERE ended_by >= $start",
            f"SET ended_from = {ENDED_FROM} WHERE ended_by < $start",
        ):
            warehouse.execute(
                f"UPDATE quarantine.{name} {statement} AND company = $company",
                {"company": company, "start": start},
            )
    end_refusals(warehouse, company, date.min)


def _standing(spec: TableSpec) -> str:
    """The rows that stand, or stood on dates from `$first` on."""
    return (
        f"SELECT rowid AS rid, company, delivery_no, {EXTRACT_ON} AS extract_on, "
        f"{identity(spec)} AS key_no, delivered, {dated(spec)} AS dated "
        f"FROM quarantine.{spec.name} "
        f"WHERE company = $company AND coalesce(ended_from > $first, true)"
    )


def _endings(spec: TableSpec) -> str:
    """SELECT of the standing rows that no longer stand, with the first delivery that ended each."""
    number = identity(spec)
    later = "FROM standing JOIN {} AS later ON later.{} = key_no"
    is_later = "later.delivery_no > standing.delivery_no"
    admitted = " UNION ALL ".join(
        f"SELECT rid, later.delivery_no "
        f"{later.format(f'canonical.{spec.name}{part}', number)} WHERE {is_later}"
        for part in ("", "_history")
    )
    said = (
        "JOIN canonical.delivery AS later ON later.company = standing.company "
        f"AND later.table_name = '{spec.name}' AND {is_later}"
    )
    return f"""
SELECT rid, min(delivery_no) AS ended_by, min({EXTRACT_ON}) AS ended_from,
    min({KNOWN_ON}) AS ended_on
FROM (
    {admitted}
    UNION ALL
    SELECT rid, later.delivery_no
    FROM standing JOIN canonical.{spec.name} AS held ON held.{number} = key_no {said}
    WHERE held.stated_on > standing.extract_on AND later.extract_on = held.stated_on
    UNION ALL
    SELECT rid, later.delivery_no
    FROM standing JOIN quarantine.{spec.name} AS later ON later.company = standing.company
        AND coalesce(later.{number}::VARCHAR, later.delivered)
            = coalesce(key_no::VARCHAR, standing.delivered)
    WHERE {is_later}
    UNION ALL
    SELECT rid, later.delivery_no FROM standing {said}
    WHERE later.extract_on = standing.extract_on
        OR later.mode <> 'increment' AND later.extract_on > standing.extract_on
        AND coalesce(dated BETWEEN later.window_from AND later.window_to,
            later.window_from IS NULL)
) GROUP BY rid
"""


def refused_rows(where: str = STANDS) -> str:
    """SELECT of refused rows of all tables in the same columns, each reason with what it is about.

    A row has one `reasons`: what stood in the cell that was not understood is put behind it.
    """
    of_all = " UNION ALL ".join(_refusals_of(spec) for spec in TABLES.values())
    # Asked and told once, behind the union: of each table it would be what a small night pays for.
    return (
        "SELECT * EXCLUDE (delivered, ended_by, ended_from) "
        f"REPLACE (list_transform(reasons, lambda reason: {TOLD}) AS reasons) "
        f"FROM ({of_all}) WHERE {where}"
    )


def _refusals_of(spec: TableSpec) -> str:
    names = {column.name for column in spec.columns}
    value = "value" if "value" in names else "NULL::DECIMAL(18,4)"
    return (
        f"SELECT company, '{spec.name}' AS table_name, reasons, delivered, source_file, "
        f"source_row, {value} AS value, seen_on, delivery_no, ended_by, ended_from, "
        f"forgiven_on, forgiven_by, forgiven_why FROM quarantine.{spec.name}"
    )


# 'unreadable quantity' names a column: what stands there is told with it.
TOLD = """CASE WHEN json_valid(delivered) AND regexp_full_match(reason, 'unreadable \\w+')
    THEN concat(reason, ' ''' || json_extract_string(delivered,
        concat('$."', reason.split(' ')[2], '"')) || '''')
    ELSE reason END"""
