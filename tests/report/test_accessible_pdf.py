"""The PDF as a screen reader goes through it: tagged, named, headed and in order.

This is the part of PDF/UA-1 that can be told from the file without a validator of its own; whether
the words are the right ones, colours far enough apart and the order a sensible one, people judge.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from pipeline.report.html import html
from pipeline.report.model import report_model
from pipeline.report.pdf import VARIANT, laid_out
from pipeline.report.translate import LANGUAGES
from tests.report.sample import sample_input

PAINTS = re.compile(rb"(?:^|\s)(?:f\*?|F|B\*?|b\*?|S|s|sh|Do|Tj|TJ|'|\")$")
Object = dict[str, Any]


class Tagged:
    """A printed page's objects, before they are packed into the file."""

    def __init__(self, page: str) -> None:
        """Print the page."""
        laid_out(page).write_pdf(pdf_variant=VARIANT, finisher=self._keep)

    def _keep(self, _document: Any, pdf: Any) -> None:
        self.pdf = pdf
        self.objects = [each for each in pdf.objects if isinstance(each, dict)]
        root = self.at(pdf.catalog["StructTreeRoot"])
        self.tree = list(self._inside(root))

    def at(self, reference: bytes) -> Any:
        """The object that is referred to."""
        return self.pdf.objects[int(reference.split()[0])]

    def of(self, *kinds: str) -> list[Object]:
        """The elements of these kinds, in the order they are read."""
        return [each for each in self.tree if each.get("S", "").lstrip("/") in kinds]

    def inside(self, element: Object, *kinds: str) -> list[Object]:
        """The elements of these kinds below an element."""
        return [each for each in self._inside(element) if each.get("S", "")[1:] in kinds]

    def has_content(self, element: Object) -> bool:
        """Whether something is shown there."""
        return any(isinstance(kid, int) for each in (element, *self._inside(element))
                   for kid in each.get("K", []))  # fmt: skip

    def typed(self, kind: str) -> list[Object]:
        """The objects of a type."""
        return [each for each in self.objects if each.get("Type") == f"/{kind}"]

    def _inside(self, element: Object) -> Iterator[Object]:
        for kid in element.get("K", []):
            if isinstance(kid, bytes) and (found := self.at(kid)).get("Type") == "/StructElem":
                yield found
                yield from self._inside(found)


@cache
def tagged(language: str) -> Tagged:
    """The usual report."""
    return Tagged(html(report_model(sample_input()), language))


both = pytest.mark.parametrize("language", LANGUAGES)


@both
def test_the_file_says_that_it_is_tagged_its_language_and_its_title(language: str) -> None:
    catalog = tagged(language).pdf.catalog
    assert catalog["MarkInfo"] == {"Marked": "true"}
    assert catalog["ViewerPreferences"] == {"DisplayDocTitle": "true"}
    assert catalog["Lang"].string == {"en": "en-GB", "zh": "zh-Hans"}[language]
    assert "Outlines" in catalog


@both
def test_pages_are_walked_through_in_the_order_of_their_tags(language: str) -> None:
    pages = tagged(language).typed("Page")
    assert {page["Tabs"] for page in pages} == {"/S"}
    assert len({page["StructParents"] for page in pages}) == len(pages) == 9


@both
def test_every_drawing_says_what_it_is_and_what_it_shows(language: str) -> None:
    figures = tagged(language).of("Figure")
    said = [figure["Alt"].string for figure in figures]
    assert len(said) > 60
    assert all(text.strip() for text in said)
    marks = [text for text in said if re.search(r"\d", text)]
    # Without a figure in them: shapes of a status, and marks whose figure is missing.
    assert len(marks) > 50


@both
def test_headings_go_down_one_level_at_a_time(language: str) -> None:
    levels = [int(each["S"][-1]) for each in tagged(language).of("H1", "H2", "H3", "H4")]
    assert levels[0] == 1
    assert levels.count(1) == 8
    assert all(after <= before + 1 for before, after in pairwise(levels))


@both
def test_every_cell_that_shows_something_names_its_heads(language: str) -> None:
    report = tagged(language)
    tables = report.of("Table")
    assert len(tables) > 10
    for table in tables:
        heads = {head["ID"].string for head in report.inside(table, "TH")}
        for cell in report.inside(table, "TD"):
            named = {name.string for name in cell["A"]["Headers"]}
            assert named <= heads
            assert named or not report.has_content(cell)


@both
def test_rows_stand_in_tables_and_entries_in_lists(language: str) -> None:
    report = tagged(language)
    cells = [cell for row in report.of("TR") for cell in report.inside(row, "TH", "TD")]
    assert len(cells) == len(report.of("TH", "TD"))
    entries = [one for each in report.of("L") for one in report.inside(each, "LI")]
    assert len(entries) == len(report.of("LI")) > 10


@both
def test_every_link_says_where_it_leads(language: str) -> None:
    report = tagged(language)
    links = [each for each in report.typed("Annot") if each["Subtype"] == "/Link"]
    assert len(links) > 10
    assert all(link["Contents"].string.strip() for link in links)
    assert len(report.of("Link")) == len(links)


@both
def test_nothing_is_drawn_that_is_neither_tagged_nor_an_artifact(language: str) -> None:
    report = tagged(language)
    for page in report.typed("Page"):
        assert _unmarked(report.at(page["Contents"]).stream) == []


def _unmarked(stream: list[Any]) -> list[bytes]:
    depth, found = 0, []
    for item in stream:
        line = item if isinstance(item, bytes) else getattr(item, "data", str(item).encode())
        depth += line.endswith((b"BDC", b"BMC")) - line.endswith(b"EMC")
        if not depth and PAINTS.search(line):
            found.append(line)
    assert depth == 0  # what begins ends
    return found


def test_what_is_drawn_without_a_tag_is_seen() -> None:
    stream = [b"/Artifact BMC", b"0 0 9 9 re", b"f", b"EMC", b"0 0 9 9 re", b"f", b"/x7 Do"]
    assert _unmarked(stream) == [b"f", b"/x7 Do"]


@both
def test_every_font_is_inside_and_says_which_letters_it_draws(language: str) -> None:
    report = tagged(language)
    fonts = report.typed("Font")
    drawn = [report.at(font["DescendantFonts"][0]) for font in fonts if "DescendantFonts" in font]
    assert len(drawn) > 3
    for font in drawn:
        descriptor = report.at(font["FontDescriptor"])
        assert {"FontFile2", "FontFile3"} & set(descriptor)
    assert all("ToUnicode" in font for font in fonts if "DescendantFonts" in font)
