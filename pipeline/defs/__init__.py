"""The only place that knows Dagster: assets that call the stages, and what starts them."""

import warnings

import dagster as dg

warnings.filterwarnings("ignore", category=dg.BetaWarning)  # BackfillPolicy, on every asset
warnings.filterwarnings("ignore", category=dg.PreviewWarning)  # the days of checks
