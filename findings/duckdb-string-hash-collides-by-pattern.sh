#!/bin/sh
# DuckDB's hash() of text confuses ids by pattern, far more often than chance would.
#
# Expected of 200,000 distinct ids under a 64-bit hash: none shares a hash with another (chance
# about one in a billion).
# Seen with DuckDB 2.0.0: of ids made of a date and a counter of eight digits 8.0 % do, of
# MongoDB ObjectIds 1.8 %; running numbers and UUIDs do not.
# Why: text is hashed in blocks of eight bytes, each mixed in by XOR and a multiplication.  A
# multiplication carries upwards only, so a difference in the last byte of a block stays in the
# top byte and is cancelled by a difference in the last byte of the next block in 1 of 256 cases.
# So: fit for buckets and joins, where the values are compared afterwards; not as a key, nor as
# the only sign that two texts are equal.
# Ends with 1 when the behaviour is another.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "duckdb==2.0.0"
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import duckdb

PATTERNS = {  # name: SQL of the n-th id, and whether such ids are confused
    "date and counter of eight digits": (
        "'202601' || lpad((10 + n % 20)::VARCHAR, 2, '0') || lpad((n // 20)::VARCHAR, 8, '0')",
        True,
    ),
    "date, dash and counter": (
        "'202601' || lpad((10 + n % 20)::VARCHAR, 2, '0') || '-' || lpad((n // 20)::VARCHAR, 7, '0')",
        True,
    ),
    "MongoDB ObjectId": (
        "printf('%08x', 1767225600 + n // 7) || '65f0a1b2c3' || printf('%06x', 9000000 + n)",
        True,
    ),
    "running number": ("n::VARCHAR", False),
    "UUID": ("md5(n::VARCHAR)::UUID::VARCHAR", False),
}
IDS = 200_000

print(f"DuckDB {duckdb.__version__}: of {IDS:,} distinct ids those that share a hash")
as_described = True
for name, (sql, expected) in PATTERNS.items():
    ids, hashes = duckdb.sql(
        f"SELECT count(DISTINCT id), count(DISTINCT hash(id)) "
        f"FROM (SELECT {sql} AS id FROM range({IDS}) AS r(n))"
    ).fetchall()[0]
    assert ids == IDS, name
    print(f"  {name:<34} {IDS - hashes:>7,} {(IDS - hashes) / IDS:.1%}")
    as_described &= (hashes < IDS) == expected
one, other = duckdb.sql("SELECT hash('2026012000000006'), hash('2026012900000009')").fetchall()[0]
print(f"  hash('2026012000000006') = {one}\n  hash('2026012900000009') = {other}")
as_described &= one == other
sys.exit(not as_described)
PYTHON
