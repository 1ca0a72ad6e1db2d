"""A letter becomes one mail: text, documents, and headers that no data can break out of."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from html import escape
from itertools import accumulate
from pathlib import Path

from pipeline.settings import ConfigurationError


class SevenBits(EmailPolicy):
    """Mail that passes every relay, with subjects that keep their spaces.

    The library's own folding loses a space between two encoded words of a long Chinese subject.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        """A header as it goes over the wire."""
        if name.lower() != "subject" or value.isascii():
            return super().fold_binary(name, value)
        folded = Header(value, "utf-8", header_name=name).encode(linesep=self.linesep)
        return f"{name}: {folded}{self.linesep}".encode("ascii")


WIRE = SevenBits(cte_type="7bit", linesep="\r\n")

UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
ADDRESS = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*"
MAILBOX = re.compile(rf'(?:"?(?P<name>[^<>"@]*?)"? *<(?P<named>{ADDRESS})>)|(?P<bare>{ADDRESS})')

TOO_LARGE = {
    "en": "The document is too large for mail ({megabytes:.1f} MB). It stands here:",
    "zh": "报告文件过大（{megabytes:.1f} MB），未随邮件发送。请在此处查看：",
}
BESIDE = {
    "en": "The workbook is too large for this mail: it is inside the PDF.",
    "zh": "工作簿过大，未随邮件发送，可在 PDF 附件内打开。",
}
SUBTYPES = {
    ".pdf": ("application", "pdf"),
    ".xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


@dataclass(frozen=True)
class Letter:
    """What one subscription gets: which document of which day, and the words around it."""

    site: str
    report: str
    company: str
    as_of: date
    audience: str
    language: str
    recipients: tuple[str, ...]
    subject: str
    body: str
    attachments: tuple[Path, ...] = ()
    """The document first; what follows is left out where there is no room for it."""
    link: str | None = None
    revision: int = 0
    page: str = ""
    """The body as HTML, if there is one."""
    days: tuple[str, ...] = ()
    """Of which days its readers want it; of every day, if none is named."""


def one_line(text: str) -> str:
    """A text as one printable line: a name with a line break must not become a header."""
    return UNPRINTABLE.sub(" ", text).strip()


def address_of(mailbox: str) -> Address:
    """A configured mailbox, `cfo@example.com` or `Name <cfo@example.com>`, checked.

    Raises:
        ConfigurationError: it is not exactly one plain address.
    """
    match = MAILBOX.fullmatch(mailbox)
    if match is None or UNPRINTABLE.search(mailbox):
        message = f"{mailbox!r} is not a mail address: correct it in site.toml"
        raise ConfigurationError(message)
    return Address(match["name"] or "", addr_spec=match["named"] or match["bare"])


def message_id(letter: Letter, sender: str) -> str:
    """The identity of a letter: the same for every attempt to send it, different otherwise."""
    identity = "\n".join(
        (
            letter.site,
            letter.report,
            letter.company,
            letter.as_of.isoformat(),
            str(letter.revision),
            letter.audience,
            letter.language,
            *sorted(address_of(recipient).addr_spec for recipient in letter.recipients),
        ),
    )
    digest = hashlib.sha256(identity.encode()).hexdigest()
    return f"<{digest[:32]}@{address_of(sender).domain}>"


def compose(letter: Letter, sender: str, now: datetime, attachment_limit: int) -> EmailMessage:
    """The mail of a letter; documents above the limit (bytes, together) are named, not attached."""
    attached = _with_room(letter.attachments, attachment_limit)
    notice = _notice(letter, attached)
    mail = EmailMessage(policy=WIRE)
    mail["From"] = address_of(sender)
    mail["To"] = tuple(address_of(recipient) for recipient in letter.recipients)
    mail["Subject"] = one_line(letter.subject)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id(letter, sender)
    mail["Auto-Submitted"] = "auto-generated"  # keeps holiday replies away
    mail.set_content(_with_notice(letter.body, notice))
    if letter.page:
        mail.add_alternative(_page(letter.page, notice), subtype="html")
    for path in attached:
        maintype, subtype = SUBTYPES.get(path.suffix.lower(), ("application", "octet-stream"))
        mail.add_attachment(
            path.read_bytes(),
            maintype=maintype,
            subtype=subtype,
            filename=one_line(path.name),
        )
    mail["Content-Language"] = one_line(letter.language)
    return mail


def _with_room(documents: Sequence[Path], limit: int) -> tuple[Path, ...]:
    """The first documents, as many as stay below the limit together."""
    sizes = accumulate(path.stat().st_size for path in documents)
    return tuple(path for path, size in zip(documents, sizes, strict=True) if size <= limit)


def _notice(letter: Letter, attached: Sequence[Path]) -> tuple[str, ...]:
    """What a reader has to know of documents that are not attached, line by line."""
    missing = letter.attachments[len(attached) :]
    if not missing:
        return ()
    if attached:
        return (BESIDE.get(letter.language, BESIDE["en"]),)
    size = sum(path.stat().st_size for path in missing)
    notice = TOO_LARGE.get(letter.language, TOO_LARGE["en"]).format(megabytes=size / 1_000_000)
    return (notice, *([letter.link] if letter.link else (str(path) for path in missing)))


def _with_notice(body: str, notice: Sequence[str]) -> str:
    """The text of a mail, with a notice at its end."""
    return "\n".join((body.rstrip("\n"), "", *notice, "")) if notice else body


def _page(page: str, notice: Sequence[str]) -> str:
    """The HTML of a mail, with a notice at its end."""
    lines = "".join(f"<p>{escape(line)}</p>" for line in notice)
    return page.replace("</body>", f"{lines}</body>") if lines else page
