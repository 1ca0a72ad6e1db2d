#!/usr/bin/env bash
# polars divides a column of floats by one number by multiplying with its reciprocal, which rounds
# twice; divided by a column that holds that number, each row is the quotient.
#
# Version:   polars 2.1.0, Python 3.11 or later
# Expected:  28987000.0 / 20000 is 1449.35, as IEEE 754 says, whatever the divisor looks like
# Seen:      1449.3500000000001 by a number, and by a column made of one with pl.lit; 1449.35 by a
#            column of values.  Of 2,000 amounts in a row, 607 differ in the last bit.
# Matters:   where figures are compared exactly, or made now of one date and now of many
# What helps: make the divisor a column of values, or divide where the rows are stored
#
# Ends 1 if this has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "polars==2.1.0"
"$work/venv/bin/python" - <<'PYTHON'
import sys

import polars as pl

amounts = [float(number) for number in range(28_986_000, 28_988_000)]
frame = pl.DataFrame({"amount": amounts, "by": [20_000] * len(amounts)})
made = frame.with_columns(lit=pl.lit(20_000))
quotients = [amount / 20_000 for amount in amounts]
print("polars", pl.__version__)
differ = {}
for way, divisor in (("number", 20_000), ("pl.lit", pl.col("lit")), ("column", pl.col("by"))):
    got = made.select(pl.col("amount") / divisor).to_series()
    differ[way] = sum(one != other for one, other in zip(got, quotients, strict=True))
    print(f"by a {way}: {differ[way]} of {len(amounts)} differ, 28987000.0 gives {got[1000]!r}")
sys.exit(0 if differ == {"number": 607, "pl.lit": 607, "column": 0} else 1)
PYTHON
