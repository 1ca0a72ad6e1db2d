"""What the summary's formulas give, as a spreadsheet computes them from the lists they name."""

import re
from typing import Any

TERM = re.compile(r"SUMPRODUCT\((.*?),('[^(),]*\$\d+)\)(?=/|$)")
EXACT = re.compile(r"EXACT\((.+),(\$A\d+|\"(?:[^\"]|\"\")*\")\)$")
RANGE = re.compile(r"'((?:[^']|'')*)'!\$([A-Z]+)\$(\d+):\$([A-Z]+)\$(\d+)$")


def result(book: Any, page: Any, formula: str) -> float:
    """A sum of products, or one divided by another."""
    found = [_sum(book, page, *term) for term in TERM.findall(formula.removeprefix("="))]
    assert len(found) in {1, 2}, formula
    return found[0] / found[1] if len(found) > 1 else found[0]


def _sum(book: Any, page: Any, masks: str, values: str) -> float:
    rows = [_is_met(book, page, mask) for mask in re.split(r"\*(?=EXACT|\()", masks)]
    amounts = _cells(book, values)
    return sum(
        amount
        for amount, *met in zip(amounts, *rows, strict=True)
        if all(met) and isinstance(amount, int | float)
    )


def _is_met(book: Any, page: Any, mask: str) -> list[bool]:
    if mask.endswith('="")'):
        return [value is None for value in _cells(book, mask.removeprefix("(")[: -len('="")')])]
    found = EXACT.match(mask)
    assert found, mask
    cells, wanted = found.groups()
    text = page[wanted.replace("$", "")].value if wanted.startswith("$") else wanted[1:-1]
    return [value == text.replace('""', '"') for value in _cells(book, cells)]


def _cells(book: Any, place: str) -> list[Any]:
    found = RANGE.match(place)
    assert found, place
    name, first, top, last, bottom = found.groups()
    assert first == last
    cells = book[name.replace("''", "'")][f"{first}{top}:{last}{bottom}"]
    return [row[0].value for row in cells] if isinstance(cells, tuple) else [cells.value]
