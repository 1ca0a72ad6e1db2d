"""One module a page: what it shows as frozen dataclasses, and how that is found in the facts."""
