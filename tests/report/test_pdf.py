"""The PDF: it opens, is tagged, keeps within its boxes, and takes nothing from outside."""

import mimetypes
import re
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.report.documents import XLSX, Documents, documents
from pipeline.report.html import html
from pipeline.report.inputs import ReportInput
from pipeline.report.model import ReportModel, report_model
from pipeline.report.pdf import Attached, laid_out, missing_characters, print_pdf, served
from pipeline.report.render import MEMORY_BYTES, ReportFailed, reason, render
from pipeline.report.sentences import Page, Sentence
from pipeline.report.translate import LANGUAGES, Words
from pipeline.resources import template_folder
from tests.house.strangers import MARK, stand_among_strangers
from tests.report.sample import empty_input, sample_input

LONG = "Stainless hexagon flange bolt with serrated bearing face M12x1.25, zinc plated, box of 250"
LONG_ZH = "不锈钢六角法兰面带齿防松螺栓镀锌每盒二百五十件" * 4
UNBROKEN = "X" * 90


def boxes(box: Any) -> Iterator[Any]:
    """A box and all that stands inside it."""
    yield box
    for inner in getattr(box, "all_children", lambda: ())():
        yield from boxes(inner)


def overflowing(document: Any) -> list[str]:
    """Texts and figures that reach beyond the printable width of their page."""
    found: list[str] = []
    for sheet in document.pages:
        whole = sheet._page_box  # noqa: SLF001 - the boxes are what is tested
        for box in boxes(whole):
            kind = type(box).__name__
            if kind not in {"TextBox", "InlineReplacedBox", "BlockReplacedBox", "TableCellBox"}:
                continue
            right = box.position_x + box.width
            if right > whole.width + whole.margin_left + whole.margin_right - 40:
                found.append(f"{kind} {getattr(box, 'text', '')!r} at {right:.0f}")
    return found


def outside_their_cells(document: Any) -> list[str]:
    """Texts wider than the table cell they stand in."""
    found: list[str] = []
    for sheet in document.pages:
        for cell in boxes(sheet._page_box):  # noqa: SLF001
            if type(cell).__name__ != "TableCellBox":
                continue
            edge = cell.position_x + cell.border_width() + 1
            found += [
                text.text
                for text in boxes(cell)
                if type(text).__name__ == "TextBox" and text.position_x + text.width > edge
            ]
    return found


def first_lines(document: Any) -> list[str]:
    """The first line of every list item that takes more than one."""
    found: list[str] = []
    for item in (box for sheet in document.pages for box in boxes(sheet._page_box)):  # noqa: SLF001
        if item.element_tag != "li":
            continue
        lines = [
            "".join(getattr(text, "text", "") for text in boxes(line))
            for line in item.children
            if type(line).__name__ == "LineBox"
        ]
        if len(lines) > 1:
            found.append(lines[0])
    return found


def unpacked(pdf: bytes) -> bytes:
    """A PDF with its packed objects readable."""
    found = [pdf]
    for packed in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        with suppress(zlib.error):
            found.append(zlib.decompress(packed))
    return b"\n".join(found)


def named(given: ReportInput, name: str) -> ReportInput:
    """The input with every name that long."""
    return replace(
        given,
        items=given.items.with_columns(name=pl.lit(name)),
        members=given.members.with_columns(name=pl.lit(name), name_zh=pl.lit(name)),
        titles={"en": name, "zh": name},
    )


@cache
def sample_documents(language: str) -> Documents:
    """The documents of the usual input."""
    return documents(sample_input(), language, f"group.{language}")


