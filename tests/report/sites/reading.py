"""A page as a reader sees it: its blocks of text, its headings, its tables and its drawings."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser

BLOCKS = {"p", "h1", "h2", "li", "td", "th", "dt", "dd", "a", "title", "text"}
HEADINGS = {"h1", "h2"}
VOID = {"meta", "link", "col", "br", "path", "rect", "circle", "polyline", "line"}


@dataclass
class Node:
    """An element with what stands inside it, texts among its children."""

    tag: str
    attributes: dict[str, str]
    children: list["Node | str"] = field(default_factory=list["Node | str"])

    @cached_property
    def text(self) -> str:
        """All text inside, drawings left out."""
        parts = [
            child if isinstance(child, str) else "" if child.tag == "svg" else child.text
            for child in self.children
        ]
        glue = "\n" if self.tag in {"tr", "table", "ol", "div", "section"} else ""
        return glue.join(parts)

    def all(self, *tags: str) -> Iterator["Node"]:
        """Every element of these tags inside, itself included, in order."""
        if self.tag in tags:
            yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.all(*tags)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("root", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)

    def handle_endtag(self, tag: str) -> None:
        if tag in [one.tag for one in self.open]:
            while self.open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(page: str) -> Node:
    """The page as a tree."""
    # Drawings end their shapes either way; here all of them the same.
    reader = _Reader()
    reader.feed(re.sub(r"></(path|rect|circle|polyline|line)>", "/>", page))
    return reader.root


def blocks(page: Node) -> list[tuple[str, str]]:
    """Every smallest piece of text with its tag, blanks as they are printed."""
    return [(node.tag, node.text.replace("\u2060", "")) for node in page.all(*BLOCKS) if node.text]


def headings_over_nothing(page: Node) -> list[str]:
    """Headings that are empty, and those below a title that have nothing in their own box.

    A title is a sentence and may be all there is to say.
    """
    found: list[str] = []
    for box in page.all("div", "section"):
        parts = [child for child in box.children if isinstance(child, Node)]
        for at, heading in enumerate(parts):
            if heading.tag not in HEADINGS:
                continue
            rest = itertools.takewhile(lambda part: part.tag not in HEADINGS, parts[at + 1 :])
            is_alone = heading.tag != "h1" and not any(_shows(part) for part in rest)
            if is_alone or not heading.text.strip():
                found.append(heading.text)
    return found


def _shows(node: Node) -> bool:
    return bool(node.text.strip()) or any(True for _ in node.all("svg"))
