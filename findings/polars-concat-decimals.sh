#!/usr/bin/env bash
# pl.concat of decimal columns of different scale rounds the later frames, without a word.
#
# Version:   polars 2.1.0, Python 3.11 or later
# Expected:  an error, as for other unequal types ("type Int64 is incompatible ..."), or the finer
#            scale, which is what how="vertical_relaxed" gives
# Seen:      Decimal(38, 2) below Decimal(38, 4) keeps the first frame's scale: 1.2345 becomes 1.23
# What helps: cast first, or refuse frames of unequal decimal types before they are concatenated
#
# Ends 1 if this has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "polars==2.1.0"
"$work/venv/bin/python" - <<'PYTHON'
import sys
from decimal import Decimal

import polars as pl

coarse = pl.DataFrame({"x": [Decimal("1.00")]}, schema={"x": pl.Decimal(38, 2)})
fine = pl.DataFrame({"x": [Decimal("1.2345")]}, schema={"x": pl.Decimal(38, 4)})
print("polars", pl.__version__)
seen = {}
for how in ("vertical", "diagonal", "vertical_relaxed"):
    both = pl.concat([coarse, fine], how=how)
    seen[how] = str(both["x"][1])
    print(f"{how}: {both.schema['x']}, second row {seen[how]}")
expected = {"vertical": "1.23", "diagonal": "1.23", "vertical_relaxed": "1.2345"}
sys.exit(0 if seen == expected else 1)
PYTHON