@cache
def sample_laid_out(language: str) -> Any:
    """The laid out page of the usual input, to look at."""
    return laid_out(html(report_model(sample_input()), language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_has_its_pages_and_no_warning(language: str) -> None:
    made = sample_documents(language)
    assert made.warnings == ()
    assert made.pages == 9
    assert made.pdf.startswith(b"%PDF-")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_page_ends_with_the_contents(language: str) -> None:
    document = sample_laid_out(language)
    anchors = [sorted(page.anchors) for page in document.pages]
    assert "summary" in anchors[0]
    assert [number for number, names in enumerate(anchors) if "trend" in names] == [1]


def test_a_line_is_never_broken_at_its_first_word_for_a_page_number_that_just_fits() -> None:
    # The width shrinks by 0.2 mm, so that somewhere all but the last bracket fits on the line.
    point = Sentence(
        "Returns or smaller orders with %(names)s: %(held)s of the dead stock came from there "
        "(page %(page)s).",
        {
            "names": "Aurora Components and Ember Appliance Factory",
            "held": "33%",
            "page": Page("suppliers"),
        },
    )
    said = Words("en", "CNY").sentence(point)
    style = '<link rel="stylesheet" href="report.css">'
    items = "".join(f"<li style='width: {177 - room * 0.2}mm'>{said}" for room in range(60))
    document = laid_out(
        f"<html>{style}<body data-report='' data-stamp=''><ul>{items}</ul>"
        "<h1 id='suppliers'>Suppliers</h1>"
    )
    lengths = [len(line) for line in first_lines(document)]
    assert 0 < len(lengths) < 60
    assert min(lengths) > 60


def test_title_author_language_and_outline_are_set() -> None:
    document = sample_laid_out("zh")
    assert document.metadata.title == "周转提速，但有 4 个品类变慢 · 北辰集团（样例）"
    assert document.metadata.authors == ["北辰集团（样例）"]
    assert document.metadata.lang == "zh-Hans"
    outline = document.make_bookmark_tree()
    assert len(outline) == 8
    assert any(entry[2] for entry in outline)  # two levels


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_outline_has_no_character_that_only_keeps_a_line_together(
    language: str, model: ReportModel
) -> None:
    page = html(model, language)
    assert "\u2060" in page or language == "en"
    sheets = sample_laid_out(language).pages
    labels = [label for sheet in sheets for _, label, *_ in sheet.bookmarks]
    assert len(labels) > 15
    assert [label for label in labels if "\u2060" in label or "\u00a0" in label] == []


@pytest.mark.parametrize(
    ("language", "name"),
    [
        pytest.param("en", LONG, marks=pytest.mark.acceptance),
        ("zh", LONG_ZH),
        ("en", UNBROKEN),
        pytest.param("zh", UNBROKEN, marks=pytest.mark.acceptance),
    ],
)
def test_long_names_stay_within_their_boxes(language: str, name: str) -> None:
    document = laid_out(html(report_model(named(sample_input(), name)), language))
    assert overflowing(document) == []
    assert outside_their_cells(document) == []


def test_the_overflow_check_sees_an_overflow() -> None:
    wide = "<table style='width: 20mm; table-layout: fixed'><tr><td>unbrokenunbroken</td></table>"
    assert outside_their_cells(laid_out(wide)) == ["unbrokenunbroken"]
    far = laid_out("<p style='width: 400mm; text-align: right'>far</p>")
    assert len(overflowing(far)) == 1


def test_the_same_input_gives_the_same_bytes() -> None:
    first = sample_documents("zh")
    again = documents(sample_input(), "zh", "group.zh")
    assert first.pdf == again.pdf
    assert first.xlsx == again.xlsx


@pytest.mark.parametrize("host", ["", "application/x-odd xlsx\n"])
def test_the_attached_workbook_has_its_type_whatever_the_host_knows(
    host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """/etc/mime.types is a package of its own that slim images lack, and anybody may edit it."""
    page = "<html lang=en><title>Stock</title><p>Stock</p>"
    lists = (Attached("group.en.xlsx", b"PK", "All lists", XLSX),)
    here = print_pdf(page, sample_input().as_of, lists)
    types = tmp_path / "mime.types"
    types.write_text(host)
    monkeypatch.setattr(mimetypes, "knownfiles", [str(types)])
    mimetypes.init()
    try:
        elsewhere = print_pdf(page, sample_input().as_of, lists)
    finally:
        monkeypatch.undo()
        mimetypes.init()

    assert b"/application#2fvnd.openxmlformats-officedocument.spreadsheetml.sheet" in here.pdf
    assert elsewhere.pdf == here.pdf


def test_an_empty_month_gives_a_valid_report_that_says_so() -> None:
    made = documents(empty_input(), "en", "group.en")
    assert made.warnings == ()
    assert made.pages == 2
    page = html(report_model(empty_input()), "en")
    assert "the ledger holds no stock and no movement" in page
    assert "No stock and no movement on record for this period" in page


@pytest.mark.parametrize("language", [pytest.param("en", marks=pytest.mark.acceptance), "zh"])
def test_a_report_without_a_year_of_history_says_why(language: str) -> None:
    given = sample_input()
    short = given.turnover.with_columns(
        turnover=pl.lit(None, pl.Float64),
        dio_days=pl.lit(None, pl.Float64),
        average_inventory=pl.lit(None, pl.Float64),
        reason=pl.lit("short_history"),
    ).filter(pl.col("as_of") == given.as_of)
    young = replace(
        given,
        turnover=short,
        trend=given.trend.with_columns(turnover=pl.lit(None, pl.Float64)).tail(20),
        daily=given.daily.filter(pl.col("day") > given.as_of - timedelta(days=70)),
        dead_stock=given.dead_stock.filter(pl.col("as_of") == given.as_of),
        benchmarks=given.benchmarks.clear(),
    )
    made = documents(young, language, "group")
    assert made.warnings == ()
    assert {"en": "short history", "zh": "期间不足"}[language] in html(
        report_model(young), language
    )


def test_a_character_without_a_font_is_a_line_on_the_page_and_a_warning() -> None:
    made = documents(named(empty_input(), "Parka \U0001f600 new"), "en", "group.en")
    assert made.warnings == ("group.en: no font of the report has U+1F600; shown as □",)


def test_every_chinese_character_of_a_name_can_be_drawn() -> None:
    # Rare ones, and the whole first plane of GB2312.
    codes = [bytes((high, low)) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFA)]
    plane = "".join(code.decode("gb2312", "ignore") for code in codes) + "镕喆堃龘"
    assert missing_characters(plane) == ""


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "https://example.org/style.css",
        "file:///report_templates/../etc/passwd",
        "data:text/css,*{color:red}",
        "file://host/etc/passwd",
    ],
)
def test_nothing_but_the_reports_own_files_is_served(url: str) -> None:
    with pytest.raises(ValueError, match="may not load"):
        served(url)


