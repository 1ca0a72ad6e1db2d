"""What only the stock ledger needs: order inside item and warehouse, touched items, cost."""

from datetime import date

from pipeline.canonical.movement_kinds import Kind
from pipeline.canonical.ordering import MOMENT, TIE_BITS, ranked
from pipeline.warehouse.sql import NONE, Parameters, Sql

NAME = "stock_movement"
LEDGER = f"canonical.{NAME}"
STIRRED = f"item_no, warehouse_no, {MOMENT} AS moment, day"
# Two moments that share a hash cost time only: their rows are ranked moment by moment anyway.
TIE = f"hash(item_no, warehouse_no, {MOMENT})"


def newest(warehouse: Sql, company: str) -> int:
    """The highest `seq` a company's ledger holds; 0 while it is empty."""
    return (
        warehouse.value(
            f"SELECT max(seq) FROM {LEDGER} WHERE company = $company",
            {"company": company},
        )
        or 0
    )


def touch_stated(warehouse: Sql, company: str, first: int, last: int) -> None:
    """Touch the items whose rows deliveries `first` to `last` began or ended."""
    within = "WHERE company = $company AND {} BETWEEN $first AND $last"
    touch(
        warehouse,
        company,
        f"SELECT item_no, day FROM {LEDGER} {within.format('delivery_no')} "
        f"UNION ALL SELECT item_no, day FROM {LEDGER}_history {within.format('closed_by')}",
        {"first": first, "last": last},
    )


def mixed_day(
    warehouse: Sql, company: str, first: int, last: int
) -> tuple[int, date, int, int] | None:
    """A day on which some movements have the ERP's booking number and others have not.

    Given are the last of deliveries `first` to `last` that has movements of it, the day, how many
    movements it has and how many of them are numbered.  An opening needs none: it ends its day.
    """
    stated = {"company": company, "first": first, "last": last}
    # Only days these deliveries have movements of: the rest of a ledger is not looked at.
    from_day, to_day = warehouse.rows(
        f"SELECT min(day), max(day) FROM {LEDGER} "
        "WHERE company = $company AND delivery_no BETWEEN $first AND $last",
        stated,
    )[0]
    rows = warehouse.rows(
        "SELECT max(delivery_no) FILTER (delivery_no BETWEEN $first AND $last) AS stated_by, "
        f"DATE '1970-01-01' + day, count(*), count(entry_no) FROM {LEDGER} "
        "WHERE company = $company AND day BETWEEN $from_day AND $to_day "
        f"AND kind_no <> {Kind.OPENING} GROUP BY day "
        "HAVING count(entry_no) BETWEEN 1 AND count(*) - 1 AND stated_by IS NOT NULL "
        "ORDER BY stated_by DESC, day LIMIT 1",
        {**stated, "from_day": from_day, "to_day": to_day},
    )
    return rows[0] if rows else None


def leave_unsettled(
    warehouse: Sql,
    company: str,
    numbers: tuple[int, int],
    before: int,
    *,
    estimate: bool,
) -> None:
    """Note that ties and costs of some deliveries are to be settled once they are committed.

    Changing rows in the transaction that adds them would send all of them through DuckDB's log.
    `before` is what `newest` gave before they were folded: only rows up to it can tie with older
    ones, others among themselves.
    """
    warehouse.execute(
        "INSERT INTO canonical.unsettled VALUES ($company, $first, $last, $before, $estimate)",
        {
            "company": company,
            "first": numbers[0],
            "last": numbers[1],
            "before": before,
            "estimate": estimate,
        },
    )


def settle(warehouse: Sql) -> None:
    """Put right what committed deliveries left unsettled; a killed run's as well."""
    left = warehouse.rows(
        "SELECT company, first, last, before, estimate FROM canonical.unsettled ORDER BY ALL"
    )
    for company, first, last, before, estimate in left:
        _stir_stated(warehouse, company, (first, last), before)
        rerank(warehouse)
        if estimate:
            estimate_cost(warehouse, company)
    if left:
        warehouse.execute("DELETE FROM canonical.unsettled")


def _stir_stated(warehouse: Sql, company: str, numbers: tuple[int, int], before: int) -> None:
    new = f"FROM {LEDGER} WHERE company = $company AND delivery_no BETWEEN $first AND $last"
    stated = {"company": company, "first": numbers[0], "last": numbers[1]}
    warehouse.hold("tied", warehouse.repeated(f"SELECT {TIE} AS tie {new}", stated))
    among_older = f"SELECT {STIRRED} {new} AND {MOMENT} <= {before} UNION ALL " if before else ""
    stir(
        warehouse,
        f"{among_older}SELECT {STIRRED} {new} AND {TIE} IN (SELECT tie FROM tied) "
        f"UNION ALL SELECT {STIRRED} FROM {LEDGER}_history "
        "WHERE company = $company AND closed_by BETWEEN $first AND $last",
        stated,
    )


def stir(warehouse: Sql, moments: str, parameters: Parameters) -> None:
    """Remember at which moments rows came or went."""
    warehouse.make("stirred", moments, parameters)


def touch(warehouse: Sql, company: str, days: str, parameters: Parameters = NONE) -> None:
    """Remember from which day on the facts of an item are to be made again."""
    warehouse.execute(
        "INSERT INTO canonical.touched "
        f"SELECT $company, item_no, min(day) FROM ({days}) GROUP BY item_no",
        {**parameters, "company": company},
    )


def rerank(warehouse: Sql) -> None:
    """Number the ties at the stirred moments again, from the rows that stand there now."""
    if not warehouse.any("stirred"):
        return
    low, high = warehouse.rows("SELECT min(moment), max(moment) FROM stirred")[0]
    members = (
        "SELECT held.* FROM ("
        f"SELECT rowid AS rid, item_no, warehouse_no, seq, {MOMENT} AS moment, movement_id "
        f"FROM {LEDGER} WHERE seq BETWEEN {low} AND {high + 2**TIE_BITS}"
        ") AS held SEMI JOIN stirred "
        "ON held.item_no = stirred.item_no AND held.warehouse_no = stirred.warehouse_no "
        "AND held.moment = stirred.moment"
    )
    warehouse.make("ranks", f"SELECT * FROM ({ranked(members)}) WHERE seq <> new_seq")
    if warehouse.any("ranks"):
        warehouse.execute(
            f"UPDATE {LEDGER} AS held SET seq = ranks.new_seq FROM ranks "
            "WHERE held.rowid = ranks.rid"
        )


def estimate_cost(warehouse: Sql, company: str) -> int:
    """Value rows whose cost the ERP has not run yet; gives how many have no cost at all.

    Rows keep what they state: only values the ERP left out are estimated, and again whenever a
    balance they rest on changes.
    """
    warehouse.make("estimates", warehouse.text("canonical/cost_estimate"), {"company": company})
    changed = "SELECT * FROM estimates WHERE value IS DISTINCT FROM estimate"
    touch(warehouse, company, changed)
    warehouse.execute(
        f"UPDATE {LEDGER} AS held SET value = changed.estimate, "
        "value_is_estimated = changed.estimate IS NOT NULL, "
        "has_estimated_cost = changed.estimate IS NOT NULL "
        f"FROM ({changed}) AS changed WHERE held.rowid = changed.rid"
    )
    return warehouse.value("SELECT count(*) FROM estimates WHERE estimate IS NULL")
