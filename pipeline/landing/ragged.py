"""Records that have not the header's cells: what is told of them, and when there are too many.

A few are refused alone and kept as they were delivered.  Of a file that is full of them nothing
can be read: it is refused whole, before they take more room than a file may.
"""

from dataclasses import dataclass, field

from pipeline.wording import counted

MAX_REFUSED = 10_000
"""Records of one file that are kept one by one."""

MAX_REFUSED_BYTES = 32 << 20

MISQUOTED_CELLS = 0
"""The number of cells of a record whose quotes do not tell where its cells end."""


@dataclass
class Alike:
    """Records of one number of cells."""

    first_line: int
    count: int = 0
    ends_in_delimiter: bool = True


@dataclass
class Ragged:
    """The ragged records of one file so far; `width` is the header's number of cells."""

    width: int
    delimiter: str
    count: int = 0
    size: int = 0
    alike: dict[int, Alike] = field(default_factory=dict[int, Alike])

    def add(self, line: int, cells: int, record: bytes) -> None:
        """Count a record."""
        seen = self.alike.setdefault(cells, Alike(line))
        seen.count += 1
        seen.ends_in_delimiter &= record.endswith(self.delimiter.encode())
        self.count += 1
        self.size += len(record)

    @property
    def is_beyond_bounds(self) -> bool:
        """Whether so much of the file is no row that nothing more of it is looked at."""
        return self.count > MAX_REFUSED or self.size > MAX_REFUSED_BYTES

    @property
    def is_systematic(self) -> bool:
        """Whether several records differ from the header, and all in the same way."""
        return self.count > 1 and len(self.alike) == 1

    @property
    def example(self) -> str:
        """The most frequent kind in words: where it begins, and how many cells stand there."""
        if not self.alike:
            return ""
        cells, seen = self._usual
        if cells == MISQUOTED_CELLS:
            return f"line {seen.first_line} has text beside a cell in quotes"
        named = f"{cells} cell{'' if cells == 1 else 's'}"
        return f"line {seen.first_line} has {named} where the header has {self.width}"

    @property
    def remedy(self) -> str:
        """Who must do what about it."""
        cells, seen = self._usual
        if cells == MISQUOTED_CELLS:
            return "ask for an export that doubles a quote inside a cell and quotes that cell whole"
        if cells == self.width + 1 and seen.ends_in_delimiter:
            return (
                f"each ends in a {self.delimiter!r} that the header has not: have it left out of"
                " the lines, or added to the header"
            )
        return (
            "ask for an export whose lines have the header's cells; a cell that holds"
            f" {self.delimiter!r} must stand in quotes"
        )

    def in_words(self, *, is_all: bool) -> str:
        """Why the file is refused."""
        lines = f"{counted(self._usual[1].count, 'such line')}{'' if is_all else ' and more'}"
        return f"{self.example}; {lines}: {self.remedy}"

    @property
    def _usual(self) -> tuple[int, Alike]:
        return max(self.alike.items(), key=lambda kind: kind[1].count)
