#!/usr/bin/env bash
# DuckDB 2.0.0, Python: while any connection to a database file is open in a process, a new
# duckdb.connect() of that path in the same process gives the file that is open, even where another
# file was renamed into its place since.  ATTACH from a connection of its own sees the new one.
#
# Seen:   kept: [(1,)]   new connect: [(1,)]   attached elsewhere: [(2,)]   kept one closed: [(2,)]
# Ends with 1 where that has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet duckdb==2.0.0

"$folder/venv/bin/python" - "$folder/snapshot.duckdb" <<'PYTHON'
import os
import sys

import duckdb


def write(path, value):
    with duckdb.connect(path) as connection:
        connection.execute(f"CREATE TABLE t AS SELECT {value} AS value")


path = sys.argv[1]
write(path, 1)
kept = duckdb.connect(path, read_only=True)
write(f"{path}.next", 2)
os.replace(f"{path}.next", path)

with duckdb.connect(path, read_only=True) as again:
    new = again.execute("FROM t").fetchall()
with duckdb.connect() as own:
    own.execute(f"ATTACH '{path}' AS snapshot (READ_ONLY)")
    attached = own.execute("FROM snapshot.t").fetchall()
old = kept.execute("FROM t").fetchall()
kept.close()
with duckdb.connect(path, read_only=True) as last:
    after = last.execute("FROM t").fetchall()

print(f"DuckDB {duckdb.__version__}, {sys.platform}")
print(f"kept: {old}   new connect: {new}   attached elsewhere: {attached}   kept one closed: {after}")
sys.exit(0 if (old, new, attached, after) == ([(1,)], [(1,)], [(2,)], [(2,)]) else 1)
PYTHON
