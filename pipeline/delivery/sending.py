"""Who is mailed what after a run: subscriptions meet documents, and the outbox decides.

Only a run of the schedule, or one that a person tagged `mail=yes`, mails.  Backfills and reruns
never do, and a corrected report goes out again only when asked for.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from email.message import EmailMessage
from pathlib import Path

from pipeline.delivery import transport
from pipeline.delivery.cadence import is_due
from pipeline.delivery.message import Letter, address_of, compose, message_id
from pipeline.delivery.outbox import MailState, Outbox, Plan, Posted, Rows
from pipeline.delivery.transport import Relay
from pipeline.settings import MailSettings, Settings, Subscription

Post = Callable[[EmailMessage, Relay], Posted]

REPORT, HOLD = "inventory", "hold"
EXECUTIVES, ENGINEERS = "executives", "engineers"
NOBODY = "stockturn@localhost"  # the sender where no mail is configured
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Document:
    """A finished report in one language: the files, and the words of the mail that brings them."""

    company: str
    as_of: date
    language: str
    subject: str
    body: str
    attachments: tuple[Path, ...]
    link: str | None = None
    report: str = REPORT
    page: str = ""


@dataclass(frozen=True)
class Hold:
    """A report that must not go out, because of these failed checks."""

    company: str
    as_of: date
    reasons: tuple[str, ...]
    report: str = REPORT


@dataclass(frozen=True)
class Run:
    """The run that asks, and when; its tags say whether it mails."""

    run_id: str
    tags: Mapping[str, str]
    now: datetime

    @property
    def mails(self) -> bool:
        """Whether mail leaves after this run."""
        if "dagster/backfill" in self.tags:
            return False
        return self.asked_for or ("dagster/schedule_name" in self.tags and not self._is_rerun)

    @property
    def asked_for(self) -> bool:
        """Whether a person asked for mail."""
        return self.tags.get("mail") == "yes"

    @property
    def _is_rerun(self) -> bool:
        """Started again by a person; the daemon's own retry of a crashed night is no rerun."""
        return "dagster/parent_run_id" in self.tags and "dagster/retry_number" not in self.tags


@dataclass(frozen=True)
class Sending:
    """What became of one mail."""

    company: str
    language: str
    recipients: tuple[str, ...]
    state: MailState
    message_id: str = ""
    refused: Mapping[str, str] = field(default_factory=dict[str, str])
    note: str = ""


def deliver(  # noqa: PLR0913
    rows: Rows,
    settings: Settings,
    run: Run,
    documents: Collection[Document],
    holds: Collection[Hold] = (),
    *,
    post: Post = transport.post,
) -> tuple[Sending, ...]:
    """Mail each document to its subscribers, once; tell the data engineers of what is held.

    Raises:
        ConfigurationError: an address in site.toml is none; nothing has been sent.
    """
    for mailbox in _mailboxes(settings):
        address_of(mailbox)
    outbox = Outbox(rows)
    outbox.mark_interrupted(run.now)
    office = _Office(outbox, settings, run, post)
    return (
        *(
            sending
            for subscription in settings.subscription
            for sending in office.serve(subscription, documents, holds)
        ),
        *(sending for held in holds for sending in office.warn(held)),
    )


def deliver_again(  # noqa: PLR0913, PLR0917
    rows: Rows,
    settings: Settings,
    run: Run,
    identity: str,
    documents: Collection[Document],
    holds: Collection[Hold] = (),
    *,
    post: Post = transport.post,
) -> Sending | None:
    """Send one mail of which a person says that it did not arrive, and no other.

    None where it cannot be written as it was: its report was made anew or is gone, or it has
    other recipients now.
    """
    office = _Office(Outbox(rows), settings, run, post)
    return next(
        (office.send(letter) for letter in office.letters(documents, holds, identity)), None
    )


