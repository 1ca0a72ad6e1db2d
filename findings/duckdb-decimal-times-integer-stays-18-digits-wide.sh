#!/usr/bin/env bash
# A DECIMAL(18,6) times an INTEGER constant is a DECIMAL(18,6) again in DuckDB: the width does not
# grow, as it does times a BIGINT.  So an amount of a million or more times a million raises, though
# the same product as DECIMAL(38,6) is well within its type.
#
# Version:   duckdb 2.0.0
# Expected:  widths add up (18 + 7 digits), or the product moves to 128 bits, as it does for BIGINT
# Seen:      typeof: DECIMAL(18,6) for INTEGER, DECIMAL(37,6) for BIGINT; 999999 x 1000000 is right,
#            1000001 x 1000000 raises OutOfRangeException
# Matters:   quantities in grams or pieces, money in currencies of many noughts, made whole numbers
#            by a scale that is written down as a plain constant; small test data never show it
# What helps: cast to DECIMAL(38,s), only the rows that need it: 128 bits cost sixty times as much
#
# Ends 1 if this has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "duckdb==2.0.0"
"$work/venv/bin/python" - <<'PYTHON'
import sys

import duckdb

connection = duckdb.connect()


def asked(expression):
    try:
        return str(connection.execute(f"SELECT {expression}").fetchone()[0])
    except duckdb.OutOfRangeException as raised:
        return type(raised).__name__


print("DuckDB", duckdb.__version__)
seen = [
    asked(expression)
    for expression in (
        "typeof(1::DECIMAL(18,6) * 1000000)",
        "typeof(1::DECIMAL(18,6) * 1000000::BIGINT)",
        "999999::DECIMAL(18,6) * 1000000",
        "1000001::DECIMAL(18,6) * 1000000",
        "1000001::DECIMAL(38,6) * 1000000",
    )
]
print("\n".join(seen))
expected = ["DECIMAL(18,6)", "DECIMAL(37,6)", "999999000000.000000"]
expected += ["OutOfRangeException", "1000001000000.000000"]
sys.exit(0 if seen == expected else 1)
PYTHON
