"""Stockturn: ERP extracts in, an inventory report executives trust out."""

import os

# Polars gives memory back to the system soon after it is free, and asks for it again with the next
# frame: to keep it for some seconds saves a twentieth of a night, for a tenth more memory.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:20000,muzzy_decay_ms:20000")
