"""The DuckDB file: loaded, read, replaced and published; nothing else imports duckdb."""