def test_the_way_out_of_the_folder_is_closed() -> None:
    inside = template_folder().as_uri()
    assert served(f"{inside}/report.css").name == "report.css"
    with pytest.raises(ValueError, match="may not load"):
        served(f"{inside}/../pyproject.toml")
    with pytest.raises(ValueError, match="may not load"):
        served(f"{inside}/%2e%2e/pyproject.toml")


def test_a_page_that_asks_for_a_local_file_gets_none(tmp_path: Path) -> None:
    secret = tmp_path / "secret.svg"
    secret.write_text("<svg xmlns='http://www.w3.org/2000/svg'><text>secret</text></svg>")
    page = f"<html lang=en><title>x</title><img alt=x src='{secret.as_uri()}'>"
    printed = print_pdf(page, sample_input().as_of)
    assert any("may not load" in warning for warning in printed.warnings)


def test_rendering_leaves_both_files_whole_and_measures_itself(tmp_path: Path) -> None:
    made = render(sample_input(), "en", tmp_path, "group.en")
    assert made.warnings == ()
    assert made.pages == 9
    assert made.pdf == tmp_path / "group.en.pdf"
    assert made.xlsx.read_bytes().startswith(b"PK")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "group.en.mail.html",
        "group.en.mail.txt",
        "group.en.pdf",
        "group.en.xlsx",
    ]
    assert 0 < made.cpu_seconds < 20  # the figure itself is the benchmark's business
    content = unpacked(made.pdf.read_bytes())
    assert b"(en-GB)" in content
    assert b"/EmbeddedFile" in content
    assert b"(group.en.xlsx)" in content
    assert b"/MarkInfo" in content
    assert b"pdfuaid:part" in content
    assert b"D:20261031000000" in content


def test_the_child_imports_nothing_from_the_folder_somebody_stands_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file bisect.py where `stockturn report` is typed was executed, and broke every report."""
    stand_among_strangers(tmp_path)
    monkeypatch.chdir(tmp_path)

    made = render(empty_input(), "en", tmp_path / "reports", "group.en")

    assert made.pdf.exists()
    assert not (tmp_path / MARK).exists()


def test_a_report_that_runs_wild_is_stopped_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.report.render.SECONDS", 0.05)
    with pytest.raises(ReportFailed, match=r"group\.en took longer"):
        render(sample_input(), "en", tmp_path, "group.en")
    assert list(tmp_path.iterdir()) == []


def test_a_report_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    broken = sample_input(turnover=sample_input().turnover.drop("cogs"))
    with pytest.raises(ReportFailed, match="cogs"):
        render(broken, "en", tmp_path, "group.en")
    assert list(tmp_path.iterdir()) == []


def test_a_document_that_computes_for_too_long_is_stopped_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The usual page, given a second."""
    monkeypatch.setattr("pipeline.report.render.CPU_SECONDS", 1)
    words = "group.en took more than 1 s of computing and was stopped"
    with pytest.raises(ReportFailed, match=words):
        render(sample_input(), "en", tmp_path, "group.en")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("code", "said", "words"),
    [
        (1, "Traceback\nMemoryError", "needed more than 2048 MB of memory and was stopped"),
        (-6, "memory allocation of 9 bytes failed", "needed more than 2048 MB of memory"),
        (1, "Traceback\nKeyError: 'cogs'", "could not be made: KeyError: 'cogs'"),
        (-15, "", "could not be made: signal 15"),
    ],
)
def test_why_a_child_gave_no_document_is_told_in_words(code: int, said: str, words: str) -> None:
    assert words in reason(code, said)


def test_the_child_has_a_limit_of_memory() -> None:
    wild = (
        "import resource; resource.setrlimit(resource.RLIMIT_DATA, (2**28, 2**28)); "
        "print(len(bytearray(2**29)))"
    )
    done = subprocess.run([sys.executable, "-c", wild], capture_output=True, check=False)
    assert b"MemoryError" in done.stderr
    assert MEMORY_BYTES <= 2 * 1024**3
