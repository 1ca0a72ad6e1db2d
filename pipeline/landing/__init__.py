"""Delivered extracts become tables of text; the file ledger remembers which."""