@dataclass(frozen=True)
class _Office:
    """Everything that is the same for all letters of a run."""

    outbox: Outbox
    settings: Settings
    run: Run
    post: Post

    def serve(
        self,
        subscription: Subscription,
        documents: Collection[Document],
        holds: Collection[Hold],
    ) -> tuple[Sending, ...]:
        """What becomes of one subscription."""
        served = (
            *(
                self._keep(_held_letter(self.settings, subscription, held), held)
                for held in holds
                if held.company == subscription.company
            ),
            *(
                self.send(_letter(self.settings, subscription, document))
                for document in documents
                if _fits(subscription, document)
            ),
        )
        return served or (_missing(subscription),)

    def warn(self, held: Hold) -> tuple[Sending, ...]:
        """Tell the data engineers, if any are named, why a report is held."""
        return tuple(self.send(letter) for letter in self._warnings(held))

    def letters(
        self,
        documents: Collection[Document],
        holds: Collection[Hold],
        identity: str,
    ) -> Iterator[Letter]:
        """Those letters of a run that have an identity: one or none."""
        written = (
            *(
                _letter(self.settings, subscription, document)
                for subscription in self.settings.subscription
                for document in documents
                if _fits(subscription, document)
            ),
            *(letter for held in holds for letter in self._warnings(held)),
        )
        for letter in written:
            numbered = self._numbered(letter, _digest(letter))
            if message_id(numbered, self._sender) == identity:
                yield letter

    def _warnings(self, held: Hold) -> tuple[Letter, ...]:
        engineers = self.settings.mail.engineers if self.settings.mail else ()
        return (_warning(self.settings, held, engineers),) if engineers else ()

    @property
    def _sender(self) -> str:
        return self.settings.mail.sender if self.settings.mail else NOBODY

    def _numbered(self, letter: Letter, content: str) -> Letter:
        return replace(letter, revision=self.outbox.revision(letter, content))

    def send(self, letter: Letter) -> Sending:
        """Record a letter and, where that is right, claim and post it."""
        content = _digest(letter)
        letter = self._numbered(letter, content)
        identity = message_id(letter, self._sender)
        why_not = self._reason_against(letter)
        state = MailState.SUPPRESSED if why_not else MailState.PLANNED
        plan = Plan(identity, letter, content, state, self.run.run_id, why_not)
        self.outbox.record(plan, self.run.now)
        mail = self.settings.mail
        if mail is not None and not why_not:
            self._post(letter, mail, identity)
        return _result(self.outbox, letter, identity)

    def _keep(self, letter: Letter, held: Hold) -> Sending:
        """Record that a subscriber's report is held."""
        identity = message_id(letter, self._sender)
        plan = Plan(identity, letter, "", MailState.HELD, self.run.run_id, "; ".join(held.reasons))
        self.outbox.record(plan, self.run.now)
        return _result(self.outbox, letter, identity)

    def _post(self, letter: Letter, mail: MailSettings, identity: str) -> None:
        """Write the mail, claim it, and only then let the relay hear of it."""
        limit = int(mail.max_attachment_mb * MEGABYTE)
        written, relay = compose(letter, mail.sender, self.run.now, limit), Relay.of(mail)
        if self.outbox.claim(identity, self.run.now):
            self.outbox.settle(identity, self.post(written, relay), self.run.now)

    def _reason_against(self, letter: Letter) -> str:
        """Why a letter stays here, empty if it may leave."""
        if self.settings.mail is None:
            return "site.toml has no [mail]"
        if not self.run.mails:
            return "not a run of the schedule; tag it mail=yes to mail"
        if not is_due(letter.days, letter.as_of, self.outbox.last_day_before(letter)):
            return f"its readers want only reports of: {', '.join(letter.days)}"
        is_report = letter.audience == EXECUTIVES
        if is_report and not self.run.asked_for and self.outbox.may_have_arrived_before(letter):
            return "a corrected report; tag the run mail=yes to mail it"
        return ""


def _mailboxes(settings: Settings) -> tuple[str, ...]:
    """Every address that site.toml names."""
    subscribers = (
        each for subscription in settings.subscription for each in subscription.recipients
    )
    own = (settings.mail.sender, *settings.mail.engineers) if settings.mail else ()
    return (*own, *subscribers)


def _fits(subscription: Subscription, document: Document) -> bool:
    same_company = subscription.company == document.company
    return same_company and subscription.language == document.language


def _letter(settings: Settings, subscription: Subscription, document: Document) -> Letter:
    return Letter(
        site=settings.site.name,
        report=document.report,
        company=document.company,
        as_of=document.as_of,
        audience=EXECUTIVES,
        language=document.language,
        recipients=subscription.recipients,
        subject=document.subject,
        body=document.body,
        attachments=document.attachments,
        link=document.link,
        page=document.page,
        days=subscription.days,
    )


def _held_letter(settings: Settings, subscription: Subscription, held: Hold) -> Letter:
    """The letter a subscriber does not get; without a document it has no revision."""
    return Letter(
        site=settings.site.name,
        report=held.report,
        company=held.company,
        as_of=held.as_of,
        audience=EXECUTIVES,
        language=subscription.language,
        recipients=subscription.recipients,
        subject="",
        body="",
    )


def _warning(settings: Settings, held: Hold, engineers: tuple[str, ...]) -> Letter:
    """What the data engineers read when a report is held."""
    who = "the group" if held.company == "*" else held.company
    reasons = "\n".join(f"  - {reason}" for reason in held.reasons)
    return Letter(
        site=settings.site.name,
        report=HOLD,
        company=held.company,
        as_of=held.as_of,
        audience=ENGINEERS,
        language="en",
        recipients=engineers,
        subject=f"[{settings.site.name}] Report of {held.as_of} held: {who}",
        body=(
            f"The {held.report} report of {held.as_of} for {who} was not sent, because of:\n\n"
            f"{reasons}\n\n"
            "Correct the delivery or accept it, then run that day again; "
            "tag that run mail=yes to mail the report.\n"
        ),
    )


def _missing(subscription: Subscription) -> Sending:
    """A subscription nothing was made for: somebody waits in vain and must hear of it."""
    return Sending(
        company=subscription.company,
        language=subscription.language,
        recipients=subscription.recipients,
        state=MailState.FAILED,
        note=(
            f"no report in '{subscription.language}' was made for company "
            f"'{subscription.company}': check [site] languages and [[subscription]] in site.toml"
        ),
    )


def _result(outbox: Outbox, letter: Letter, identity: str) -> Sending:
    entry = outbox.entry(identity)
    return Sending(
        company=letter.company,
        language=letter.language,
        recipients=letter.recipients,
        state=entry.state,
        message_id=identity,
        refused=entry.refused,
        note=entry.note,
    )


def _digest(letter: Letter) -> str:
    """Digest of the documents, or of the words where there are none."""
    digest = hashlib.sha256()
    for path in letter.attachments[:1]:  # the others are inside it
        digest.update(path.read_bytes())
    if not letter.attachments:
        digest.update(f"{letter.subject}\n{letter.body}".encode())
    return digest.hexdigest()
