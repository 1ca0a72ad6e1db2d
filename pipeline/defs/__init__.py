"""The only place that knows Dagster, and where the rooms are wired together.

`assets` and `automation` are what Dagster sees; the modules named after a stage (`intake`, `facts`,
`figures`, `publication`, `reporting`, `posting`) do its work with plain arguments, so that the
command line, the benchmark and tests can call them too.
"""

import warnings

import dagster as dg

warnings.filterwarnings("ignore", category=dg.BetaWarning)  # BackfillPolicy, on every asset
