"""A deterministic sample group, written as native ERP extracts."""
