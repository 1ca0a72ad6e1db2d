"""The fold: how deliveries become current rows, closed versions and counts, set-based.

Per key, the statements of a chunk's deliveries stand in their order behind what the ledger held
before.  A statement begins a version where it is the first, differs from the one before, or comes
after the row was closed; a delivery that states its whole window (or table) closes what it leaves
out.  Keys stated once and unknown before, nearly all of a ledger, pass by all this.

The statements below read temporary tables: `staged` (one chunk's admitted rows), `repeated` (keys
stated more than once), `stating` (the deliveries that state the table, with `place` 1 … n),
`mentioned` (keys a delivery stated unreadably: they are not absent), `priors`, `complex`, `events`
and `versions`.
"""

from collections.abc import Iterable

from pipeline.canonical.ordering import MOMENT
from pipeline.canonical.spec import TableSpec
from pipeline.canonical.tables import CLOSURE, MASTERS, identity, stored

ALL_EVENTS = """
WITH said AS (
    SELECT row_no, 0 AS place, content_no, dated, stated_on, delivery_no, rid FROM priors
    UNION ALL
    SELECT staged.{number}, place, content_no, {dated}, stated_on, delivery_no, NULL
    FROM staged JOIN stating USING (delivery_no)
    WHERE {number} IN (SELECT row_no FROM complex)
)
SELECT *, lead(place) OVER in_order AS next_place
FROM said
WINDOW in_order AS (PARTITION BY row_no ORDER BY place)
"""

CLOSERS = """
SELECT events.row_no, events.place, min(stating.place) AS closer
FROM events
JOIN stating
    ON stating.is_complete
    AND stating.place > events.place
    AND stating.place < coalesce(events.next_place, 1000000)
    AND coalesce(events.dated BETWEEN stating.first AND stating.last, stating.first IS NULL)
    AND stating.extract_on >= events.stated_on
ANTI JOIN mentioned
    ON mentioned.row_no = events.row_no AND mentioned.delivery_no = stating.delivery_no
WHERE coalesce(events.next_place, 1000000) > events.place + 1
GROUP BY events.row_no, events.place
"""

VERSIONS = """
WITH closed AS (
    SELECT events.*, closers.closer
    FROM events LEFT JOIN closers USING (row_no, place)
),
judged AS (
    SELECT *, CASE
        WHEN rid IS NOT NULL THEN 'prior'
        WHEN lag(place) OVER in_order IS NULL OR lag(closer) OVER in_order IS NOT NULL THEN 'new'
        WHEN content_no <> lag(content_no) OVER in_order THEN 'corrected'
        ELSE 'unchanged'
    END AS verdict
    FROM closed
    WINDOW in_order AS (PARTITION BY row_no ORDER BY place)
)
SELECT *, sum((verdict <> 'unchanged')::INTEGER)
    OVER (PARTITION BY row_no ORDER BY place) AS version
FROM judged
"""

LIVES = """
WITH grouped AS (
    SELECT row_no, version,
        min(place) AS first_place,
        min_by(delivery_no, place) AS delivery_no,
        max(rid) AS rid,
        max(stated_on) AS stated_on,
        max_by(coalesce(closer, 0), place) AS closer,
        max_by(delivery_no, place) AS last_delivery_no
    FROM versions
    GROUP BY row_no, version
),
ended AS (
    SELECT *, lead(first_place) OVER (PARTITION BY row_no ORDER BY version) AS next_start
    FROM grouped
)
SELECT ended.* EXCLUDE (closer, next_start), stating.delivery_no AS closed_by,
    stating.known_on AS closed_on,
    CASE WHEN closer > 0 THEN 'absent' WHEN next_start IS NOT NULL THEN 'corrected' END AS why
FROM ended
LEFT JOIN stating ON stating.place = CASE WHEN closer > 0 THEN closer ELSE next_start END
"""

COUNTS = """
SELECT delivery_no,
    count(*) FILTER (verdict = 'new') AS new,
    count(*) FILTER (verdict = 'corrected') AS corrected,
    count(*) FILTER (verdict = 'unchanged') AS unchanged
FROM versions WHERE place > 0 GROUP BY delivery_no
"""

CLOSED = "SELECT closed_by, count(*) FROM lives WHERE why = 'absent' GROUP BY closed_by"


def dated(spec: TableSpec) -> str:
    """SQL of the day a window is compared with."""
    return f"{spec.dated_by}::DATE" if spec.dated_by else "NULL::DATE"


def _described(spec: TableSpec) -> str:
    return "AND NOT held.is_stub" if spec.name in MASTERS else ""


def _prior(spec: TableSpec) -> str:
    return (
        f"SELECT held.rowid AS rid, held.{identity(spec)} AS row_no, held.content_no, "
        f"{dated(spec)} AS dated, held.stated_on, held.delivery_no "
        f"FROM canonical.{spec.name} AS held"
    )


