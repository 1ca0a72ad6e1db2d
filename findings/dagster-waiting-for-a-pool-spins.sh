#!/usr/bin/env bash
# Dagster 1.13.27, in-process executor: a step that waits for the slot of a concurrency pool keeps a
# whole core busy.  The executor means to sleep until its next question to the pool (each second at
# first, every 15 s later), but the time it computes is never above zero
# (interval_to_next_pending_claim_check), so it goes round without a pause.
#
# Seen:   asked for its next step more than 10,000 times in about 10 s, where one a second was meant
# Ends with 1 where that has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet dagster==1.13.27

mkdir "$folder/home"
cat > "$folder/home/dagster.yaml" <<'YAML'
telemetry: {enabled: false}
concurrency:
  pools: {default_limit: 1, granularity: op}
YAML
cat > "$folder/jobs.py" <<'PYTHON'
import cProfile
import pstats
import sys
import time
from pathlib import Path

import dagster as dg

HELD, WAITING = Path("held"), Path("waiting")


@dg.op(pool="warehouse")
def hold():
    HELD.touch()
    while not WAITING.exists():
        time.sleep(0.1)
    time.sleep(10)


@dg.op(pool="warehouse")
def follow():
    pass


@dg.job(executor_def=dg.in_process_executor)
def holder():
    hold()


@dg.job(executor_def=dg.in_process_executor)
def follower():
    follow()


if __name__ == "__main__":
    job = dg.reconstructable({"holder": holder, "follower": follower}[sys.argv[1]])
    instance = dg.DagsterInstance.get()
    if sys.argv[1] == "follower":
        WAITING.touch()
    with cProfile.Profile() as profile:
        begin = time.time()
        assert dg.execute_job(job, instance).success
        seconds = time.time() - begin
    if sys.argv[1] == "follower":
        calls = {where[2]: counts[0] for where, counts in pstats.Stats(profile).stats.items()}
        asked = calls["get_next_step"]
        print(f"Dagster {dg.__version__}, {sys.platform}")
        print(f"asked for its next step {asked:,} times in {seconds:.0f} s of waiting")
        sys.exit(0 if asked > 100 * seconds else 1)
PYTHON

cd "$folder"
export DAGSTER_HOME="$folder/home" PYTHONPATH="$folder"
venv/bin/python jobs.py holder > holder.log 2>&1 &
until [ -e held ]; do sleep 0.1; done
seen=0
venv/bin/python jobs.py follower 2> follower.log || seen=$?
wait
exit "$seen"
