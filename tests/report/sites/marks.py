"""Where the marks of a drawing stand: every point of its shapes, in the units of its own box."""

import re
from collections.abc import Iterator

from tests.report.sites.reading import Node

Point = tuple[float, float]
NUMBER = r"-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?"
STEP = re.compile(rf"([MLHVZACmlhvzac])|({NUMBER})")
TAKES = {"M": 2, "L": 2, "H": 1, "V": 1, "A": 7, "C": 6, "Z": 0}


def box_of(drawing: Node) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a drawing."""
    left, top, width, height = (float(one) for one in drawing.attributes["viewbox"].split())
    return left, top, left + width, top + height


def points_of(node: Node, at: Point = (0.0, 0.0)) -> Iterator[tuple[Node, Point]]:
    """Every corner of every shape, with the shape it belongs to."""
    moved = re.search(
        rf"translate\(({NUMBER})[ ,]({NUMBER})\)", node.attributes.get("transform", "")
    )
    if moved:
        at = (at[0] + float(moved[1]), at[1] + float(moved[2]))
    if node.attributes.get("fill") not in {"none", "transparent"} or "stroke" in node.attributes:
        for x, y in _corners(node):
            yield node, (at[0] + x, at[1] + y)
    for child in node.children:
        if isinstance(child, Node):
            yield from points_of(child, at)


def _corners(node: Node) -> Iterator[Point]:
    def number(name: str) -> float:
        return float(node.attributes.get(name, 0))

    match node.tag:
        case "rect":
            x, y = number("x"), number("y")
            yield from ((x, y), (x + number("width"), y + number("height")))
        case "circle":
            yield number("cx"), number("cy")
        case "line":
            yield from ((number("x1"), number("y1")), (number("x2"), number("y2")))
        case "polyline":
            for pair in node.attributes["points"].split():
                x, y = pair.split(",")
                yield float(x), float(y)
        case "path":
            yield from _along(node.attributes.get("d", ""))
        case _:
            return


def _along(path: str) -> Iterator[Point]:
    """The ends of the steps of a path."""
    x = y = 0.0
    for step, given in _steps(path):
        is_relative = step.islower()
        match step.upper():
            case "H":
                x = given[0] + (x if is_relative else 0)
            case "V":
                y = given[0] + (y if is_relative else 0)
            case "Z":
                continue
            case _:
                x = given[-2] + (x if is_relative else 0)
                y = given[-1] + (y if is_relative else 0)
        yield x, y


def _steps(path: str) -> Iterator[tuple[str, list[float]]]:
    step, given = "", list[float]()
    for letter, number in STEP.findall(path):
        if letter:
            step, given = letter, []
        else:
            given.append(float(number))
        if step and len(given) == TAKES[step.upper()]:
            yield step, given
            given = []