def known_priors(spec: TableSpec) -> str:
    """Current rows whose key the chunk states."""
    number = identity(spec)
    return (
        f"{_prior(spec)} "
        f"SEMI JOIN staged ON held.{number} = staged.{number} WHERE true {_described(spec)}"
    )


def covered_priors(spec: TableSpec) -> str:
    """Current rows the chunk may close: those in a window it states, or all."""
    bounds = f"AND {dated(spec)} BETWEEN $first AND $last" if spec.dated_by else ""
    return (
        f"INSERT INTO priors {_prior(spec)} "
        f"ANTI JOIN priors ON held.{identity(spec)} = priors.row_no "
        f"WHERE held.company = $company {bounds} {_described(spec)}"
    )


def events(spec: TableSpec) -> str:
    """What was said of each key that is not simply new, in order."""
    return ALL_EVENTS.format(number=identity(spec), dated=dated(spec))


def superseded(spec: TableSpec) -> str:
    """Rows of an older extract that a newer one already states, or left out on purpose."""
    number = identity(spec)
    return f"""
SELECT staged.rowid AS rid, staged.delivery_no
FROM staged LEFT JOIN priors ON staged.{number} = priors.row_no
WHERE priors.stated_on > staged.stated_on
    OR priors.row_no IS NULL AND EXISTS (
        SELECT 1 FROM canonical.delivery AS newer
        WHERE newer.company = $company AND newer.table_name = '{spec.name}'
            AND newer.mode <> 'increment' AND newer.extract_on > staged.stated_on
            AND coalesce({dated(spec)} BETWEEN newer.window_from AND newer.window_to,
                newer.window_from IS NULL)
    )
"""


def insert_simple(spec: TableSpec, *, has_complex: bool) -> str:
    """Admit rows whose key is stated once and was not known."""
    simple = f" ANTI JOIN complex ON staged.{identity(spec)} = complex.row_no"
    return (
        f"{_current(spec)} "
        f"SELECT {', '.join(stored(spec))} FROM staged{simple if has_complex else ''}"
    )


def insert_versions(spec: TableSpec) -> str:
    """Admit versions that this chunk begins and does not end."""
    return f"{_current(spec)} {_versions(spec)} AND lives.why IS NULL"


def insert_passed_versions(spec: TableSpec) -> str:
    """Keep versions that this chunk begins and ends."""
    return f"{_history(spec)} {_versions(spec, CLOSURE)} AND lives.why IS NOT NULL"


def close_priors(spec: TableSpec) -> tuple[str, str]:
    """Move rows that ended to the history."""
    keep = (
        f"{_history(spec)} SELECT {_stated_last(spec, 'held', CLOSURE)} "
        f"FROM canonical.{spec.name} AS held JOIN lives ON held.rowid = lives.rid "
        f"WHERE lives.why IS NOT NULL"
    )
    leave = (
        f"DELETE FROM canonical.{spec.name} "
        f"WHERE rowid IN (SELECT rid FROM lives WHERE rid IS NOT NULL AND why IS NOT NULL)"
    )
    return keep, leave


def _current(spec: TableSpec) -> str:
    return f"INSERT INTO canonical.{spec.name} ({', '.join(stored(spec))})"


def _history(spec: TableSpec) -> str:
    columns = ", ".join((*stored(spec), *CLOSURE))
    return f"INSERT INTO canonical.{spec.name}_history ({columns})"


def _versions(spec: TableSpec, ending: Iterable[str] = ()) -> str:
    """SELECT of staged rows that are versions this chunk begins, and how they ended."""
    return (
        f"SELECT {_stated_last(spec, 'staged', ending)} FROM staged JOIN lives "
        f"ON lives.row_no = staged.{identity(spec)} AND lives.delivery_no = staged.delivery_no "
        f"WHERE lives.rid IS NULL"
    )


def _stated_last(spec: TableSpec, rows: str, ending: Iterable[str]) -> str:
    """What rows say, with the extract that stated each of them last.

    A row that ended has no place among its ties any more: its `seq` is the first of them.
    """
    said = {name: f"{rows}.{name}" for name in stored(spec)} | {"stated_on": "lives.stated_on"}
    if ending and "seq" in said:
        said["seq"] = MOMENT
    return ", ".join((*said.values(), *(f"lives.{name}" for name in ending)))


def restate_priors(spec: TableSpec) -> str:
    """Note which extract stated unchanged rows last."""
    return (
        f"UPDATE canonical.{spec.name} AS held SET stated_on = restated.stated_on "
        f"FROM (SELECT lives.rid, lives.stated_on FROM lives JOIN priors USING (rid) "
        f"WHERE lives.why IS NULL AND lives.stated_on <> priors.stated_on) AS restated "
        f"WHERE held.rowid = restated.rid"
    )
