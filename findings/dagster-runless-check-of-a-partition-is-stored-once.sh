#!/usr/bin/env bash
# Dagster 1.13.27: an asset check evaluation without a run (report_runless_asset_event, or a
# sensor's asset_events) that names its partition can be stored once.  Events without a run all have
# the run id '', and the index over asset, check, run and partition is unique: the second evaluation
# of a partition fails, and with it the tick of the sensor that reports it, again and again.  Without
# a partition any number is stored.
#
# Seen:   IntegrityError: UNIQUE constraint failed: asset_check_executions.asset_key, …
# Ends with 1 where that has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet dagster==1.13.27

mkdir "$folder/home"
cat > "$folder/report.py" <<'PYTHON'
import sys

import dagster as dg

print(f"Dagster {dg.__version__}, {sys.platform}")
is_as_described = True
with dg.DagsterInstance.get() as instance:
    for partition in (None, "2026-01-01"):
        for attempt in ("first", "second"):
            event = dg.AssetCheckEvaluation(
                asset_key=dg.AssetKey("ledger"),
                check_name="adds_up",
                passed=True,
                partition=partition,
            )
            try:
                instance.report_runless_asset_event(event)
                seen = "stored"
            except Exception as failure:
                seen = str(getattr(failure, "orig", failure))
            print(f"partition {partition}, {attempt} evaluation: {seen}")
            fails = partition is not None and attempt == "second"
            is_as_described &= ("UNIQUE constraint" in seen) == fails
sys.exit(0 if is_as_described else 1)
PYTHON

DAGSTER_HOME="$folder/home" "$folder/venv/bin/python" "$folder/report.py"
