"""From finished documents to the outbox; how a held or failed night is told to the engineers."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime

from pipeline import warehouse
from pipeline.delivery.outbox import MailState
from pipeline.delivery.sending import Document, Hold, Sending, deliver
from pipeline.delivery.sending import Run as RunOf
from pipeline.settings import GROUP, Site, StockturnError, TryAgainLater
from pipeline.stages.render import mail_file, report_folder
from pipeline.stages.report_inputs import Audience

FAILED = "run"


def post(
    site: Site,
    as_of: date,
    run: RunOf,
    held: Mapping[str, tuple[str, ...]],
) -> tuple[Sending, ...]:
    """Mail what is finished to its subscribers; of what is held, tell the data engineers."""
    documents, holds = due(site, as_of, held)
    with warehouse.SiteState(site) as state, state.alone_in_mailing():
        return deliver(state, site.settings, run, documents, holds)


def due(
    site: Site,
    as_of: date,
    held: Mapping[str, tuple[str, ...]],
) -> tuple[list[Document], list[Hold]]:
    """The finished documents of a day that subscribers wait for, and what is held of them."""
    documents = [
        document
        for audience in dict.fromkeys(Audience(each.company) for each in site.settings.subscription)
        if audience.company not in held
        for language in site.settings.site.languages
        for document in _document(site, as_of, audience, language)
    ]
    wanted = {each.company for each in site.settings.subscription} | {GROUP}
    holds = [
        Hold(company, as_of, reasons) for company, reasons in held.items() if company in wanted
    ]
    return documents, holds


def raise_for_failed(sent: Iterable[Sending]) -> None:
    """Nothing where the relay took every mail; a failed one is tried again, and goes out once.

    Raises:
        TryAgainLater: the relay did not take a mail.
        StockturnError: nobody knows whether it took one; a person has to ask.
    """
    mailed = [each for each in sent if each.message_id]
    failed = _told(mailed, MailState.FAILED)
    unknown = _told(mailed, MailState.UNKNOWN)
    ask = (
        f"Nobody knows whether a mail arrived: {unknown}. Ask a recipient, then say so with "
        "'stockturn mail'; it is not sent again by itself"
    )
    if failed:
        message = f"Mail was not taken by the relay: {failed}. Run that day again with --mail"
        raise TryAgainLater(f"{message}. {ask}" if unknown else message)
    if unknown:
        raise StockturnError(ask)


def _told(sent: Iterable[Sending], state: MailState) -> str:
    return "; ".join(
        f"{', '.join(each.recipients)}: {each.note}" for each in sent if each.state is state
    )


def tell_engineers(site: Site, run_id: str, tags: Mapping[str, str], words: str) -> None:
    """Mail the data engineers why a run failed, once."""
    as_of = site.today()
    run = RunOf(run_id, dict(tags), datetime.now(UTC))
    with warehouse.SiteState(site) as state, state.alone_in_mailing():
        deliver(state, site.settings, run, (), [Hold(GROUP, as_of, (words,), report=FAILED)])


def _document(site: Site, as_of: date, audience: Audience, language: str) -> list[Document]:
    folder = report_folder(site, as_of)
    name = f"{audience.file_name}.{language}"
    pdf, book, page = (folder / f"{name}.{end}" for end in ("pdf", "xlsx", "mail.html"))
    words = mail_file(site, as_of, audience, language)
    if not (pdf.is_file() and words.is_file()):
        return []
    files = (pdf, *([book] if book.is_file() else []))
    marked = page.read_text(encoding="utf-8") if page.is_file() else ""
    subject, _, body = words.read_text(encoding="utf-8").partition("\n\n")
    base = site.settings.site.report_url
    link = f"{base.rstrip('/')}/{as_of}/{pdf.name}" if base else str(pdf)
    return [Document(audience.company, as_of, language, subject, body, files, link, page=marked)]
