#!/usr/bin/env bash
# DuckDB 2.0.0: DESCRIBE of a query does not always give the names the query's result has.  Where a
# column is only given other letters (SELECT name AS name of a column "Name"), the result is called
# name, DESCRIBE says Name, and so does a view made of it; a table made of it is called name.  Any
# expression around the column, or a common table expression around the query, brings the alias back.
#
# Seen:   result: name   DESCRIBE: Name   view: Name   table: name   DESCRIBE of trim(name): name
# Ends with 1 where that has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet duckdb==2.0.0

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import duckdb

connection = duckdb.connect()
connection.execute('CREATE TABLE partners ("Name" VARCHAR)')
QUERY = "SELECT name AS name FROM partners"


def described(what):
    return connection.execute(f"DESCRIBE {what}").fetchall()[0][0]


result = connection.execute(QUERY).description[0][0]
connection.execute(f"CREATE VIEW as_view AS {QUERY}")
connection.execute(f"CREATE TABLE as_table AS {QUERY}")
seen = (
    result,
    described(QUERY),
    described("as_view"),
    described("as_table"),
    described("SELECT trim(name) AS name FROM partners"),
)
print(f"DuckDB {duckdb.__version__}, {sys.platform}")
print("result: {}   DESCRIBE: {}   view: {}   table: {}   DESCRIBE of trim(name): {}".format(*seen))
sys.exit(0 if seen == ("name", "Name", "Name", "name", "name") else 1)
PYTHON
