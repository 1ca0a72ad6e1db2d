"""A real mail server on loopback whose answers a test decides."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from pipeline.delivery.sending import Document, Run
from pipeline.delivery.transport import Relay
from pipeline.settings import MailSettings, Settings, Site
from pipeline.warehouse import SiteState

MONTH_END = date(2026, 3, 31)
NIGHT = datetime(2026, 4, 1, 4, 30, tzinfo=UTC)
SCHEDULED = {"dagster/schedule_name": "nightly"}


@dataclass
class Postbox:
    """Takes mail, or answers as it is told."""

    delivered: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    offered: list[str] = field(default_factory=list)
    to_recipient: dict[str, list[str]] = field(default_factory=dict)
    to_data: list[str] = field(default_factory=list)
    cuts_after_data: bool = False
    delay: float = 0

    async def handle_RCPT(  # noqa: N802
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Answer to one recipient: as told, else yes."""
        self.offered.append(address)
        answers = self.to_recipient.get(address, [])
        if answers:
            return answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Answer to the mail itself: as told, else take it."""
        await asyncio.sleep(self.delay)
        if self.to_data:
            return self.to_data.pop(0)
        mail = BytesParser(policy=default).parsebytes(envelope.content)
        self.delivered.append((list(envelope.rcpt_tos), mail))
        if self.cuts_after_data:
            server.transport.abort()
        return "250 OK"


def _authenticate(
    _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, login: LoginPassword
) -> AuthResult:
    known = login == LoginPassword(b"stockturn", b"secret")
    return AuthResult(success=known, handled=False)


class ImplicitTls(Controller):
    """A server that speaks TLS from the first byte."""

    def __init__(self, postbox: Postbox, context: ssl.SSLContext) -> None:
        super().__init__(postbox, hostname="127.0.0.1", port=free_port(), ssl_context=context)


@dataclass(frozen=True)
class Authority:
    """A certificate authority that exists for one test session."""

    ca_file: Path
    server: ssl.SSLContext


def authority(folder: Path) -> Authority:
    """An authority and a server context for 127.0.0.1 signed by it."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(folder / "ca.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("127.0.0.1").configure_cert(context)
    return Authority(folder / "ca.pem", context)


@contextmanager
def serving(
    postbox: Postbox,
    trust: Authority,
    security: str = "starttls",
    *,
    login: bool = False,
) -> Iterator[Relay]:
    """The postbox behind a real port; how to reach it."""
    if security == "tls":
        controller: Controller = ImplicitTls(postbox, trust.server)
    else:
        controller = Controller(
            postbox,
            hostname="127.0.0.1",
            port=free_port(),
            tls_context=trust.server if security == "starttls" else None,
            require_starttls=security == "starttls",
            authenticator=_authenticate if login else None,
            auth_required=login,
        )
    controller.start()
    try:
        yield Relay(
            host="127.0.0.1",
            port=controller.port,
            sender="Stockturn <reports@example.com>",
            security=security,
            timeout_seconds=120,  # for a machine that is busy
            ca_file=str(trust.ca_file),
        )
    finally:
        controller.stop()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def state_file(folder: Path) -> SiteState:
    """The state file of a site in a folder, as the stages hand it to the outbox."""
    return SiteState(Site(folder, settings(None)))


def settings(relay: Relay | None, *subscriptions: dict[str, Any], **mail: Any) -> Settings:
    """A site with these subscriptions that mails through a relay, if through any."""
    content: dict[str, Any] = {
        "site": {
            "name": "Example group",
            "timezone": "Asia/Shanghai",
            "start": date(2024, 1, 1),
            "currency": "CNY",
            "languages": ("en", "zh"),
        },
        "company": ({"name": "acme"},),
        "subscription": subscriptions or ({"recipients": ("cfo@example.com",)},),
    }
    if relay:
        content["mail"] = MailSettings(
            host=relay.host,
            port=relay.port,
            sender=relay.sender,
            security="starttls",
            timeout_seconds=relay.timeout_seconds,
            ca_file=Path(relay.ca_file or ""),
            **mail,
        ).model_dump()
    return Settings.model_validate(content)


def document(folder: Path, content: str = "turnover 4.2", **changes: Any) -> Document:
    """A finished report; its PDF is the given text."""
    path = folder / f"executives.{changes.get('language', 'en')}.pdf"
    path.write_bytes(b"%PDF-1.7\n" + content.encode())
    values: dict[str, Any] = {
        "company": "*",
        "as_of": MONTH_END,
        "language": "en",
        "subject": "Inventory turns faster: 4.2 after 3.9",
        "body": "Dear reader,\n\nthe report of 2026-03-31 is attached.\n",
        "attachments": (path,),
    }
    return Document(**{**values, **changes})


def run(tags: dict[str, str] | None = None, run_id: str = "run-1") -> Run:
    """A run at night; by the schedule unless other tags are given."""
    return Run(run_id, SCHEDULED if tags is None else tags, NIGHT)
