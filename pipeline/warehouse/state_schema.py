"""The tables of `state.sqlite`: what is remembered beside the warehouse, and never published.

Dates and moments are ISO text (moments in UTC), lists and dictionaries JSON.
"""

REGISTER = """
CREATE TABLE delivered (
    company    TEXT NOT NULL,
    extract_on TEXT NOT NULL,
    version    INTEGER NOT NULL,
    status     TEXT NOT NULL,     -- 'refused' keeps the newest refused attempt of a date
    problems   TEXT NOT NULL,
    is_folded  INTEGER NOT NULL,  -- it was in the ledger once
    record     TEXT NOT NULL,     -- JSON, the same as in raw/
    PRIMARY KEY (company, extract_on, version, status)
)
"""
TRIED = """
CREATE TABLE tried_contract (
    company TEXT PRIMARY KEY,
    digest  TEXT NOT NULL         -- of the ERP contract that last told its refused rows
)
"""
OUTBOX = """
CREATE TABLE outbox (
    message_id TEXT PRIMARY KEY,
    site       TEXT NOT NULL,
    report     TEXT NOT NULL,
    company    TEXT NOT NULL,
    as_of      TEXT NOT NULL,
    revision   INTEGER NOT NULL,
    audience   TEXT NOT NULL,
    language   TEXT NOT NULL,
    recipients TEXT NOT NULL,     -- JSON
    subject    TEXT NOT NULL,
    content    TEXT NOT NULL,     -- digest of what was attached, or else said
    state      TEXT NOT NULL,
    refused    TEXT NOT NULL,     -- JSON: recipient -> the relay's words
    note       TEXT NOT NULL,
    run_id     TEXT NOT NULL,
    planned_at TEXT NOT NULL,
    changed_at TEXT NOT NULL
)
"""
NIGHT = """
CREATE TABLE night (
    run_id       TEXT PRIMARY KEY,
    who          TEXT NOT NULL,
    first_day    TEXT NOT NULL,
    last_day     TEXT NOT NULL,
    mails        INTEGER NOT NULL,
    started_at   TEXT NOT NULL,
    taken_in_at  TEXT,            -- when it reached each stage
    computed_at  TEXT,
    published_at TEXT,
    rendered_at  TEXT,
    mailed_at    TEXT,
    held         TEXT,            -- JSON: company -> reasons
    failure      TEXT,
    ended_at     TEXT
)
"""

SEEN_FOLDERS = """
CREATE TABLE seen_folder (
    title TEXT PRIMARY KEY,
    look  TEXT NOT NULL           -- names, sizes and times of change when it was taken in
)
"""

REFUSED_ROWS = """
CREATE TABLE refused_row (        -- what stood in quarantine when rows were last taken in
    company     TEXT NOT NULL,
    table_name  TEXT NOT NULL,
    reasons     TEXT NOT NULL,
    source_file TEXT NOT NULL,
    source_row  INTEGER NOT NULL, -- the first
    rows        INTEGER NOT NULL,
    money       TEXT NOT NULL     -- exact; empty: none of them says it
)
"""

FORGIVEN_ROWS = """
CREATE TABLE forgiven_row (       -- what was forgiven then: as refused_row, and who decided it
    company     TEXT NOT NULL,
    table_name  TEXT NOT NULL,
    reasons     TEXT NOT NULL,
    source_file TEXT NOT NULL,
    source_row  INTEGER NOT NULL,
    rows        INTEGER NOT NULL,
    money       TEXT NOT NULL,
    forgiven_on TEXT NOT NULL,
    forgiven_by TEXT NOT NULL,
    why         TEXT NOT NULL
)
"""

# Whether all deliveries were told by it, or a fault of it ended that.
IS_TOLD = "ALTER TABLE tried_contract ADD COLUMN is_told INTEGER NOT NULL DEFAULT 1"

# What a night of the command line made, as JSON; Dagster's own runs show theirs themselves.
ACCOUNT = "ALTER TABLE night ADD COLUMN account TEXT"

STEPS: tuple[tuple[str, ...], ...] = (
    (REGISTER, TRIED, OUTBOX, NIGHT),
    (SEEN_FOLDERS,),
    (REFUSED_ROWS,),
    (FORGIVEN_ROWS,),
    (IS_TOLD,),
    (ACCOUNT,),
)
"""What was added to the state, oldest first: a file carries out the steps it has not seen.

Unlike the warehouse it cannot be built again from `raw/`: a step that stands is never changed.
"""
