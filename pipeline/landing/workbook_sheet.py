"""One sheet of a workbook as Parquet with text cells: what the child process does."""

import posixpath
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from xml.parsers import expat

import fastexcel
import polars as pl

from pipeline.landing.problems import FileRefused
from pipeline.landing.workbook_cells import has_suspects, local, parse, plain_parser, silent_cells

CHUNK = 1 << 20
MAX_RATIO = 200
SMALL = 64 << 20
MAX_UNPACKED = 4 << 30
BOOK = "xl/workbook.xml"
LINKS = "xl/_rels/workbook.xml.rels"
LINK = "id"  # r:id of a sheet names a line of LINKS
BROKEN = (
    expat.ExpatError,
    zipfile.BadZipFile,
    zlib.error,
    KeyError,  # a part that is not there
    NotImplementedError,  # packed in an unknown way
    RuntimeError,  # encrypted
)


@dataclass(frozen=True)
class TextSheet:
    """A sheet that was written as Parquet: its header, and how many records follow."""

    header: tuple[str, ...]
    count: int


def write_sheet(path: Path, name: str, copy: Path) -> TextSheet:
    """The sheet of that name, or the only one, written as Parquet with text cells.

    A row without any text is no record, as a blank line of a text is none.

    Raises:
        FileRefused: it is no workbook, or it is not clear which sheet is meant.
    """
    _guard(path)
    try:
        workbook = fastexcel.read_excel(path)
        sheet = _sheet_named(workbook.sheet_names, name)
        loaded = _as_text(workbook.load_sheet(sheet, header_row=None, dtypes="string"))  # pyright: ignore[reportUnknownMemberType]
    except fastexcel.FastExcelError as broken:
        message = f"is no readable Excel workbook ({_first_line(broken)}): deliver it again"
        raise FileRefused(message) from broken
    cells = _with_silent_cells(path, sheet, loaded)
    if cells.is_empty():
        message = "is empty: deliver it again, at least with its header row"
        raise FileRefused(message)
    header = tuple(cell or "" for cell in cells.row(0))
    rows = _without_blank_rows(cells.slice(1))
    rows.columns = [f"c{number}" for number in range(len(header))]
    rows.write_parquet(copy)
    return TextSheet(header, rows.height)


def _sheet_named(names: list[str], wanted: str) -> str:
    for name in names:
        if name.casefold() == wanted.casefold():
            return name
    if len(names) == 1:
        return names[0]
    message = f"has the sheets {', '.join(names)}: call the one that counts '{wanted}'"
    raise FileRefused(message)


def _without_blank_rows(cells: pl.DataFrame) -> pl.DataFrame:
    return cells.filter(pl.any_horizontal(pl.all().str.strip_chars() != ""))


def _as_text(sheet: fastexcel.ExcelSheet) -> pl.DataFrame:
    """The cells as text; one the reader could not turn into text says why."""
    batch, errors = sheet.to_arrow_with_errors()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    cells = pl.DataFrame(batch)  # pyright: ignore[reportUnknownArgumentType]
    if errors is None:
        return cells
    by_column: dict[int, dict[int, str]] = {}
    for error in errors.errors:
        row, column = error.position
        by_column.setdefault(column, {})[row] = error.detail
    columns = cells.get_columns()
    for column, said in by_column.items():
        columns[column] = columns[column].scatter(list(said), list(said.values()))
    return pl.DataFrame(columns)


def _with_silent_cells(path: Path, sheet: str, cells: pl.DataFrame) -> pl.DataFrame:
    """The cells, with what those in error and the uncalculated formulas say."""
    try:
        with zipfile.ZipFile(path) as archive:
            member = _member(archive, sheet)
            if not has_suspects(_chunks(archive, member)):
                return cells
            return silent_cells(_chunks(archive, member)).put_into(cells)
    except BROKEN as broken:
        message = f"is no readable Excel workbook ({_first_line(broken)}): deliver it again"
        raise FileRefused(message) from broken


def _member(archive: zipfile.ZipFile, sheet: str) -> str:
    """The file inside a workbook that holds a sheet."""
    for attributes in _elements(archive, BOOK, "sheet"):
        if attributes.get("name") == sheet:
            links = {local(name): value for name, value in attributes.items()}
            for link in _elements(archive, LINKS, "Relationship"):
                if link.get("Id") == links.get(LINK):
                    return posixpath.normpath(posixpath.join("/xl", link["Target"])).lstrip("/")
    message = f"does not say where its sheet {sheet} stands: save it again as .xlsx"
    raise FileRefused(message)


def _elements(archive: zipfile.ZipFile, member: str, wanted: str) -> list[Mapping[str, str]]:
    """The attributes of each element of that name."""
    found: list[Mapping[str, str]] = []

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if local(name) == wanted:
            found.append(attributes)

    parser = plain_parser()
    parser.StartElementHandler = start
    parse(parser, _chunks(archive, member))
    return found


def _chunks(archive: zipfile.ZipFile, member: str) -> Iterator[bytes]:
    names = {name.casefold(): name for name in archive.namelist()}
    with archive.open(names.get(member.casefold(), member)) as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _guard(path: Path) -> None:
    """Refuse a workbook that says itself it unpacks beyond reason, or holds names with a path.

    What it does not say the limits of this process find out.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError) as broken:
        message = f"is no Excel workbook ({broken}): deliver it again"
        raise FileRefused(message) from broken
    unpacked = sum(member.file_size for member in members)
    packed = max(path.stat().st_size, 1)
    if unpacked > MAX_UNPACKED or (unpacked > SMALL and unpacked > packed * MAX_RATIO):
        message = f"unpacks to {unpacked} bytes from {packed}: that is no extract; deliver text"
        raise FileRefused(message)
    for member in members:
        if member.filename.startswith("/") or ".." in PurePosixPath(member.filename).parts:
            message = f"holds a member named {member.filename!r}: that is no workbook"
            raise FileRefused(message)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
