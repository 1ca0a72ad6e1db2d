"""What Dagster loads; nothing else."""

from pipeline.defs.graph import definitions
from pipeline.defs.installation import site_of_environment

defs = definitions(site_of_environment())
