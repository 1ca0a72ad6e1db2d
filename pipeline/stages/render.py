"""From published figures to documents: PDF, workbook and mail text of every audience."""

from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from pathlib import Path

from pipeline.report.inputs import ReportInput
from pipeline.report.render import RenderedReport, ReportFailed, render
from pipeline.settings import Site
from pipeline.stages.progress import Say
from pipeline.stages.published_views import AS_OF
from pipeline.stages.report_inputs import Audience, Reporting, audiences
from pipeline.warehouse import Warehouse
from pipeline.wording import counted

CHILDREN = 2
"""So many documents are made at a time: each takes a core and some hundred megabytes."""


def report_folder(site: Site, as_of: date) -> Path:
    """Where the documents of a day stand."""
    return site.reports / as_of.isoformat()


def mail_file(site: Site, as_of: date, audience: Audience, language: str) -> Path:
    """Where the words of the mail stand that brings a report: subject, empty line, body."""
    return report_folder(site, as_of) / f"{audience.file_name}.{language}.mail.txt"


def make_documents(
    warehouse: Warehouse,
    as_of: date,
    languages: Sequence[str],
    held: Collection[str],
    say: Say,
) -> Iterator[tuple[str, list[RenderedReport], list[str]]]:
    """PDF, workbook and mail text for every audience that is not held, language by language.

    What of it could not be made comes in words beside it; the others are made all the same.
    """
    site = warehouse.site
    wanted = [each for each in audiences(site) if each.company not in held]
    given = _given(warehouse, as_of, wanted, say)
    with ThreadPoolExecutor(CHILDREN) as pool:
        making = {
            language: [_begun(pool, site, one, each, language) for each, one in given.items()]
            for language in languages
        }
        try:
            for language, documents in making.items():
                yield language, *_finished(documents, say)
        finally:
            pool.shutdown(cancel_futures=True)


def _begun(
    pool: ThreadPoolExecutor, site: Site, given: ReportInput, audience: Audience, language: str
) -> Future[RenderedReport]:
    words = mail_file(site, given.as_of, audience, language)
    words.unlink(missing_ok=True)  # it speaks of an older document: that is not mailed
    folder, name = report_folder(site, given.as_of), f"{audience.file_name}.{language}"
    return pool.submit(render, given, language, folder, name)


def _finished(
    documents: Sequence[Future[RenderedReport]], say: Say
) -> tuple[list[RenderedReport], list[str]]:
    """The documents that were made, and why the others were not."""
    made: list[RenderedReport] = []
    failed: list[str] = []
    for each in documents:
        try:
            made.append(each.result())
        except ReportFailed as failure:
            failed.append(str(failure))
            say(str(failure))
            continue
        say(f"report: {made[-1].pdf} ({counted(made[-1].pages, 'page')})")
    return made, failed


def _given(
    warehouse: Warehouse, as_of: date, wanted: Sequence[Audience], say: Say
) -> dict[Audience, ReportInput]:
    """What each audience's report says, read once for all languages."""
    if not wanted or not warehouse.has(AS_OF):
        return {}
    reporting = Reporting(warehouse, as_of)
    told = {each: reporting.given(each) for each in wanted if reporting.knows(each.company)}
    for audience in wanted:
        if audience not in told:
            say(f"report: {audience.company} has delivered nothing yet, there is none of it")
    return told
