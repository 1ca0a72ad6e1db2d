"""The Dagster UI as an operator sees it, in a real browser."""
