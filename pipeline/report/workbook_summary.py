"""The first sheet of the workbook: stock by status and turnover per category, as formulas.

Each amount adds up the rows of a list behind it, so that a number can be followed to its positions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pipeline.report.member_figures import DeadStock, Turnover
from pipeline.report.model import ReportModel
from pipeline.report.pages.members import MemberLine
from pipeline.report.reason_words import REASONS
from pipeline.report.translate import Words
from pipeline.report.workbook_cells import (
    FORMATS,
    HEAD_ROW,
    WIDTHS,
    Book,
    Page,
    head_format,
    print_setup,
    readable_text,
    strong_format,
)
from pipeline.report.workbook_sheet import DIMENSIONS, SCOPES, STATUSES, Laid
from pipeline.settings import GROUP

HEADS = ("Category", "Stock", "Dead", "Slow", "New", "Moving", "Dead share", "Turns", "DIO")
LETTERS = "ABCDEFGHI"
DEAD_SHARE, TURNS, DIO = 6, 7, 8
STRONG = {"bold": True, "top": 1}


@dataclass(frozen=True)
class _Lists:
    """The lists that the summary adds up, and how they say what it asks for."""

    stock: Laid
    turnover: Laid
    company: str
    days_per_year: int | None  # None: the lists have other windows than the page
    words: Words

    def stock_of(self, row: int, status: str | None = None) -> str:
        """The stock of the category that a row names, without abnormal stock."""
        cells = self.stock.cells
        masks = [f"EXACT({cells('category_name')},$A{row + 1})", f'({cells("is_abnormal")}="")']
        if status:
            masks.append(self._is(cells("status"), self.words.text(STATUSES[status])))
        return f"=SUMPRODUCT({'*'.join(masks)},{cells('value')})"

    def days_of(self, row: int) -> str | None:
        """The days that the turns of a row stand for."""
        return f"={self.days_per_year}/H{row + 1}" if self.days_per_year else None

    def turns_of(self, row: int, dimension: str) -> str | None:
        """Cost of goods sold ÷ average stock of what a row names, or of the whole."""
        if self.days_per_year is None:
            return None
        cells, text = self.turnover.cells, self.words.text
        masks = [
            self._is(cells("company"), self.company),
            self._is(cells("scope"), text(SCOPES["normal"])),
            self._is(cells("dimension"), text(DIMENSIONS[dimension])),
        ]
        if dimension == "category":
            masks.append(f"EXACT({cells('name')},$A{row + 1})")
        cogs, average = (
            f"SUMPRODUCT({'*'.join(masks)},{cells(name)})" for name in ("cogs", "average_inventory")
        )
        return f"={cogs}/{average}"

    def _is(self, cells: str, text: str) -> str:
        # A sum on a condition would read * and ? in a name as patterns, and no case.
        quoted = text.replace('"', '""')
        return f'EXACT({cells},"{quoted}")'


def write_summary(book: Book, model: ReportModel, lists: Sequence[Laid], words: Words) -> None:
    """Stock by status and turnover per category; every amount and ratio is a live formula."""
    page = book.add_worksheet(words.text("Summary"))
    page.write_string(0, 0, readable_text(words.plain(model.summary.title)), strong_format(book))
    page.write_string(1, 0, stamp(model, words))
    for at, name in enumerate(HEADS):
        page.write_string(HEAD_ROW, at, words.text(name), head_format(book))
    _rows(book, page, model, _lists(model, lists, words))
    page.set_column(0, 0, 34)
    page.set_column(1, 5, WIDTHS["money"])
    page.set_column(DEAD_SHARE, DIO, WIDTHS["ratio"])
    page.freeze_panes(HEAD_ROW + 1, 1)
    print_setup(page)


def stamp(model: ReportModel, words: Words) -> str:
    """What the amounts are in, of which day they are, and whose eyes they are for."""
    money = words.text("Amounts in %(currency)s") % {"currency": words.figures.exact_unit.word}
    text = words.text("Data as of %(day)s · Run %(run)s · Confidential – for the management board")
    said = text % {
        "day": words.figures.day(model.cover.as_of),
        "run": model.cover.run_label,
    }
    return money + words.text(" · ") + said


def _lists(model: ReportModel, lists: Sequence[Laid], words: Words) -> _Lists:
    by_name = {each.sheet.name: each for each in lists}
    company = model.cover.company
    return _Lists(
        stock=by_name[words.text("Stock status")],
        turnover=by_name[words.text("Turnover")],
        company=words.text("Group") if company == GROUP else company,
        days_per_year=None if model.windows else model.quality.policy.days_per_year,
        words=words,
    )


@dataclass(frozen=True)
class _Lines:
    """Lines of one look on the page."""

    page: Page
    lists: _Lists
    looks: Mapping[str, Any]

    def word(self, row: int, column: int, reason: str | None, kind: str) -> None:
        """A reason in words where there is no number."""
        text = self.lists.words.text(REASONS[reason]) if reason else ""
        self.page.write_string(row, column, text, self.looks[kind])

    def amount(self, row: int, column: int, formula: str, value: Decimal) -> None:
        """A formula with the value it has now."""
        self.page.write_formula(row, column, formula, self.looks["money"], float(value))

    def statuses(self, row: int, stock: DeadStock) -> None:
        """Stock by status, what moves as what is left; in words where its cost is unknown."""
        if stock.is_costless:
            self.word(row, 1, stock.reason, "money")
            return
        self.amount(row, 1, self.lists.stock_of(row), stock.value)
        parts = (("dead", stock.dead), ("slow", stock.slow), ("new", stock.new))
        for column, (status, value) in enumerate(parts, start=2):
            self.amount(row, column, self.lists.stock_of(row, status), value)
        left = f"=B{row + 1}-C{row + 1}-D{row + 1}-E{row + 1}"
        self.amount(row, 5, left, stock.moving)

    def total(self, first: int, row: int, stock: DeadStock) -> None:
        """The sum of the lines from the first on."""
        if stock.is_costless:
            self.word(row, 1, stock.reason, "money")
            return
        values = (stock.value, stock.dead, stock.slow, stock.new, stock.moving)
        for column, value in enumerate(values, start=1):
            letter = LETTERS[column]
            formula = f"=SUM({letter}{first + 1}:{letter}{row})" if row > first else "=0"
            self.amount(row, column, formula, value)

    def dead_share(self, row: int, stock: DeadStock) -> None:
        """Dead ÷ stock, or the reason why there is no share."""
        if stock.dead_share is None:
            self.word(row, DEAD_SHARE, stock.reason, "share")
            return
        formula = f"=C{row + 1}/B{row + 1}"
        self.page.write_formula(row, DEAD_SHARE, formula, self.looks["share"], stock.dead_share)

    def speed(self, row: int, line: MemberLine | Turnover | None, dimension: str) -> None:
        """Turns and the days they stand for; nothing where there are none."""
        if line is None or line.turnover is None:
            return
        turns, days = self.lists.turns_of(row, dimension), self.lists.days_of(row)
        self.ratio(row, TURNS, turns, line.turnover)
        if line.dio is not None:
            self.ratio(row, DIO, days, line.dio)

    def ratio(self, row: int, column: int, formula: str | None, value: float) -> None:
        """A ratio, as a formula where the lists behind it have the page's window."""
        look = self.looks["ratio" if column == TURNS else "days"]
        if formula is None:
            self.page.write_number(row, column, value, look)
        else:
            self.page.write_formula(row, column, formula, look, value)


def _rows(book: Book, page: Page, model: ReportModel, lists: _Lists) -> None:
    table = next((one for one in model.dead_stock.tables if one.dimension == "category"), None)
    lines = (*table.lines, *table.rest) if table else ()
    speeds = {line.label: line for line in (*model.categories.lines, *model.categories.others)}
    first, last = HEAD_ROW + 1, HEAD_ROW + 1 + len(lines)
    usual = _Lines(page, lists, {kind: book.add_format(look) for kind, look in FORMATS.items()})
    for row, line in enumerate(lines, start=first):
        page.write_string(row, 0, readable_text(lists.words.label(line.label)))
        usual.statuses(row, line.dead)
        usual.dead_share(row, line.dead)
        usual.speed(row, speeds.get(line.label), "category")
    strong = {kind: book.add_format({**look, **STRONG}) for kind, look in FORMATS.items()}
    end = _Lines(page, lists, strong)
    page.write_string(last, 0, lists.words.text("Total"), strong_format(book))
    end.total(first, last, model.dead_stock.total)
    end.dead_share(last, model.dead_stock.total)
    end.speed(last, model.categories.total, "company")
    if lines:
        page.conditional_format(first, 2, last - 1, 2, {"type": "data_bar", "bar_color": "#DFA65A"})
