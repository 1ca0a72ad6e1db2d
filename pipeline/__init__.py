"""Stockturn: ERP extracts in, an inventory report executives trust out."""
