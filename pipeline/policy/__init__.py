"""Decisions of people as dated data, and the one reader that types them."""
