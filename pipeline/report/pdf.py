"""HTML to PDF with WeasyPrint: the one module that pyright cannot check, for want of stubs.

Only the fonts of `report_templates/fonts` are known, only files of `report_templates` are served,
and the bytes depend on nothing but the page: dates are the report's own, the identifier is a hash.
"""
# pyright: basic

import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from pipeline.report.translate import JOINER, NO_BREAK
from pipeline.resources import template_folder

FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
</fontconfig>
"""
TOFU = "\u25a1"
VARIANT = "pdf/ua-1"
UNSEEN = {"\n", "\t", JOINER}


@dataclass(frozen=True)
class Printed:
    """A PDF and what its making had to say."""

    pdf: bytes
    pages: int
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Attached:
    """A file that travels inside the PDF."""

    name: str
    content: bytes
    description: str
    kind: str  # its MIME type: the machine that prints need not know it


def use_own_fonts(folder: Path) -> None:
    """Let this process see the report's fonts only; call it before the first text is laid out."""
    config = folder / "fonts.conf"
    # Scanning 22 MB of fonts costs half a second, so what was found is kept between runs.
    cache_folder = Path(gettempdir()) / f"stockturn-fonts-{os.getuid()}"
    config.write_text(
        FONTS.format(fonts=template_folder() / "fonts", cache=cache_folder), encoding="utf-8"
    )
    os.environ["FONTCONFIG_FILE"] = str(config)


def print_pdf(page: str, on: date, attachments: tuple[Attached, ...] = ()) -> Printed:
    """The page as a tagged PDF (PDF/UA-1) with its attachments."""
    import weasyprint  # noqa: PLC0415 - heavy, and only the child process needs it

    moment = datetime.combine(on, time(), UTC)
    with _warnings() as warnings:
        document = laid_out(page)
        pdf = document.write_pdf(
            pdf_variant=VARIANT,
            pdf_identifier=hashlib.sha256(page.encode()).digest()[:16],
            attachments=[
                weasyprint.Attachment(
                    url=f"attached:{quote(one.name)}",
                    url_fetcher=_only(one),
                    name=one.name,
                    description=one.description,
                    created=moment,
                    modified=moment,
                    relationship="Supplement",
                )
                for one in attachments
            ],
        )
    return Printed(pdf or b"", len(document.pages), tuple(warnings))


def laid_out(page: str) -> Any:
    """The page as WeasyPrint lays it out: its boxes, bookmarks and metadata."""
    import weasyprint  # noqa: PLC0415

    document = weasyprint.HTML(
        string=page, base_url=template_folder().as_uri() + "/", url_fetcher=_fetcher()
    ).render()
    for sheet in document.pages:
        # A viewer may draw the joiner as a box: an outline is not broken into lines.
        sheet.bookmarks = [
            (level, label.replace(JOINER, "").replace(NO_BREAK, " "), *rest)
            for level, label, *rest in sheet.bookmarks
        ]
    return document


def served(url: str) -> Path:
    """The file of the report's own folder that a URL names.

    Raises:
        ValueError: it is anything else; the caller's page must not reach beyond the folder.
    """
    parts = urlsplit(url)
    folder = template_folder().resolve()
    path = Path(unquote(parts.path)).resolve()
    if parts.scheme != "file" or parts.netloc or not path.is_relative_to(folder):
        message = f"the report may not load {url}"
        raise ValueError(message)
    return path


def _fetcher() -> Any:
    from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: PLC0415

    kinds = {".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png"}

    class OwnFiles(URLFetcher):
        """Serves files of `report_templates`, and nothing else on earth."""

        def fetch(self, url: str, headers: Any = None) -> Any:  # noqa: ARG002
            path = served(url)
            kind = kinds[path.suffix]
            return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})

    return OwnFiles()


def _only(one: Attached) -> Any:
    """What serves one attachment with its type, which would else be the host's guess."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: PLC0415

    class Only(URLFetcher):
        """Serves the attachment, and nothing else on earth."""

        def fetch(self, url: str, headers: Any = None) -> Any:  # noqa: ARG002
            return URLFetcherResponse(url, one.content, {"Content-Type": one.kind})

    return Only()


@contextmanager
def _warnings() -> Iterator[list[str]]:
    """What WeasyPrint logs while a page is made, each message once."""
    heard: dict[str, None] = {}

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard[record.getMessage()] = None

    logger, listener = logging.getLogger("weasyprint"), Listener(logging.WARNING)
    texts: list[str] = []
    logger.addHandler(listener)
    propagates, logger.propagate = logger.propagate, False
    try:
        yield texts
    finally:
        logger.removeHandler(listener)
        logger.propagate = propagates
        texts.extend(heard)


def missing_characters(text: str) -> str:
    """Characters of a text that none of the report's fonts can draw, each once, in order."""
    return "".join(sorted(one for one in set(text) - UNSEEN if ord(one) not in _drawable()))


@cache
def _drawable() -> frozenset[int]:
    from fontTools.ttLib import TTFont  # noqa: PLC0415 - comes with WeasyPrint

    known: set[int] = set()
    for path in sorted((template_folder() / "fonts").glob("*400Regular.ttf")):
        with TTFont(path, lazy=True) as font:
            # Any names do: making up those of thirty thousand glyphs takes longer than all else.
            font.setGlyphOrder([str(glyph) for glyph in range(font["maxp"].numGlyphs)])
            known |= set(font.getBestCmap() or {})
    return frozenset(known)
