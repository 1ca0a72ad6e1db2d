"""Cells of a worksheet that its reader gives as empty although they say something.

A cell in error (#N/A, #REF!) and a formula that nobody calculated come from fastexcel as nothing,
just as an empty cell does.  Their texts stand in the sheet's XML, which is read here for them.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

import polars as pl

from pipeline.landing.problems import FileRefused

ERROR = "e"
TEXTS = {"str", "inlineStr"}
"""Kinds of cells that hold a text, if only an empty one."""

SUSPECT = re.compile(rb"<(?:[\w.-]+:)?f[\s/>]|\st\s*=\s*[\"']e[\"']")
LONGEST_SUSPECT = 64
READABLE = (b"<", b"\xef\xbb\xbf<")
"""How XML begins whose marks a pattern of ASCII finds; any other is read to its end."""

LETTERS = 26


@dataclass
class Box:
    """Cells from the first to the last row and column that hold something, from 0, inclusive."""

    top: int
    left: int
    bottom: int
    right: int

    def add(self, row: int, column: int) -> None:
        """Stretch the box to a cell."""
        self.top, self.bottom = min(self.top, row), max(self.bottom, row)
        self.left, self.right = min(self.left, column), max(self.right, column)

    @property
    def shape(self) -> tuple[int, int]:
        """How many rows and columns it has."""
        return (self.bottom - self.top + 1, self.right - self.left + 1)


@dataclass
class SilentCells:
    """What the silent cells say, by row and column, and the box that the readable ones fill."""

    texts: dict[tuple[int, int], str] = field(default_factory=dict[tuple[int, int], str])
    readable: Box | None = None

    def put_into(self, cells: pl.DataFrame) -> pl.DataFrame:
        """The cells as they were read, with what the silent ones say in their places.

        Raises:
            FileRefused: the reader saw another box than stands in the sheet.
        """
        if not self.texts:
            return cells
        box = self.readable
        if (box.shape if box else (0, 0)) != cells.shape:
            message = "has formulas whose places cannot be told: save it with values only"
            raise FileRefused(message)
        whole = _box_of(self.texts)
        if box is not None:
            whole.add(box.top, box.left)
            whole.add(box.bottom, box.right)
        columns = [
            self._filled(cells, column, whole) for column in range(whole.left, whole.right + 1)
        ]
        return pl.DataFrame(columns)

    def _filled(self, cells: pl.DataFrame, column: int, whole: Box) -> pl.Series:
        """One column of the whole box."""
        box = self.readable
        name = f"c{column - whole.left}"
        if box is None or not box.left <= column <= box.right:
            series = pl.Series(name, [None] * whole.shape[0], dtype=pl.String)
        else:
            none = pl.Series(name, [], dtype=pl.String)
            series = none.extend_constant(None, box.top - whole.top)
            series = series.append(cells.to_series(column - box.left).rename(name))
            series = series.extend_constant(None, whole.bottom - box.bottom)
        said = {row - whole.top: text for (row, at), text in self.texts.items() if at == column}
        return series.scatter(list(said), list(said.values())) if said else series


def has_suspects(chunks: Iterable[bytes]) -> bool:
    """Whether a sheet may hold a formula or an error: one look at its bytes, for most have none."""
    end = b""
    for number, chunk in enumerate(chunks):
        if number == 0 and not chunk.startswith(READABLE):
            return True
        if SUSPECT.search(end + chunk):
            return True
        end = chunk[-LONGEST_SUSPECT:]
    return False


def silent_cells(chunks: Iterable[bytes]) -> SilentCells:
    """The cells in error and the formulas without a value of one sheet."""
    sheet = _Sheet()
    parser = plain_parser()
    parser.StartElementHandler = sheet.start
    parser.EndElementHandler = sheet.end
    parser.CharacterDataHandler = sheet.say
    parse(parser, chunks)
    return sheet.found


def plain_parser() -> expat.XMLParserType:
    """A parser of XML that knows no definitions of its own: no workbook has any."""

    def refuse(*_: object) -> None:
        message = "defines words of its own inside its XML: that is no workbook"
        raise FileRefused(message)

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    return parser


def parse(parser: expat.XMLParserType, chunks: Iterable[bytes]) -> None:
    """Read a text to its end."""
    for chunk in chunks:
        parser.Parse(chunk)
    is_end = True
    parser.Parse(b"", is_end)


def local(name: str) -> str:
    """An element's name without its prefix."""
    return name[name.rfind(":") + 1 :]


class _Sheet:
    """One pass over a sheet's elements."""

    def __init__(self) -> None:
        self.found = SilentCells()
        self._row = self._column = -1
        self._kind = ""
        self._said: dict[str, str] = {}
        self._saying: str | None = None

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        name = local(name)
        if name == "row":
            self._row = int(attributes["r"]) - 1 if "r" in attributes else self._row + 1
            self._column = -1
        elif name == "c":
            place = attributes.get("r")
            self._column = _column(place) if place else self._column + 1
            self._kind = attributes.get("t", "")
            self._said = {}
        elif name in {"f", "v"}:
            self._saying = name
            self._said[name] = ""

    def say(self, text: str) -> None:
        if self._saying is not None:
            self._said[self._saying] += text

    def end(self, name: str) -> None:
        name = local(name)
        if name in {"f", "v"}:
            self._saying = None
        elif name == "c":
            self._settle((self._row, self._column), self._said.get("v", ""))

    def _settle(self, place: tuple[int, int], value: str) -> None:
        """File the cell that has just ended."""
        if self._kind == ERROR:
            self.found.texts[place] = value or "#ERROR!"
        elif not value and self._kind not in TEXTS and "f" in self._said:
            self.found.texts[place] = f"={self._said['f']}"
            return
        if value or self._kind in TEXTS:
            if self.found.readable is None:
                self.found.readable = Box(*place, *place)
            self.found.readable.add(*place)


def _box_of(places: Iterable[tuple[int, int]]) -> Box:
    listed = list(places)
    box = Box(*listed[0], *listed[0])
    for place in listed:
        box.add(*place)
    return box


def _column(place: str) -> int:
    """The number of a cell's column, from 0: A1 is in 0, AA7 in 26."""
    number = 0
    for letter in place:
        if not letter.isalpha():
            break
        number = number * LETTERS + ord(letter.upper()) - ord("A") + 1
    return number - 1
