"""What no page may show, whatever a ledger holds: each rule gives the faults it finds."""

import re
from collections import Counter
from collections.abc import Iterator

from tests.report.sites.marks import box_of, points_of
from tests.report.sites.reading import Node, blocks

UNFINISHED = re.compile(
    r"%\(|%s|\{\{|\bNone\b(?!, one|: on track)|\bnan\b|\binf\b|\bTrue\b|\bFalse\b"
)
TWO_BLANKS = re.compile(r"[^\s\n][ \u00a0]{2,}\S|\s[.,;:]")
ONE_OF_MANY = re.compile(
    r"\b(?:all|these|of) (?:1|one) (?!of\b)\w*s\b|\b(?:1|one) \w+s (?:hold|turn|are|have)\b"
    r"|\ball (?:1|one|0)\b|\bthese (?:1|one)\b|\b0 (?:items|positions|rows)\b",
    re.IGNORECASE,
)
RANKS = re.compile(r"\b(?:[Mm]ost|[Ll]argest|[Bb]iggest)\b")
WHOLE = re.compile(r"%|\ball of (?:it|them)\b|\bof all\b|\bof \d")
LATIN = re.compile(r"[A-Za-z]{2,}")
CUT = re.compile(r"[A-Za-z]*…[A-Za-z]*")
INTERNATIONAL = {"ERP", "SKU", "PDF", "DIO", "Stockturn", "quarantine"}
"""What a Chinese controller says in Latin letters; the last is a schema of the database."""
SHAPE = "0 0 10 10"
ROOM = 0.75
"""A line drawn along an edge reaches half its width beyond it."""


def unfinished(page: Node) -> list[str]:
    """Words of the program instead of words for people."""
    return [text for _, text in blocks(page) if UNFINISHED.search(text)]


def badly_spaced(page: Node) -> list[str]:
    """Two blanks in a row, or one before a comma."""
    lines = (line.strip() for _, text in blocks(page) for line in text.split("\n"))
    return [line for line in lines if TWO_BLANKS.search(line)]


def miscounted(page: Node) -> list[str]:
    """One of something told as many, or nothing told as a number of things."""
    return [text for _, text in blocks(page) if ONE_OF_MANY.search(text)]


def ranked_without_the_whole(page: Node) -> list[str]:
    """Titles and points that say who has the most, and not how much that is of all."""
    said = [text for tag, text in blocks(page) if tag in {"h1", "li"}]
    return [text for text in said if RANKS.search(text) and not WHOLE.search(text)]


def cut_alike(page: Node) -> list[str]:
    """Names that are cut until they read the same, in one table or one drawing."""
    found: list[str] = []
    for table in page.all("table", "svg"):
        cells = [
            cell.text.strip()
            for cell in table.all("th", "text")
            if "…" in cell.text and cell.attributes.get("scope") != "col"
        ]
        found += [text for text, count in Counter(cells).items() if count > 1]
    return found


def cut_too_far(page: Node, names: set[str]) -> list[str]:
    """Cells of a table that are cut until another known name would read the same."""
    cells = {cell.text.strip() for table in page.all("table") for cell in table.all("td")}
    found: list[str] = []
    for text in sorted(cell for cell in cells if cell.count("…") == 1):
        start, end = (part.strip() for part in text.split("…"))
        fits = {name for name in names if name.startswith(start) and name.endswith(end)}
        found += [text] * (len(fits) > 1)
    return found


def in_another_language(page: Node, names: set[str]) -> list[str]:
    """Chinese texts with an English word that is nobody's name."""
    known = {word for name in names for word in LATIN.findall(name)} | INTERNATIONAL
    found: list[str] = []
    for _, text in blocks(page):
        whole = CUT.sub("", text)
        strange = [word for word in LATIN.findall(whole) if word not in known]
        found += [f"{' '.join(strange)}: {text}"] * bool(strange)
    return found


def drawings_that_say_nothing(page: Node) -> list[str]:
    """Drawings, but the shapes of a status, that are read aloud without a value."""
    titles = [
        next((title.text for title in drawing.all("title")), "")
        for drawing in page.all("svg")
        if drawing.attributes["viewbox"] != SHAPE
    ]
    return [title for title in titles if not re.search(r"[:：].", title)]


def outside_their_scale(page: Node) -> list[str]:
    """Marks that reach beyond the box of their drawing."""
    return [fault for drawing in page.all("svg") for fault in _outside(drawing)]


def _outside(drawing: Node) -> Iterator[str]:
    left, top, right, bottom = box_of(drawing)
    name = next((title.text for title in drawing.all("title")), "")
    for shape, (x, y) in points_of(drawing):
        if not (left - ROOM <= x <= right + ROOM and top - ROOM <= y <= bottom + ROOM):
            yield f"{name}: {shape.tag} at {x:.1f}, {y:.1f} of {right:.0f} x {bottom:.0f}"
