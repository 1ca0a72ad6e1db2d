"""What Dagster loads; nothing else."""

from pipeline.defs import definitions

defs = definitions()
