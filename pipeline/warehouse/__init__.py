"""The DuckDB file: read, replace, publish. Nobody else imports duckdb."""
