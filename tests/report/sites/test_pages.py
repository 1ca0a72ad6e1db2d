"""The printed pages of some sites: none but the last is left half empty."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from pipeline.report.pdf import laid_out
from tests.report.sites.made import page_of

LARGE = pytest.mark.acceptance
HALF = 0.5
SHOWN = {"TextBox", "InlineReplacedBox", "BlockReplacedBox"}


def boxes(box: Any) -> Iterator[Any]:
    """A box and all that stands inside it."""
    yield box
    for inner in getattr(box, "all_children", lambda: ())():
        yield from boxes(inner)


def filled(sheet: Any) -> float:
    """How far down its page the last text or drawing reaches, as a share of the page's height."""
    page = sheet._page_box  # noqa: SLF001 - the boxes are what is tested
    top, height = page.content_box_y(), page.height
    ends = [
        box.position_y + box.height
        for box in boxes(page)
        if type(box).__name__ in SHOWN and top <= box.position_y < top + height
    ]
    return (max(ends, default=top) - top) / height


@pytest.mark.parametrize(
    ("site", "language"),
    [
        pytest.param("sample", "en", marks=LARGE),
        ("sample", "zh"),
        ("wide", "en"),
        ("twelve", "zh"),
        pytest.param("below_zero", "en", marks=LARGE),
        ("young", "zh"),
    ],
)
def test_no_page_but_the_last_is_less_than_half_full(site: str, language: str) -> None:
    pages = pages_of(site, language)
    assert [
        (n, part) for n, page in enumerate(pages[:-1], 1) if (part := filled(page)) < HALF
    ] == []


@cache
def pages_of(site: str, language: str) -> list[Any]:
    """The printed pages of a site."""
    return laid_out(page_of(site, language)).pages


def topics_left_behind(pages: list[Any]) -> list[str]:
    """Topics that end a page, their title on the next one."""
    found: list[str] = []
    for sheet in pages[:-1]:
        texts = [box for box in boxes(sheet._page_box) if type(box).__name__ == "TextBox"]  # noqa: SLF001
        height = sheet._page_box.content_box_y() + sheet._page_box.height  # noqa: SLF001
        last = max(
            (box for box in texts if box.position_y < height), key=lambda box: box.position_y
        )
        found += [last.text] * ("topic" in (last.element.get("class") or ""))
    return found


@pytest.mark.parametrize("site", ["sample", "without_suppliers"])
def test_a_topic_stands_on_the_page_of_its_title(site: str) -> None:
    assert topics_left_behind(pages_of(site, "zh")) == []


def test_a_topic_left_behind_is_seen() -> None:
    page = "<p>Text</p><p class=topic>Topic</p><h1 style='break-before: page'>Title</h1>"
    assert topics_left_behind(laid_out(page).pages) == ["Topic"]


def test_an_empty_page_is_seen() -> None:
    first, second = laid_out("<p>Text</p><p style='break-before: page'>Text</p>").pages
    assert filled(first) < HALF
    assert filled(second) < HALF
