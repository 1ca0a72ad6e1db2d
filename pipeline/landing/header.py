"""A file's header against its contract: by name, whatever the order, case or width."""

import csv
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache

from pipeline.canonical.erp_contract import NativeFile, Style
from pipeline.landing.problems import FileRefused


@cache
def folded(name: str) -> str:
    """A column's name without what people do not see: case, width, marks and outer blanks."""
    plain = unicodedata.normalize("NFKC", name).replace("\ufeff", "")
    return " ".join(plain.split()).casefold()


def cells_of(record: str, style: Style) -> list[str]:
    """The cells of a header record."""
    if not style.quote:
        return record.split(style.delimiter)
    reader = csv.reader([record], delimiter=style.delimiter, quotechar=style.quote)
    return next(reader, list[str]())


def matched(cells: Sequence[str], file: NativeFile) -> tuple[str | None, ...]:
    """The contract's name of each column of a file, in its order; None for an extra column."""
    names = {
        folded(spelling): column.name
        for column in file.columns
        for spelling in (column.name, *column.aliases)
    }
    return tuple(names.get(folded(cell)) for cell in cells)


def header_faults(cells: Sequence[str], file: NativeFile) -> Iterable[FileRefused]:
    """What of a header contradicts the contract, a fault for each column."""
    columns = matched(cells, file)
    if not any(columns):
        yield FileRefused(
            f"the first record names no column of '{file.name}' (it reads {_shown(cells)}): deliver"
            f" the file with its header row, in {file.style.encoding}, cells divided by"
            f" {file.style.delimiter!r}, or correct erp.toml"
        )
        return
    for name, times in Counter(folded(cell) for cell in cells if cell.strip()).items():
        if times > 1:
            yield FileRefused(f"stands {times} times in the header: leave it once", column=name)
    for name, times in Counter(filter(None, columns)).items():
        spellings = {folded(c) for c, column in zip(cells, columns, strict=True) if column == name}
        if times > 1 and len(spellings) > 1:
            among = ", ".join(sorted(spellings))
            yield FileRefused(f"stands in the header as {among}: leave one of them", column=name)
    for column in file.columns:
        if column.required and column.name not in columns:
            also = f" (or {', '.join(column.aliases)})" if column.aliases else ""
            yield FileRefused(
                f"is missing from the header{also}: add it to the extract, or declare what it is"
                " called there as an alias in erp.toml",
                column=column.name,
            )


def extra_columns(cells: Sequence[str], file: NativeFile) -> list[str]:
    """The columns nobody asked for; they are ignored."""
    columns = matched(cells, file)
    return [
        cell.strip() or f"(column {number}, without a name)"
        for number, (cell, column) in enumerate(zip(cells, columns, strict=True), 1)
        if column is None
    ]


def _shown(cells: Sequence[str]) -> str:
    text = " | ".join(cells)
    return repr(text if len(text) <= 80 else text[:80] + "…")  # noqa: PLR2004
