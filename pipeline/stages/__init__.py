"""What a night does, one file a stage, without Dagster.

`ingest`, `attribute`, `compute`, `publish`, `render` and `notify` take plain arguments; the command
line, Dagster's assets, the benchmark and tests call the same functions.
"""
